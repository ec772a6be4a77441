"""Numbers that a run logs as it goes, kept in bounded memory however long the run."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence

MOST_SAMPLES = 2048
"""Rows kept at most: more than the widest terminal has columns for."""


class Samples:
    """A table of numbers over steps and time. Where it is full, every second row goes, of later ones too.

    Args:
        names: Its columns.

    Attributes:
        steps: `[n]` batches done in the run, never falling.
        times: `[n]` seconds that trainers had spent on the run, never falling.
        columns: `[n]` values of each column.
    """

    def __init__(self, *names: str) -> None:
        self.steps = array("q")
        self.times = array("d")
        self.columns = {name: array("d") for name in names}
        self._every = 1
        self._skipped = 0

    def append(self, step: int, time: float, *values: float) -> None:
        """Take in a row, unless enough were kept lately."""
        self._skipped += 1
        if self._skipped < self._every:
            return
        self._skipped = 0
        self.steps.append(step)
        self.times.append(time)
        for column, value in zip(self.columns.values(), values, strict=True):
            column.append(value)
        if len(self.steps) > MOST_SAMPLES:
            self._every *= 2
            self.steps, self.times = self.steps[::2], self.times[::2]
            self.columns = {name: column[::2] for name, column in self.columns.items()}

    def rewind(self, first: int) -> None:
        """Forget the rows from a step on."""
        kept = bisect_left(self.steps, first)
        del self.steps[kept:], self.times[kept:]
        for column in self.columns.values():
            del column[kept:]

    def time_of(self, step: float) -> float:
        """When a step was done, between two rows by proportion; NaN without any row."""
        return between(self.steps, self.times, step)

    def step_at(self, time: float) -> float:
        """The step that was reached by a time, between two rows by proportion; NaN without any row."""
        return between(self.times, self.steps, time)


def between(xs: Sequence[float], ys: Sequence[float], x: float) -> float:
    """The value at a position between two of some rising ones, by proportion; NaN without any."""
    if not len(xs):
        return float("nan")
    right = bisect_left(xs, x)
    if right in (0, len(xs)):
        return float(ys[min(right, len(xs) - 1)])
    low, high = xs[right - 1], xs[right]
    return ys[right - 1] + (ys[right] - ys[right - 1]) * (x - low) / (high - low)
