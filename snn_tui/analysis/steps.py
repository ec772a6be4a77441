"""How early the network could have decided: its verdicts after fewer time steps."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from snn_tui.analysis.judgement import Judgement
from snn_tui.analysis.roc import Ranks
from snn_tui.values.scores import MATRIX_FORMULAS

NEAR = 0.01
"""Accuracy this close to the last step's counts as the same."""

SETTLED = 0.9
"""Share of the images that has to have its verdict."""


@dataclass(frozen=True)
class StepCurve:
    """Metrics after each time step.

    Args:
        accuracy: `[T]`.
        sensitivity: `[T]`.
        specificity: `[T]`.
        enough: The step, from 1, from which on accuracy stays within `NEAR` of the last; None if undefined.
    """

    accuracy: list[float | None]
    sensitivity: list[float | None]
    specificity: list[float | None]
    enough: int | None


class Steps:
    """A judgement's scores after every step, sorted once.

    Args:
        judgement: The answers.
    """

    def __init__(self, judgement: Judgement) -> None:
        steps = range(1, judgement.num_steps + 1)
        self._ranks = [Ranks(judgement.labels, judgement.scores_after(step)) for step in steps]

    def curve(self, threshold: float) -> StepCurve:
        """Metrics after each step; the threshold grows with the steps, to its full value at the last."""
        total = len(self._ranks)
        matrices = [
            ranks.confusion_matrix(threshold * step / total)
            for step, ranks in enumerate(self._ranks, start=1)
        ]
        accuracy, sensitivity, specificity = (
            [MATRIX_FORMULAS[field](matrix) for matrix in matrices]
            for field in ("accuracy", "sensitivity", "specificity")
        )
        return StepCurve(accuracy, sensitivity, specificity, _enough(accuracy))


def _enough(accuracy: list[float | None]) -> int | None:
    last = accuracy[-1]
    if last is None:
        return None
    step = len(accuracy)
    while step > 1 and abs((accuracy[step - 2] or 0.0) - last) <= NEAR + 1e-12:
        step -= 1
    return step


def settled(judgement: Judgement, threshold: float) -> int:
    """The step from which on nine images in ten had the verdict that they ended with."""
    total, found = judgement.num_steps, []
    for place in range(len(judgement)):
        said = [
            score > threshold * step / total for step, score in enumerate(judgement.scores_of(place), start=1)
        ]
        step = total
        while step > 1 and said[step - 2] == said[-1]:
            step -= 1
        found.append(step)
    return sorted(found)[ceil(SETTLED * len(found)) - 1]
