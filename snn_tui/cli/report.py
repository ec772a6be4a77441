"""`report`: what a run is worth, as an HTML page and a table of its images."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from snn_tui.cli.common import Data, Demo, Device, Exit, Network, Picojoules, Run, RunsDir, Steps, opened_run
from snn_tui.cli.progress import OnProgress, progress
from snn_tui.config.own_network import hand_over
from snn_tui.errors import UsageError
from snn_tui.render.text import clean
from snn_tui.values.energy_constants import EnergyConstants, constants_here


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
    steps: Steps = None,
    early_exit: Exit = None,
    pj: Picojoules = None,
    data: Data = None,
    network: Network = None,
    demo: Demo = False,
    device: Device = None,
    runs_dir: RunsDir = None,
) -> int:
    """Write what a run is worth as one HTML page: scores with intervals, curves, the worst mistakes."""
    from snn_tui.export import writing
    from snn_tui.export.report.contents import has_test_scores

    if split not in (None, "val", "test"):
        raise UsageError(f"{split!r} is not allowed", where="--split", remedy="give val or test")
    if output.suffix.lower() not in ("", ".html", ".htm"):
        raise UsageError(
            f"the report is HTML, not {output.suffix[1:]}",
            where="--output",
            remedy="give a name that ends in .html; a browser prints it as PDF",
        )
    targets = [output, *([csv] if csv else [])]
    writing.check_targets(targets, force=force)
    constants = constants_here(pj)
    hand_over(network)
    opened = opened_run(context, run, data, demo, device, runs_dir, steps=steps, early_exit=early_exit)
    split = split or ("test" if has_test_scores(opened.run) else "val")
    with progress() as on_progress:
        html, table = _documents(opened, split, constants, on_progress)
    files = {output: html} | ({csv: table} if csv else {})
    writing.write(files, force=force)
    for path in files:
        typer.echo(clean(str(path), 1000))
    return 0


def _documents(
    opened: Any, split: str, constants: EnergyConstants, on_progress: OnProgress
) -> tuple[str, str]:
    """Judge a split, balanced as the run was, at the threshold that evaluation uses.

    Args:
        opened: The run, as an `OpenedRun`.
        split: val or test.
        constants: What an operation and a byte of memory take.
        on_progress: Called with what is being done, and with its share done, from 0 to 1.

    Returns:
        The HTML page, and the CSV table of all images.

    Raises:
        RunError: The run's configuration or metrics are broken.
    """
    from snn_tui.analysis.results import DRAWS, Threshold
    from snn_tui.analysis.task_results import TaskResults, results_of
    from snn_tui.evaluation import one_image
    from snn_tui.evaluation.early_exit import early_exit
    from snn_tui.export.report import documents as report_files

    threshold = Threshold()
    draws = DRAWS if opened.config.encoding == "rate" else 1

    def on_batch(draw: int, words: str, share: float | None) -> None:
        on_progress(f"{words}, draw {draw}" if draw else words, (draw + (share or 0.0)) / draws)

    results = results_of(opened.judge(split, on_progress=partial(on_batch, 0)))
    for draw in range(1, draws):
        evaluation = opened.evaluate(split, balanced=True, draw=draw, on_progress=partial(on_batch, draw))
        if isinstance(results, TaskResults):
            results.add_draw(evaluation.task_scores)
        else:
            results.add_draw(evaluation.decisions.tolist())
    cost = opened.energy(split, on_progress=on_progress, balanced=True, constants=constants)
    exits = early_exit(opened, split, cost, on_progress=on_progress)
    on_progress("computing intervals and curves", None)
    pictures = one_image.png_files(opened, split, report_files.pictured(results, threshold))
    return report_files.documents(opened.run, results, threshold, pictures, datetime.now(), cost, exits)
