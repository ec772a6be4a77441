"""The activity of a network for one image, step by step, and its prediction."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from snn_tui.values.dataset import Picture
from snn_tui.values.image_statistics import ImageWarning
from snn_tui.values.task import Task


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """Input and output of the network for one image, step by step.

    Args:
        picture: The image.
        spikes_in: `[T]` byte strings, each the `[height * width]` input spikes of a step, 0 or 1 a byte; with
            direct coding the input current, 0 to 255 for 0 to 1.
        spikes_out: `[T, 2]` output spikes, 0 or 1.
        membranes: `[T, 2]` membranes compared with the threshold, in units of the input current.
        threshold: The membrane above which an output neuron fires.
        draw: Index of the draw of the rate coding; evaluation uses draw 0.
        synthetic: Whether the image is a generated phantom.
        task: What the network was asked.
        coding: How the image was coded: `rate` or `direct`.
        inverted: Whether the image was inverted first.
        warnings: Ways in which it is not like the training images.
        notes: What was done to make the image of a file, beyond making it small.
    """

    picture: Picture
    spikes_in: list[bytes]
    spikes_out: list[tuple[int, int]]
    membranes: list[tuple[float, float]]
    threshold: float
    draw: int
    synthetic: bool
    task: Task
    coding: str = "rate"
    inverted: bool = False
    warnings: list[ImageWarning] = []
    notes: list[str] = []

    @property
    def num_steps(self) -> int:
        """Number of time steps, T."""
        return len(self.spikes_out)

    def counts(self, step: int) -> tuple[int, int]:
        """Spikes of both output neurons in the first `step` steps."""
        spikes = self.spikes_out[:step]
        return sum(pair[0] for pair in spikes), sum(pair[1] for pair in spikes)

    def score(self, step: int) -> float:
        """`decision_score` after the first `step` steps; 0.0 before the first."""
        return decision_score(self.counts(step), self.membranes[step - 1], self.task) if step else 0.0


def decision_score(counts: Sequence[int], membranes: Sequence[float], task: Task) -> float:
    """The score of an image of a binary task: above 0 the positive class is predicted, else the other.

    It is the difference of the spike counts, plus the difference of the membranes mapped to (-0.5, 0.5),
    which only breaks ties.

    Args:
        counts: `[2]` spikes of both output neurons.
        membranes: `[2]` their membranes at the last step.
        task: Which of the neurons is the positive class's.

    Returns:
        The score, in spikes.
    """
    positive, negative = task.signs
    tie_breaker = math.atan(membranes[positive] - membranes[negative]) / math.pi
    return float(counts[positive] - counts[negative]) + tie_breaker


def predicted_class(score: float, task: Task) -> int:
    """Index of the class that a `decision_score` predicts."""
    positive, negative = task.signs
    return positive if score > 0 else negative
