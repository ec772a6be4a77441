"""One leaky integrate-and-fire neuron in plain Python, for the screens, which have no torch.

It is `snntorch.Leaky`, which the network is made of: the membrane decays by beta, the input current is added,
and a neuron whose membrane was above the threshold a step ago is reset.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

RESETS = ("subtract", "zero", "none")
"""What a spike does to the membrane a step later: lower it by the threshold, empty it, or nothing."""


@dataclass(frozen=True)
class Leaky:
    """A neuron.

    Args:
        beta: Share of the membrane that is left a step later, 0 to 1.
        threshold: Membrane above which it fires.
        reset: One of `RESETS`.
    """

    beta: float
    threshold: float
    reset: str = "subtract"

    def respond(self, currents: Sequence[float]) -> tuple[list[float], list[int]]:
        """What it does with a current, from a membrane of 0 on.

        Args:
            currents: `[T]` input currents.

        Returns:
            `[T]` membranes, as the spikes were decided by them, and `[T]` spikes, 0 or 1.
        """
        membrane, spike = 0.0, 0
        membranes, spikes = [], []
        for current in currents:
            if self.reset == "zero":
                membrane = (1 - spike) * membrane
            membrane = self.beta * membrane + current
            if self.reset == "subtract":
                membrane -= spike * self.threshold
            spike = int(membrane > self.threshold)
            membranes.append(membrane)
            spikes.append(spike)
        return membranes, spikes
