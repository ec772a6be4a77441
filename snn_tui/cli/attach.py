"""`attach`: the screens on a run that exists."""

from __future__ import annotations

from typing import Annotated

import typer

from snn_tui.cli.common import Ascii, Data, Network, NoMouse, RunsDir, SlowLink, Theme, root_of
from snn_tui.cli.completing import run_names
from snn_tui.cli.launch import ScreenOptions, open_screens
from snn_tui.config.build import build
from snn_tui.config.own_network import hand_over
from snn_tui.errors import RunError
from snn_tui.runs import process
from snn_tui.runs.beginning import last_begun
from snn_tui.runs.store import find


def attach(
    context: typer.Context,
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="[RUN]", help="Default: the newest that is going on.", autocompletion=run_names
        ),
    ] = None,
    data: Data = None,
    network: Network = None,
    runs_dir: RunsDir = None,
    ascii_only: Ascii = False,
    no_mouse: NoMouse = False,
    slow_link: SlowLink = False,
    theme: Theme = None,
) -> int:
    """Open the screens on a run, going on or not; any number of them may watch the same one."""
    hand_over(network)
    root = root_of(context, runs_dir)
    if run is not None:
        match = find(run, root)
    else:
        newest = last_begun(process.running(root))
        if newest is None:
            raise RunError("no run is going on", where=str(root), remedy="see `snn-tui runs`")
        match = newest
    return open_screens(
        build({"data": data}), root, ScreenOptions(ascii_only, not no_mouse, slow_link, theme), match
    )
