"""Engines: ways to compute a training step, a prediction or a trace of one and the same network.

`reference` is the definition; any other engine gives the same spikes for the same input spikes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from snn_tui.config.run_config import RunConfig
from snn_tui.snn.codings import direct
from snn_tui.snn.encoding import Batch, rate
from snn_tui.snn.loss import current_cross_entropy, rate_cross_entropy


@dataclass(frozen=True)
class Recipe:
    """How images are shown to a network, and what its answers are judged by.

    Args:
        num_steps: Time steps an image is shown for, T.
        train_steps: The same in training; None for as many.
        seed: Seed of the rate coding.
        encoding: `rate`, or `direct`: the brightness as a current that stays the same.
        loss: `rate` for `rate_cross_entropy`, `current` for `current_cross_entropy`.
        label_smoothing: Share of each label that is spread over all classes.
    """

    num_steps: int
    seed: int = 0
    train_steps: int | None = None
    encoding: str = "rate"
    loss: str = "rate"
    label_smoothing: float = 0.0

    @classmethod
    def of(cls, config: RunConfig) -> Recipe:
        """What a configuration asks for."""
        return cls(
            num_steps=config.num_steps,
            seed=config.seed,
            train_steps=config.train_steps,
            encoding=config.encoding,
            loss=config.loss,
            label_smoothing=config.label_smoothing,
        )

    @property
    def learning_steps(self) -> int:
        """Time steps in training."""
        return self.train_steps or self.num_steps

    def encode(self, batch: Batch, num_steps: int) -> Tensor:
        """`[T, B, 1, H, W]` spikes or currents of a batch, float32; equal steps share memory."""
        if self.encoding == "direct":
            return direct(batch.images, num_steps)
        return rate(batch, num_steps, self.seed)

    def losses(self, currents: Tensor, spikes: Tensor, labels: Tensor) -> Tensor:
        """The loss `[B]` of each image.

        Args:
            currents: `[T, B, C]` input currents of the output neurons.
            spikes: `[T, B, C]` their spikes.
            labels: `[B]` classes, int64.
        """
        if self.loss == "current":
            return current_cross_entropy(currents, labels, self.label_smoothing)
        return rate_cross_entropy(spikes, labels, self.label_smoothing)


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
