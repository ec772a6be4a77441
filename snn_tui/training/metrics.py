"""Decision scores of many images at once, and the metrics of an evaluation."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from snn_tui.values.scores import ConfusionMatrix, Scores


def decision_scores(counts: NDArray[np.integer], membranes: NDArray[np.floating]) -> NDArray[np.float64]:
    """`values.trace.decision_score` of many images at once.

    Args:
        counts: `[N, 2]` spikes of both output neurons.
        membranes: `[N, 2]` their membranes at the last step.

    Returns:
        `[N]` scores, above 0 where class 1 is predicted.
    """
    difference = membranes[:, 1].astype(np.float64) - membranes[:, 0].astype(np.float64)
    return (counts[:, 1] - counts[:, 0]) + np.arctan(difference) / math.pi


def score(
    labels: NDArray[np.integer],
    decisions: NDArray[np.floating],
    *,
    loss: float | None,
    rates: dict[str, float],
) -> Scores:
    """All metrics of one evaluation, with pneumonia as the positive class.

    Args:
        labels: `[N]` true classes, at least one.
        decisions: `[N]` decision scores.
        loss: Mean loss, passed through; None where it is not a finite number.
        rates: Mean firing rate of each layer in spikes a neuron and time step, passed through.

    Returns:
        The scores; a metric whose denominator is zero, or AUC of a single class, is None.
    """
    auc = None
    if 0 < int(labels.sum()) < len(labels):
        # Imported here: it takes a second, brings scipy and pandas along, and only scoring needs it.
        from sklearn.metrics import roc_auc_score

        auc = float(roc_auc_score(labels, decisions))
    return Scores.of(
        confusion_matrix(labels, decisions > 0),
        auc=auc,
        loss=loss if loss is not None and math.isfinite(loss) else None,
        rates=rates,
    )


def confusion_matrix(labels: NDArray[np.integer], predictions: NDArray[np.bool_]) -> ConfusionMatrix:
    """Images by true class and predicted class.

    Args:
        labels: `[N]` true classes.
        predictions: `[N]` whether an image is predicted to be of class 1.
    """
    cells = np.bincount(2 * labels.astype(np.int64) + predictions, minlength=4)
    return ConfusionMatrix(*(int(count) for count in cells))
