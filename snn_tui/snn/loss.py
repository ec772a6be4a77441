"""Losses: what training minimises."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def rate_cross_entropy(spikes: Tensor, labels: Tensor, smoothing: float = 0.0) -> Tensor:
    """Cross entropy on the output spikes of every step, averaged over steps, for each image.

    The mean over images is snnTorch's `functional.ce_rate_loss`. With spikes of 0 and 1 and two classes it
    cannot fall below log(1 + 1/e) = 0.3133.

    Args:
        spikes: `[T, B, C]` output spikes.
        labels: `[B]` classes, int64.
        smoothing: Share of each label that is spread over all classes (Szegedy et al. 2016).

    Returns:
        `[B]` losses.
    """
    steps = spikes.shape[0]
    losses = F.cross_entropy(
        spikes.flatten(0, 1), labels.repeat(steps), reduction="none", label_smoothing=smoothing
    )
    return losses.view(steps, -1).mean(0)


CURRENT_GAIN = 2.0
"""Factor from mean currents to logits: a certain prediction's neuron then fires at a third of the steps."""


def current_cross_entropy(currents: Tensor, labels: Tensor, smoothing: float = 0.0) -> Tensor:
    """Cross entropy on the mean input current of the output neurons, for each image.

    For a neuron that keeps all of its membrane and is reset by subtraction, spikes times threshold plus
    membrane are the sum of its input currents, as long as it does not have to fire more than once a step: so
    firing counts give the prediction that this loss was minimised for.

    Args:
        currents: `[T, B, C]` input currents of the output neurons.
        labels: `[B]` classes, int64.
        smoothing: As for `rate_cross_entropy`.

    Returns:
        `[B]` losses.
    """
    logits = currents.mean(0) * CURRENT_GAIN
    return F.cross_entropy(logits, labels, reduction="none", label_smoothing=smoothing)
