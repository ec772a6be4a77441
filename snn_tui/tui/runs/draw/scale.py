"""Where values stand on an axis of parallel coordinates, and what is written beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Value = float | str | None
"""A value of an option or a score; None where a run has none."""

_LOG_FROM = 20.0
"""Largest value over smallest from which on an axis of positive numbers is logarithmic."""


@dataclass(frozen=True)
class Scale:
    """An axis of numbers, or of words, which are then evenly spaced in the order of the alphabet.

    Args:
        values: The values on it, each once, from the lowest to the highest.
        log: Whether it is logarithmic.
    """

    values: tuple[float, ...] | tuple[str, ...]
    log: bool = False

    @classmethod
    def of(cls, values: Sequence[Value]) -> Scale:
        """The axis that has room for all of some values; of words where any of them is one."""
        known = {value for value in values if isinstance(value, str) or _finite(value)}
        if any(isinstance(value, str) for value in known):
            return cls(tuple(sorted(map(str, known))))
        numbers = tuple(sorted(value for value in known if not isinstance(value, str) and value is not None))
        log = bool(numbers) and numbers[0] > 0 and numbers[-1] / numbers[0] >= _LOG_FROM
        return cls(numbers, log)

    def at(self, value: Value) -> float | None:
        """Where a value stands, from 0 (lowest) to 1 (highest); None where there is no value."""
        if value is None or not self.values:
            return None
        if isinstance(self.values[0], str):
            index = self.values.index(str(value))
            return index / (len(self.values) - 1) if len(self.values) > 1 else 0.5
        if isinstance(value, str) or not _finite(value):
            return None
        low, high, it = (self._linear(one) for one in (self.values[0], self.values[-1], value))
        return (it - low) / (high - low) if high > low else 0.5

    def text(self, value: float | str) -> str:
        """A value as it is written beside the axis."""
        return f"{value:.3g}" if isinstance(value, float) else str(value)

    def between(self, low: float, high: float) -> str:
        """The values in a part of the axis, from its lowest to its highest; empty where there are none."""
        inside = [value for value in self.values if low - 1e-9 <= (self.at(value) or 0.0) <= high + 1e-9]
        if not inside:
            return ""
        ends = [self.text(value) for value in (inside[0], inside[-1])]
        return ends[0] if ends[0] == ends[1] else " to ".join(ends)

    def ticks(self, rows: int) -> list[tuple[float, str]]:
        """Values to write beside an axis of so many rows, those that matter most first, each with its place.

        All values where they are few, else the lowest and the highest.
        """
        ends = dict.fromkeys([*self.values[:1], *self.values[-1:]])
        shown = dict.fromkeys([*ends, *self.values]) if len(self.values) <= max(rows // 2, 2) else ends
        return [(self.at(value) or 0.0, self.text(value)) for value in shown]

    def _linear(self, value: object) -> float:
        assert isinstance(value, int | float)
        return math.log(value) if self.log else float(value)


def _finite(value: Value) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
