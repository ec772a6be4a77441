"""How far a probability made of firing counts can be believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

BINS = 10

MADE = "p = pneumonia's share of all output spikes"
"""How the probability is made, in one line."""


def probability(fired: tuple[int, int]) -> float:
    """The probability of pneumonia from the firing counts (normal, pneumonia): its share of the spikes.

    Where neither neuron fired it is one half.
    """
    total = fired[0] + fired[1]
    return fired[1] / total if total else 0.5


@dataclass(frozen=True)
class Bin:
    """Images whose probability lies in `[low, high)`, the last bin with its end.

    Args:
        low: Lower limit.
        high: Upper limit.
        images: How many.
        mean: Their mean probability, None without images.
        observed: The share of them that is pneumonia, None without images.
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
        bins: Equally wide, from 0 to 1.
        ece: Expected calibration error: the bins' gaps between mean probability and observed share, weighted
            by their images (Naeini et al. 2015).
        brier: Mean squared difference of probability and truth (Brier 1950).
    """

    bins: tuple[Bin, ...]
    ece: float
    brier: float


def reliability(labels: Sequence[int], probabilities: Sequence[float], bins: int = BINS) -> Reliability:
    """Sort images into bins by their probability of pneumonia, and compare with the truth.

    Args:
        labels: `[N]` true classes, at least one.
        probabilities: `[N]` from 0 to 1.
        bins: How many.
    """
    members: list[list[tuple[int, float]]] = [[] for _ in range(bins)]
    for label, share in zip(labels, probabilities, strict=True):
        members[min(int(share * bins), bins - 1)].append((label, share))
    made, gaps = [], 0.0
    for number, inside in enumerate(members):
        mean = observed = None
        if inside:
            mean = sum(share for _, share in inside) / len(inside)
            observed = sum(label for label, _ in inside) / len(inside)
            gaps += len(inside) * abs(mean - observed)
        made.append(Bin(number / bins, (number + 1) / bins, len(inside), mean, observed))
    brier = sum((share - label) ** 2 for label, share in zip(labels, probabilities, strict=True))
    return Reliability(tuple(made), gaps / len(labels), brier / len(labels))
