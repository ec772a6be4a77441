"""The coding that the Data screen shows: its kind, its settings, and over how many time steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from snn_tui.inspector.messages import MOST_STEPS, Coding

KINDS = ("rate", "latency", "direct")
TAUS = (None, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
THRESHOLDS = (0.01, 0.05, 0.1, 0.2, 0.5)


_T = TypeVar("_T")


@dataclass
class Choice:
    """The coding that the user has chosen.

    Args:
        coding: The coding with its settings.
        num_steps: Time steps, from 1 to 100.
        draw: Draw of the rate coding.
    """

    coding: Coding = field(default_factory=Coding)
    num_steps: int = MOST_STEPS
    draw: int = 0

    def next_kind(self) -> None:
        """The next coding."""
        self._set(kind=_after(KINDS, self.coding.kind))

    def next_tau(self) -> None:
        """The next time constant."""
        self._set(tau=_after(TAUS, self.coding.tau))

    def next_threshold(self) -> None:
        """The next threshold."""
        self._set(threshold=_after(THRESHOLDS, self.coding.threshold))

    def toggle(self, name: str) -> None:
        """Turn `linear` or `clip` on or off."""
        self._set(**{name: not getattr(self.coding, name)})

    def steps(self, number: int) -> None:
        """Set the number of time steps, kept from 1 to `MOST_STEPS`."""
        self.num_steps = min(max(number, 1), MOST_STEPS)

    def _set(self, **settings: object) -> None:
        self.coding = msgspec.structs.replace(self.coding, **settings)


def _after(values: tuple[_T, ...], value: _T) -> _T:
    return values[(values.index(value) + 1) % len(values)]
