"""Calibration: how well probabilities agree with the shares of images that they are of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

BINS = 10

PROBABILITY_RULE = "p = {positive}'s share of all output spikes"
"""`spike_share` in one line for people, with the name of the positive class."""

DENSE_RULE = "p = sigmoid of the log-odds of {positive}"
"""The same for a network without spikes, see `values.decision.probabilities`."""


def probability_rule(positive: str, *, spiking: bool) -> str:
    """How the probability of the positive class is computed, in one line for people."""
    return (PROBABILITY_RULE if spiking else DENSE_RULE).format(positive=positive)


def spike_share(counts: tuple[int, int]) -> float:
    """The share of the positive class's neuron in all output spikes of a binary task.

    Calibration of a binary task takes it as the probability. `values.decision.probabilities` are others: they
    grow with the difference of the spikes, and agree with the predictions where the spikes are equal.

    Args:
        counts: Spikes of the negative and of the positive output neuron.

    Returns:
        The share, from 0 to 1; one half where neither neuron fired.
    """
    total = sum(counts)
    return counts[1] / total if total else 0.5


@dataclass(frozen=True)
class Bin:
    """Images whose probability lies in `[low, high)`, the last bin with its end.

    Args:
        low: Lower limit.
        high: Upper limit.
        images: Number of images in the bin.
        mean: Their mean probability; None without images.
        observed: The share of them that is of the positive class; None without images.
    """

    low: float
    high: float
    images: int
    mean: float | None
    observed: float | None


@dataclass(frozen=True)
class Reliability:
    """The reliability diagram of a split.

    Args:
        bins: Bins of equal width, from 0 to 1.
        ece: Expected calibration error: the bins' gaps between mean probability and observed share, weighted
            by their images (Naeini et al. 2015).
        brier: Mean squared difference of probability and truth (Brier 1950).
    """

    bins: tuple[Bin, ...]
    ece: float
    brier: float


def reliability(labels: Sequence[int], probabilities: Sequence[float], bins: int = BINS) -> Reliability:
    """Compare probabilities with the shares of the positive class, in bins of equal width.

    Args:
        labels: `[N]` true classes, at least one.
        probabilities: `[N]` probabilities of the positive class, from 0 to 1.
        bins: Number of bins.
    """
    members: list[list[tuple[int, float]]] = [[] for _ in range(bins)]
    for label, value in zip(labels, probabilities, strict=True):
        members[min(int(value * bins), bins - 1)].append((label, value))
    filled, gaps = [], 0.0
    for index, images in enumerate(members):
        mean = observed = None
        if images:
            mean = sum(value for _, value in images) / len(images)
            observed = sum(label for label, _ in images) / len(images)
            gaps += len(images) * abs(mean - observed)
        filled.append(Bin(index / bins, (index + 1) / bins, len(images), mean, observed))
    brier = sum((value - label) ** 2 for label, value in zip(labels, probabilities, strict=True))
    return Reliability(tuple(filled), gaps / len(labels), brier / len(labels))
