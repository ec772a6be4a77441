"""Engines: ways to compute a training step, a prediction or a recording of one and the same network.

`reference` is the definition; any other engine gives the same spikes for the same input spikes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Protocol

import torch
from torch import Tensor

from snn_tui.config.run_config import RunConfig
from snn_tui.snn.encoding import Batch, direct, rate
from snn_tui.snn.layered import LayeredNetwork
from snn_tui.snn.loss import (
    class_factors,
    current_cross_entropy,
    current_label_entropy,
    rate_cross_entropy,
    rate_label_entropy,
    spikes_over_target,
)
from snn_tui.snn.recording import Recording
from snn_tui.values.task import Task


@dataclass(frozen=True)
class Recipe:
    """How images are encoded, and how the loss is computed.

    Args:
        num_steps: Time steps of an image, T.
        seed: Seed of the rate coding.
        train_steps: Time steps of an image in training; None for `num_steps`.
        encoding: `rate`, or `direct`: the brightness as a current that stays the same.
        loss: `rate` for `rate_cross_entropy`, `current` for `current_cross_entropy`; with several labels
            `rate_label_entropy` and `current_label_entropy`.
        label_smoothing: Share of each label that is spread over all classes.
        several_labels: Whether an image may have any number of labels.
        class_weights: `[K]` factors of the loss of each class in training, or of a label where the image has
            it; None for 1.
        loss_steps: Of the loss on currents: `last` for the mean over all steps, `every` for those up to each.
        spike_penalty: Weight of `spikes_over_target` in what training minimises, with `spike_costs`; 0 for
            none.
        spike_target: The firing rate up to which spikes are not penalised.
    """

    num_steps: int
    seed: int = 0
    train_steps: int | None = None
    encoding: str = "rate"
    loss: str = "rate"
    label_smoothing: float = 0.0
    several_labels: bool = False
    class_weights: tuple[float, ...] | None = None
    loss_steps: str = "last"
    spike_penalty: float = 0.0
    spike_target: float = 0.0

    @classmethod
    def of(cls, config: RunConfig, task: Task, class_weights: tuple[float, ...] | None = None) -> Recipe:
        """The recipe that a configuration asks for, for a task."""
        return cls(
            num_steps=config.num_steps,
            seed=config.seed,
            train_steps=config.train_steps,
            encoding=config.encoding,
            loss=config.loss,
            label_smoothing=config.label_smoothing,
            several_labels=task.kind == "multilabel",
            class_weights=class_weights,
            loss_steps=config.loss_steps,
            spike_penalty=config.spike_penalty,
            spike_target=config.spike_target,
        )

    @property
    def learning_steps(self) -> int:
        """Time steps in training."""
        return self.train_steps or self.num_steps

    def encode(self, batch: Batch, num_steps: int) -> Tensor:
        """The input spikes or currents of a batch: `[T, B, C, H, W]` float32; equal steps share memory."""
        if self.encoding == "direct":
            return direct(batch.images, num_steps)
        return rate(batch, num_steps, self.seed)

    def losses(self, currents: Tensor, spikes: Tensor, labels: Tensor) -> Tensor:
        """The loss of each image.

        Args:
            currents: `[T, B, K]` input currents of the output neurons.
            spikes: `[T, B, K]` their spikes.
            labels: `[B]` classes, int64; `[B, K]` float32 of 0 and 1 for several labels. In training also
                `[B, K]` float32 shares: of the classes, which sum to 1, or of each label from 0 to 1.

        Returns:
            `[B]` losses, without class weights.
        """
        if self.several_labels:
            return self._label_losses(currents, spikes, labels, None)
        if self.loss == "current":
            every_step = self.loss_steps == "every"
            return current_cross_entropy(currents, labels, self.label_smoothing, every_step=every_step)
        return rate_cross_entropy(spikes, labels, self.label_smoothing)

    def weighted_losses(self, currents: Tensor, spikes: Tensor, labels: Tensor) -> Tensor:
        """`losses` with class weights."""
        if self.class_weights is None:
            return self.losses(currents, spikes, labels)
        weights = _on_device(self.class_weights, spikes.device)
        if self.several_labels:
            return self._label_losses(currents, spikes, labels, weights)
        return self.losses(currents, spikes, labels) * class_factors(labels, weights)

    def training_losses(
        self, currents: Tensor, spikes: Mapping[str, Tensor], labels: Tensor, costs: Mapping[str, float]
    ) -> Tensor:
        """What training minimises the mean of: `weighted_losses`, and the penalty on spikes.

        Args:
            currents: `[T, B, K]` input currents of the output neurons.
            spikes: `[T, B, *shape]` spikes of each layer by its name; `out` for the output neurons.
            labels: As of `losses`.
            costs: As of `operations.spike_costs`; read if there is a penalty.

        Returns:
            `[B]` losses.
        """
        losses = self.weighted_losses(currents, spikes["out"], labels)
        if self.spike_penalty == 0.0:
            return losses
        return losses + spikes_over_target(spikes, costs, self.spike_target) * self.spike_penalty

    def _label_losses(
        self, currents: Tensor, spikes: Tensor, labels: Tensor, weights: Tensor | None
    ) -> Tensor:
        if self.loss == "current":
            every_step = self.loss_steps == "every"
            return current_label_entropy(
                currents, labels, self.label_smoothing, weights, every_step=every_step
            )
        return rate_label_entropy(spikes, labels, self.label_smoothing, weights)


@cache
def _on_device(weights: tuple[float, ...], device: torch.device) -> Tensor:
    """Kept for good: a captured graph of CUDA makes no tensor of plain numbers, and reads this one later."""
    return torch.tensor(weights, dtype=torch.float32, device=device)


@dataclass(frozen=True)
class Prediction:
    """Spikes and membranes of the output neurons for a batch.

    Args:
        spikes_out: `[T, B, K]` output spikes, step by step; `[1, B, 0]` where neurons do not spike.
        membranes_out: `[T, B, K]` output membranes, step by step.
        losses: `[B]` loss of each image, None without labels.
        rates: Mean firing rate of each layer over the batch, in spikes a neuron and step; see
            `LayeredNetwork.activity` for neurons that do not spike.
    """

    spikes_out: Tensor
    membranes_out: Tensor
    losses: Tensor | None
    rates: dict[str, float]

    @cached_property
    def counts(self) -> Tensor:
        """`[B, K]` firing counts over all steps, int64; `[B, 0]` where neurons do not spike."""
        return self.spikes_out.sum(0).to(torch.int64)

    @property
    def membranes(self) -> Tensor:
        """`[B, K]` membranes at the last step."""
        return self.membranes_out[-1]


CHUNK_VALUES = 32 << 20
"""Values of all blocks and time steps that are predicted at once on the CPU: some 400 MB."""


def images_at_once(network: LayeredNetwork, num_steps: int, device: torch.device) -> int:
    """Images to predict at once in bounded memory, at least 1; more on a GPU, which is slow at few images.

    Args:
        network: The network.
        num_steps: Time steps of an image.
        device: What it is computed on.
    """
    values = max(1, num_steps * network.values_a_step)
    return max(1, CHUNK_VALUES * (1 if device.type == "cpu" else 16) // values)


def chunks(batch: Batch, images: int) -> Iterator[tuple[Batch, slice]]:
    """Parts of a batch of at most so many images, each with its slice of the batch."""
    size = len(batch.images)
    draws = torch.as_tensor(batch.draws, device=batch.images.device).expand(size)
    for begin in range(0, size, images):
        indices = slice(begin, begin + images)
        yield Batch(batch.images[indices], batch.ids[indices], draws[indices], batch.stream), indices


class Engine(Protocol):
    """What every engine computes.

    Attributes:
        name: Its name in the option `engine`.
        num_steps: Time steps of an image in a prediction.
        spiking: Whether the neurons of its network spike.
    """

    name: str
    num_steps: int
    spiking: bool

    def learn(self, batch: Batch, labels: Tensor, num_steps: int | None = None) -> float:
        """Replace the parameters' `.grad` by the gradients of the mean of `Recipe.training_losses`.

        Args:
            batch: B images.
            labels: As of `Recipe.losses`.
            num_steps: Time steps, at most `Recipe.learning_steps`, as many if left out.

        Returns:
            The mean loss.
        """

    def predict(self, batch: Batch, labels: Tensor | None = None) -> Prediction:
        """Predict a batch without learning from it; with losses where there are labels."""

    def record(self, batch: Batch) -> Recording:
        """Predict a batch and keep every layer's spikes at every step."""
