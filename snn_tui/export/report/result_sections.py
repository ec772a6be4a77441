"""The sections of the page on the results: metrics, confusion matrix, curves, draws, mistakes."""

from __future__ import annotations

import base64
from html import escape

from snn_tui.analysis.calibration import probability_rule
from snn_tui.analysis.results import Mistake, Threshold
from snn_tui.analysis.steps import SAME_ACCURACY, SETTLED_SHARE
from snn_tui.analysis.task_results import TaskResults
from snn_tui.export.report import svg
from snn_tui.export.report.benchmarks import benchmark_table
from snn_tui.export.report.contents import Report
from snn_tui.export.report.markup import class_name, number, share, side_by_side, table
from snn_tui.export.report.parts import ONE_STEP, draws_table, reliability_figure
from snn_tui.export.report.task_sections import task_sections
from snn_tui.render.axes import scale
from snn_tui.values.scores import METRICS, metrics_for
from snn_tui.values.task import Task


def result_sections(report: Report) -> dict[str, str]:
    """The sections by title, in the order of the page."""
    if isinstance(report.results, TaskResults):
        return task_sections(report, report.results)
    return {
        "Scores": _scores(report),
        "Verdicts": side_by_side(_confusion(report), _roc(report)),
        "Probability and time": side_by_side(_calibration(report), _steps(report)),
        "The same images, coded anew": draws_table(
            report.binary.spreads(report.threshold.value), len(report.binary.redraws)
        ),
        "The worst mistakes": _mistakes(report),
    }


def _scores(report: Report) -> str:
    results = report.binary
    values, published = results.values(report.threshold.value), results.published
    interval_ends = [end for ends in report.intervals.values() if ends for end in ends]
    limits = scale([*values.values(), *interval_ends, *(published or {}).values()])
    heads = ["metric", "value", "95 % interval", f"{limits[0]:.1f} to {limits[1]:.1f}"]
    heads += ["published", "difference"] if published else []
    rows = []
    for field in metrics_for("binary"):
        value, ends = values[field], report.intervals[field]
        theirs = published.get(field) if published else None
        cells = [
            METRICS[field].name,
            f"<b>{number(value)}</b>",
            f"{number(ends[0])} – {number(ends[1])}" if ends else "–",
            svg.whisker(value, ends, theirs, limits),
        ]
        if published:
            gap = None if value is None or theirs is None else round(value - theirs, 3) + 0.0
            way = "" if not gap else ' class="up"' if gap > 0 else ' class="down"'
            cells += [number(theirs), "–" if gap is None else f"<span{way}>{gap:+.3f}</span>"]
        rows.append(cells)
    note = ""
    if published:
        note = (
            '<p class="muted">Published: the study\'s own table, on its balanced test split; '
            "a diamond on the scale.</p>"
        )
    models = benchmark_table(results.judgement.benchmarks, values["accuracy"], values["auc"])
    positive = f'<p class="muted">positive: {escape(results.judgement.task.positive_name)}</p>'
    return positive + table(heads, rows) + note + models


def _confusion(report: Report) -> str:
    tn, fp, fn, tp = report.binary.confusion_matrix(report.threshold.value)
    task = report.binary.judgement.task
    positive, negative = task.signs
    labels = (negative, positive)
    heads = "".join(f"<th>says {escape(task.classes[label])}</th>" for label in labels)
    body = ""
    for truth, row in zip(labels, ((tn, fp), (fn, tp)), strict=True):
        total = sum(row)
        body += f"<tr><th>{class_name(truth, task)}</th>"
        for predicted, count in zip(labels, row, strict=True):
            kind = "right" if predicted == truth else "wrong"
            body += f'<td class="{kind}"><b>{count}</b>{share(count, total)}</td>'
        body += "</tr>"
    origin = report.threshold.origin(report.binary.judgement.split)
    spiking = report.binary.judgement.spiking
    rule = _rule(report.threshold, task.classes[positive], spiking=spiking)
    return (
        "<h3>Confusion matrix</h3>"
        f'<table class="matrix"><thead><tr><th>truth</th>{heads}'
        f"</tr></thead><tbody>{body}</tbody></table>"
        f'<p class="muted">{escape(rule)} (threshold {escape(origin)}).'
        f"{' The membrane breaks ties.' if spiking else ''}</p>"
    )


