"""The two charts of a run: its loss, and its scores on val."""

from __future__ import annotations

from rich.text import Text

from snn_tui.render.axes import number
from snn_tui.render.canvas import Canvas
from snn_tui.render.chart import Series, line_chart
from snn_tui.render.palette import Role
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
    """Accuracy, sensitivity and specificity on val against epochs.

    The axis follows the last three quarters of the epochs, as an untrained network that predicts one class
    would stretch it from 0 to 1. Epochs with a lower score are marked at the lower edge.
    """
    epochs = [float(end.epoch) for end in state.epochs_ended]
    scores = [end.val for end in state.epochs_ended]
    curves: list[tuple[str, Role, list[float | None]]] = [
        ("specificity", "class0", [number(score.specificity) for score in scores]),
        ("sensitivity", "class1", [number(score.sensitivity) for score in scores]),
        ("accuracy", "good", [number(score.accuracy) for score in scores]),
    ]
    low = min((y for *_, ys in curves for y in ys[len(epochs) // 4 :] if y is not None), default=0.0)
    lines = [
        Series(label, epochs, [None if y is None else max(y, low) for y in ys], role)
        for label, role, ys in curves
    ]
    lower = sorted(
        {epoch for *_, ys in curves for epoch, y in zip(epochs, ys, strict=True) if y is not None and y < low}
    )
    if lower:
        mark = "▾" if canvas.unicode else "v"
        lines.append(Series("lower", lower, [low] * len(lower), "muted", marker="points", symbol=mark))
    return line_chart(
        lines,
        canvas,
        x_label="epoch",
        y_label="",
        x_limits=(0.0, float(max(2, state.epochs))),
        empty="no epoch has ended yet",
    )
