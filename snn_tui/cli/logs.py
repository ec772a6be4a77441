"""`logs`: what a run's trainer printed."""

from __future__ import annotations

import errno
import os
import select
import sys
from typing import Annotated

import typer

from snn_tui.cli.common import Run, RunsDir, root_of
from snn_tui.render.text import clean
from snn_tui.runs import process
from snn_tui.runs.job import queued_job
from snn_tui.runs.store import find


def logs(
    context: typer.Context,
    run: Run,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on as lines are added.")] = False,
    lines: Annotated[int, typer.Option("-n", "--lines", min=1, help="Lines to begin with.")] = 40,
    runs_dir: RunsDir = None,
) -> int:
    """Print what a run's trainer printed."""
    match = find(run, root_of(context, runs_dir))
    tail = process.log_tail(match, lines)
    if not tail and not follow:
        job = queued_job(match)
        why = f"is queued as job {clean(job.id)}" if job is not None else "has no log"
        typer.echo(f"{clean(match.name)} {why}", err=True)
    for line in process.follow_log(match, lines, _check_reader) if follow else tail:
        typer.echo(line)
    return 0


def _check_reader() -> None:
    """Raise BrokenPipeError if the output is a pipe without a reader, though there is nothing to write."""
    ends = select.poll()
    ends.register(sys.stdout.fileno(), 0)
    if any(event & (select.POLLERR | select.POLLHUP) for _, event in ends.poll(0)):
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
