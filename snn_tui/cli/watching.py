"""`runs`, `attach`, `stop` and `logs`: runs as they are, and as they go on."""

from __future__ import annotations

import errno
import os
import select
import sys
from typing import Annotated

import typer

from snn_tui.cli.common import (
    Ascii,
    Json,
    NoMouse,
    Run,
    RunsDir,
    SlowLink,
    Theme,
    print_json,
    root_of,
    streams,
)
from snn_tui.cli.launch import Wishes, open_screens
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import RunError
from snn_tui.render import tables
from snn_tui.render.canvas import Canvas
from snn_tui.render.runs import run_row
from snn_tui.render.text import clean
from snn_tui.runs import process
from snn_tui.runs.store import find
from snn_tui.runs.summary import summaries


def runs(
    context: typer.Context, runs_dir: RunsDir = None, as_json: Json = False, ascii_only: Ascii = False
) -> int:
    """List all runs, newest first."""
    rows = summaries(root_of(context, runs_dir))
    if as_json:
        print_json(rows)
        return 0
    terminal, console = streams(ascii_only)
    console.print(tables.runs_table([run_row(row) for row in rows], Canvas(console.width, 24, terminal)))
    return 0


def attach(
    context: typer.Context,
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="Default: the newest that is going on.")
    ] = None,
    runs_dir: RunsDir = None,
    ascii_only: Ascii = False,
    no_mouse: NoMouse = False,
    slow_link: SlowLink = False,
    theme: Theme = None,
) -> int:
    """Open the screens on a run, going on or not; any number of them may watch the same one."""
    root = root_of(context, runs_dir)
    if run is not None:
        found = find(run, root)
    else:
        going = process.running(root)
        if not going:
            raise RunError("no run is going on", where=str(root), remedy="see `snn-tui runs`")
        found = going[0]
    return open_screens(RunConfig(), root, Wishes(ascii_only, not no_mouse, slow_link, theme), found)


def stop(context: typer.Context, run: Run, runs_dir: RunsDir = None) -> int:
    """Stop a run, after a checkpoint."""
    found = find(run, root_of(context, runs_dir))
    process.stop(found)
    typer.echo(f"{clean(found.name)} is told to stop; it saves a checkpoint first")
    return 0


def logs(
    context: typer.Context,
    run: Run,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on as lines are added.")] = False,
    lines: Annotated[int, typer.Option("-n", "--lines", min=1, help="Lines to begin with.")] = 40,
    runs_dir: RunsDir = None,
) -> int:
    """Print what a run's trainer printed."""
    found = find(run, root_of(context, runs_dir))
    tail = process.log_tail(found, lines)
    for line in process.follow_log(found, lines, check_readers) if follow else tail:
        typer.echo(line)
    return 0


def check_readers() -> None:
    """Leave where the output is a pipe that nobody reads any more, though there is nothing to write."""
    ends = select.poll()
    ends.register(sys.stdout.fileno(), 0)
    if any(event & (select.POLLERR | select.POLLHUP) for _, event in ends.poll(0)):
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
