"""The metrics of a judged split: one table that training, analysis, tables, run lists and reports read.

To add a metric, add a row to `METRICS` with its formula, and a field to `Scores` that is None by default.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from snn_tui.values import confusion
from snn_tui.values.confusion import ConfusionMatrix, Formula, mean_of
from snn_tui.values.numbers import ByName, Count
from snn_tui.values.task import TaskKind
from snn_tui.values.task_scores import ClassRows, MatrixRows, TaskScores


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


_ONE_LABEL: tuple[TaskKind, ...] = ("binary", "multiclass", "ordinal")
_SEVERAL: tuple[TaskKind, ...] = ("multiclass", "ordinal", "multilabel")

METRICS = {
    "accuracy": Metric("accuracy", "acc", 1, confusion.accuracy, 0.853, (*_ONE_LABEL, "multilabel")),
    "sensitivity": Metric("sensitivity", "sens", 2, confusion.sensitivity, 0.880),
    "specificity": Metric("specificity", "spec", 3, confusion.specificity, 0.825),
    "precision": Metric("precision", "prec", 7, confusion.precision, 0.834),
    "recall": Metric("recall", "rec", 8, confusion.sensitivity, 0.880, same_as="sensitivity"),
    "f1": Metric("F1", "F1", 5, confusion.f1, 0.857),
    "gmean": Metric("GMean", "GMean", 6, confusion.gmean, 0.852),
    "quadratic_kappa": Metric("quadratic kappa", "kappa", 2, None, tasks=("ordinal",)),
    "balanced_accuracy": Metric("balanced accuracy", "bal", 3, confusion.balanced_accuracy, tasks=_SEVERAL),
    "macro_f1": Metric("macro F1", "F1", 5, None, tasks=_SEVERAL),
    "mcc": Metric("MCC", "MCC", 6, None, tasks=("multiclass", "ordinal")),
    "average_precision": Metric("average precision", "AP", 7, None, tasks=_SEVERAL),
    "auc": Metric("AUC", "AUC", 4, None, tasks=(*_ONE_LABEL, "multilabel")),
}
"""All metrics by their field of `Scores`, in the order of tables. What is not a formula of a binary task's
confusion matrix is computed in `analysis`, and in training the binary AUC by scikit-learn."""


def metrics_for(kind: TaskKind) -> dict[str, Metric]:
    """The metrics of a kind of task, by field, in the order of tables."""
    return {field: metric for field, metric in METRICS.items() if kind in metric.tasks}


MATRIX_FORMULAS = {
    field: metric.formula for field, metric in metrics_for("binary").items() if metric.formula is not None
}
"""Formulas of those metrics of a binary task that a confusion matrix decides, by field."""


def most_important(count: int, kind: TaskKind = "binary") -> tuple[str, ...]:
    """Fields of at most `count` metrics of a kind of task, of the lowest ranks, in the order of the table."""
    metrics = metrics_for(kind)
    fields = sorted(metrics, key=lambda field: metrics[field].rank)[: max(count, 0)]
    return tuple(field for field in metrics if field in fields)


def main_metrics(kind: TaskKind) -> tuple[str, ...]:
    """Fields of the four metrics of a kind of task for places that have no room for all."""
    return most_important(4, kind)


def shared_metrics(kinds: Iterable[TaskKind]) -> tuple[str, ...]:
    """Fields of the main metrics of some kinds of task, in the order of the table."""
    fields = {field for kind in kinds for field in main_metrics(kind)}
    return tuple(field for field in METRICS if field in fields)


MAIN_METRICS = main_metrics("binary")
"""Those of a binary task."""

PUBLISHED = {field: metric.published for field, metric in METRICS.items() if metric.published is not None}
"""What the study reports on its balanced test split, by field."""


def matrix_metrics(matrix: ConfusionMatrix) -> dict[str, float | None]:
    """All metrics that a confusion matrix decides, by field of `Scores`."""
    return {field: formula(matrix) for field, formula in MATRIX_FORMULAS.items()}


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """The evaluation of one split, as it is stored in a run's directory.

    A metric is None where it is undefined (sensitivity without positive images, for example), where the kind
    of task has no such metric, and where the file was written by a version that did not have it.

    Args:
        images: Images in the split.
        loss: Mean loss; None where it is not a finite number.
        balanced: The balanced accuracy of `TaskScores`, of which `macro_f1`, `mcc`, `average_precision`,
            `quadratic_kappa`, `classes` and `confusion` are, too; None or empty for a binary task.
        tn: True negatives of a binary task.
        fp: False positives of a binary task.
        fn: False negatives of a binary task.
        tp: True positives of a binary task.
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
    balanced: float | None = None
    macro_f1: float | None = None
    mcc: float | None = None
    average_precision: float | None = None
    quadratic_kappa: float | None = None
    tn: Count = 0
    fp: Count = 0
    fn: Count = 0
    tp: Count = 0
    classes: ClassRows = ()
    confusion: MatrixRows = ()
    rates: ByName[float]

    @classmethod
    def of(
        cls, matrix: ConfusionMatrix, *, auc: float | None, loss: float | None, rates: dict[str, float]
    ) -> Scores:
        """The scores of a binary task: those of its confusion matrix, with what it does not decide."""
        decided = matrix_metrics(matrix)
        tn, fp, fn, tp = matrix
        scores = cls(images=sum(matrix), loss=loss, auc=auc, tn=tn, fp=fp, fn=fn, tp=tp, rates=rates)
        return msgspec.structs.replace(scores, **decided)

    @classmethod
    def of_task(cls, scored: TaskScores, *, loss: float | None, rates: dict[str, float]) -> Scores:
        """The scores of any other task."""
        return cls(
            images=scored.images,
            loss=loss,
            accuracy=scored.accuracy,
            auc=scored.auc,
            balanced=scored.balanced_accuracy,
            macro_f1=scored.macro_f1,
            mcc=scored.mcc,
            average_precision=scored.average_precision,
            quadratic_kappa=scored.quadratic_kappa,
            classes=scored.classes,
            confusion=scored.confusion,
            rates=rates,
        )

    @property
    def confusion_matrix(self) -> ConfusionMatrix:
        """Images of a binary task by true class and predicted class."""
        return ConfusionMatrix(self.tn, self.fp, self.fn, self.tp)

    @property
    def balanced_accuracy(self) -> float | None:
        """That of any task; of a binary one the mean of sensitivity and specificity."""
        return self.balanced if self.balanced is not None else mean_of(self.sensitivity, self.specificity)
