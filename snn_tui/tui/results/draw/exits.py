"""Early exit on val: accuracy against energy for each lead from which on verdicts may fall."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from snn_tui.render.canvas import Canvas
from snn_tui.render.chart import draw
from snn_tui.render.energy import microjoules
from snn_tui.render.frame import cropped
from snn_tui.render.series import Chart, Series
from snn_tui.render.text import first_that_fits, metric
from snn_tui.values.early_exit import ExitPoint, ExitRule, falls

_DOT = {True: "●", False: "O"}


def exits(rule: ExitRule, points: Sequence[ExitPoint], canvas: Canvas) -> Text:
    """The accuracy that each threshold gives on val against what an image then takes, and the chosen one.

    Args:
        rule: The rule that was chosen.
        points: All thresholds that differ, rising; the last takes all steps.
        canvas: What it is drawn on.
    """
    notes = _notes(rule, _chosen(rule, points), points[-1], _unit(canvas), canvas)
    chart = draw(exits_chart(rule, points, canvas), canvas.resized(height=canvas.height - len(notes)))
    return cropped([*chart.split("\n", allow_blank=True), *notes], canvas)


def exits_chart(rule: ExitRule, points: Sequence[ExitPoint], canvas: Canvas) -> Chart:
    """Accuracy against energy as a chart, with words as long as the canvas allows."""
    chosen = _chosen(rule, points)
    energies = [point.nanojoules / 1e3 for point in points]
    return Chart(
        [
            Series("", energies, [point.accuracy for point in points], "good"),
            Series(
                "chosen",
                [chosen.nanojoules / 1e3],
                [chosen.accuracy],
                "warn",
                marker="points",
                symbol=_DOT[canvas.unicode],
            ),
        ],
        x_label=f"{_unit(canvas)} an image",
        y_label="accuracy" if canvas.width >= 50 else "",
    )


def _chosen(rule: ExitRule, points: Sequence[ExitPoint]) -> ExitPoint:
    return next((point for point in points if point.threshold >= rule.threshold), points[-1])


def _unit(canvas: Canvas) -> str:
    return "µJ" if canvas.unicode else "uJ"


def _notes(rule: ExitRule, chosen: ExitPoint, whole: ExitPoint, unit: str, canvas: Canvas) -> list[Text]:
    """The chosen lead, and what it comes to beside all steps."""
    muted, terminal = canvas.style("muted"), canvas.terminal
    short = "none falls early" if chosen.mean_steps == rule.num_steps else f"lead {rule.threshold:g}"
    lead = (falls(rule), short)
    accuracies = [metric(point.accuracy, terminal).strip() for point in (chosen, whole)]
    costs = [microjoules(point.nanojoules) for point in (chosen, whole)]
    rows = [
        lead,
        (
            f"after {chosen.mean_steps:.2f} of {rule.num_steps} steps on average {costs[0]} {unit}, accuracy "
            f"{accuracies[0]}; after all {costs[1]} {unit}, {accuracies[1]}",
            f"{chosen.mean_steps:.2f}/{rule.num_steps} steps {costs[0]}/{costs[1]} {unit} {accuracies[0]}",
            f"{chosen.mean_steps:.2f}/{rule.num_steps} steps, {costs[0]} {unit}",
        ),
    ]
    return [Text(first_that_fits(row, canvas.width), muted) for row in rows]
