"""Early exit: the verdict on an image falls at the first step at which its lead is large enough.

The lead is `values.decision.margin` after a step, divided by the steps until then, so that those of different
steps can be compared: with one label an image by how many spikes a step the predicted class leads over the
second, with several labels how near the nearest label is to its threshold.
"""

from __future__ import annotations

import re

import msgspec

from snn_tui.values.numbers import Count

OFF = "off"
AUTO = "auto"

EXIT_PATTERN = r"off|auto|0(\.\d{1,6})?"
EXIT_SHAPE = f"{OFF}, {AUTO} to lose none, or the accuracy on val that may be lost, such as 0.005"


class ExitRule(msgspec.Struct, frozen=True, kw_only=True):
    """The lead at which verdicts fall, and what it was chosen by: all larger ones keep the accuracy, too.

    Args:
        threshold: The lead in spikes a step from which on a verdict falls.
        loss: The accuracy that might be lost.
        split: The split that it was chosen on: val, or the run's fold of train in place of it.
        images: Images of that split.
        accuracy: Accuracy on them with early exit.
        full_accuracy: Accuracy on them after all steps.
        mean_steps: Steps an image of theirs takes on average.
        num_steps: The number of all steps.
    """

    threshold: float
    loss: float
    split: str
    images: Count
    accuracy: float
    full_accuracy: float
    mean_steps: float
    num_steps: Count


def accepted_loss(text: str) -> float | None:
    """The loss of accuracy that a value of the option `exit` accepts; None where it is off.

    Args:
        text: A text that matches `EXIT_PATTERN`.
    """
    assert re.fullmatch(EXIT_PATTERN, text), text
    return None if text == OFF else 0.0 if text == AUTO else float(text)


def scale(step: int, num_steps: int) -> float:
    """What a decision score after a step is multiplied by, so that it can stand beside those of all steps.

    So images that stop at different steps are ranked by their lead a step.
    """
    return num_steps / step


def falls(rule: ExitRule) -> str:
    """When verdicts fall by a rule, for people."""
    if rule.mean_steps == rule.num_steps:
        return "no verdict falls early"
    if rule.threshold <= 0:
        return "every verdict falls at the first step"
    return f"verdicts fall from a lead of {rule.threshold:g} spikes a step on"


class ExitPoint(msgspec.Struct, frozen=True, kw_only=True):
    """What a threshold comes to on val.

    Args:
        threshold: The lead in spikes a step from which on a verdict falls.
        accuracy: Share of the images with a right verdict; of several labels, of labels that are right.
        mean_steps: Steps an image takes on average.
        nanojoules: Energy of the arithmetic for an image, in nJ; see `values.energy` for its forms.
        neurobench_nanojoules: The same if each step of every layer is counted.
        memory_nanojoules: Energy with the neurons' updates and the memory traffic.
    """

    threshold: float
    accuracy: float
    mean_steps: float
    nanojoules: float
    neurobench_nanojoules: float
    memory_nanojoules: float


class EarlyExit(msgspec.Struct, frozen=True, kw_only=True):
    """The early exit of a judged split beside all steps of it.

    Args:
        rule: The rule by which verdicts fall, chosen on val.
        points: All thresholds that differ on val, rising, of which the last takes all steps.
        mean_steps: Steps an image of the split takes on average.
        stops: `[T]` images of the split whose verdict falls at each step.
        accuracy: Accuracy on the split with early exit.
        full_accuracy: Accuracy on it after all steps.
        auc: Area under the ROC curve on it with early exit; of several classes or labels their mean.
        full_auc: The same after all steps.
        nanojoules: Energy of an image in nJ with early exit: arithmetic alone.
        full_nanojoules: The same after all steps.
        neurobench_nanojoules: Arithmetic with early exit, each step of every layer counted.
        full_neurobench_nanojoules: The same after all steps.
        memory_nanojoules: Energy with memory, with early exit.
        full_memory_nanojoules: The same after all steps.
        dense_nanojoules: Arithmetic of a dense network of the same shape.
        matched_nanojoules: Arithmetic of a dense network whose activations have as few bits as T steps tell.
    """

    rule: ExitRule
    points: list[ExitPoint]
    mean_steps: float
    stops: list[int]
    accuracy: float | None
    full_accuracy: float | None
    auc: float | None
    full_auc: float | None
    nanojoules: float
    full_nanojoules: float
    neurobench_nanojoules: float
    full_neurobench_nanojoules: float
    memory_nanojoules: float
    full_memory_nanojoules: float
    dense_nanojoules: float
    matched_nanojoules: float
