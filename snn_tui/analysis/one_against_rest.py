"""AUC and average precision of one class against all others, equal to scikit-learn's to the last digit.

`analysis.roc.auc` counts the same area in whole numbers, and differs by less than 1e-15. Published tables of
MedMNIST are made by scikit-learn, whose last digit depends on the order in which it adds up: that order is
kept here.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from operator import ne, sub
from typing import NamedTuple

_BLOCK = 128
_LANES = 8


def plain_sum(values: Iterable[float], start: float = 0.0) -> float:
    """The sum of floats one after the other; from Python 3.12 on, `sum` corrects its rounding errors."""
    total = start
    for value in values:
        total += value
    return total


def numpy_sum(values: Sequence[float]) -> float:
    """The sum of floats in the order of `numpy.sum`, which adds halves of the list, and those in eight lanes.

    Source: `pairwise_sum` in numpy's `loops_utils.h.src`.
    """
    count = len(values)
    if count < _LANES:
        return plain_sum(values)
    if count > _BLOCK:
        half = count // 2
        half -= half % _LANES
        return numpy_sum(values[:half]) + numpy_sum(values[half:])
    whole = count - count % _LANES
    a, b, c, d, e, f, g, h = (plain_sum(values[lane:whole:_LANES]) for lane in range(_LANES))
    return plain_sum(values[whole:], start=((a + b) + (c + d)) + ((e + f) + (g + h)))


class CumulativeCounts(NamedTuple):
    """Images at or above each distinct score, from the highest score down.

    Args:
        negatives: `[D]` images without the class, the false positives at that threshold.
        positives: `[D]` images of the class, the true positives at that threshold.
    """

    negatives: Sequence[int]
    positives: Sequence[int]

    @classmethod
    def of(cls, scores: Sequence[float], truths: Sequence[int]) -> CumulativeCounts:
        """The counts of `[N]` finite scores, where `truths` has 1 for the images of the class."""
        order = sorted(range(len(scores)), key=scores.__getitem__, reverse=True)
        ranked = [scores[index] for index in order]
        up_to = list(accumulate(int(truths[index]) for index in order))
        # An image counts only with all that have the same score.
        last = [index for index, differs in enumerate(map(ne, ranked, ranked[1:])) if differs]
        last += [len(ranked) - 1] * bool(ranked)
        return cls(
            array("q", (1 + index - up_to[index] for index in last)),
            array("q", (up_to[index] for index in last)),
        )

    def auc(self) -> float | None:
        """Area under the ROC curve by the trapezoidal rule; None without positives or without negatives.

        Source: `sklearn.metrics.roc_auc_score`, which leaves out the points in the middle of a straight line.
        """
        points = self.curve()
        areas = [(right - left) * (high + low) / 2.0 for (left, low), (right, high) in pairwise(points)]
        return numpy_sum(areas) if points else None

    def curve(self) -> list[tuple[float, float]]:
        """False and true positive rates from (0, 0) to (1, 1), where the ROC curve bends.

        Empty without positives or without negatives. Source: `sklearn.metrics.roc_curve`.
        """
        if not self.positives or not self.positives[-1] or not self.negatives[-1]:
            return []
        rates = ((fp / self.negatives[-1], tp / self.positives[-1]) for fp, tp in self._corners())
        return [(0.0, 0.0), *rates]

    def average_precision(self) -> float | None:
        """Mean of the precisions at each positive image, equal scores at once; None without positives.

        Source: `sklearn.metrics.average_precision_score`.
        """
        if not self.positives or not self.positives[-1]:
            return None
        total = self.positives[-1]
        recall = [*(positives / total for positives in reversed(self.positives)), 0.0]
        precision = [
            positives / (positives + negatives)
            for negatives, positives in zip(reversed(self.negatives), reversed(self.positives), strict=True)
        ]
        steps = map(sub, recall[1:], recall)
        return max(0.0, -numpy_sum([step * value for step, value in zip(steps, precision, strict=True)]))

    def _corners(self) -> list[tuple[int, int]]:
        """False and true positives where the curve bends, and at both of its ends."""
        points = list(zip(self.negatives, self.positives, strict=True))
        bends = [
            (fp, tp)
            for (fp0, tp0), (fp, tp), (fp1, tp1) in zip(points, points[1:], points[2:], strict=False)
            if fp - fp0 != fp1 - fp or tp - tp0 != tp1 - tp
        ]
        return [points[0], *bends, points[-1]] if len(points) > 1 else points
