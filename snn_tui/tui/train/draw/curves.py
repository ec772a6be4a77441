"""The two charts of a run: its loss, and its scores on val."""

from __future__ import annotations

from rich.text import Text

from snn_tui.render.axes import number, scale
from snn_tui.render.canvas import Canvas
from snn_tui.render.chart import Series, line_chart
from snn_tui.runs.state import RunState


def loss_chart(state: RunState, canvas: Canvas) -> Text:
    """Loss against epochs: each batch in the background, their moving average, val once an epoch."""
    batches = max(1, state.batches)
    epochs = [step / batches for step in state.loss_steps]
    points = state.val_points
    return line_chart(
        [
            Series("batch", epochs, state.losses, "muted", dim=True),
            Series("EMA", epochs, state.ema, "accent"),
            Series(
                "val",
                [step / batches for step, _ in points],
                [loss for _, loss in points],
                "warn",
                marker="points",
            ),
        ],
        canvas,
        x_label="epoch",
        y_label="loss",
        x_limits=(0.0, float(max(1, state.epochs))),
        empty="no batch was trained yet",
    )


def validation_chart(state: RunState, canvas: Canvas) -> Text:
    """Accuracy, sensitivity and specificity on val against epochs, from the tenth below the lowest to 1."""
    epochs = [float(end.epoch) for end in state.epochs_ended]
    scores = [end.val for end in state.epochs_ended]
    lines = [
        Series("specificity", epochs, [score.specificity for score in scores], "normal"),
        Series("sensitivity", epochs, [score.sensitivity for score in scores], "pneumonia"),
        Series("accuracy", epochs, [score.accuracy for score in scores], "good"),
    ]
    return line_chart(
        lines,
        canvas,
        x_label="epoch",
        y_label="",
        x_limits=(0.0, float(max(2, state.epochs))),
        y_limits=scale(value for line in lines for value in map(number, line.ys)),
        empty="no epoch has ended yet",
    )
