"""Decision scores of many images at once, and the metrics of an evaluation."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from snn_tui.values.scores import ConfusionMatrix, Scores
from snn_tui.values.task import Task


def decision_scores(
    counts: NDArray[np.integer], membranes: NDArray[np.floating], task: Task
) -> NDArray[np.float64]:
    """`values.trace.decision_score` of many images at once.

    Args:
        counts: `[N, 2]` spikes of both output neurons.
        membranes: `[N, 2]` their membranes at the last step.
        task: Which of the neurons is the positive class's.

    Returns:
        `[N]` scores, above 0 where the positive class is predicted.
    """
    positive, negative = task.signs
    difference = membranes[:, positive].astype(np.float64) - membranes[:, negative].astype(np.float64)
    return (counts[:, positive] - counts[:, negative]) + np.arctan(difference) / math.pi


def score(
    positives: NDArray[np.integer],
    decisions: NDArray[np.floating],
    *,
    loss: float | None,
    rates: dict[str, float],
) -> Scores:
    """All metrics of one evaluation of a binary task.

    Args:
        positives: `[N]` 1 for an image of the positive class, 0 for one of the other; at least one image.
        decisions: `[N]` decision scores.
        loss: Mean loss, passed through; None where it is not a finite number.
        rates: Mean firing rate of each layer in spikes a neuron and time step, passed through.

    Returns:
        The scores; a metric whose denominator is zero, or AUC of a single class, is None.
    """
    auc = None
    if 0 < int(positives.sum()) < len(positives):
        # Imported here: it takes a second, brings scipy and pandas along, and only scoring needs it.
        from sklearn.metrics import roc_auc_score

        auc = float(roc_auc_score(positives, decisions))
    return Scores.of(
        confusion_matrix(positives, decisions > 0),
        auc=auc,
        loss=loss if loss is not None and math.isfinite(loss) else None,
        rates=rates,
    )


def confusion_matrix(positives: NDArray[np.integer], predictions: NDArray[np.bool_]) -> ConfusionMatrix:
    """Images by true class and predicted class.

    Args:
        positives: `[N]` 1 for an image of the positive class, 0 for one of the other.
        predictions: `[N]` whether an image is predicted to be of the positive class.
    """
    cells = np.bincount(2 * positives.astype(np.int64) + predictions, minlength=4)
    return ConfusionMatrix(*(int(count) for count in cells))
