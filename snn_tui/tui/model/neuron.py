"""What the instrument of the Model screen needs of a neuron model; `leaky.Leaky` is the one it has.

Another model is a class with the methods of `Neuron`, in plain Python, as the screens have no torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Self


@dataclass(frozen=True)
class Dial:
    """A slider.

    Args:
        name: The parameter that it sets.
        value: The parameter's value; the index in `words` where there are any.
        low: Lowest value.
        high: Highest value.
        step: Change of the value at one key press.
        words: Names of its values, where they are no quantity.
    """

    name: str
    value: float
    low: float
    high: float
    step: float
    words: tuple[str, ...] = ()

    def at(self, value: float) -> Dial:
        """The same slider at the nearest value between its ends that is a whole number of steps away."""
        steps = round((min(max(value, self.low), self.high) - self.low) / self.step)
        return replace(self, value=round(self.low + steps * self.step, 6))

    @property
    def word(self) -> str:
        """The name of its value."""
        return self.words[int(self.value)]

    @property
    def share(self) -> float:
        """Its position between its ends, 0 to 1."""
        return (self.value - self.low) / (self.high - self.low)


class Neuron(Protocol):
    """One neuron with its parameters."""

    @property
    def threshold(self) -> float:
        """Membrane above which it fires."""

    @classmethod
    def dials(cls, beta: float, threshold: float) -> tuple[Dial, ...]:
        """The sliders of its parameters, beginning with those of a network."""

    @classmethod
    def of(cls, dials: Mapping[str, Dial]) -> Self:
        """The neuron whose parameters the sliders, by their names, set."""

    def respond(self, currents: Sequence[float]) -> tuple[list[float], list[int]]:
        """Membranes and spikes for a current, beginning with a membrane of 0.

        Args:
            currents: `[T]` input currents.

        Returns:
            `[T]` membranes, as the spikes were decided by them, and `[T]` spikes, 0 or 1.
        """

    def equation(self, *, unicode: bool) -> tuple[str, str, str]:
        """Its equation in letters, the right side of it in numbers, and when it fires."""
