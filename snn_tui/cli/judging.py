"""`evaluate`, `inspect` and `report`: what a run's checkpoint is worth, and why."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from snn_tui.analysis.mcnemar import Comparison, compare
from snn_tui.cli.common import (
    Ascii,
    Data,
    Demo,
    Device,
    Json,
    Run,
    RunsDir,
    beside,
    opened_run,
    print_json,
    progress,
    streams,
)
from snn_tui.cli.draw.comparison import mcnemar_table
from snn_tui.cli.draw.robustness import robustness_table
from snn_tui.errors import UsageError
from snn_tui.render import tables
from snn_tui.render.canvas import Canvas
from snn_tui.render.energy import energy
from snn_tui.render.text import clean, plain
from snn_tui.values.dataset import SPLITS
from snn_tui.values.energy import facts as energy_facts
from snn_tui.values.image_ref import SplitImage
from snn_tui.values.scores import PUBLISHED

_MOST_LINES = 100


def evaluate(
    context: typer.Context,
    run: Run,
    split: Annotated[str, typer.Option("--split", metavar="SPLIT", help="val or test.")] = "test",
    everything: Annotated[
        bool, typer.Option("--all", help="Judge by all images, also those the run's balancing left out.")
    ] = False,
    robustness: Annotated[
        bool, typer.Option("--robustness", help="Judge noisy, pale, blurred and shifted images, too.")
    ] = False,
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="RUN", help="Another run, to be judged by the same images."),
    ] = None,
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
    other = None if against is None else beside(context, against, opened, device, runs_dir)
    balanced = not everything and other is None  # two runs may have left out different images
    scores = opened.evaluate(split, balanced=balanced).score()
    cost = opened.energy(split)
    comparison = None if other is None else _compared(opened, other, split)
    trials = {}
    if robustness:
        from snn_tui.evaluation.robustness import robustness as trials_of

        with progress() as told:
            for one in (opened, *([other] if other else [])):
                trials[one.run.name] = trials_of(one, split, balanced=balanced, on_progress=told)
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
                "balanced": balanced and opened.config.balance != "none",
                "scores": scores,
                "energy": energy_facts(cost),
            }
            | ({} if other is None else {"against": {"run": other.run.name, "mcnemar": comparison}})
            | ({"robustness": trials} if trials else {})
        )
        return 0
    terminal, console = streams(ascii_only)
    synthetic = opened.dataset.synthetic
    heading = f"{opened.run.name}, epoch {opened.epoch}, {split} of {opened.dataset.name}"
    console.print(plain(heading, terminal, "bold"))
    if opened.dataset.notice:
        console.print(plain(f"note: {opened.dataset.notice}", terminal, "yellow"))
    comparable = split == "test" and balanced and opened.config.balance != "none"
    published = PUBLISHED if comparable else None
    console.print(tables.final_table(scores, published, synthetic, Canvas(80, 24, terminal), split=split))
    console.print()
    console.print(tables.confusion_table(scores, Canvas(80, 24, terminal)))
    console.print()
    console.print(Text("One image costs", "italic"))
    console.print(energy(cost, Canvas(console.width, _MOST_LINES, terminal)))
    if other is not None and comparison is not None:
        console.print()
        console.print(mcnemar_table(opened.run.title, other.run.title, comparison, terminal))
    if trials:
        from snn_tui.data.corruption import CORRUPTIONS

        console.print()
        measures = {name: measure for name, (measure, _, _) in CORRUPTIONS.items()}
        console.print(robustness_table(trials, measures, split, terminal))
    return 0


def _compared(opened: Any, other: Any, split: str) -> Comparison:
    evaluation, theirs = opened.evaluate(split), other.evaluate(split)
    return compare(evaluation.labels.tolist(), evaluation.decisions.tolist(), theirs.decisions.tolist())


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
    from snn_tui.export.report import writing
    from snn_tui.export.report.contents import has_test_scores

    if split not in (None, "val", "test"):
        raise UsageError(f"{split!r} is not allowed", where="--split", remedy="give val or test")
    targets = [output, *([csv] if csv else [])]
    writing.check_targets(targets, force=force)
    opened = opened_run(context, run, data, demo, device, runs_dir)
    from snn_tui.cli.reporting import documents

    with progress() as told:
        html, table = documents(opened, split or ("test" if has_test_scores(opened.run) else "val"), told)
    files = {output: html} | ({csv: table} if csv else {})
    writing.write(files, force=force)
    for path in files:
        typer.echo(clean(str(path), 1000))
    return 0
