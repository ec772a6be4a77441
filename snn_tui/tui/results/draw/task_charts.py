"""The charts of Results for several classes or labels."""

from __future__ import annotations

from rich.text import Text

from snn_tui.analysis.calibration import Reliability
from snn_tui.analysis.steps import SETTLED_SHARE
from snn_tui.analysis.task_results import TaskResults, TaskStepCurve
from snn_tui.render.canvas import Canvas
from snn_tui.render.chart import draw
from snn_tui.render.classes import class_word
from snn_tui.render.frame import cropped
from snn_tui.render.palette import class_role
from snn_tui.render.series import Chart, Rule, Series
from snn_tui.render.text import first_that_fits, fit, rate
from snn_tui.tui.results.draw.charts import LARGE, binned, one_step


def task_roc(results: TaskResults, label: int, canvas: Canvas) -> Text:
    """The ROC curve of a class against all others, or of a label."""
    return draw(task_roc_chart(results, label, canvas), canvas)


def task_roc_chart(results: TaskResults, label: int, canvas: Canvas) -> Chart:
    """The ROC curve of a class or label as a chart, with words as long as the canvas allows."""
    curve = results.curve(label)
    name = "sensitivity" if canvas.width >= LARGE else ""
    return Chart(
        [Series(name, [x for x, _ in curve], [y for _, y in curve], class_role(label))],
        x_label="false positive rate" if canvas.width >= 50 else "FPR",
        y_label="sensitivity" if 50 <= canvas.width < LARGE else "",
        x_limits=(0.0, 1.0),
        y_limits=(0.0, 1.0),
        rules=[Rule(0.0, "chance", end=1.0)],
        empty="no curve: AUC is undefined",
    )


def task_calibration(reliability: Reliability, results: TaskResults, label: int, canvas: Canvas) -> Text:
    """The reliability diagram of the most probable class, or of a label."""
    rules = "p of the top class, share that is right", "p of the top class, share right", "p of the top class"
    if results.task.kind == "multilabel":
        word = class_word(label, results.task, canvas)
        rules = f"p of {word}, share that has it", f"p of {word}, share with it", f"p of {word}"
    rule = first_that_fits(rules, canvas.width) or fit(rules[-1], canvas.width, canvas.terminal)
    return binned(reliability, [rule], canvas)


def task_steps(curve: TaskStepCurve | None, settled: int | None, canvas: Canvas) -> Text:
    """Accuracy and balanced accuracy after each time step, and how early it was enough.

    Args:
        curve: The scores; None while they are computed.
        settled: The step from which on nine images in ten have their prediction; None as for `curve`.
        canvas: What it is drawn on.
    """
    if curve is None or settled is None:
        return cropped([Text("computing...", canvas.style("muted"))], canvas)
    if len(curve.accuracy) == 1:
        return one_step(canvas)
    step = "step " if canvas.width >= 28 else ""
    notes = [] if curve.enough is None else [f"accuracy settles at {step}{curve.enough}"]
    notes.append(f"{rate(SETTLED_SHARE)} of verdicts by {step}{settled}")
    chart = draw(task_steps_chart(curve), canvas.resized(height=canvas.height - len(notes)))
    lines = [*chart.split("\n", allow_blank=True), *(Text(note, canvas.style("muted")) for note in notes)]
    return cropped(lines, canvas)


def task_steps_chart(curve: TaskStepCurve) -> Chart:
    """Accuracy and balanced accuracy after each time step as a chart."""
    numbers = [float(step) for step in range(1, len(curve.accuracy) + 1)]
    return Chart(
        [
            Series("balanced", numbers, curve.balanced, "second"),
            Series("accuracy", numbers, curve.accuracy, "good"),
        ],
        x_label="step",
        y_label="",
        x_limits=(1.0, float(max(len(numbers), 2))),
    )
