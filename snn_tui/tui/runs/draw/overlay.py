"""The curves of several runs over each other."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from snn_tui.render.chart_view import AS_A_WHOLE, ChartView, XUnit
from snn_tui.render.series import Chart, Series
from snn_tui.render.smoothing import smoothed
from snn_tui.render.text import clean, seconds
from snn_tui.runs.history import History
from snn_tui.runs.losses import EMA_DECAY
from snn_tui.runs.samples import between
from snn_tui.tui.runs.draw.marks import MARK_ROLES, MARKS
from snn_tui.tui.runs.draw.seeds import band
from snn_tui.values.scores import METRICS, shared_metrics
from snn_tui.values.task import TaskKind

_LOSSES = {"loss": "train loss", "val_loss": "val loss"}


def curves_for(kinds: Iterable[TaskKind]) -> dict[str, str]:
    """The curves there are of runs of these kinds of task, and their names."""
    return _LOSSES | {field: f"val {METRICS[field].name}" for field in shared_metrics(kinds)}


CURVES = curves_for(["binary"])
"""Those of binary tasks."""

USUAL_SMOOTHING = {"loss": EMA_DECAY}
"""Weight of the past that a curve begins with, where it is not 0."""


@dataclass(frozen=True)
class Overlay:
    """Runs whose curves are drawn over each other.

    Args:
        runs: The runs, each with the index of its letter in `MARKS`; None for a single run without one.
        curve: Key of `curves_for`.
        smoothing: Weight of the past, from 0 to below 1.
        seeds: Histories of all runs that one of `runs` stands for, by its letter's index: their mean is
            drawn, between lines a standard deviation below and above it.
    """

    runs: Sequence[tuple[History, int | None]]
    curve: str
    smoothing: float
    seeds: Mapping[int | None, Sequence[History]] = field(default_factory=dict)


def overlay_curves(overlay: Overlay, view: ChartView = AS_A_WHOLE) -> Chart:
    """One curve of each run; the last point of each bears the run's letter.

    Args:
        overlay: The runs and the curve.
        view: How the chart is looked at.
    """
    chart = replace(_by_epoch(overlay), view=view)
    if view.unit == "epoch":
        return chart
    series: list[Series] = []
    for history, mark in overlay.runs:
        own = _by_epoch(replace(overlay, runs=[(history, mark)]))
        for one in own.series:
            if one.label != "measured" or len(overlay.runs) == 1:
                series.append(replace(one, xs=_across(history, one.xs, view.unit)))
    series.sort(key=lambda one: one.marker == "points")
    label = "step" if view.unit == "step" else "time in s"
    text = (lambda t: seconds(t)) if view.unit == "time" else None
    return replace(chart, series=series, x_label=label, x_limits=None, x_text=text)


def _across(history: History, epochs: Sequence[float | None], unit: XUnit) -> list[float | None]:
    """Where positions in epochs lie in another unit, for this run."""
    if unit == "step":
        return [None if epoch is None else epoch * history.batches for epoch in epochs]
    return [None if epoch is None else between(history.positions, history.times, epoch) for epoch in epochs]


def _by_epoch(overlay: Overlay) -> Chart:
    """One curve of each run against epochs; the last point of each bears the run's letter.

    A run alone has its curve as measured behind the smoothed one.

    Args:
        overlay: The runs and the curve.
    """
    lines, heads = [], []
    for history, mark in overlay.runs:
        xs, ys = curve(history, overlay.curve, overlay.smoothing)
        role = MARK_ROLES[mark or 0]
        seeds = overlay.seeds.get(mark, ())
        if seeds:
            xs, ys, low, high = band([curve(seed, overlay.curve, overlay.smoothing) for seed in seeds])
            lines += [Series("", xs, end, role, dim=True) for end in (low, high)]
        elif len(overlay.runs) == 1 and overlay.smoothing > 0:
            lines.append(Series("measured", *curve(history, overlay.curve, 0.0), "muted", dim=True))
        name = f"mean of {len(seeds)} seeds" if seeds and mark is None else clean(history.run.title, 20)
        if mark is None:
            lines.append(Series(name, xs, ys, role))
            continue
        lines.append(Series(f"{MARKS[mark]} {name}", xs, ys, role))
        last = next((index for index in range(len(xs) - 1, -1, -1) if math.isfinite(ys[index])), None)
        if last is not None:
            ends = xs[last : last + 1], ys[last : last + 1]
            heads.append(Series("", *ends, role, marker="points", symbol=MARKS[mark], apart=True))
    epochs = max([1, *(max(history.epochs, len(history.ended)) for history, _ in overlay.runs)])
    return Chart(
        [*lines, *heads],
        x_label="epoch",
        empty="nothing measured yet",
        y_label="",
        x_limits=(0.0 if overlay.curve == "loss" or epochs == 1 else 1.0, float(epochs)),
    )


@functools.lru_cache(maxsize=32)
def curve(history: History, name: str, smoothing: float) -> tuple[list[float], list[float]]:
    """Epochs, in fractions while training, and values of a run's curve; NaN where it is undefined.

    Args:
        history: The run; histories are compared as objects.
        name: Key of `curves_for`.
        smoothing: Weight of the past, from 0 to below 1.
    """
    if name == "loss" and smoothing == EMA_DECAY:
        return list(history.positions), list(history.ema)
    if name == "loss":
        return list(history.positions), smoothed(history.losses, smoothing, history.steps)
    score = "loss" if name == "val_loss" else name
    fits = name in _LOSSES or history.kind in METRICS[name].tasks
    values = [getattr(end.val, score) if fits else None for end in history.ended]
    return [float(end.epoch) for end in history.ended], smoothed(values, smoothing)
