"""Values of the page on the results of a binary task: `binary.html`."""

from __future__ import annotations

from markupsafe import Markup

from snn_tui.analysis.calibration import probability_rule
from snn_tui.export.report import svg
from snn_tui.export.report.contents import Report
from snn_tui.export.report.markup import number
from snn_tui.export.report.parts import draws_table, reliability_chart, score_table, step_line, steps_chart
from snn_tui.values.scores import metrics_for


def binary_results(report: Report) -> dict[str, object]:
    """Scores, confusion matrix, curves, draws and mistakes at the report's threshold."""
    results, threshold = report.binary, report.threshold.value
    task, spiking = results.judgement.task, results.judgement.spiking
    tn, fp, fn, tp = results.confusion_matrix(threshold)
    positive, negative = task.signs
    name, curve = task.classes[positive], results.steps(threshold)
    steps = [
        step_line("specificity", curve.specificity, "class0", dashed=True),
        step_line("sensitivity", curve.sensitivity, "class1", dashed=True),
        step_line("accuracy", curve.accuracy, "good"),
    ]
    mistakes = results.mistakes(threshold)
    scores = {field: report.values[field] for field in metrics_for("binary")}
    return {
        **score_table(scores, report.intervals, results.published),
        "signs": (negative, positive),
        "positive": name,
        "matrix": {negative: {negative: tn, positive: fp}, positive: {negative: fn, positive: tp}},
        "roc": _roc(report),
        "rule": probability_rule(name, spiking=spiking),
        "reliability": reliability_chart(
            results.reliability, f"probability of {name}", f"share that is {name}"
        ),
        "steps": steps_chart(steps, "verdict after so many steps"),
        "enough": curve.enough,
        "draws": draws_table(results.spreads(threshold), len(results.redraws)),
        "mistakes": mistakes,
        "pictures": list(zip(mistakes, report.pictures, strict=False)),
    }


def _roc(report: Report) -> Markup | None:
    results = report.binary
    if not results.curve:
        return None
    tn, fp, fn, tp = results.confusion_matrix(report.threshold.value)
    marks = [svg.Mark("this threshold", fp / (fp + tn), tp / (tp + fn), "warn")]
    published = results.published
    if published:
        rates = (1 - published["specificity"], published["sensitivity"])
        marks.append(svg.Mark("published", *rates, "second", diamond=True))
    lines = [
        svg.Line("chance", [(0.0, 0.0), (1.0, 1.0)], "quiet", dashed=True),
        svg.Line(f"AUC {number(results.auc)}", list(results.curve), "accent"),
    ]
    return svg.roc(lines, marks, "ROC curve")
