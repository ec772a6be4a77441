"""Images by whether they are positive and predicted to be so, and the metrics that this alone decides."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple


class ConfusionMatrix(NamedTuple):
    """Images of a binary task by true class and predicted class.

    Args:
        tn: True negatives.
        fp: False positives.
        fn: False negatives.
        tp: True positives.
    """

    tn: int
    fp: int
    fn: int
    tp: int


Formula = Callable[[ConfusionMatrix], float | None]
"""A metric of a confusion matrix; None where its denominator is zero."""


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def accuracy(matrix: ConfusionMatrix) -> float | None:
    """The share of all images that are predicted rightly."""
    tn, fp, fn, tp = matrix
    return _ratio(tn + tp, tn + fp + fn + tp)


def sensitivity(matrix: ConfusionMatrix) -> float | None:
    """The share of the positives that are predicted to be positive, also called recall."""
    return _ratio(matrix.tp, matrix.fn + matrix.tp)


def specificity(matrix: ConfusionMatrix) -> float | None:
    """The share of the negatives that are predicted to be negative."""
    return _ratio(matrix.tn, matrix.tn + matrix.fp)


def precision(matrix: ConfusionMatrix) -> float | None:
    """The share of the images predicted to be positive that are."""
    return _ratio(matrix.tp, matrix.fp + matrix.tp)


def f1(matrix: ConfusionMatrix) -> float | None:
    """The harmonic mean of precision and recall."""
    return _ratio(2 * matrix.tp, 2 * matrix.tp + matrix.fp + matrix.fn)


def gmean(matrix: ConfusionMatrix) -> float | None:
    """The geometric mean of sensitivity and specificity."""
    shares = sensitivity(matrix), specificity(matrix)
    if shares[0] is None or shares[1] is None:
        return None
    return math.sqrt(shares[0] * shares[1])


def balanced_accuracy(matrix: ConfusionMatrix) -> float | None:
    """The mean of sensitivity and specificity."""
    return mean_of(sensitivity(matrix), specificity(matrix))


def mean_of(one: float | None, other: float | None) -> float | None:
    """The mean of two metrics; None where either is undefined."""
    return None if one is None or other is None else (one + other) / 2
