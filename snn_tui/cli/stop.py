"""`stop`: a trainer asked to save and end."""

from __future__ import annotations

import typer

from snn_tui.cli.common import Run, RunsDir, root_of
from snn_tui.render.text import clean
from snn_tui.runs import process
from snn_tui.runs.store import find


def stop(context: typer.Context, run: Run, runs_dir: RunsDir = None) -> int:
    """Stop a run, after a checkpoint."""
    match = find(run, root_of(context, runs_dir), process.is_trained)
    queued = process.is_queued(match)
    process.stop(match)
    done = "is taken out of the queue" if queued else "is told to stop; it saves a checkpoint first"
    typer.echo(f"{clean(match.name)} {done}")
    return 0
