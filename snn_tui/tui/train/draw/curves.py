"""The two charts of a run: its loss, and its scores on val."""

from __future__ import annotations

from rich.text import Text

from snn_tui.render.axes import number
from snn_tui.render.canvas import Canvas
from snn_tui.render.chart import Series, line_chart
from snn_tui.render.palette import Role
from snn_tui.runs.state import RunState
from snn_tui.values.scores import METRICS
from snn_tui.values.task import TaskKind


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


_CURVES: dict[TaskKind, tuple[str, str, str]] = {
    "binary": ("specificity", "sensitivity", "accuracy"),
    "multiclass": ("balanced_accuracy", "macro_f1", "accuracy"),
    "ordinal": ("quadratic_kappa", "balanced_accuracy", "accuracy"),
    # Of labels that few images have, accuracy is high where none is ever predicted.
    "multilabel": ("macro_f1", "balanced_accuracy", "auc"),
}
"""The three metrics of the chart, by kind of task."""

_ROLES: tuple[Role, ...] = ("class0", "class1", "good")


def validation_chart(state: RunState, canvas: Canvas) -> Text:
    """Three scores on val against epochs, of a binary task accuracy, sensitivity and specificity.

    The axis follows the last three quarters of the epochs, as an untrained network that predicts one class
    would stretch it from 0 to 1. Epochs with a lower score are marked at the lower edge.
    """
    epochs = [float(end.epoch) for end in state.epochs_ended]
    scores = [end.val for end in state.epochs_ended]
    curves = [
        (METRICS[field].name, role, [number(getattr(score, field)) for score in scores])
        for field, role in zip(_CURVES[state.task.kind], _ROLES, strict=True)
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
