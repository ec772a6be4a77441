"""`evaluate`, `inspect` and `report`: what a run's checkpoint is worth, and why."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from snn_tui.commands.common import (
    Ascii,
    Data,
    Demo,
    Device,
    Json,
    Run,
    RunsDir,
    opened_run,
    print_json,
    progress,
    streams,
)
from snn_tui.errors import UsageError
from snn_tui.render import tables
from snn_tui.render.text import clean, plain
from snn_tui.values import PUBLISHED, SPLITS


def evaluate(
    context: typer.Context,
    run: Run,
    split: Annotated[str, typer.Option("--split", metavar="SPLIT", help="val or test.")] = "test",
    data: Data = None,
    demo: Demo = False,
    device: Device = None,
    runs_dir: RunsDir = None,
    as_json: Json = False,
    ascii_only: Ascii = False,
) -> int:
    """Judge a run's checkpoint by its val or test images, balanced as the run was."""
    if split not in ("val", "test"):
        raise UsageError(f"{split!r} is not allowed", where="--split", remedy="give val or test")
    opened = opened_run(context, run, data, demo, device, runs_dir)
    scores = opened.answers(split, balanced=True).score()
    if as_json:
        print_json(
            {
                "run": opened.run.name,
                "epoch": opened.epoch,
                "split": split,
                "dataset": opened.dataset.name,
                "synthetic": opened.dataset.synthetic,
                "source": opened.dataset.source,
                "notice": opened.dataset.notice,
                "scores": scores,
            }
        )
        return 0
    terminal, console = streams(ascii_only)
    synthetic = opened.dataset.synthetic
    heading = f"{opened.run.name}, epoch {opened.epoch}, {split} of {opened.dataset.name}"
    console.print(plain(heading, terminal, "bold"))
    if opened.dataset.notice:
        console.print(plain(f"note: {opened.dataset.notice}", terminal, "yellow"))
    published = PUBLISHED if split == "test" else None
    console.print(tables.final_table(scores, published, synthetic, terminal, split=split))
    console.print()
    console.print(tables.confusion_table(scores, terminal))
    return 0


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
    trace = opened.trace(split, int(index))
    terminal, console = streams(ascii_only)
    title = f"{opened.run.name} · {opened.dataset.name} · {split} {index}"
    console.print(inspection(trace, title, console.width, terminal))
    return 0


def report(
    context: typer.Context,
    run: Run,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE.html", help="The page to write.")],
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE.csv", help="A table of all images, too.")
    ] = None,
    split: Annotated[
        str | None,
        typer.Option("--split", metavar="SPLIT", help="val or test. Default: test once the run is finished."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over files that exist.")] = False,
    data: Data = None,
    demo: Demo = False,
    device: Device = None,
    runs_dir: RunsDir = None,
) -> int:
    """Write what a run is worth as one HTML page: scores with intervals, curves, the worst mistakes."""
    from snn_tui.report import writing
    from snn_tui.report.facts import finished

    if split not in (None, "val", "test"):
        raise UsageError(f"{split!r} is not allowed", where="--split", remedy="give val or test")
    targets = [output, *([csv] if csv else [])]
    writing.check_targets(targets, force=force)
    opened = opened_run(context, run, data, demo, device, runs_dir)
    from snn_tui.reporting import documents

    with progress() as told:
        html, table = documents(opened, split or ("test" if finished(opened.run) else "val"), told)
    files = {output: html} | ({csv: table} if csv else {})
    writing.write(files, force=force)
    for path in files:
        typer.echo(clean(str(path), 1000))
    return 0
