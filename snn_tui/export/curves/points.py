"""The numbers that a run's events hold, one by one, as points of curves."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from snn_tui.runs.events import AnyEvent, EpochEnded, Event, Heartbeat, Progress, RunFinished
from snn_tui.runs.state import RunState
from snn_tui.values.scores import Scores, metrics_for
from snn_tui.values.words import printable

_STAMP = ("t", "v")
_OF_BATCHES = (*_STAMP, "epoch", "batch", "losses", "metrics")
_OF_EPOCHS = (*_STAMP, "epoch", "val", "lr", "metrics")  # the learning rate is a curve of batches already


class Point(NamedTuple):
    """One value of one curve.

    Args:
        metric: The curve, such as `train/loss` or `val/accuracy`: what it is of, a slash, and its name.
        step: Batches of the whole run that were trained by then.
        epoch: The same in epochs, such as 2.5.
        seconds: Seconds that trainers had spent on the run by then, without pauses.
        time: When that was, in seconds since 1970 (UTC).
        value: The value; None for a loss that is not a finite number.
    """

    metric: str
    step: int
    epoch: float
    seconds: float
    time: float
    value: float | None


class PointReader:
    """Makes points of a run's events, in their order.

    Args:
        state: The run's state before the first of these events; changed.
    """

    def __init__(self, state: RunState | None = None) -> None:
        self.state = state or RunState()
        self._ended_at: dict[int, _Moment] = {}  # by epoch

    def read(self, event: AnyEvent) -> Iterator[Point]:
        """The points of the next event; none of one that contradicts the run."""
        state = self.state
        state.apply(event)
        began = state.started.started_at - state.started.t if state.started else 0.0
        at = _Moment(state.step, state.spent, began + event.t)
        match event:
            case Progress():
                first = first_step(state, event)
                if first is not None:
                    for step, loss in enumerate(event.losses[-state.step :], first):
                        yield self._point("train/loss", at._replace(step=step), loss)
                    yield from self._points("train", at, _numbers(event, _OF_BATCHES))
                    yield from self._logged("train", at, event.metrics)
            case EpochEnded():
                if state.epochs_ended and state.epochs_ended[-1] is event:
                    self._ended_at[event.epoch] = at = at._replace(step=event.epoch * state.batches)
                    yield from self._points("epoch", at, _numbers(event, _OF_EPOCHS))
                    yield from self._logged("epoch", at, event.metrics)
                    yield from self._scores("val", at, event.val)
                    rates = {printable(layer): rate for layer, rate in event.val.rates.items()}
                    yield from self._points("firing_rate", at, rates)
            case Heartbeat():
                yield from self._points("machine", at, _numbers(event, _STAMP))
            case RunFinished(test=Scores() as test):
                at = at._replace(step=event.kept_epoch * state.batches)
                yield from self._scores("test", at, test)

    def best_and_last(self) -> Iterator[Point]:
        """The scores on val of the epoch with the lowest loss on val, and of the last one, as `best/...`."""
        ended = {end.epoch: end for end in self.state.epochs_ended}
        for name, epoch in (("best", self.state.best_epoch), ("last", max(ended, default=None))):
            if epoch is not None and epoch in self._ended_at:
                at = self._ended_at[epoch]
                yield self._point(f"{name}/epoch", at, float(epoch))
                yield from self._scores(name, at, ended[epoch].val)

    def _scores(self, name: str, at: _Moment, scores: Scores) -> Iterator[Point]:
        yield self._point(f"{name}/loss", at, scores.loss)
        metrics = metrics_for(self.state.task.kind).items()
        values = {field: getattr(scores, field) for field, metric in metrics if not metric.same_as}
        yield from self._points(name, at, values)

    def _logged(self, name: str, at: _Moment, values: Mapping[str, float | None]) -> Iterator[Point]:
        """Numbers of any name that a loop of the user's own logged, also where they are not finite."""
        for field, value in values.items():
            yield self._point(f"{name}/{printable(field)}", at, value)

    def _points(self, name: str, at: _Moment, values: Mapping[str, float | None]) -> Iterator[Point]:
        for field, value in values.items():
            if value is not None:  # undefined, or not measured
                yield self._point(f"{name}/{field}", at, value)

    def _point(self, metric: str, at: _Moment, value: float | None) -> Point:
        return Point(metric, at.step, at.step / max(1, self.state.batches), at.seconds, at.time, value)


class _Moment(NamedTuple):
    step: int
    seconds: float
    time: float


def first_step(state: RunState, event: Progress) -> int | None:
    """The position of the first batch of an event that a state was just given; None if it was refused."""
    if (state.epoch, state.batch) != (event.epoch, event.batch) or not event.losses:
        return None
    return state.step - min(len(event.losses), state.step) + 1


def _numbers(event: Event, other: Collection[str]) -> dict[str, float | None]:
    """The fields of an event that are numbers, without some others; later versions have more of them."""
    values = {name: getattr(event, name) for name in event.__struct_fields__ if name not in other}
    return {name: value for name, value in values.items() if isinstance(value, int | float)}
