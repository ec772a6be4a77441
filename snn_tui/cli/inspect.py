"""`inspect`: one image, the spikes of the output neurons, and the verdict."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from snn_tui.cli.common import Ascii, Data, Demo, Run, RunsDir, opened_run, streams
from snn_tui.errors import UsageError
from snn_tui.render.canvas import Canvas
from snn_tui.render.text import plain
from snn_tui.values.dataset import SPLITS
from snn_tui.values.image_ref import SplitImage


def inspect(
    context: typer.Context,
    run: Run,
    index: Annotated[str, typer.Option("--index", metavar="N", help="Which image, from 0.")],
    split: Annotated[str, typer.Option("--split", metavar="SPLIT", help="train, val or test.")] = "test",
    data: Data = None,
    demo: Demo = False,
    runs_dir: RunsDir = None,
    ascii_only: Ascii = False,
) -> int:
    """Show one x-ray, how the two output neurons fired, and the verdict."""
    from snn_tui.render.inspection import inspection

    if split not in SPLITS:
        raise UsageError(f"{split!r} is not allowed", where="--split", remedy="give train, val or test")
    if not re.fullmatch(r"-?[0-9]{1,20}", index):
        raise UsageError(f"{index!r} is not allowed", where="--index", remedy="give a whole number from 0")
    opened = opened_run(context, run, data, demo, None, runs_dir)
    trace = opened.trace(SplitImage(split, int(index)))
    terminal, console = streams(ascii_only)
    title = f"{opened.run.name} · {opened.dataset.name} · {split} {index}"
    console.print(inspection(trace, title, Canvas(console.width, 24, terminal)))
    if opened.dataset.notice:
        console.print(plain(f"note: {opened.dataset.notice}", terminal, "yellow"))
    return 0
