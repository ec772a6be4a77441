"""Every threshold on the decision score: what it makes of the verdicts, and the curve of them all."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate, pairwise
from operator import add, mul

from snn_tui.values.scores import ConfusionMatrix

STEP = 0.5
"""What a key moves the threshold by, in spikes. At whole numbers the membrane breaks ties."""


def auc(negatives: Sequence[float], positives: Sequence[float]) -> float | None:
    """Area under the ROC curve: the share of pairs whose positive image has the higher score, ties half.

    This is the statistic of Mann and Whitney (1947) divided by the number of pairs.

    Args:
        negatives: `[D]` number of images of the negative class with each distinct score, in rising order.
        positives: `[D]` the same for the positive class.

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
        labels: `[N]` true classes.
        scores: `[N]` decision scores; the verdict is pneumonia above the threshold.
    """

    def __init__(self, labels: Sequence[int], scores: Sequence[float]) -> None:
        pairs = list(zip(labels, scores, strict=True))
        self.normal = sorted(score for label, score in pairs if label == 0)
        self.pneumonia = sorted(score for label, score in pairs if label == 1)
        self.distinct = sorted(set(scores))

    def confusion_matrix(self, threshold: float) -> ConfusionMatrix:
        """Images by true class and predicted class, at a threshold."""
        tn = bisect_right(self.normal, threshold)
        fn = bisect_right(self.pneumonia, threshold)
        return ConfusionMatrix(tn, len(self.normal) - tn, fn, len(self.pneumonia) - fn)

    def next_image(self, threshold: float, direction: int) -> float:
        """The nearest threshold above (1) or below (-1) at which another image changes sides."""
        if direction > 0:
            place = bisect_right(self.distinct, threshold)
            return self.distinct[place] if place < len(self.distinct) else threshold
        place = bisect_right(self.distinct, threshold)
        if place == 0:
            return threshold
        return self.distinct[place - 2] if place > 1 else math.floor(self.distinct[0] - 1.0)

    def curve(self) -> list[tuple[float, float]]:
        """The ROC curve: false and true positive rates from (0, 0) to (1, 1), a point for each score.

        Empty where a class has no images.
        """
        if not self.normal or not self.pneumonia:
            return []
        points = [(0.0, 0.0)]
        for score in reversed(self.distinct):
            false = len(self.normal) - bisect_left(self.normal, score)
            true = len(self.pneumonia) - bisect_left(self.pneumonia, score)
            points.append((false / len(self.normal), true / len(self.pneumonia)))
        return points

    def auc(self) -> float | None:
        """The area under the curve, see `auc`."""
        normal, pneumonia = Counter(self.normal), Counter(self.pneumonia)
        return auc([normal[score] for score in self.distinct], [pneumonia[score] for score in self.distinct])

    def best(self) -> float:
        """The threshold with the largest sum of sensitivity and specificity (Youden).

        It lies half-way between two scores, or at 0 where that does as well; of equals it is nearest to 0.
        """
        known = self.distinct or [0.0]
        edges = [known[0] - 1.0, *known, known[-1] + 1.0]
        middles = ((low, (low + high) / 2, high) for low, high in pairwise(edges))
        # Between neighbouring floats there is nothing, and half-way may be the upper one.
        between = [0.0, *(middle if middle < high else low for low, middle, high in middles)]

        def youden(threshold: float) -> tuple[float, float]:
            tn, fp, fn, tp = self.confusion_matrix(threshold)
            return (tp / max(tp + fn, 1) + tn / max(tn + fp, 1), -abs(threshold))

        return max(between, key=youden)


def moved(threshold: float, direction: int, num_steps: int) -> float:
    """The next half spike above or below a threshold, at most one spike beyond what any image can have."""
    halves = threshold / STEP
    there = math.floor(halves) + 1 if direction > 0 else math.ceil(halves) - 1
    edge = num_steps + 1
    return min(max(there * STEP, -float(edge)), float(edge))
