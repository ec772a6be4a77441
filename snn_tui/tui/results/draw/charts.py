"""The charts of Results: ROC with the threshold on it, reliability, and accuracy against time step."""

from __future__ import annotations

from rich.text import Text

from snn_tui.analysis.calibration import Reliability, probability_rule
from snn_tui.analysis.results import Results
from snn_tui.analysis.steps import SETTLED_SHARE, StepCurve
from snn_tui.render.canvas import Canvas
from snn_tui.render.chart import draw
from snn_tui.render.classes import class_word
from snn_tui.render.frame import cropped, note
from snn_tui.render.series import Chart, Rule, Series
from snn_tui.render.text import metric, rate
from snn_tui.values.confusion import ConfusionMatrix
from snn_tui.values.task import Task

LARGE = 60
"""Columns from which a curve has its name in the legend."""

_BLOCKS = {True: " ▁▂▃▄▅▆▇█", False: " .:-=+*#@"}
_DOT = {True: ("●", "○", "◇"), False: ("O", "o", "+")}


def roc(results: Results, threshold: float, canvas: Canvas) -> Text:
    """The ROC curve with the present threshold, the one evaluation uses, and the study's point on it."""
    return draw(roc_chart(results, threshold, canvas), canvas)


def roc_chart(results: Results, threshold: float, canvas: Canvas) -> Chart:
    """The ROC curve as a chart.

    Args:
        results: What the verdicts on a split come to.
        threshold: The present threshold.
        canvas: What it is drawn on, which decides the length of words.
    """
    ranks, published = results.ranks, results.published
    now, usual, study = _DOT[canvas.unicode]
    series = [
        Series(
            "sensitivity" if canvas.width >= LARGE else "",
            [x for x, _ in results.curve],
            [y for _, y in results.curve],
            "accent",
        ),
    ]
    if published is not None:
        rates = 1 - published["specificity"], published["sensitivity"]
        series.append(Series("published", [rates[0]], [rates[1]], "second", marker="points", symbol=study))
    if threshold:
        point = _rates(ranks.confusion_matrix(0.0))
        series.append(Series("at 0", [point[0]], [point[1]], "muted", marker="points", symbol=usual))
    point = _rates(ranks.confusion_matrix(threshold))
    series.append(Series("threshold", [point[0]], [point[1]], "warn", marker="points", symbol=now))
    return Chart(
        series,
        x_label="false positive rate" if canvas.width >= 90 else "FPR",
        y_label="sensitivity" if 50 <= canvas.width < LARGE else "",
        x_limits=(0.0, 1.0),
        y_limits=(0.0, 1.0),
        rules=[Rule(0.0, "chance", end=1.0)],
    )


def _rates(matrix: ConfusionMatrix) -> tuple[float, float]:
    tn, fp, fn, tp = matrix
    return fp / max(fp + tn, 1), tp / max(tp + fn, 1)


def calibration(reliability: Reliability, task: Task, spiking: bool, canvas: Canvas) -> Text:
    """The reliability diagram: observed share of the positive class against its mean probability, by bin.

    Below it the images of each bin, the expected calibration error, and how the probability is computed.
    """
    most = 2 if canvas.height >= 12 else 1
    rule = probability_rule(class_word(task.signs[0], task, canvas), spiking=spiking)
    short = "p = share of spikes" if spiking else "p = sigmoid"
    return binned(reliability, _rule(canvas.width, most, rule, short), canvas)


def reliability_chart(reliability: Reliability, canvas: Canvas) -> Chart:
    """The observed share of each bin against its mean probability."""
    filled = [bucket for bucket in reliability.bins if bucket.images]
    means, shares = [bucket.mean for bucket in filled], [bucket.observed for bucket in filled]
    dot = _DOT[canvas.unicode][0]
    return Chart(
        [
            Series("", means, shares, "accent"),
            Series("observed", means, shares, "accent", marker="points", symbol=dot),
        ],
        x_label="probability p" if canvas.width >= 40 else "p",
        y_label="",
        x_limits=(0.0, 1.0),
        y_limits=(0.0, 1.0),
        rules=[Rule(0.0, "ideal", end=1.0)],
    )


def binned(reliability: Reliability, rule: list[str], canvas: Canvas) -> Text:
    """A reliability diagram with its bins, its error, and lines that say how the probability is computed."""
    width, height, terminal = canvas.width, canvas.height, canvas.terminal
    muted, accent = (canvas.style(role) for role in ("muted", "accent"))
    canvas_of_chart = canvas.resized(height=height - (3 if height >= 12 else 2))
    chart = draw(reliability_chart(reliability, canvas), canvas_of_chart)
    most = max((bucket.images for bucket in reliability.bins), default=0)
    blocks = _BLOCKS[canvas.unicode]
    levels = "".join(
        blocks[max(round(bucket.images / most * (len(blocks) - 1)), 1 if bucket.images else 0)]
        if most
        else " "
        for bucket in reliability.bins
    )
    facts = Text.assemble(
        ("ECE ", muted),
        (metric(reliability.ece, terminal), accent),
        ("  images by p ", muted),
        (levels, accent),
    )
    if facts.cell_len > width:
        facts = Text.assemble(
            ("ECE ", muted), (metric(reliability.ece, terminal), accent), " ", (levels, accent)
        )
    lines = [*chart.split("\n", allow_blank=True), facts]
    lines += [Text(line, muted) for line in rule]
    return cropped(lines, canvas)


def _rule(width: int, most: int, rule: str, short: str) -> list[str]:
    """How the probability is computed, in at most so many lines."""
    if len(rule) <= width:
        return [rule]
    if most < 2:
        return [short[:width]]
    cut = rule.rfind(" ", 0, width + 1)
    return [rule[:cut], rule[cut + 1 :][:width]]


def one_step(canvas: Canvas) -> Text:
    """What there is to say where a verdict cannot come earlier."""
    return note("one time step: no earlier verdict", canvas, canvas.style("muted"))


def steps(curve: StepCurve, settled: int | None, canvas: Canvas) -> Text:
    """Accuracy, sensitivity and specificity of the verdict after each time step, and how early it was enough.

    Args:
        curve: The metrics.
        settled: The step from which on nine images in ten had their verdict; None while it is not known.
        canvas: What it is drawn on.
    """
    width = canvas.width
    muted = canvas.style("muted")
    if len(curve.accuracy) == 1:
        return one_step(canvas)
    notes = []
    if curve.enough is not None:
        notes.append(f"accuracy settles at {'step ' if width >= 28 else ''}{curve.enough}")
    if settled is not None:
        notes.append(f"{rate(SETTLED_SHARE)} of verdicts by {'step ' if width >= 28 else ''}{settled}")
    chart = draw(steps_chart(curve), canvas.resized(height=canvas.height - len(notes)))
    lines = [*chart.split("\n", allow_blank=True), *(Text(note, muted) for note in notes)]
    return cropped(lines, canvas)


def steps_chart(curve: StepCurve) -> Chart:
    """Accuracy, sensitivity and specificity after each time step as a chart."""
    numbers = [float(step) for step in range(1, len(curve.accuracy) + 1)]
    return Chart(
        [
            Series("spec", numbers, curve.specificity, "class0"),
            Series("sens", numbers, curve.sensitivity, "class1"),
            Series("accuracy", numbers, curve.accuracy, "good"),
        ],
        x_label="step",
        y_label="",
        x_limits=(1.0, float(max(len(numbers), 2))),
    )
