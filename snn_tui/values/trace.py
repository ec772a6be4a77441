"""One picture through the network, step by step, and the verdict it comes to."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from snn_tui.values.dataset import Picture


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """One picture through the network, step by step.

    Args:
        picture: What was shown.
        spikes_in: `[T]` byte strings, each the `[height * width]` input spikes of a step, 0 or 1 a byte; of
            direct coding the current, 0 to 255 for 0 to 1.
        spikes_out: `[T, 2]` output spikes, 0 or 1.
        membranes: `[T, 2]` output membranes as the spikes were decided, in units of the input current.
        threshold: The membrane above which an output neuron fires.
        draw: Which draw of the rate coding this is; draw 0 is the one evaluation uses.
        synthetic: Whether the picture is a generated phantom.
        coding: How the picture was coded: `rate` or `direct`.
    """

    picture: Picture
    spikes_in: list[bytes]
    spikes_out: list[tuple[int, int]]
    membranes: list[tuple[float, float]]
    threshold: float
    draw: int
    synthetic: bool
    coding: str = "rate"

    @property
    def num_steps(self) -> int:
        """Time steps, T."""
        return len(self.spikes_out)

    def counts(self, step: int) -> tuple[int, int]:
        """Firing counts of both output neurons over the first `step` steps."""
        seen = self.spikes_out[:step]
        return sum(pair[0] for pair in seen), sum(pair[1] for pair in seen)

    def score(self, step: int) -> float:
        """`decision_score` after the first `step` steps; 0.0 before the first."""
        return decision_score(self.counts(step), self.membranes[step - 1]) if step else 0.0


def decision_score(counts: Sequence[int], membranes: Sequence[float]) -> float:
    """How far the output neurons lean to pneumonia: above 0 the verdict is pneumonia, else normal.

    The whole part is the difference of firing counts; the difference of the last membranes, squeezed into
    (-0.5, 0.5), only breaks ties.
    """
    lead = membranes[1] - membranes[0]
    return float(counts[1] - counts[0]) + math.atan(lead) / math.pi


def verdict(score: float) -> int:
    """The class a `decision_score` stands for."""
    return int(score > 0)
