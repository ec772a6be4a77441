"""Charts of any number that a run logs: losses, scores, firing rates, pace and the use of its machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from snn_tui.render.chart_view import AS_A_WHOLE, ChartView
from snn_tui.render.palette import Role, class_role
from snn_tui.render.series import Chart, Series
from snn_tui.render.smoothing import smoothed
from snn_tui.render.text import clean
from snn_tui.runs.losses import EMA_DECAY
from snn_tui.runs.samples import Samples
from snn_tui.runs.state import RunState
from snn_tui.tui.train.draw.curves import loss_curves, positions, x_axis
from snn_tui.values.firing import activity_word
from snn_tui.values.scores import metrics_for

LOSS = "loss"
LOGGED = "logged."
"""What stands before the name of another number in the key of its chart."""

USUAL_SMOOTHING = {LOSS: EMA_DECAY}
"""How much a chart is smoothed where that is not 0."""

_PACE = {"lr": "lr", "images_per_s": "images/s", "gradient_norm": "norm"}
_PACE_TITLES = {"lr": "Learning rate", "images_per_s": "Images a second", "gradient_norm": "Gradient norm"}
_GIB = 1 << 30


@dataclass(frozen=True)
class _Machine:
    """A chart of the machine: its title, its unit, and a factor, name and role for each column drawn."""

    title: str
    unit: str
    columns: dict[str, tuple[str, Role]]
    factor: float = 1.0


MACHINE = {
    "use": _Machine("Processor use", "%", {"cpu": ("CPU", "class0"), "gpu": ("GPU", "class1")}),
    "memory": _Machine(
        "Memory", "GiB", {"memory": ("process", "class0"), "gpu_memory": ("GPU", "class1")}, 1 / _GIB
    ),
    "temperature": _Machine("Temperature", "degrees C", {"gpu_temperature": ("GPU", "class1")}),
    "power": _Machine("Power", "W", {"gpu_power": ("GPU", "class1")}),
}
"""The charts of the machine that the trainer runs on; 100 % of the CPU is one core."""


def charts_of(state: RunState) -> dict[str, str]:
    """The charts there are of a run, and their titles, the loss first."""
    charts = {LOSS: "Loss"}
    charts |= {field: f"Val {metric.name}" for field, metric in state.scored.items()}
    charts |= {LOGGED + name: clean(name, 40) for name in state.logged_names}
    firing = state.own_loop or activity_word(state.rates) == "firing"
    if state.rates or not state.own_loop:
        charts["rates"] = "Firing rates on val" if firing else "Outputs above 0"
    for name, title in _PACE_TITLES.items():
        logged = any(value == value for value in state.pace.columns[name])
        if logged or not (state.own_loop or name == "gradient_norm"):  # earlier versions logged no norm
            charts[name] = title
    return charts | {name: chart.title for name, chart in MACHINE.items()}


def logged_curves(
    state: RunState, name: str = LOSS, view: ChartView = AS_A_WHOLE, smoothing: float = EMA_DECAY
) -> Chart:
    """A chart of `charts_of`.

    Args:
        state: The run.
        name: Its key.
        view: How it is looked at.
        smoothing: Weight of the past that its lines are smoothed with.
    """
    if name == LOSS:
        return loss_curves(state, view, smoothing)
    if name in MACHINE:
        return machine_curves(state, name, view, smoothing)
    if name in state.pace.columns:
        return _of_samples(state, state.pace, {name: (_PACE[name], "accent")}, "", view, smoothing)
    if name.startswith(LOGGED):
        return _of_any_name(state, name.removeprefix(LOGGED), view, smoothing)
    xs = positions(state, (end.epoch * state.batches for end in state.epochs_ended), view.unit)
    if name == "rates":
        layers = dict.fromkeys(layer for end in state.epochs_ended for layer in end.val.rates)
        lines: list[tuple[str, Role, list[float | None]]] = [
            (clean(layer, 20), class_role(index), [end.val.rates.get(layer) for end in state.epochs_ended])
            for index, layer in enumerate(layers)
        ]
    else:
        metric = metrics_for(state.task.kind)[name]
        lines = [(metric.name, "accent", [getattr(end.val, name) for end in state.epochs_ended])]
    return _chart(state, [line for one in lines for line in _lines(*one, xs, smoothing)], "", view)


def machine_curves(state: RunState, name: str, view: ChartView = AS_A_WHOLE, smoothing: float = 0.0) -> Chart:
    """A chart of `MACHINE`."""
    shown = MACHINE[name]
    return _of_samples(state, state.machine, shown.columns, shown.unit, view, smoothing, shown.factor)


def _of_any_name(state: RunState, name: str, view: ChartView, smoothing: float) -> Chart:
    """A number of a loop of the user's own: a line of what batches logged, points of what epochs did."""
    series: list[Series] = []
    samples = state.logged.get(name)
    if samples is not None:
        xs = list(samples.times) if view.unit == "time" else positions(state, samples.steps, view.unit)
        series += _lines("batch", "accent", samples.columns["value"], xs, smoothing)
    ended = [end for end in state.epochs_ended if name in end.metrics]
    if ended:
        xs = positions(state, (end.epoch * state.batches for end in ended), view.unit)
        values = [end.metrics[name] for end in ended]
        if samples is None:
            series += _lines(clean(name, 20), "accent", values, xs, smoothing)
        else:
            series.append(Series("epoch", xs, values, "warn", marker="points"))
    return _chart(state, series, "", view)


def _of_samples(
    state: RunState,
    samples: Samples,
    columns: dict[str, tuple[str, Role]],
    unit: str,
    view: ChartView,
    smoothing: float,
    factor: float = 1.0,
) -> Chart:
    xs = list(samples.times) if view.unit == "time" else positions(state, samples.steps, view.unit)
    series = []
    for column, (label, role) in columns.items():
        values = [value * factor for value in samples.columns[column]]
        if any(value == value for value in values):  # not only NaN: a machine without a GPU
            series += _lines(label, role, values, xs, smoothing)
    return _chart(state, series, unit, view)


def _lines(
    label: str, role: Role, values: Sequence[float | None], xs: Sequence[float], smoothing: float
) -> list[Series]:
    """A line, and behind it what was measured, where it is smoothed."""
    if not smoothing:
        return [Series(label, xs, values, role)]
    measured = Series("", xs, values, role, dim=True)
    return [measured, Series(label, xs, smoothed(values, smoothing), role)]


def _chart(state: RunState, series: Sequence[Series], unit: str, view: ChartView) -> Chart:
    name, across, written = x_axis(state, view)
    return Chart(series, name, unit, across, empty="nothing logged yet", view=view, x_text=written)
