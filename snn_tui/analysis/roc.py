"""The ROC curve: sensitivity and specificity at every threshold on the decision score."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate, pairwise
from operator import add, mul

from snn_tui.values.confusion import ConfusionMatrix

STEP = 0.5
"""A step of the threshold, in spikes, where the membrane decides between equal counts at whole numbers, or in
log-odds."""


def auc(negatives: Sequence[float], positives: Sequence[float]) -> float | None:
    """Area under the ROC curve: the share of pairs whose positive image has the higher score, ties half.

    This is the statistic of Mann and Whitney (1947) divided by the number of pairs.

    Args:
        negatives: `[D]` number of images of the negative class with each distinct score, in rising order.
        positives: `[D]` number of images of the positive class with each of these scores.

    Returns:
        The area, or None where a class has no images.
    """
    up_to = list(accumulate(negatives, initial=0))
    # The two neighbours add up to twice the negatives below a score, with those equal to it counted half.
    twice = sum(map(mul, positives, map(add, up_to, up_to[1:])))
    pairs = up_to[-1] * sum(positives)
    return twice / (2 * pairs) if pairs else None


class Ranks:
    """The decision scores of a split, sorted by class.

    Args:
        labels: `[N]` 1 for an image of the positive class, 0 for one of the other.
        scores: `[N]` decision scores; one above the threshold is predicted to be of the positive class.

    Attributes:
        negatives: Scores of the images of the negative class, in rising order.
        positives: Scores of the images of the positive class, in rising order.
    """

    def __init__(self, labels: Sequence[int], scores: Sequence[float]) -> None:
        # Arrays take a quarter of the memory of lists, and of a long split a screen has dozens.
        self.negatives, self.positives = (
            array("d", sorted(score for label, score in zip(labels, scores, strict=True) if label == which))
            for which in (0, 1)
        )

    @cached_property
    def distinct(self) -> Sequence[float]:
        """Every score once, in rising order."""
        return array("d", sorted({*self.negatives, *self.positives}))

    def confusion_matrix(self, threshold: float) -> ConfusionMatrix:
        """Images by true class and predicted class, at a threshold."""
        tn = bisect_right(self.negatives, threshold)
        fn = bisect_right(self.positives, threshold)
        return ConfusionMatrix(tn, len(self.negatives) - tn, fn, len(self.positives) - fn)

    def next_threshold(self, threshold: float, direction: int) -> float:
        """The nearest threshold above (1) or below (-1) that changes a prediction; if none does, the same."""
        index = bisect_right(self.distinct, threshold)
        if direction > 0:
            return self.distinct[index] if index < len(self.distinct) else threshold
        if index == 0:
            return threshold
        return self.distinct[index - 2] if index > 1 else math.floor(self.distinct[0] - 1.0)

    def curve(self) -> list[tuple[float, float]]:
        """False and true positive rates from (0, 0) to (1, 1), one point for each distinct score.

        Empty where a class has no images.
        """
        if not self.negatives or not self.positives:
            return []
        points = [(0.0, 0.0)]
        for score in reversed(self.distinct):
            fp = len(self.negatives) - bisect_left(self.negatives, score)
            tp = len(self.positives) - bisect_left(self.positives, score)
            points.append((fp / len(self.negatives), tp / len(self.positives)))
        return points

    def auc(self) -> float | None:
        """The area under the curve, see `auc`."""
        negatives, positives = Counter(self.negatives), Counter(self.positives)
        return auc(
            [negatives[score] for score in self.distinct], [positives[score] for score in self.distinct]
        )

    def best_threshold(self) -> float:
        """The threshold with the largest sum of sensitivity and specificity (Youden 1950).

        It is 0 or lies half-way between two scores; among equally good ones it is the nearest to 0.
        """
        scores = list(self.distinct) or [0.0]
        edges = [scores[0] - 1.0, *scores, scores[-1] + 1.0]
        middles = ((low, (low + high) / 2, high) for low, high in pairwise(edges))
        # The middle of two neighbouring floats is one of them, and the upper one would exclude its own image.
        candidates = [0.0, *(middle if middle < high else low for low, middle, high in middles)]

        def youden(threshold: float) -> tuple[int, float]:
            # Times positives and negatives: whole numbers, so that rounding does not part equal sums.
            tn, fp, fn, tp = self.confusion_matrix(threshold)
            return tp * max(tn + fp, 1) + tn * max(tp + fn, 1), -abs(threshold)

        return max(candidates, key=youden)


def next_half_spike(threshold: float, direction: int, limit: int) -> float:
    """The next multiple of `STEP` above (1) or below (-1) a threshold.

    It goes at most 1 beyond `limit`, the largest score there is.
    """
    steps = threshold / STEP
    target = math.floor(steps) + 1 if direction > 0 else math.ceil(steps) - 1
    most = float(limit + 1)
    return min(max(target * STEP, -most), most)
