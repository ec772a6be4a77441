"""The two charts of a run: its loss, and its scores on val."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from snn_tui.render.axes import Limits, number
from snn_tui.render.chart_view import AS_A_WHOLE, ChartView, XUnit
from snn_tui.render.palette import Role
from snn_tui.render.series import LOWER, Chart, Series
from snn_tui.render.smoothing import smoothed
from snn_tui.render.text import seconds
from snn_tui.runs.losses import EMA_DECAY
from snn_tui.runs.state import RunState
from snn_tui.values.scores import METRICS
from snn_tui.values.task import TaskKind


def x_axis(state: RunState, view: ChartView) -> tuple[str, Limits, Callable[[float], str]]:
    """Name and limits of the x axis of a run's charts, and how a position on it is written."""
    batches = max(1, state.batches)
    if view.unit == "time":
        end = state.pace.times[-1] if state.pace.times else 1.0
        return (
            "time in s",
            (0.0, max(end, state.last_t, 1.0)),
            lambda t: _position(state, state.pace.step_at(t), t),
        )
    if view.unit == "step":
        end = float(max(batches, state.steps))
        return "step", (0.0, end), lambda step: _position(state, step, state.pace.time_of(step))
    return (
        "epoch",
        (0.0, float(max(1, state.epochs))),
        lambda epoch: _position(state, epoch * batches, state.pace.time_of(epoch * batches)),
    )


def _position(state: RunState, step: float, time: float) -> str:
    """A position in a run in all three units."""
    return f"epoch {step / max(1, state.batches):.2f} · step {step:.0f} · {seconds(time)}"


def positions(state: RunState, steps: Iterable[int], unit: XUnit) -> list[float]:
    """Where steps lie on the x axis."""
    if unit == "time":
        return [state.pace.time_of(step) for step in steps]
    batches = max(1, state.batches) if unit == "epoch" else 1
    return [step / batches for step in steps]


def loss_curves(state: RunState, view: ChartView = AS_A_WHOLE, smoothing: float = EMA_DECAY) -> Chart:
    """Loss: each batch in the background, their moving average, val once an epoch."""
    xs = positions(state, state.loss_steps, view.unit)
    points = state.val_points
    usual = smoothing == EMA_DECAY
    average = state.ema if usual else smoothed(state.losses, smoothing, state.loss_steps)
    name, across, written = x_axis(state, view)
    return Chart(
        [
            Series("batch", xs, state.losses, "muted", dim=True),
            Series("EMA", xs, average, "accent"),
            Series(
                "val",
                positions(state, (step for step, _ in points), view.unit),
                [loss for _, loss in points],
                "warn",
                marker="points",
            ),
        ],
        name,
        "loss",
        across,
        empty="no batch was trained yet",
        view=view,
        x_text=written,
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


def validation_curves(state: RunState, view: ChartView = AS_A_WHOLE) -> Chart:
    """Three scores on val, of a binary task accuracy, sensitivity and specificity.

    The axis follows the last three quarters of the epochs, as an untrained network that predicts one class
    would stretch it from 0 to 1. Epochs with a lower score are marked at the lower edge. In a window into
    the chart the axis follows what is there.
    """
    view = replace(view, y=None, log_y=False, clip=False)  # those are of the losses
    epochs = [end.epoch for end in state.epochs_ended]
    xs = positions(state, (epoch * state.batches for epoch in epochs), view.unit)
    scores = [end.val for end in state.epochs_ended]
    fields: tuple[str, ...] = _CURVES[state.task.kind]
    if state.own_loop:  # those that it logged, the three of other runs first
        fields = tuple(sorted(state.scored, key=lambda field: field not in fields))[: len(_ROLES)]
    curves = [
        (METRICS[field].name, role, [number(getattr(score, field)) for score in scores])
        for field, role in zip(fields, _ROLES, strict=False)
    ]
    low = min((y for *_, ys in curves for y in ys[len(epochs) // 4 :] if y is not None), default=0.0)
    if view.x is not None:
        low = 0.0
    lines = [
        Series(label, xs, [None if y is None else max(y, low) for y in ys], role)
        for label, role, ys in curves
    ]
    lower = sorted({x for *_, ys in curves for x, y in zip(xs, ys, strict=True) if y is not None and y < low})
    if lower:
        lines.append(Series("lower", lower, [low] * len(lower), "muted", marker="points", symbol=LOWER))
    name, across, written = x_axis(state, view)
    if view.unit == "epoch":
        across = (0.0, float(max(2, state.epochs)))
    empty = "no epoch has ended yet" if not epochs else "no score on val was logged"
    return Chart(lines, name, "", across, empty=empty, view=view, x_text=written)