def _rule(threshold: Threshold, positive: str, *, spiking: bool) -> str:
    if not spiking:
        return f"The verdict is {positive} where its log-odds are above {threshold.text}"
    if not threshold.value:
        return f"The verdict is {positive} where its neuron fired more often than the other"
    return f"The verdict is {positive} where the lead of its neuron is above {threshold.text} spikes"


def _roc(report: Report) -> str:
    results = report.binary
    if not results.curve:
        return "<h3>ROC</h3><p>Only one class: there is no curve.</p>"
    tn, fp, fn, tp = results.confusion_matrix(report.threshold.value)
    marks = [svg.Mark("this threshold", fp / (fp + tn), tp / (tp + fn), "warn")]
    published = results.published
    if published:
        rates = (1 - published["specificity"], published["sensitivity"])
        marks.append(svg.Mark("published", *rates, "second", diamond=True))
    chart = svg.chart(
        [
            svg.Line("chance", [(0.0, 0.0), (1.0, 1.0)], "quiet", dashed=True),
            svg.Line(f"AUC {number(results.auc)}", list(results.curve), "accent"),
        ],
        marks,
        title="ROC curve",
        x_label="false positive rate",
        y_label="sensitivity",
        x_limits=(0.0, 1.0),
        y_limits=(0.0, 1.0),
    )
    return f"<h3>ROC</h3><figure>{chart}</figure>"


def _calibration(report: Report) -> str:
    calibration, task = report.binary.reliability, report.binary.judgement.task
    positive = task.classes[task.signs[0]]
    spiking = report.binary.judgement.spiking
    rule = probability_rule(positive, spiking=spiking)
    return reliability_figure(
        calibration,
        f"probability of {positive}",
        f"share that is {positive}",
        f"{escape(rule)}{', 1/2 where neither fired' if spiking else ''}.",
    )


def _steps(report: Report) -> str:
    curve = report.binary.steps(report.threshold.value)
    if len(curve.accuracy) == 1:
        return ONE_STEP
    lines = [
        svg.Line(name, list(enumerate(values, start=1)), colour, dashed)
        for name, values, colour, dashed in (
            ("specificity", curve.specificity, "class0", True),
            ("sensitivity", curve.sensitivity, "class1", True),
            ("accuracy", curve.accuracy, "good", False),
        )
    ]
    chart = svg.chart(
        lines,
        [],
        title="Accuracy against time step",
        x_label="time steps",
        y_label="verdict after so many steps",
        x_limits=(1.0, float(max(len(curve.accuracy), 2))),
        y_limits=scale([*curve.accuracy, *curve.sensitivity, *curve.specificity]),
    )
    enough = (
        ""
        if curve.enough is None
        else (f"From step {curve.enough} on accuracy is within {SAME_ACCURACY} of the last. ")
    )
    return (
        f"<h3>How early could it have decided?</h3><figure>{chart}<figcaption>{enough}"
        f"{SETTLED_SHARE:.0%} of the verdicts are final from step {report.settled_step} on.</figcaption>"
        "</figure>"
    )


def _mistakes(report: Report) -> str:
    mistakes = report.binary.mistakes(report.threshold.value)
    if not mistakes:
        return "<p>None.</p>"
    task = report.binary.judgement.task
    pictures = "".join(
        _mistake(mistake, file, task) for mistake, file in zip(mistakes, report.pictures, strict=False)
    )
    what = f"spikes of the neurons of {' and '.join(escape(name) for name in task.classes)}"
    if not report.binary.judgement.spiking:
        what = "one it was said to be"
    return (
        f'<p class="muted">{len(mistakes)} of {len(report.binary.judgement)} images are judged wrong; '
        f"the most confident errors come first. Below each picture: its true class, and the {what}."
        f'</p><div class="gallery">{pictures}</div>'
    )


def _mistake(mistake: Mistake, file: bytes, task: Task) -> str:
    predicted = escape(task.classes[mistake.predicted])
    data = base64.b64encode(file).decode("ascii")
    fired = f", {mistake.fired[0]} : {mistake.fired[1]}" if mistake.fired else ""
    return (
        f'<figure><img alt="image {mistake.index}" src="data:image/png;base64,{data}">'
        f"<figcaption><b>image {mistake.index}</b><br>{class_name(mistake.label, task)}<br>said {predicted}"
        f"{fired}</figcaption></figure>"
    )
