"""The neuron of the Model screen as an instrument: its sliders, its input and its response."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from snn_tui.tui.model.draw.neuron import Response
from snn_tui.tui.model.leaky import Leaky
from snn_tui.tui.model.neuron import Dial, Neuron

STEPS = 48
"""Time steps of a response."""

CURRENT_ON, CURRENT_OFF = 4, 36
"""Steps a current flows from and to, so that the membrane is seen to rise and to decay."""

INPUTS = ("current", "spikes")


@dataclass
class Instrument:
    """The sliders, one of which the keys move.

    Args:
        beta: Beta of the network that the sliders begin with.
        threshold: Threshold of that network.
        chosen: Name of the slider that the keys move.
        draw: Which random spike train is the input.
        model: The neuron model.
        dials: The sliders by their names.
    """

    beta: float = 0.6
    threshold: float = 1.0
    chosen: str = "strength"
    draw: int = 0
    model: type[Neuron] = Leaky
    dials: dict[str, Dial] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.defaults()

    @property
    def visible(self) -> list[Dial]:
        """The sliders that have an effect: a rate has none on a constant current."""
        return [dial for name, dial in self.dials.items() if name != "rate" or self.spikes_in]

    @property
    def spikes_in(self) -> bool:
        """Whether the input is a spike train, not a constant current."""
        return self.dials["input"].word == "spikes"

    def _default_dials(self) -> dict[str, Dial]:
        dials = (
            Dial("input", 0, 0, 1, 1, INPUTS),
            Dial("strength", 0.5, 0.0, 2.0, 0.05),
            Dial("rate", 0.5, 0.0, 1.0, 0.05),
            *self.model.dials(self.beta, self.threshold),
        )
        return {dial.name: dial for dial in dials}

    def defaults(self) -> None:
        """Set all sliders back to the network's values."""
        self.dials = self._default_dials()
        self.draw = 0
        if self.chosen == "rate":
            self.chosen = "strength"

    def set_network(self, beta: float, threshold: float) -> None:
        """Take over the values of another network, unless sliders were moved."""
        untouched = self.dials == self._default_dials()
        self.beta, self.threshold = beta, threshold
        if untouched:
            self.defaults()

    def choose(self, by: int) -> None:
        """Choose the slider that many places further down, or up."""
        names = [dial.name for dial in self.visible]
        self.chosen = names[(names.index(self.chosen) + by) % len(names)]

    def turn(self, by: int) -> None:
        """Move the chosen slider by so many of its steps."""
        dial = self.dials[self.chosen]
        self.set(dial.value + by * dial.step)

    def set(self, value: float) -> None:
        """Set the chosen slider to the value it has nearest to this one."""
        self.dials[self.chosen] = self.dials[self.chosen].at(value)

    def cycle(self, name: str) -> None:
        """Set a slider whose values have names to its next value."""
        dial = self.dials[name]
        self.dials[name] = dial.at((dial.value + 1) % len(dial.words))
        if self.chosen not in [dial.name for dial in self.visible]:
            self.chosen = name

    @property
    def currents(self) -> list[float]:
        """`[T]` input currents."""
        strength = self.dials["strength"].value
        if self.spikes_in:
            numbers = random.Random(self.draw)
            return [strength * (numbers.random() < self.dials["rate"].value) for _ in range(STEPS)]
        return [strength * (CURRENT_ON <= step < CURRENT_OFF) for step in range(STEPS)]

    def play(self) -> Response:
        """The neuron's response to the input."""
        neuron, currents = self.model.of(self.dials), self.currents
        membranes, spikes = neuron.respond(currents)
        return Response(neuron, self.visible, self.chosen, self.spikes_in, currents, membranes, spikes)
