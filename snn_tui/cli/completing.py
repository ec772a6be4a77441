"""What a shell offers to complete a word of the command line with; nothing here reads a run."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

import typer

from snn_tui.cli import launch
from snn_tui.runs.rundir import RUNS_FOLDER
from snn_tui.runs.store import list_runs, shipped_runs

MOST_NAMES = 500
"""More names than that help nobody who types one."""


def run_names(context: typer.Context, incomplete: str) -> list[str]:
    """Names of runs that begin with a text: `last`, the folder's, newest first, and the shipped ones."""
    above = context.parent.params if context.parent else {}  # it may stand before the command
    named = context.params.get("runs_dir") or above.get("runs_dir")
    root = named or os.environ.get(launch.RUNS_DIR.variable) or RUNS_FOLDER
    runs = list_runs(Path(root)) if Path(root).is_dir() else []
    names = [run.name for run in (*runs, *shipped_runs())]
    # A folder from elsewhere may have any name: bash puts it on the command line as it is, unquoted.
    fitting = [
        name
        for name in dict.fromkeys(("last", *names))
        if name.startswith(incomplete) and shlex.quote(name) == name and ":" not in name
    ]
    return fitting[:MOST_NAMES]


def one_of(choices: Sequence[str]) -> Callable[[str], list[str]]:
    """Completes the values of an option that has few."""

    def complete(incomplete: str) -> list[str]:
        return [choice for choice in choices if choice.startswith(incomplete)]

    return complete
