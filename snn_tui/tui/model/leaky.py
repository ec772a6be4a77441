"""One leaky integrate-and-fire neuron in plain Python, for the screens, which have no torch.

It computes what `snntorch.Leaky` does, which the network is made of: the membrane decays by beta, the input
current is added, and a neuron whose membrane was above the threshold a step ago is reset.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from snn_tui.tui.model.neuron import Dial

RESETS = ("subtract", "zero", "none")
"""What a spike does to the membrane a step later: lower it by the threshold, empty it, or nothing."""


@dataclass(frozen=True)
class Leaky:
    """A leaky neuron; see `Neuron`.

    Args:
        beta: Share of the membrane that is left a step later, 0 to 1.
        threshold: Membrane above which it fires.
        reset: One of `RESETS`.
    """

    beta: float
    threshold: float
    reset: str = "subtract"

    @classmethod
    def dials(cls, beta: float, threshold: float) -> tuple[Dial, ...]:
        """See `Neuron.dials`."""
        return (
            Dial("beta", beta, 0.0, 1.0, 0.05),
            Dial("threshold", threshold, 0.1, 3.0, 0.1),
            Dial("reset", 0, 0, len(RESETS) - 1, 1, RESETS),
        )

    @classmethod
    def of(cls, dials: Mapping[str, Dial]) -> Leaky:
        """See `Neuron.of`."""
        return cls(dials["beta"].value, dials["threshold"].value, dials["reset"].word)

    def respond(self, currents: Sequence[float]) -> tuple[list[float], list[int]]:
        """See `Neuron.respond`."""
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

    def equation(self, *, unicode: bool) -> tuple[str, str, str]:
        """See `Neuron.equation`."""
        beta, threshold, times, minus = ("β", "ϑ", "·", "−") if unicode else ("b", "th", "*", "-")

        def right(b: str, th: str) -> str:
            leak = f"{b}{times}(1{minus}S[t]){times}U[t]" if self.reset == "zero" else f"{b}{times}U[t]"
            reset = f" {minus} {th}{times}S[t]" if self.reset == "subtract" else ""
            return f"{leak} + I[t+1]{reset}"

        return (
            f"U[t+1] = {right(beta, threshold)}",
            right(f"{self.beta:.2f}", f"{self.threshold:.2f}"),
            f"S[t] = 1 if U[t] > {threshold}, else 0",
        )
