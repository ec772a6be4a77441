"""Predictions after fewer time steps: how early the network could have decided."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from snn_tui.analysis.judgement import Judgement
from snn_tui.analysis.roc import Ranks
from snn_tui.values.scores import MATRIX_FORMULAS

SAME_ACCURACY = 0.01
"""Largest difference from the accuracy after the last step that still counts as the same accuracy."""

SETTLED_SHARE = 0.9
"""Share of the images whose prediction must have become final."""


@dataclass(frozen=True)
class StepCurve:
    """Metrics after each time step.

    Args:
        accuracy: `[T]`.
        sensitivity: `[T]`.
        specificity: `[T]`.
        enough: The step, counted from 1, from which on accuracy stays within `SAME_ACCURACY` of the last one;
            None where accuracy is undefined.
    """

    accuracy: list[float | None]
    sensitivity: list[float | None]
    specificity: list[float | None]
    enough: int | None


class Steps:
    """The scores of a judgement after every step, sorted once."""

    def __init__(self, judgement: Judgement) -> None:
        steps = range(1, judgement.num_steps + 1)
        self._ranks = [Ranks(judgement.positives, judgement.scores_after(step)) for step in steps]

    def curve(self, threshold: float) -> StepCurve:
        """Metrics after each step, at a threshold that grows with the steps to its full value at the last."""
        total = len(self._ranks)
        matrices = [
            ranks.confusion_matrix(threshold * step / total)
            for step, ranks in enumerate(self._ranks, start=1)
        ]
        accuracy, sensitivity, specificity = (
            [MATRIX_FORMULAS[field](matrix) for matrix in matrices]
            for field in ("accuracy", "sensitivity", "specificity")
        )
        return StepCurve(accuracy, sensitivity, specificity, enough(accuracy))


def enough(accuracy: list[float | None]) -> int | None:
    """The step, counted from 1, from which on accuracy stays within `SAME_ACCURACY` of the last one."""
    last = accuracy[-1]
    if last is None:
        return None
    step = len(accuracy)
    while step > 1 and abs((accuracy[step - 2] or 0.0) - last) <= SAME_ACCURACY + 1e-12:
        step -= 1
    return step


def settled_step(judgement: Judgement, threshold: float) -> int:
    """The step, counted from 1, from which on nine images in ten have their final prediction."""
    total, settled = judgement.num_steps, []
    for index in range(len(judgement)):
        predictions = [
            score > threshold * step / total for step, score in enumerate(judgement.scores_of(index), start=1)
        ]
        step = total
        while step > 1 and predictions[step - 2] == predictions[-1]:
            step -= 1
        settled.append(step)
    return sorted(settled)[ceil(SETTLED_SHARE * len(settled)) - 1]
