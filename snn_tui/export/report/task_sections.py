"""The sections of the page on the results of several classes, or of several labels an image."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape

from snn_tui.analysis.steps import SAME_ACCURACY, SETTLED_SHARE
from snn_tui.analysis.task_results import OUTCOMES, JudgedImage, TaskResults
from snn_tui.export.report import svg
from snn_tui.export.report.benchmarks import benchmark_table
from snn_tui.export.report.contents import Report
from snn_tui.export.report.markup import class_name, number, share, side_by_side, table
from snn_tui.export.report.parts import ONE_STEP, draws_table, reliability_figure, score_table
from snn_tui.render.axes import scale
from snn_tui.values.scores import METRICS
from snn_tui.values.task import Task

_SMALL = (220.0, 190.0)
"""Width and height of a chart among many, in pixels."""


def task_sections(report: Report, results: TaskResults) -> dict[str, str]:
    """The sections by title, in the order of the page."""
    labels = results.task.kind == "multilabel"
    return {
        "Scores": _scores(report, results),
        "Labels" if labels else "Confusion matrix": _matrix(results),
        "Each label" if labels else "Each class against the others": _classes(results),
        "Probability and time": side_by_side(_calibration(results), _steps(report, results)),
        "The same images, coded anew": draws_table(results.spreads(), len(results.redraws)),
        "The worst mistakes": _mistakes(report, results),
    }


def _scores(report: Report, results: TaskResults) -> str:
    rows = score_table(
        {METRICS[field].name: value for field, value in results.values.items()},
        {METRICS[field].name: ends for field, ends in report.intervals.items() if field in METRICS},
    )
    note = f'<p class="muted">{escape(results.scored.note)}.</p>' if results.scored.note else ""
    scored = results.scored
    return rows + note + benchmark_table(results.benchmarks, scored.accuracy, scored.auc)


def _matrix(results: TaskResults) -> str:
    task, labels = results.task, results.task.kind == "multilabel"
    names = OUTCOMES if labels else [escape(letter) for letter in task.letters]
    heads = "".join(f"<th>{name}</th>" for name in names)
    body = ""
    for row, counts in enumerate(results.matrix):
        total = sum(counts)
        letter = "" if labels else f"{escape(task.letters[row])} "
        body += f"<tr><th>{letter}{escape(task.classes[row])}</th>"
        for column, count in enumerate(counts):
            right = column in (0, 3) if labels else row == column
            kind = ("right" if right else "wrong") if count else "none"
            body += f'<td class="{kind}" title="{escape(results.cell_words(row, column))}"><b>{count}</b>'
            body += f"{share(count, total)}</td>" if count else "</td>"
        body += "</tr>"
    words = (
        "Images by label: true and predicted (TP), true but not predicted (FN), predicted but not true (FP), "
        "neither (TN)."
        if labels
        else "Images by true class (rows) and predicted class (columns, by the letters of the rows), with "
        "their share of the row."
    )
    words += f" {_rule(labels, results.judgement.spiking)}"
    corner = "label" if labels else "truth"
    return (
        f'<div class="scroll"><table class="matrix small"><thead><tr><th>{corner}</th>'
        f'{heads}</tr></thead><tbody>{body}</tbody></table></div><p class="muted">{words}</p>'
    )


def _rule(labels: bool, spiking: bool) -> str:
    """How predictions follow from the output neurons."""
    if not spiking:
        more_than_half = "A label is predicted where its probability is above 1/2."
        return more_than_half if labels else "The class of the largest logit is predicted."
    if labels:
        return "A label is predicted where its neuron fires in at least half of the time steps."
    return "The class whose neuron fires most often is predicted; membranes break ties."


def _classes(results: TaskResults) -> str:
    heads = ["label" if results.task.kind == "multilabel" else "class", "images", "sensitivity"]
    heads += ["specificity", "precision", "F1", "AUC", "average precision"]
    rows = []
    for row in results.scored.classes:
        values = row.sensitivity, row.specificity, row.precision, row.f1, row.auc, row.average_precision
        rows.append([escape(row.name), str(row.images), *map(number, values)])
    charts = "".join(_roc(results, label) for label in range(results.task.outputs))
    return table(heads, rows) + f'<h3>ROC</h3><div class="gallery">{charts}</div>'


def _roc(results: TaskResults, label: int) -> str:
    name, area = results.task.classes[label], results.scored.classes[label].auc
    curve = results.curve(label)
    if not curve:
        return f"<figure><p>No curve: AUC is undefined.</p><figcaption>{escape(name)}</figcaption></figure>"
    chart = svg.chart(
        [
            svg.Line("", [(0.0, 0.0), (1.0, 1.0)], "quiet", dashed=True),
            svg.Line("", list(curve), "accent"),
        ],
        [],
        title=f"ROC curve of {name}",
        x_label="false positive rate",
        y_label="sensitivity",
        x_limits=(0.0, 1.0),
        y_limits=(0.0, 1.0),
        width=_SMALL[0],
        height=_SMALL[1],
    )
    return f"<figure>{chart}<figcaption>{escape(name)}: AUC {number(area)}</figcaption></figure>"


def _calibration(results: TaskResults) -> str:
    if results.task.kind != "multilabel":
        of = "output neurons' spikes and what is left on their membranes"
        of = of if results.judgement.spiking else "logits"
        caption = f"The softmax of the {of}; it was not fitted to anything."
        return reliability_figure(
            results.reliability(0), "probability of the top class", "share that is right", caption
        )
    rows = []
    for label, name in enumerate(results.task.classes):
        calibration = results.reliability(label)
        rows.append([escape(name), number(calibration.ece), number(calibration.brier)])
    return (
        "<h3>Reliability</h3>"
        + table(["label", "ECE", "Brier score"], rows)
        + '<p class="muted">Of the sigmoid of each output neuron\'s score; it was not fitted to anything.</p>'
    )


def _steps(report: Report, results: TaskResults) -> str:
    curve = results.steps
    if len(curve.accuracy) == 1:
        return ONE_STEP
    lines = [
        svg.Line("balanced accuracy", list(enumerate(curve.balanced, start=1)), "class1", dashed=True),
        svg.Line("accuracy", list(enumerate(curve.accuracy, start=1)), "good"),
    ]
    chart = svg.chart(
        lines,
        [],
        title="Accuracy against time step",
        x_label="time steps",
        y_label="after so many steps",
        x_limits=(1.0, float(max(len(curve.accuracy), 2))),
        y_limits=scale([*curve.accuracy, *curve.balanced]),
    )
    enough = (
        ""
        if curve.enough is None
        else f"From step {curve.enough} on accuracy is within {SAME_ACCURACY} of the last. "
    )
    return (
        f"<h3>How early could it have decided?</h3><figure>{chart}<figcaption>{enough}"
        f"{SETTLED_SHARE:.0%} of the verdicts are final from step {report.settled_step} on.</figcaption>"
        "</figure>"
    )


def _mistakes(report: Report, results: TaskResults) -> str:
    mistakes = results.mistakes
    if not mistakes:
        return "<p>None.</p>"
    pictures = "".join(
        _mistake(mistake, file, results.task)
        for mistake, file in zip(mistakes, report.pictures, strict=False)
    )
    order = (
        "those with the most wrong labels come first. Below each picture: its labels, and those predicted"
        if results.task.kind == "multilabel"
        else "the most confident errors come first. Below each picture: its true class, the predicted one"
        + (", and the spikes of the neurons of both" if results.judgement.spiking else "")
    )
    return (
        f'<p class="muted">{len(mistakes)} of {len(results.judgement)} images are judged wrong; {order}.</p>'
        f'<div class="gallery">{pictures}</div>'
    )


def _mistake(mistake: JudgedImage, file: bytes, task: Task) -> str:
    data = base64.b64encode(file).decode("ascii")
    if task.kind == "multilabel":
        words = f"{_names(mistake.truth, task)}<br>said {_names(mistake.predicted, task)}"
    else:
        (truth,), (predicted,) = mistake.truth, mistake.predicted
        words = f"{class_name(truth, task)}<br>said {escape(task.classes[predicted])}"
        if mistake.fired:
            words += f", {mistake.fired[truth]} : {mistake.fired[predicted]}"
    return (
        f'<figure><img alt="image {mistake.index}" src="data:image/png;base64,{data}">'
        f"<figcaption><b>image {mistake.index}</b><br>{words}</figcaption></figure>"
    )


def _names(labels: Iterable[int], task: Task) -> str:
    return escape(", ".join(task.classes[label] for label in labels)) or "nothing"
