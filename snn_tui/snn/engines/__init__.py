"""Engines: ways to compute a training step, a prediction or a trace of one and the same network.

`reference` is the definition; any other engine gives the same spikes for the same input spikes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from snn_tui.snn.encoding import Batch


@dataclass(frozen=True)
class Prediction:
    """What the output neurons did with a batch.

    Args:
        counts: `[B, 2]` firing counts over all steps, int64.
        membranes: `[B, 2]` membranes at the last step.
        spikes_out: `[T, B, 2]` output spikes, step by step.
        membranes_out: `[T, B, 2]` output membranes, step by step.
        losses: `[B]` loss of each image, None where no labels were given.
        rates: Mean firing rate of each layer over the batch, in spikes a neuron and step.
    """

    counts: Tensor
    membranes: Tensor
    spikes_out: Tensor
    membranes_out: Tensor
    losses: Tensor | None
    rates: dict[str, float]


@dataclass(frozen=True)
class Recording:
    """All that went in, fired and came out, step by step.

    Args:
        spikes_in: `[T, B, 1, H, W]` input spikes.
        spikes: Of each layer by name, first to last, `[T, B, *shape]`; the last are the output neurons'.
        membranes: `[T, B, 2]` output membranes.
    """

    spikes_in: Tensor
    spikes: dict[str, Tensor]
    membranes: Tensor

    @property
    def spikes_out(self) -> Tensor:
        """`[T, B, 2]` output spikes."""
        return list(self.spikes.values())[-1]


class Engine(Protocol):
    """How every engine is used."""

    name: str

    def learn(self, batch: Batch, labels: Tensor) -> float:
        """Replace the parameters' `.grad` by the mean loss's gradients, and give the mean loss.

        Args:
            batch: B images.
            labels: `[B]` classes, int64.
        """

    def predict(self, batch: Batch, labels: Tensor | None = None) -> Prediction:
        """Show a batch without learning from it."""

    def record(self, batch: Batch) -> Recording:
        """Show a batch and keep everything."""
