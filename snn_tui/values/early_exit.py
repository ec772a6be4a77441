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
