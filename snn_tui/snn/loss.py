"""Losses: what training minimises."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from snn_tui.values.decision import CLASS_GAIN, LABEL_GAIN


def rate_cross_entropy(spikes: Tensor, labels: Tensor, smoothing: float = 0.0) -> Tensor:
    """Cross entropy on the output spikes of every step, averaged over steps, for each image.

    The mean over images is snnTorch's `functional.ce_rate_loss`. With spikes of 0 and 1 and K classes it
    cannot fall below log(1 + (K - 1) / e): 0.3133 for two.

    Args:
        spikes: `[T, B, K]` output spikes.
        labels: `[B]` classes, int64; or `[B, K]` the share of each class, float32, as a teacher says it.
        smoothing: Share of each label that is spread over all classes (Szegedy et al. 2016).

    Returns:
        `[B]` losses.
    """
    return _cross_entropy(spikes, labels, smoothing)


def current_cross_entropy(
    currents: Tensor, labels: Tensor, smoothing: float = 0.0, *, every_step: bool = False
) -> Tensor:
    """Cross entropy on the mean input current of the output neurons, for each image.

    For a neuron that keeps all of its membrane and is reset by subtraction, spikes times threshold plus
    membrane are the sum of its input currents, as long as it does not have to fire more than once a step: so
    firing counts give the prediction that this loss was minimised for. `CLASS_GAIN` makes the neuron of a
    certain prediction fire at a third of the steps.

    Args:
        currents: `[T, B, K]` input currents of the output neurons.
        labels: As for `rate_cross_entropy`.
        smoothing: As for `rate_cross_entropy`.
        every_step: Whether the loss is the mean of those on the current up to each step, so that the network
            predicts well after few steps, too (after Deng et al. 2022, whose loss is on each step's current).

    Returns:
        `[B]` losses.
    """
    return _cross_entropy(_means(currents, every_step) * CLASS_GAIN, labels, smoothing)


def rate_label_entropy(
    spikes: Tensor, labels: Tensor, smoothing: float = 0.0, weights: Tensor | None = None
) -> Tensor:
    """Binary cross entropy of every label on the output spikes of every step, averaged over both.

    A spike is a logit of 1, and none one of -1: for each label this is `rate_cross_entropy` with a neuron
    that fires when the label's does not. It cannot fall below 0.3133 either.

    Args:
        spikes: `[T, B, K]` output spikes.
        labels: `[B, K]` 1 for each label that an image has, else 0; or a number between; float32.
        smoothing: Share of each label that is replaced by 1/2.
        weights: `[K]` factors of the loss of a label where the image has it; None for 1.

    Returns:
        `[B]` losses.
    """
    return _label_entropy(2 * spikes - 1, labels, smoothing, weights)


def current_label_entropy(
    currents: Tensor,
    labels: Tensor,
    smoothing: float = 0.0,
    weights: Tensor | None = None,
    *,
    every_step: bool = False,
) -> Tensor:
    """Binary cross entropy of every label on the mean input current of its output neuron, averaged over them.

    The logit is `LABEL_GAIN` times what the mean current is above 1/2. For neurons as in
    `current_cross_entropy` a label is then predicted where its neuron fires in at least half of the steps.

    Args:
        currents: `[T, B, K]` input currents of the output neurons.
        labels: `[B, K]` 1 for each label that an image has, else 0; float32.
        smoothing: As for `rate_label_entropy`.
        weights: As for `rate_label_entropy`.
        every_step: As for `current_cross_entropy`.

    Returns:
        `[B]` losses.
    """
    logits = (_means(currents, every_step) - 0.5) * LABEL_GAIN
    return _label_entropy(logits, labels, smoothing, weights)


def spikes_over_target(spikes: Mapping[str, Tensor], costs: Mapping[str, float], target: float) -> Tensor:
    """How far the firing rate of each image, weighed by what spikes cost, is above a target: 0 if it is not.

    The rate is the mean over layers of spikes a neuron and step, weighed by `costs`: the additions that the
    spikes cause, as a share of those that they cause if every neuron fires at every step. It is from 0 to 1,
    and needs one image alone, so that neither the size of a batch nor the number of processes changes it.

    Args:
        spikes: `[T, B, *shape]` spikes of layers by their names.
        costs: The share of each layer that counts, as of `operations.spike_costs`.
        target: The rate up to which nothing is penalised.

    Returns:
        `[B]` numbers from 0 to 1.
    """
    parts = []
    for name, cost in costs.items():
        fired = spikes[name]
        parts.append(fired.mean((0, *range(2, fired.dim()))) * cost)
    return torch.relu(torch.stack(parts).sum(0) - target)


def class_factors(labels: Tensor, weights: Tensor) -> Tensor:
    """`[B]` factors of images' losses, from the factors `[K]` of their classes `[B]`, or shares `[B, K]`."""
    if labels.dim() == 2:
        return labels @ weights
    return torch.gather(weights, 0, labels)


def _means(currents: Tensor, every_step: bool) -> Tensor:
    """The mean of `[T, B, K]` currents, `[1, B, K]`, or those up to each step, `[T, B, K]`."""
    if not every_step:
        return currents.mean(0, keepdim=True)
    steps = len(currents)
    # Not by `cumsum`, whose sums depend on the run on a GPU.
    shares = currents.new_ones(steps, steps).tril()
    means: Tensor = torch.tensordot(shares / shares.sum(1, keepdim=True), currents, dims=1)
    return means


def _cross_entropy(logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Cross entropies of `[T, B, K]` logits, averaged over steps: `[B]`."""
    steps = len(logits)
    repeated = labels.expand(steps, *labels.shape).flatten(0, 1)
    losses = F.cross_entropy(logits.flatten(0, 1), repeated, reduction="none", label_smoothing=smoothing)
    return losses.view(steps, -1).mean(0)


def _label_entropy(logits: Tensor, labels: Tensor, smoothing: float, weights: Tensor | None) -> Tensor:
    """Binary cross entropies of `[T, B, K]` logits, averaged over steps and labels: `[B]`."""
    targets = (labels * (1 - smoothing) + smoothing / 2).expand(len(logits), *labels.shape)
    losses = F.binary_cross_entropy_with_logits(logits, targets, reduction="none", pos_weight=weights)
    return losses.mean((0, 2))
