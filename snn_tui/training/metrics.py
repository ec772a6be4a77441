"""Decision scores and probabilities of many images at once, and the metrics of an evaluation."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from snn_tui.values.confusion import ConfusionMatrix
from snn_tui.values.decision import (
    CLASS_GAIN,
    LABEL_GAIN,
    LEAST_EXCESS,
    LEAST_LEAD,
    MOST_LOGIT,
    label_threshold,
)
from snn_tui.values.scores import Scores
from snn_tui.values.task import Task
from snn_tui.values.task_scores import TaskScores


def decision_scores(
    counts: NDArray[np.integer], membranes: NDArray[np.floating], task: Task
) -> NDArray[np.float64]:
    """`values.decision.decision_score` of many images at once.

    Args:
        counts: `[N, 2]` spikes of both output neurons; `[N, 0]` without spikes.
        membranes: `[N, 2]` their membranes at the last step.
        task: Which of the neurons is the positive class's.

    Returns:
        `[N]` scores, above 0 where the positive class is predicted.
    """
    positive, negative = task.signs
    difference = membranes[:, positive].astype(np.float64) - membranes[:, negative].astype(np.float64)
    if not counts.shape[1]:
        return CLASS_GAIN * difference
    return (counts[:, positive] - counts[:, negative]) + np.arctan(difference) / math.pi


def output_scores(counts: NDArray[np.integer], membranes: NDArray[np.floating]) -> NDArray[np.float64]:
    """`values.decision.output_score` of many neurons at once: arrays of one shape, in spikes.

    Without spikes, `[..., 0]` counts, they are the membranes, which are in the same order as the logits.
    """
    if not counts.shape[-1]:
        return membranes.astype(np.float64)
    scores: NDArray[np.float64] = counts + np.arctan(membranes.astype(np.float64)) / math.pi
    return scores


def margins(counts: NDArray[np.integer], membranes: NDArray[np.floating], task: Task) -> NDArray[np.float64]:
    """`values.decision.margin` of many images after each step.

    Args:
        counts: `[N, T, K]` spikes of the output neurons up to each step.
        membranes: `[N, T, K]` their membranes at each step.
        task: What was asked.

    Returns:
        `[N, T]`, in spikes.
    """
    if task.kind == "binary":
        scores = decision_scores(counts.reshape(-1, 2), membranes.reshape(-1, 2), task)
        return np.abs(scores).reshape(counts.shape[:2])
    outputs = output_scores(counts, membranes)
    if task.kind == "multilabel":
        thresholds = np.array([label_threshold(step) for step in range(1, counts.shape[1] + 1)])
        nearest: NDArray[np.float64] = np.abs(outputs - thresholds[:, None]).min(2)
        return nearest
    best = np.sort(outputs, axis=2)
    lead: NDArray[np.float64] = best[..., -1] - best[..., -2]
    return lead


def exit_steps(margins: NDArray[np.float64], threshold: float) -> NDArray[np.int64]:
    """The step at which the verdict on each image falls, see `values.early_exit`.

    Args:
        margins: `[N, T]` as of `margins`.
        threshold: The lead in spikes a step from which on a verdict falls.

    Returns:
        `[N]` steps, counted from 1; T where the lead is never so large.
    """
    reached = margins / np.arange(1, margins.shape[1] + 1) >= threshold
    reached[:, -1] = True
    steps: NDArray[np.int64] = reached.argmax(1) + 1
    return steps


def probabilities(
    counts: NDArray[np.integer],
    membranes: NDArray[np.floating],
    steps: int | NDArray[np.integer],
    task: Task,
) -> NDArray[np.float64]:
    """`values.decision.probabilities` of many images at once.

    Args:
        counts: `[N, K]` spikes of the output neurons.
        membranes: `[N, K]` their membranes at the last step.
        steps: Time steps that were counted, at least one; `[N]` where they are not the same for all images.
            Then those of a binary task are linear in the score a step, which is below 1.5.
        task: What was asked.

    Returns:
        `[N, K]`.
    """
    if task.kind == "binary":
        scores = decision_scores(counts, membranes, task)
        if counts.shape[1]:
            excess = scores / (2 * (steps + 1) if isinstance(steps, int) else 3 * steps)
        else:
            excess = _sigmoid(scores) - 0.5
        positive = 0.5 + np.where(
            scores > 0, np.maximum(excess, LEAST_EXCESS), np.minimum(excess, -LEAST_EXCESS)
        )
        return np.stack([positive, 1 - positive][:: -1 if task.positive else 1], axis=1)
    steps = np.reshape(steps, (-1, 1))
    left = membranes.astype(np.float64)
    spiking = bool(counts.shape[1])
    charges = counts + left - (left > 1.0) if spiking else left
    if task.kind == "multilabel":
        logits = LABEL_GAIN * (charges / steps - 0.5)
        said = counts >= -(-steps // 2) if spiking else logits > 0
        return _sigmoid(np.where(said, np.maximum(logits, LEAST_LEAD), np.minimum(logits, -LEAST_LEAD)))
    winners = output_scores(counts, membranes).argmax(1)[:, None]
    leads = np.minimum(charges - np.take_along_axis(charges, winners, 1), -LEAST_LEAD)
    np.put_along_axis(leads, winners, 0.0, 1)
    weights = np.exp(CLASS_GAIN * leads / steps)
    shares: NDArray[np.float64] = weights / weights.sum(1, keepdims=True)
    return shares


def _sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = 1 / (1 + np.exp(np.minimum(-logits, MOST_LOGIT)))
    return shares


def scores_of(scored: TaskScores, *, loss: float | None, rates: dict[str, float]) -> Scores:
    """All metrics of one evaluation of a task that is not binary, from its scores; else as for `score`."""
    return Scores.of_task(scored, loss=_finite(loss), rates=rates)


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
        loss=_finite(loss),
        rates=rates,
    )


def _finite(loss: float | None) -> float | None:
    return loss if loss is not None and math.isfinite(loss) else None


def confusion_matrix(positives: NDArray[np.integer], predictions: NDArray[np.bool_]) -> ConfusionMatrix:
    """Images by true class and predicted class.

    Args:
        positives: `[N]` 1 for an image of the positive class, 0 for one of the other.
        predictions: `[N]` whether an image is predicted to be of the positive class.
    """
    cells = np.bincount(2 * positives.astype(np.int64) + predictions, minlength=4)
    return ConfusionMatrix(*(int(count) for count in cells))
