"""The activity of a network for one image, step by step, and its prediction."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import msgspec

from snn_tui.values.dataset import Picture
from snn_tui.values.decision import decision_score, margin, output_scores, predicted
from snn_tui.values.early_exit import ExitRule
from snn_tui.values.image_statistics import ImageWarning
from snn_tui.values.task import Task


def above_all(membranes: Sequence[Sequence[float]]) -> float:
    """A number larger than all membranes, `[T, K]`, in the place of a threshold that is not known."""
    return 1.05 * max((abs(value) for step in membranes for value in step), default=0.0) or 1.0


class Trace(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Input and output of the network for one image, step by step.

    Args:
        picture: The image.
        spikes_in: `[T]` byte strings, each the `[height * width * channels]` input spikes of a step in the
            order of the picture's pixels, 0 or 1 a byte; with direct coding the input current, 0 to 255 for 0
            to 1.
        spikes_out: `[T, K]` output spikes, 0 or 1; without spikes one empty row.
        membranes: `[T, K]` membranes compared with the threshold, in units of the input current; without
            spikes the input currents.
        threshold: The membrane above which an output neuron fires; where that is not known, or outputs do not
            fire, one that is larger than all of them, for the scale of drawings.
        threshold_known: Whether it is a threshold.
        draw: Index of the draw of the rate coding; evaluation uses draw 0.
        synthetic: Whether the image is a generated phantom.
        task: What the network was asked.
        coding: How the image was coded: `rate` or `direct`.
        inverted: Whether the image was inverted first.
        warnings: Ways in which it is not like the training images.
        notes: What was done to make the image of a file, beyond making it small.
        exit_rule: The rule by which the verdict falls early; None where it falls at the last step.
        stored: Name and epoch of what a training loop of the user's own stored; empty for a network's trace.
    """

    picture: Picture
    spikes_in: list[bytes]
    spikes_out: Sequence[tuple[int, ...]]
    membranes: Sequence[tuple[float, ...]]
    threshold: float
    draw: int
    synthetic: bool
    task: Task
    coding: str = "rate"
    inverted: bool = False
    warnings: list[ImageWarning] = []
    notes: list[str] = []
    exit_rule: ExitRule | None = None
    stored: str = ""
    threshold_known: bool = True

    @property
    def spiking(self) -> bool:
        """Whether the network spikes."""
        return any(map(len, self.spikes_out))

    @property
    def num_steps(self) -> int:
        """Number of time steps, T."""
        return len(self.spikes_out)

    @cached_property
    def verdict_step(self) -> int:
        """The step, counted from 1, at which the verdict falls: the last one unless it falls early."""
        if self.exit_rule is None:
            return self.num_steps
        return next(
            (step for step in range(1, self.num_steps) if self.lead(step) >= self.exit_rule.threshold),
            self.num_steps,
        )

    def lead(self, step: int) -> float:
        """The lead after a step, counted from 1, in spikes a step, see `values.early_exit`."""
        return margin(self.counts(step), self.membranes[step - 1], step, self.task) / step

    def counts(self, step: int) -> tuple[int, ...]:
        """`[K]` spikes of the output neurons in the first `step` steps; empty without spikes."""
        if not self.spiking:
            return ()
        columns = zip(*self.spikes_out[:step], strict=True)
        return tuple(map(sum, columns)) if step else (0,) * self.task.outputs

    def score(self, step: int) -> float:
        """`decision_score` of a binary task after the first `step` steps; 0.0 before the first."""
        return decision_score(self.counts(step), self.membranes[step - 1], self.task) if step else 0.0

    def scores(self, step: int) -> tuple[float, ...]:
        """`[K]` output scores, in spikes or logits, after the first `step` steps; 0.0 before the first."""
        if not step:
            return (0.0,) * self.task.outputs
        return output_scores(self.counts(step), self.membranes[step - 1], self.task)

    def predicted(self, step: int) -> tuple[int, ...]:
        """Indices of the classes predicted after the first `step` steps; none before the first."""
        return predicted(self.counts(step), self.membranes[step - 1], step, self.task) if step else ()
