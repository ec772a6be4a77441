"""Intervals for metrics: the stratified percentile bootstrap over images (Efron and Tibshirani 1993).

Each resample draws as many images of each class as there are, with replacement. For a metric of the
confusion matrix it is not necessary to draw image by image: the true positives among n images drawn with
replacement are binomial, and so are the true negatives. AUC needs the images themselves.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

from snn_tui.analysis.roc import Ranks, auc
from snn_tui.values.confusion import ConfusionMatrix
from snn_tui.values.scores import MATRIX_FORMULAS

RESAMPLES = 2000
AUC_BUDGET = 20_000_000
"""Images that all resamples of AUC may have together, which bounds their time to some ten seconds."""

AUC_FEWEST = 200
"""Resamples of AUC there are in any case."""

SEED = 1993
LEVEL = 0.95

Interval = tuple[float, float]


def quantile(ordered: Sequence[float], share: float) -> float:
    """A quantile of sorted values, linearly interpolated between neighbours (numpy's default)."""
    position = share * (len(ordered) - 1)
    low = math.floor(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (position - low)


def interval(values: Sequence[float | None], level: float = LEVEL) -> Interval | None:
    """The range of the middle `level` of the defined values; None where no value is defined."""
    ordered = sorted(value for value in values if value is not None)
    if not ordered:
        return None
    return quantile(ordered, (1 - level) / 2), quantile(ordered, (1 + level) / 2)


def auc_resamples(images: int) -> int:
    """Resamples that the interval of AUC is made of for so many images."""
    return min(RESAMPLES, max(AUC_FEWEST, AUC_BUDGET // max(images, 1)))


class Bootstrap:
    """Resamples of one split's images, with the same random numbers at every threshold.

    Args:
        resamples: Number of resamples.
        seed: Seed of the random numbers.
    """

    def __init__(self, resamples: int = RESAMPLES, seed: int = SEED) -> None:
        self.resamples, self._seed = resamples, seed
        rng = random.Random(seed)
        self._uniform = [(rng.random(), rng.random()) for _ in range(resamples)]

    def intervals(self, matrix: ConfusionMatrix) -> dict[str, Interval | None]:
        """The intervals of all metrics that a confusion matrix decides, by field of `Scores`."""
        negatives, positives = matrix.tn + matrix.fp, matrix.fn + matrix.tp
        true_negatives, true_positives = _cumulative(negatives, matrix.tn), _cumulative(positives, matrix.tp)
        resampled = []
        for u, v in self._uniform:
            tn, tp = bisect_left(true_negatives, u), bisect_left(true_positives, v)
            resampled.append(ConfusionMatrix(tn, negatives - tn, positives - tp, tp))
        # Two metrics may share a formula, as sensitivity and recall do.
        ends = {formula: interval(list(map(formula, resampled))) for formula in MATRIX_FORMULAS.values()}
        return {field: ends[formula] for field, formula in MATRIX_FORMULAS.items()}

    def auc(self, ranks: Ranks) -> Interval | None:
        """The interval of AUC, which depends on no threshold; None where a class has no images."""
        if not ranks.negatives or not ranks.positives:
            return None
        indices = {score: index for index, score in enumerate(ranks.distinct)}
        classes = [[indices[score] for score in scores] for scores in (ranks.negatives, ranks.positives)]
        rng = random.Random(self._seed + 1)
        values = []
        size = len(ranks.negatives) + len(ranks.positives)
        for _ in range(min(self.resamples, auc_resamples(size))):
            counts = [[0] * len(indices), [0] * len(indices)]
            for count, images in zip(counts, classes, strict=True):
                for index in rng.choices(images, k=len(images)):
                    count[index] += 1
            values.append(auc(*counts))
        return interval(values)


@lru_cache(maxsize=512)
def _cumulative(n: int, k: int) -> list[float]:
    """`P(X <= x)` for x from 0 to n, where X is binomial with n draws of probability k / n."""
    if k in (0, n):
        return [0.0] * k + [1.0] * (n - k + 1)
    log_p, log_q, log_n = math.log(k / n), math.log1p(-k / n), math.lgamma(n + 1)
    masses = (
        math.exp(log_n - math.lgamma(x + 1) - math.lgamma(n - x + 1) + x * log_p + (n - x) * log_q)
        for x in range(n + 1)
    )
    sums = list(accumulate(masses))
    return [*(min(mass, 1.0) for mass in sums[:-1]), 1.0]
