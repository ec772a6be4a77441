"""The metrics of a judged split: one table that training, analysis, tables, run lists and reports read.

To add a metric, add a row to `METRICS` with its formula, and a field to `Scores` that is None by default.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from snn_tui.values.numbers import ByName, Count
from snn_tui.values.task import TaskKind


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


def _accuracy(matrix: ConfusionMatrix) -> float | None:
    tn, fp, fn, tp = matrix
    return _ratio(tn + tp, tn + fp + fn + tp)


def _sensitivity(matrix: ConfusionMatrix) -> float | None:
    return _ratio(matrix.tp, matrix.fn + matrix.tp)


def _specificity(matrix: ConfusionMatrix) -> float | None:
    return _ratio(matrix.tn, matrix.tn + matrix.fp)


def _precision(matrix: ConfusionMatrix) -> float | None:
    return _ratio(matrix.tp, matrix.fp + matrix.tp)


def _f1(matrix: ConfusionMatrix) -> float | None:
    """The harmonic mean of precision and recall."""
    return _ratio(2 * matrix.tp, 2 * matrix.tp + matrix.fp + matrix.fn)


def _gmean(matrix: ConfusionMatrix) -> float | None:
    """The geometric mean of sensitivity and specificity."""
    sensitivity, specificity = _sensitivity(matrix), _specificity(matrix)
    if sensitivity is None or specificity is None:
        return None
    return math.sqrt(sensitivity * specificity)


def balanced_accuracy(sensitivity: float | None, specificity: float | None) -> float | None:
    """The mean of sensitivity and specificity; None where either is undefined."""
    if sensitivity is None or specificity is None:
        return None
    return (sensitivity + specificity) / 2


@dataclass(frozen=True)
class Metric:
    """A row of the table of metrics.

    Args:
        name: The name in tables and reports.
        short: The name where there is little room, at most 5 characters.
        rank: How important it is, from 1; a table that is too wide leaves out the highest rank first.
        formula: The metric of a confusion matrix; None for one that needs the scores of all images.
        published: What the study reports on its balanced test split, if it does.
        tasks: Kinds of task that it is defined for.
        same_as: Field of another metric that always has the same value; empty for none.
    """

    name: str
    short: str
    rank: int
    formula: Formula | None
    published: float | None = None
    tasks: tuple[TaskKind, ...] = ("binary",)
    same_as: str = ""


METRICS = {
    "accuracy": Metric("accuracy", "acc", 1, _accuracy, 0.853, ("binary", "multiclass", "ordinal")),
    "sensitivity": Metric("sensitivity", "sens", 2, _sensitivity, 0.880),
    "specificity": Metric("specificity", "spec", 3, _specificity, 0.825),
    "precision": Metric("precision", "prec", 7, _precision, 0.834),
    "recall": Metric("recall", "rec", 8, _sensitivity, 0.880, same_as="sensitivity"),
    "f1": Metric("F1", "F1", 5, _f1, 0.857),
    "gmean": Metric("GMean", "GMean", 6, _gmean, 0.852),
    "auc": Metric("AUC", "AUC", 4, None),
}
"""All metrics by their field of `Scores`, in the order of tables. AUC is computed in `analysis.roc`, and in
training by scikit-learn (`training.metrics`)."""

MATRIX_FORMULAS = {field: metric.formula for field, metric in METRICS.items() if metric.formula is not None}
"""Formulas of those metrics that a confusion matrix decides, by field."""


def most_important(count: int) -> tuple[str, ...]:
    """Fields of at most `count` metrics of the lowest ranks, in the order of the table."""
    fields = sorted(METRICS, key=lambda field: METRICS[field].rank)[: max(count, 0)]
    return tuple(field for field in METRICS if field in fields)


MAIN_METRICS = most_important(4)
"""Fields of the metrics for places that have no room for all."""

PUBLISHED = {field: metric.published for field, metric in METRICS.items() if metric.published is not None}
"""What the study reports on its balanced test split, by field."""


def matrix_metrics(matrix: ConfusionMatrix) -> dict[str, float | None]:
    """All metrics that a confusion matrix decides, by field of `Scores`."""
    return {field: formula(matrix) for field, formula in MATRIX_FORMULAS.items()}


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """The evaluation of one split, as it is stored in a run's directory.

    A metric is None where it is undefined (sensitivity without positive images, for example), and where the
    file was written by a version that did not have it.

    Args:
        images: Images in the split.
        loss: Mean loss; None where it is not a finite number.
        tn: True negatives.
        fp: False positives.
        fn: False negatives.
        tp: True positives.
        rates: Each layer's mean firing rate, in spikes a neuron and time step, first layer first.
    """

    images: Count
    loss: float | None = None
    accuracy: float | None = None
    sensitivity: float | None = None
    specificity: float | None = None
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    gmean: float | None = None
    auc: float | None = None
    tn: Count
    fp: Count
    fn: Count
    tp: Count
    rates: ByName[float]

    @classmethod
    def of(
        cls, matrix: ConfusionMatrix, *, auc: float | None, loss: float | None, rates: dict[str, float]
    ) -> Scores:
        """The scores of a confusion matrix, with what it does not decide."""
        return cls(
            images=sum(matrix),
            loss=loss,
            auc=auc,
            tn=matrix.tn,
            fp=matrix.fp,
            fn=matrix.fn,
            tp=matrix.tp,
            rates=rates,
            **matrix_metrics(matrix),
        )

    @property
    def confusion_matrix(self) -> ConfusionMatrix:
        """Images by true class and predicted class."""
        return ConfusionMatrix(self.tn, self.fp, self.fn, self.tp)

    @property
    def balanced_accuracy(self) -> float | None:
        """The mean of sensitivity and specificity; None where either is undefined."""
        return balanced_accuracy(self.sensitivity, self.specificity)
