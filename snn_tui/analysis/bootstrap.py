"""Intervals for metrics: the stratified percentile bootstrap over images (Efron and Tibshirani 1993).

Each resample draws as many images of each class as there are, with replacement. For a metric of the
confusion matrix that need not be done image by image: the true positives among n drawn with replacement are
binomial, and so are the true negatives. AUC needs the images themselves.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from operator import add

from snn_tui.analysis.metrics import Cells, figures
from snn_tui.analysis.roc import Ranks
from snn_tui.values.scores import METRICS

RESAMPLES = 2000
SEED = 1993
LEVEL = 0.95

Interval = tuple[float, float]


def quantile(ordered: Sequence[float], share: float) -> float:
    """A quantile of sorted values, between two of them by straight interpolation (as numpy's default)."""
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def interval(values: Sequence[float | None], level: float = LEVEL) -> Interval | None:
    """The middle `level` of the values that are defined; None where none is."""
    ordered = sorted(value for value in values if value is not None)
    if not ordered:
        return None
    return quantile(ordered, (1 - level) / 2), quantile(ordered, (1 + level) / 2)


class Bootstrap:
    """Resamples of one split's images. At every threshold it uses the same random numbers.

    Args:
        resamples: How many.
        seed: Decides all of them.
    """

    def __init__(self, resamples: int = RESAMPLES, seed: int = SEED) -> None:
        self.resamples, self._seed = resamples, seed
        drawn = random.Random(seed)
        self._uniform = [(drawn.random(), drawn.random()) for _ in range(resamples)]

    def intervals(self, cells: Cells) -> dict[str, Interval | None]:
        """The intervals of the seven metrics, by field of `Scores`."""
        tn, fp, fn, tp = cells
        negatives, positives = tn + fp, fn + tp
        right_normal, right_pneumonia = _cumulative(negatives, tn), _cumulative(positives, tp)
        resampled = []
        for u, v in self._uniform:
            specific, sensitive = bisect_left(right_normal, u), bisect_left(right_pneumonia, v)
            resampled.append(figures(specific, negatives - specific, positives - sensitive, sensitive))
        columns = zip(*resampled, strict=True)
        return {field: interval(column) for field, column in zip(METRICS, columns, strict=True)}

    def auc(self, ranks: Ranks) -> Interval | None:
        """The interval of AUC; it does not depend on the threshold. None where a class has no images."""
        if not ranks.normal or not ranks.pneumonia:
            return None
        places = {score: place for place, score in enumerate(ranks.distinct)}
        normal = [places[score] for score in ranks.normal]
        pneumonia = [places[score] for score in ranks.pneumonia]
        negatives, positives = len(normal), len(pneumonia)
        drawn = random.Random(self._seed + 1)
        values: list[float | None] = []
        for _ in range(self.resamples):
            weights = [0] * len(places)
            for place in drawn.choices(normal, k=negatives):
                weights[place] += 1
            below = list(accumulate(weights))
            # Twice the normal images a score beats, those that are equal counting half.
            beaten = list(map(add, below, [0, *below]))
            twice = sum(map(beaten.__getitem__, drawn.choices(pneumonia, k=positives)))
            values.append(twice / (2 * negatives * positives))
        return interval(values)


@lru_cache(maxsize=512)
def _cumulative(n: int, k: int) -> list[float]:
    """`P(X <= x)` for x from 0 to n, where X is binomial with n draws of probability k / n."""
    if k in (0, n):
        return [0.0] * k + [1.0] * (n - k + 1)
    log_p, log_q, all_ = math.log(k / n), math.log1p(-k / n), math.lgamma(n + 1)
    masses = (
        math.exp(all_ - math.lgamma(x + 1) - math.lgamma(n - x + 1) + x * log_p + (n - x) * log_q)
        for x in range(n + 1)
    )
    sums = list(accumulate(masses))
    return [*(min(mass, 1.0) for mass in sums[:-1]), 1.0]
