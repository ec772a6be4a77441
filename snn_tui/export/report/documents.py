"""A report as its two documents: an HTML page, and a CSV table of all images."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from snn_tui.analysis.results import Threshold
from snn_tui.analysis.task_results import AnyResults, TaskResults
from snn_tui.export.report.contents import Report, read_facts
from snn_tui.export.report.image_table import image_table
from snn_tui.export.report.page import page
from snn_tui.runs.rundir import RunDir
from snn_tui.values.early_exit import EarlyExit
from snn_tui.values.energy import Energy

PICTURES = 12
"""Number of mistakes that a page has pictures of."""


def pictured(results: AnyResults, threshold: Threshold) -> list[int]:
    """Indices in the whole split of the mistakes that `documents` needs pictures of."""
    if isinstance(results, TaskResults):
        return [mistake.index for mistake in results.mistakes[:PICTURES]]
    return [mistake.index for mistake in results.mistakes(threshold.value)[:PICTURES]]


def documents(
    run: RunDir,
    results: AnyResults,
    threshold: Threshold,
    pictures: Sequence[bytes],
    written: datetime,
    energy: Energy | None = None,
    exits: EarlyExit | None = None,
) -> tuple[str, str]:
    """The HTML page and the CSV table of a judged split.

    Args:
        run: The run.
        results: The judged split.
        threshold: The decision threshold.
        pictures: A PNG file for each index of `pictured`.
        written: When the report is written, in local time.
        energy: What an image costs; None leaves it out.
        exits: The early exit of the split beside all steps; None leaves it out.

    Raises:
        RunError: The run's configuration or metrics are missing or broken.
    """
    report = Report.of(results, threshold, pictures, read_facts(run), written, energy, exits)
    return page(report), image_table(results, threshold)
