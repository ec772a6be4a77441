"""What the output neurons decide: scores, predicted classes and probabilities of spike counts and membranes.

`training.metrics` computes the same for many images at once.

Of a network without spikes the counts are empty, and the membranes are the currents of its output neurons.
Its scores are the logits that its loss was minimised for: those of classes are `CLASS_GAIN` times the
currents, and their softmax is the probability; that of a label is `LABEL_GAIN` times what its current is
above 1/2, and its sigmoid is the probability.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from snn_tui.values.task import Task

CLASS_GAIN = 2.0
"""Factor from spikes a step to the logits of one of several classes, as in the loss on currents."""

LEAST_LEAD = 1e-6
"""By how much the predicted class leads at least, in spikes, so that probabilities agree with predictions."""

LEAST_EXCESS = 1e-12
"""By how much more than 1/2 the predicted class of a binary task has at least, for the same reason."""

MOST_LOGIT = 500.0
"""Logits beyond this are taken for it: the exponential of a larger one is no finite number."""

LABEL_GAIN = 8.0
"""Factor from spikes a step to the logit of a label: a neuron that fires at every step says 98 %."""


def decision_score(counts: Sequence[int], membranes: Sequence[float], task: Task) -> float:
    """The score of an image of a binary task: above 0 the positive class is predicted, else the other.

    It is the difference of the spike counts, plus the difference of the membranes mapped to (-0.5, 0.5),
    which only breaks ties. Without spikes it is the difference of the logits.

    Args:
        counts: `[2]` spikes of both output neurons; empty without spikes.
        membranes: `[2]` their membranes at the last step.
        task: Which of the neurons is the positive class's.

    Returns:
        The score, in spikes or as log-odds.
    """
    positive, negative = task.signs
    if not counts:
        return CLASS_GAIN * (membranes[positive] - membranes[negative])
    tie_breaker = math.atan(membranes[positive] - membranes[negative]) / math.pi
    return float(counts[positive] - counts[negative]) + tie_breaker


def predicted_class(score: float, task: Task) -> int:
    """Index of the class that a `decision_score` predicts."""
    positive, negative = task.signs
    return positive if score > 0 else negative


def output_score(count: int, membrane: float) -> float:
    """The score of one output neuron in spikes: its count, plus its membrane mapped to (-0.5, 0.5)."""
    return count + math.atan(membrane) / math.pi


def output_scores(counts: Sequence[int], membranes: Sequence[float], task: Task) -> tuple[float, ...]:
    """`[K]` the `output_score` of each output neuron; without spikes their logits."""
    if counts:
        return tuple(map(output_score, counts, membranes))
    if task.kind == "multilabel":
        return tuple(LABEL_GAIN * (current - 0.5) for current in membranes)
    return tuple(CLASS_GAIN * current for current in membranes)


def charge(count: int, membrane: float) -> float:
    """The spikes of an output neuron and what is left on its membrane after them, in thresholds of 1.

    Of a neuron that keeps all of its membrane it is the sum of its input currents. A spike of the last step
    is still on the membrane, and counts once.
    """
    return count + membrane - (membrane > 1.0)


def least_spikes(steps: int) -> int:
    """The spikes from which on a label is predicted: those of a neuron that fires in half of the steps."""
    return math.ceil(steps / 2)


def label_threshold(steps: int, *, spiking: bool = True) -> float:
    """The output score above which a label is predicted, see `least_spikes`; without spikes a logit of 0."""
    return least_spikes(steps) - 0.5 if spiking else 0.0


def predicted(counts: Sequence[int], membranes: Sequence[float], steps: int, task: Task) -> tuple[int, ...]:
    """Indices of the predicted classes, rising: one, or any number of a task with several labels.

    Args:
        counts: `[K]` spikes of the output neurons.
        membranes: `[K]` their membranes at the last step.
        steps: Time steps that were counted.
        task: What was asked.
    """
    if task.kind == "multilabel" and counts:
        return tuple(index for index, count in enumerate(counts) if count >= least_spikes(steps))
    if task.kind == "binary":
        return (predicted_class(decision_score(counts, membranes, task), task),)
    scores = output_scores(counts, membranes, task)
    if task.kind == "multilabel":
        return tuple(index for index, score in enumerate(scores) if score > 0)
    return (scores.index(max(scores)),)


def margin(counts: Sequence[int], membranes: Sequence[float], steps: int, task: Task) -> float:
    """How far the output neurons are from another prediction, in spikes or logits, never below 0.

    Of one label an image it is the lead of the predicted class over the second; of several labels the
    distance of the label that is nearest to its threshold.

    Args:
        counts: `[K]` spikes of the output neurons.
        membranes: `[K]` their membranes at the last step.
        steps: Time steps that were counted.
        task: What was asked.
    """
    if task.kind == "binary":
        return abs(decision_score(counts, membranes, task))
    scores = output_scores(counts, membranes, task)
    if task.kind == "multilabel":
        return min(abs(score - label_threshold(steps, spiking=bool(counts))) for score in scores)
    first, *others = sorted(scores, reverse=True)
    return first - others[0] if others else 0.0


def class_score(
    label: int, counts: Sequence[int], membranes: Sequence[float], steps: int, task: Task
) -> float:
    """By how many spikes, or logits, the output neurons are for a class: below 0 it is not predicted.

    Of one label an image it is the lead over the best other class, of several labels that over the label's
    own threshold.

    Args:
        label: Index of the class.
        counts: `[K]` spikes of the output neurons.
        membranes: `[K]` their membranes at the last step.
        steps: Time steps that were counted.
        task: What was asked.
    """
    own, *others = _with_first(label, output_scores(counts, membranes, task))
    if task.kind == "multilabel":
        return own - label_threshold(steps, spiking=bool(counts))
    return own - max(others, default=0.0)


def _with_first(index: int, scores: Sequence[float]) -> list[float]:
    return [scores[index], *scores[:index], *scores[index + 1 :]]


def probabilities(
    counts: Sequence[int], membranes: Sequence[float], steps: int, task: Task
) -> tuple[float, ...]:
    """A number from 0 to 1 for each class or label, larger where it is more likely.

    They are not calibrated, but agree with the predictions: no class has more than the predicted one, and a
    label has more than 1/2 where it is predicted. Those of one label an image sum to 1. Of a binary task they
    are linear in its decision score, and as of any score that is not above 0, the negative class is the more
    probable one at 0. Of other tasks they are the softmax, or the sigmoid, of `charge` a step, which is
    limited where it would contradict the prediction. The loss on currents is minimised for the same logits.
    (Chosen on RetinaMNIST's val, where the mean AUC of five networks is 0.807 by charge and 0.770 by output
    scores.) A binary task's calibration is of another number, see `analysis.calibration.spike_share`. Without
    spikes they are the sigmoid of a binary task's score, and softmax or sigmoid of the logits of others.

    Args:
        counts: `[K]` spikes of the output neurons.
        membranes: `[K]` their membranes at the last step.
        steps: Time steps that were counted, at least one.
        task: What was asked.
    """
    if task.kind == "binary":
        score = decision_score(counts, membranes, task)
        excess = score / (2 * (steps + 1)) if counts else _sigmoid(score) - 0.5
        return _of_two(excess, score, task)
    charges = list(map(charge, counts, membranes)) if counts else membranes
    said = predicted(counts, membranes, steps, task)
    if task.kind == "multilabel":
        logits = [LABEL_GAIN * (value / steps - 0.5) for value in charges]
        agreeing = [
            max(logit, LEAST_LEAD) if label in said else min(logit, -LEAST_LEAD)
            for label, logit in enumerate(logits)
        ]
        return tuple(map(_sigmoid, agreeing))
    most = charges[said[0]]
    leads = [0.0 if label in said else min(value - most, -LEAST_LEAD) for label, value in enumerate(charges)]
    weights = [math.exp(CLASS_GAIN * lead / steps) for lead in leads]
    return tuple(weight / math.fsum(weights) for weight in weights)


def _sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(min(-logit, MOST_LOGIT)))


def early_probabilities(
    counts: Sequence[int], membranes: Sequence[float], steps: int, task: Task
) -> tuple[float, ...]:
    """`probabilities` of a binary task where images stop at different steps: linear in the score a step.

    A score a step is below 1.5, that of the first step.
    """
    score = decision_score(counts, membranes, task)
    return _of_two(score / (3 * steps), score, task)


def _of_two(excess: float, score: float, task: Task) -> tuple[float, ...]:
    """The probabilities of two classes, of by how much that of the positive class is above 1/2."""
    positive = 0.5 + (max(excess, LEAST_EXCESS) if score > 0 else min(excess, -LEAST_EXCESS))
    return tuple(positive if index == task.positive else 1 - positive for index in range(2))
