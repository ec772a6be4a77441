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
from collections import Counter
from collections.abc import Iterable, Sequence
from operator import and_, mul
from statistics import fmean
from typing import Any, cast

from snn_tui.analysis.one_against_rest import CumulativeCounts, plain_sum
from snn_tui.errors import RunError
from snn_tui.values.scores import ConfusionMatrix, balanced_accuracy
from snn_tui.values.task import Task
from snn_tui.values.task_scores import ClassScores, MatrixRows, TaskScores

THRESHOLD = 0.5
"""The threshold of MedMNIST on scores of binary and multilabel tasks, which are probabilities there."""


def task_scores(
    task: Task,
    scores: Sequence[Sequence[float]],
    labels: Sequence[int] | Sequence[Sequence[int]],
    *,
    threshold: float = THRESHOLD,
) -> TaskScores:
    """The scores of predictions.

    Args:
        task: What was asked.
        scores: `[N][K]` a number for each class or label, higher where it is more likely. They are Python's
            own floats, as an array's `tolist()` makes them. `[N][1]`, the score of class 1, does for a binary
            task.
        labels: `[N]` class indices, or `[N][K]` of 0 and 1 for several labels.
        threshold: A binary task's class 1 and each of several labels are predicted where their score is above
            it. ACC is MedMNIST's at 0.5; AUC and average precision do not depend on it.

    Raises:
        RunError: A score is not a finite number.
        ValueError: The shapes do not fit each other or the task.
    """
    columns = _columns(task, scores)
    if len(labels) != len(scores):
        raise ValueError(f"{len(labels)} labels for {len(scores)} predictions")
    if task.kind == "multilabel":
        return _multilabel(task, columns, cast(Sequence[Sequence[int]], labels), threshold)
    return _single_label(task, columns, cast(Sequence[int], labels), threshold)


def _columns(task: Task, scores: Sequence[Sequence[float]]) -> list[list[float]]:
    """`[K][N]` scores by class."""
    columns = [list(column) for column in zip(*scores, strict=True)] or [[] for _ in task.classes]
    if task.kind == "binary" and len(columns) == 1:
        columns.insert(0, [-score for score in columns[0]])
    if len(columns) != task.outputs:
        raise ValueError(f"{len(columns)} scores an image for {task.outputs} classes")
    if not all(all(map(math.isfinite, column)) for column in columns):
        raise RunError(
            "predictions with scores that are not finite numbers",
            remedy="train again with a smaller --lr, or choose another checkpoint",
        )
    return columns


def _single_label(
    task: Task, columns: list[list[float]], labels: Sequence[int], threshold: float
) -> TaskScores:
    indices = range(task.outputs)
    if any(label not in indices for label in labels):
        raise ValueError(f"labels that are no index of {task.outputs} classes")
    if task.kind == "binary":
        predicted = [int(score > threshold) for score in columns[-1]]
    else:
        predicted = [row.index(max(row)) for row in zip(*columns, strict=True)]
    counts = Counter(zip(labels, predicted, strict=True))
    confusion = tuple(tuple(counts[row, column] for column in indices) for row in indices)
    rows = [
        _class_scores(
            name,
            columns[index],
            [label == index for label in labels],
            [guess == index for guess in predicted],
        )
        for index, name in enumerate(task.classes)
    ]
    one = rows[1 if task.positive is None else task.positive] if task.kind == "binary" else None
    return _with_means(
        task,
        rows,
        images=len(labels),
        accuracy=sum(confusion[index][index] for index in indices) / len(labels) if labels else None,
        auc=rows[-1].auc if one else _mean_auc(rows),
        balanced_accuracy=_mean(row.sensitivity for row in rows),
        mcc=_mcc(confusion) if labels else None,
        average_precision=one.average_precision if one else _mean(row.average_precision for row in rows),
        quadratic_kappa=_quadratic_kappa(confusion) if task.kind == "ordinal" else None,
        confusion=confusion,
    )


def _multilabel(
    task: Task, columns: list[list[float]], labels: Sequence[Sequence[int]], threshold: float
) -> TaskScores:
    truths = [list(column) for column in zip(*labels, strict=True)] or [[] for _ in task.classes]
    if len(truths) != task.outputs or any(value not in (0, 1) for column in truths for value in column):
        raise ValueError(f"labels that are not {task.outputs} times 0 or 1")
    rows = [
        _class_scores(name, column, list(map(bool, truth)), [score > threshold for score in column])
        for name, column, truth in zip(task.classes, columns, truths, strict=True)
    ]
    return _with_means(
        task,
        rows,
        images=len(labels),
        accuracy=plain_sum(row.accuracy or 0.0 for row in rows) / len(rows) if labels else None,
        auc=_mean_auc(rows),
        balanced_accuracy=_mean(balanced_accuracy(row.sensitivity, row.specificity) for row in rows),
        average_precision=_mean(row.average_precision for row in rows),
    )


def _class_scores(name: str, column: list[float], truth: list[bool], predicted: list[bool]) -> ClassScores:
    tp, images, guesses = sum(map(and_, truth, predicted)), sum(truth), sum(predicted)
    counts = CumulativeCounts.of(column, truth)
    return ClassScores(
        name=name,
        matrix=ConfusionMatrix(len(truth) - images - guesses + tp, guesses - tp, images - tp, tp),
        auc=counts.auc(),
        average_precision=counts.average_precision(),
    )


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


def _mcc(confusion: MatrixRows) -> float:
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


def _quadratic_kappa(confusion: MatrixRows) -> float | None:
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
