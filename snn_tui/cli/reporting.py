"""A report without the screens: judge a run, and write down what came of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from snn_tui.analysis.results import DRAWS, Results, Threshold
from snn_tui.evaluation.opened_run import OpenedRun
from snn_tui.export.report import documents as report


def documents(opened: OpenedRun, split: str, on_progress: Callable[[str, float], None]) -> tuple[str, str]:
    """Judge a split, balanced as the run was, at the threshold that evaluation uses.

    Args:
        opened: The run.
        split: val or test.
        on_progress: Told what is going on and how far it is, from 0 to 1.

    Returns:
        The HTML page, and the CSV table of all images.

    Raises:
        RunError: The run's configuration or metrics are broken.
    """
    threshold = Threshold()
    on_progress(f"judging {split}", 0.0)
    results = Results(opened.judge(split))
    for draw in range(1, DRAWS if opened.config.encoding == "rate" else 1):
        on_progress(f"judging {split}, draw {draw}", draw / DRAWS)
        results.add_draw(opened.evaluate(split, balanced=True, draw=draw).decisions.tolist())
    pictures = opened.png_files(split, report.pictured(results, threshold))
    return report.documents(opened.run, results, threshold, pictures, datetime.now())
