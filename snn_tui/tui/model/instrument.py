"""The leaky neuron as an instrument: what its sliders say, and what goes into it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from snn_tui.tui.model.draw.neuron import Dial, Response
from snn_tui.tui.model.leaky import RESETS, Leaky

STEPS = 48
"""Time steps shown."""

CURRENT_ON, CURRENT_OFF = 4, 36
"""Steps a current flows from and to, so that the membrane is seen to rise and to decay."""

INPUTS = ("current", "spikes")


def _dials(beta: float, threshold: float) -> dict[str, Dial]:
    dials = (
        Dial("input", 0, 0, 1, 1, INPUTS),
        Dial("strength", 0.5, 0.0, 2.0, 0.05),
        Dial("rate", 0.5, 0.0, 1.0, 0.05),
        Dial("beta", beta, 0.0, 1.0, 0.05),
        Dial("threshold", threshold, 0.1, 3.0, 0.1),
        Dial("reset", 0, 0, len(RESETS) - 1, 1, RESETS),
    )
    return {dial.name: dial for dial in dials}


@dataclass
class Instrument:
    """The sliders, and the one the keys are on.

    Args:
        beta: What the network has.
        threshold: Likewise.
    """

    beta: float = 0.6
    threshold: float = 1.0
    chosen: str = "strength"
    draw: int = 0
    dials: dict[str, Dial] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.defaults()

    @property
    def shown(self) -> list[Dial]:
        """The sliders that do something: a rate is of spikes only."""
        return [dial for name, dial in self.dials.items() if name != "rate" or self.of_spikes]

    @property
    def of_spikes(self) -> bool:
        """Whether a spike train goes in, not a current."""
        return self.dials["input"].word == "spikes"

    def defaults(self) -> None:
        """Set everything back to what the network has."""
        self.dials = _dials(self.beta, self.threshold)
        self.draw = 0
        if self.chosen == "rate":
            self.chosen = "strength"

    def learn(self, beta: float, threshold: float) -> None:
        """Get to know a network; sliders that were moved stay where they are."""
        untouched = self.dials == _dials(self.beta, self.threshold)
        self.beta, self.threshold = beta, threshold
        if untouched:
            self.defaults()

    def choose(self, by: int) -> None:
        """Go to the next or previous slider."""
        names = [dial.name for dial in self.shown]
        self.chosen = names[(names.index(self.chosen) + by) % len(names)]

    def turn(self, by: int) -> None:
        """Move the chosen slider by so many of its steps."""
        dial = self.dials[self.chosen]
        self.set(dial.value + by * dial.step)

    def set(self, value: float) -> None:
        """Put the chosen slider there, or as near as it goes."""
        self.dials[self.chosen] = self.dials[self.chosen].at(value)

    def cycle(self, name: str) -> None:
        """The next value of a slider whose values have names."""
        dial = self.dials[name]
        self.dials[name] = dial.at((dial.value + 1) % len(dial.words))
        if self.chosen not in [shown.name for shown in self.shown]:
            self.chosen = name

    @property
    def currents(self) -> list[float]:
        """`[T]` what goes in."""
        strength = self.dials["strength"].value
        if self.of_spikes:
            numbers = random.Random(self.draw)
            return [strength * (numbers.random() < self.dials["rate"].value) for _ in range(STEPS)]
        return [strength * (CURRENT_ON <= step < CURRENT_OFF) for step in range(STEPS)]

    def play(self) -> Response:
        """What the neuron does."""
        neuron = Leaky(self.dials["beta"].value, self.dials["threshold"].value, self.dials["reset"].word)
        currents = self.currents
        membranes, spikes = neuron.respond(currents)
        return Response(neuron, self.shown, self.chosen, self.of_spikes, currents, membranes, spikes)
