"""Intervals for the scores of several classes or labels: the percentile bootstrap over images.

With one label an image, each resample draws as many images of each class as there are. Then the scores of a
confusion matrix need only its rows, each a multinomial draw; AUC and average precision need the images
themselves, and have an interval only where that many images are drawn in a moment. With several labels an
image there are no classes to draw within: images are drawn from all, with all of their labels.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from operator import add, eq, mul
from statistics import fmean

from snn_tui.analysis.bootstrap import RESAMPLES, SEED, Interval, interval
from snn_tui.analysis.roc import auc
from snn_tui.analysis.sampling import multinomial
from snn_tui.analysis.task_scores import Predictions, mcc, quadratic_kappa
from snn_tui.values.confusion import ConfusionMatrix, balanced_accuracy, f1
from snn_tui.values.task_scores import TaskScores

BUDGET = 3_000_000
"""Images times classes that all resamples may have together: a second or two."""

FEWEST = 200
"""Resamples that an interval is made of at least."""

Draw = dict[str, float | None]


def affordable(predictions: Predictions) -> int:
    """Resamples of the images themselves that can be drawn in a moment; 0 where they are too few to use."""
    number = min(RESAMPLES, BUDGET // max(len(predictions) * predictions.task.outputs, 1))
    return number if number >= FEWEST else 0


def intervals(predictions: Predictions, scored: TaskScores, seed: int = SEED) -> dict[str, Interval | None]:
    """The 95 % intervals by field of `TaskScores`; None for a score that is undefined or takes too long.

    Args:
        predictions: Of a task that is not binary.
        scored: Their scores.
        seed: Seed of the random numbers.
    """
    rng = random.Random(seed)
    ends: dict[str, Interval | None] = {}
    if scored.confusion:
        rows = scored.confusion
        ordinal = predictions.task.kind == "ordinal"
        ends = _ends(
            confusion_scores([multinomial(row, rng) for row in rows], ordinal) for _ in range(RESAMPLES)
        )
    elif not affordable(predictions):
        ends = {"accuracy": _label_accuracy(predictions, rng)}
    return ends | _ends(_image_draws(predictions, affordable(predictions), rng))


def confusion_scores(confusion: Sequence[Sequence[int]], ordinal: bool) -> Draw:
    """The scores that the confusion matrix of several classes decides, by field of `TaskScores`."""
    truths = [sum(row) for row in confusion]
    predicted = [sum(column) for column in zip(*confusion, strict=True)]
    right = [row[index] for index, row in enumerate(confusion)]
    together = list(map(add, truths, predicted))
    scores: Draw = {
        "accuracy": sum(right) / sum(truths),
        "balanced_accuracy": fmean(
            hits / images for hits, images in zip(right, truths, strict=True) if images
        ),
        "macro_f1": fmean(2 * hits / both for hits, both in zip(right, together, strict=True) if both),
        "mcc": mcc(confusion),
    }
    return scores | ({"quadratic_kappa": quadratic_kappa(confusion)} if ordinal else {})


def _ends(draws: Iterator[Draw]) -> dict[str, Interval | None]:
    drawn = list(draws)
    fields = drawn[0] if drawn else ()
    return {field: interval([draw[field] for draw in drawn]) for field in fields}


def _label_accuracy(predictions: Predictions, rng: random.Random) -> Interval | None:
    """That of the mean accuracy of labels, which needs only how many labels of each image are right."""
    pairs = zip(predictions.truths, predictions.predicted(), strict=True)
    right = zip(*(bytes(map(eq, *pair)) for pair in pairs), strict=True)
    counts = Counter(map(sum, right))
    values, images = list(counts), list(counts.values())
    most = sum(images) * predictions.task.outputs
    draws = (multinomial(images, rng) for _ in range(RESAMPLES))
    return interval([sum(map(mul, values, draw)) / most for draw in draws])


def _image_draws(predictions: Predictions, number: int, rng: random.Random) -> Iterator[Draw]:
    """The scores of images drawn again: all of several labels, else those that need the images."""
    if not number:
        return
    labels = predictions.task.kind == "multilabel"
    ranked = [
        _Ranked(column, truth) for column, truth in zip(predictions.columns, predictions.truths, strict=True)
    ]
    guesses = predictions.predicted() if labels else []
    strata = [list(range(len(predictions)))] if labels else _members(predictions.truths)
    for _ in range(number):
        weights = [0] * len(predictions)
        for members in strata:
            for index in rng.choices(members, k=len(members)):
                weights[index] += 1
        areas = [one.areas(weights) for one in ranked]
        means: Mapping[str, float | None] = {
            "auc": _mean([area for area, _ in areas]),
            "average_precision": _mean([precision for _, precision in areas]),
        }
        yield dict(means) | (_label_scores(weights, predictions.truths, guesses) if labels else {})


def _members(truths: Sequence[Sequence[int]]) -> list[list[int]]:
    """Indices of the images of each class that has any."""
    members = [[index for index, has in enumerate(truth) if has] for truth in truths]
    return [indices for indices in members if indices]


def _label_scores(
    weights: Sequence[int], truths: Sequence[Sequence[int]], guesses: Sequence[Sequence[int]]
) -> Draw:
    images, matrices = sum(weights), []
    for truth, guess in zip(truths, guesses, strict=True):
        positives, predicted = sum(map(mul, weights, truth)), sum(map(mul, weights, guess))
        both = sum(map(mul, map(mul, weights, truth), guess))
        matrices.append(
            ConfusionMatrix(images - positives - predicted + both, predicted - both, positives - both, both)
        )
    return {
        "accuracy": fmean((matrix.tn + matrix.tp) / images for matrix in matrices),
        "balanced_accuracy": _mean([balanced_accuracy(matrix) for matrix in matrices]),
        "macro_f1": _mean([f1(matrix) for matrix in matrices]),
    }


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


class _Ranked:
    """The images of one class or label by their rank among the distinct scores, the lowest first."""

    def __init__(self, scores: Sequence[float], truth: Sequence[int]) -> None:
        ranks = {score: rank for rank, score in enumerate(sorted(set(scores)))}
        self._ranks, self._truth, self._distinct = [ranks[score] for score in scores], truth, len(ranks)

    def areas(self, weights: Sequence[int]) -> tuple[float | None, float | None]:
        """AUC and average precision of images that count several times, or not at all."""
        counts = [0] * self._distinct, [0] * self._distinct
        for rank, has, weight in zip(self._ranks, self._truth, weights, strict=True):
            counts[has][rank] += weight
        negatives, positives = counts
        total = sum(positives)
        if not total:
            return None, None
        hits = list(accumulate(reversed(positives)))
        alarms = accumulate(reversed(negatives))
        precision = sum(
            new * hit / (hit + alarm)
            for new, hit, alarm in zip(reversed(positives), hits, alarms, strict=True)
            if new
        )
        return auc(negatives, positives), precision / total
