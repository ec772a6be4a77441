"""Values of the page on the results of several classes, or of several labels an image: `classes.html`."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from snn_tui.analysis.task_results import OUTCOMES, TaskResults
from snn_tui.export.report import svg
from snn_tui.export.report.contents import Report
from snn_tui.export.report.markup import number
from snn_tui.export.report.parts import draws_table, reliability_chart, score_table, step_line, steps_chart
from snn_tui.values.scores import METRICS

_SMALL = (220.0, 190.0)
"""Width and height of a chart among many, in pixels."""


def class_results(report: Report, results: TaskResults) -> dict[str, object]:
    """Scores, matrix, curves of each class, draws and mistakes."""
    task, curve = results.task, results.steps
    steps = [
        step_line("balanced accuracy", curve.balanced, "class1", dashed=True),
        step_line("accuracy", curve.accuracy, "good"),
    ]
    values: dict[str, object] = {
        **score_table(results.values, {name: report.intervals.get(name) for name in METRICS}),
        "outcomes": OUTCOMES,
        "rocs": [_roc(results, label) for label in range(task.outputs)],
        "steps": steps_chart(steps, "after so many steps"),
        "enough": curve.enough,
        "draws": draws_table(results.spreads(), len(results.redraws)),
        "mistakes": results.mistakes,
        "pictures": list(zip(results.mistakes, report.pictures, strict=False)),
    }
    if task.kind == "multilabel":
        calibrations = map(results.reliability, range(task.outputs))

        def names(labels: Iterable[int]) -> str:
            return ", ".join(task.classes[label] for label in labels) or "nothing"

        return values | {
            "names": names,
            "calibration_rows": [
                [name, number(calibration.ece), number(calibration.brier)]
                for name, calibration in zip(task.classes, calibrations, strict=True)
            ],
        }
    chart = reliability_chart(results.reliability(0), "probability of the top class", "share that is right")
    return values | {"reliability": chart}


def _roc(results: TaskResults, label: int) -> Markup | None:
    curve = results.curve(label)
    if not curve:
        return None
    lines = [
        svg.Line("", [(0.0, 0.0), (1.0, 1.0)], "quiet", dashed=True),
        svg.Line("", list(curve), "accent"),
    ]
    return svg.roc(lines, [], f"ROC curve of {results.task.classes[label]}", *_SMALL)
