"""The scores of predictions for every kind of task, from a score of each class or label.

ACC and AUC are MedMNIST's own (`medmnist.evaluator`, version 3), equal to the last digit wherever MedMNIST
defines them:

- binary: ACC takes an image for class 1 where the last column is above 0.5; AUC is that of the last column.
- multiclass and ordinal, which MedMNIST does not tell apart here: ACC takes the class of the largest score,
  the first among equals; AUC is the mean over all classes of each against the others.
- multilabel: both are means over labels; a label is predicted where its score is above 0.5.

All other scores are scikit-learn's.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from operator import and_, mul
from statistics import fmean
from typing import Any, cast

from snn_tui.analysis.one_against_rest import CumulativeCounts, plain_sum
from snn_tui.errors import RunError
from snn_tui.values.confusion import ConfusionMatrix, mean_of
from snn_tui.values.task import Task
from snn_tui.values.task_scores import ClassScores, TaskScores

THRESHOLD = 0.5
"""The threshold of MedMNIST on scores of binary and multilabel tasks, which are probabilities there."""


class Predictions:
    """The scores of N images for K classes or labels, ranked once for all thresholds.

    Args:
        task: What was asked.
        scores: `[N][K]` a number for each class or label, higher where it is more likely. `[N][1]`,
            the score of class 1, does for a binary task.
        labels: `[N]` class indices, or `[N][K]` of 0 and 1 for several labels.

    Attributes:
        task: As given.
        columns: `[K][N]` scores by class, 64-bit floats.
        truths: `[K][N]` 1 where an image has the class or label, else 0, one byte each.

    Raises:
        RunError: A score is not a finite number.
        ValueError: The shapes do not fit each other or the task.
    """

    def __init__(
        self,
        task: Task,
        scores: Sequence[Sequence[float]],
        labels: Sequence[int] | Sequence[Sequence[int]],
    ) -> None:
        if len(labels) != len(scores):
            raise ValueError(f"{len(labels)} labels for {len(scores)} predictions")
        self.task = task
        self.columns = _columns(task, scores)
        self._labels = b""
        if task.kind == "multilabel":
            self.truths = _label_truths(task, cast(Sequence[Sequence[int]], labels))
        else:
            self._labels = _class_indices(task, cast(Sequence[int], labels))
            self.truths = [_equal(self._labels, index) for index in range(task.outputs)]

    def __len__(self) -> int:
        return len(self.columns[0])

    def predicted_class(self, threshold: float = THRESHOLD) -> bytes:
        """`[N]` predicted classes of a task of one label an image, see `task_scores`."""
        if self.task.kind == "binary":
            return bytes(score > threshold for score in self.columns[-1])
        return bytes(row.index(max(row)) for row in zip(*self.columns, strict=True))

    def predicted(self, threshold: float = THRESHOLD) -> list[bytes]:
        """`[K][N]` 1 where a class or label is predicted, else 0, see `task_scores`."""
        if self.task.kind == "multilabel":
            return [bytes(score > threshold for score in column) for column in self.columns]
        classes = self.predicted_class(threshold)
        return [_equal(classes, index) for index in range(self.task.outputs)]

    def curve(self, index: int) -> list[tuple[float, float]]:
        """The ROC curve of a class against all others or of a label, see `CumulativeCounts.curve`."""
        return self._ranked[index].curve()

    def scores(self, threshold: float = THRESHOLD) -> TaskScores:
        """All scores at a threshold, see `task_scores`."""
        rows = self._rows(threshold)
        if self.task.kind == "multilabel":
            return self._multilabel(rows)
        return self._single_label(rows, self.predicted_class(threshold))

    @cached_property
    def _ranked(self) -> list[CumulativeCounts]:
        return [
            CumulativeCounts.of(column, truth)
            for column, truth in zip(self.columns, self.truths, strict=True)
        ]

    @cached_property
    def _areas(self) -> list[tuple[float | None, float | None]]:
        """`[K]` AUC and average precision."""
        return [(ranked.auc(), ranked.average_precision()) for ranked in self._ranked]

    def _rows(self, threshold: float) -> list[ClassScores]:
        per_class = zip(self.task.classes, self.truths, self.predicted(threshold), self._areas, strict=True)
        return [
            ClassScores(name=name, matrix=_matrix(truth, predicted), auc=auc, average_precision=precision)
            for name, truth, predicted, (auc, precision) in per_class
        ]

    def _single_label(self, rows: list[ClassScores], predicted: bytes) -> TaskScores:
        task, images = self.task, len(self)
        counts = Counter(zip(self._labels, predicted, strict=True))
        indices = range(task.outputs)
        confusion = tuple(tuple(counts[row, column] for column in indices) for row in indices)
        right = sum(confusion[index][index] for index in indices)
        positive = rows[1 if task.positive is None else task.positive] if task.kind == "binary" else None
        precisions = [row.average_precision for row in rows]
        return _with_means(
            task,
            rows,
            images=images,
            accuracy=right / images if images else None,
            auc=rows[-1].auc if positive else _mean_auc(rows),
            balanced_accuracy=_mean(row.sensitivity for row in rows),
            mcc=mcc(confusion) if images else None,
            average_precision=positive.average_precision if positive else _mean(precisions),
            quadratic_kappa=quadratic_kappa(confusion) if task.kind == "ordinal" else None,
            confusion=confusion,
        )

    def _multilabel(self, rows: list[ClassScores]) -> TaskScores:
        images = len(self)
        return _with_means(
            self.task,
            rows,
            images=images,
            accuracy=plain_sum(row.accuracy or 0.0 for row in rows) / len(rows) if images else None,
            auc=_mean_auc(rows),
            balanced_accuracy=_mean(mean_of(row.sensitivity, row.specificity) for row in rows),
            average_precision=_mean(row.average_precision for row in rows),
        )


def task_scores(
    task: Task,
    scores: Sequence[Sequence[float]],
    labels: Sequence[int] | Sequence[Sequence[int]],
    *,
    threshold: float = THRESHOLD,
) -> TaskScores:
    """The scores of predictions, see `Predictions` for the arguments and what it raises.

    Args:
        task: What was asked.
        scores: `[N][K]` scores.
        labels: `[N]` or `[N][K]` labels.
        threshold: A binary task's class 1 and each of several labels are predicted where their score is above
            it. ACC is MedMNIST's at 0.5; AUC and average precision do not depend on it.
    """
    return Predictions(task, scores, labels).scores(threshold)


def _columns(task: Task, scores: Sequence[Sequence[float]]) -> list[array[float]]:
    """`[K][N]` scores by class."""
    columns = [array("d") for _ in (scores[0] if len(scores) else task.classes)]
    for row in scores:
        for column, score in zip(columns, row, strict=True):
            column.append(score)
    if task.kind == "binary" and len(columns) == 1:
        columns.insert(0, array("d", (-score for score in columns[0])))
    if len(columns) != task.outputs:
        raise ValueError(f"{len(columns)} scores an image for {task.outputs} classes")
    if not all(all(map(math.isfinite, column)) for column in columns):
        raise RunError(
            "predictions with scores that are not finite numbers",
            remedy="train again with a smaller --lr, or choose another checkpoint",
        )
    return columns


def _class_indices(task: Task, labels: Sequence[int]) -> bytes:
    if not set(labels) <= set(range(task.outputs)):
        raise ValueError(f"labels that are no index of {task.outputs} classes")
    return bytes(map(int, labels))


def _equal(classes: bytes, index: int) -> bytes:
    """`[N]` 1 where a class is the one of the index, else 0."""
    return classes.translate(bytes(each == index for each in range(256)))


def _label_truths(task: Task, labels: Sequence[Sequence[int]]) -> list[bytes]:
    if not all(len(row) == task.outputs and set(row) <= {0, 1} for row in labels):
        raise ValueError(f"labels that are not {task.outputs} times 0 or 1")
    columns = [bytearray() for _ in task.classes]
    for row in labels:
        for column, has in zip(columns, row, strict=True):
            column.append(int(has))
    return list(map(bytes, columns))


def _matrix(truth: bytes, predicted: bytes) -> ConfusionMatrix:
    tp, images, guesses = sum(map(and_, truth, predicted)), sum(truth), sum(predicted)
    return ConfusionMatrix(len(truth) - images - guesses + tp, guesses - tp, images - tp, tp)


def _with_means(task: Task, rows: list[ClassScores], **values: Any) -> TaskScores:
    return TaskScores(
        kind=task.kind,
        macro_f1=_mean(row.f1 for row in rows),
        classes=tuple(rows),
        without_images=tuple(row.name for row in rows if not row.images),
        without_others=tuple(row.name for row in rows if row.images == sum(row.matrix) > 0),
        **values,
    )


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _mean_auc(rows: list[ClassScores]) -> float | None:
    """The mean of the defined areas, added up one by one as MedMNIST does."""
    known = [row.auc for row in rows if row.auc is not None]
    return plain_sum(known) / len(known) if known else None


def mcc(confusion: Sequence[Sequence[int]]) -> float:
    """Matthews' correlation coefficient of K classes.

    Source: Gorodkin (2004), Comparing two K-category assignments by a K-category correlation coefficient.
    """
    true, predicted = (
        [sum(row) for row in confusion],
        [sum(column) for column in zip(*confusion, strict=True)],
    )
    images = sum(true)
    right = sum(row[index] for index, row in enumerate(confusion))
    covariance = right * images - sum(map(mul, true, predicted))
    variances = (images**2 - sum(map(mul, true, true))) * (images**2 - sum(map(mul, predicted, predicted)))
    return covariance / math.sqrt(variances) if variances else 0.0


def quadratic_kappa(confusion: Sequence[Sequence[int]]) -> float | None:
    """Cohen's weighted kappa, with the squared difference of two grades as the weight of a disagreement.

    All grades of the task count, also those that no image has; scikit-learn's differs where one is missing
    unless it is given the list of all. Source: Cohen (1968), Weighted kappa.
    """
    true, predicted = (
        [sum(row) for row in confusion],
        [sum(column) for column in zip(*confusion, strict=True)],
    )
    grades = range(len(confusion))
    observed = sum((i - j) ** 2 * confusion[i][j] for i in grades for j in grades)
    by_chance = sum((i - j) ** 2 * true[i] * predicted[j] for i in grades for j in grades)
    return 1 - sum(true) * observed / by_chance if by_chance else None
