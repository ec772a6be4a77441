"""Early exit on val: accuracy against energy for each lead from which on verdicts may fall."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from snn_tui.render.canvas import Canvas
from snn_tui.render.chart import line_chart
from snn_tui.render.energy import microjoules
from snn_tui.render.frame import cropped
from snn_tui.render.series import Series
from snn_tui.render.text import first_that_fits, metric
from snn_tui.values.early_exit import ExitPoint, ExitRule

_DOT = {True: "●", False: "O"}


def exits(rule: ExitRule, points: Sequence[ExitPoint], canvas: Canvas) -> Text:
    """The accuracy that each threshold gives on val against what an image then takes, and the chosen one.

    Args:
        rule: The rule that was chosen.
        points: All thresholds that differ, rising; the last takes all steps.
        canvas: What it is drawn on.
    """
    chosen = next((point for point in points if point.threshold >= rule.threshold), points[-1])
    energies = [point.nanojoules / 1e3 for point in points]
    unit = "µJ" if canvas.unicode else "uJ"
    notes = _notes(rule, chosen, points[-1], unit, canvas)
    chart = line_chart(
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
        canvas.resized(height=canvas.height - len(notes)),
        x_label=f"{unit} an image",
        y_label="accuracy" if canvas.width >= 50 else "",
    )
    return cropped([*chart.split("\n", allow_blank=True), *notes], canvas)


def _notes(rule: ExitRule, chosen: ExitPoint, whole: ExitPoint, unit: str, canvas: Canvas) -> list[Text]:
    """The chosen lead, and what it comes to beside all steps."""
    muted, terminal = canvas.style("muted"), canvas.terminal
    if chosen.mean_steps == rule.num_steps:
        lead = ("no verdict falls early", "none falls early")
    else:
        lead = (
            f"verdicts fall from a lead of {rule.threshold:g} spikes a step on",
            f"lead {rule.threshold:g}",
        )
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
