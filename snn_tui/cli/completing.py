"""What a shell offers to complete a word of the command line with; nothing here reads a run."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

import typer

from snn_tui.cli import launch
from snn_tui.config.preferences import KEYS, KINDS, Preferences
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


def several_run_names(context: typer.Context, incomplete: str) -> list[str]:
    """The same for names with commas between: the last one is completed."""
    before, comma, last = incomplete.rpartition(",")
    return [before + comma + name for name in run_names(context, last)]


def preferences(incomplete: str) -> list[str]:
    """Names of preferences, and after `keys.` those of actions."""
    names = [name.replace("_", "-") if "-" in incomplete else name for name in KINDS]
    if incomplete.startswith(f"{KEYS}."):
        from snn_tui.tui.screens import KEY_TABLES  # a few milliseconds, and seldom asked for

        names = [f"{KEYS}.{key.name_in(table)}" for table, keys in KEY_TABLES.items() for key in keys]
    return [name for name in names if name.startswith(incomplete)]


def preferred(context: typer.Context, incomplete: str) -> list[str]:
    """Values of the preference that was named, where they are few."""
    name = str(context.params.get("key") or "").replace("-", "_")
    switch = isinstance(getattr(Preferences(), name, None), bool)
    values = ("dark", "light") if name == "theme" else ("true", "false") if switch else ()
    return [value for value in values if value.startswith(incomplete)]


def one_of(choices: Sequence[str]) -> Callable[[str], list[str]]:
    """Completes the values of an option that has few."""

    def complete(incomplete: str) -> list[str]:
        return [choice for choice in choices if choice.startswith(incomplete)]

    return complete
