"""Early exit on a judged split: what each lead costs in accuracy and steps, and which one to choose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from snn_tui.analysis.judgement import Judgement
from snn_tui.values.early_exit import ExitRule

STEP = 100
"""Thresholds are multiples of a spike a step divided by this: finer ones would be chosen by single images."""

NEVER = 2 * STEP
"""The last threshold: no lead is as large as two spikes a step, so that all steps are taken."""


_ROUNDING = 1e-9


@dataclass(frozen=True)
class ExitCurve:
    """Accuracy and steps for each threshold of `thresholds`.

    Args:
        num_steps: The number of all steps, T.
        accuracy: `[R]` share of the images with a right verdict; of several labels, of labels that are right.
        stops: `[R][T]` images whose verdict falls at each step.
    """

    num_steps: int
    accuracy: Sequence[float]
    stops: Sequence[Sequence[int]]

    @property
    def thresholds(self) -> list[float]:
        """`[R]` leads in spikes a step, rising; at the last one all steps are taken."""
        return [index / STEP for index in range(NEVER + 1)]

    @property
    def mean_steps(self) -> list[float]:
        """`[R]` steps that an image takes on average."""
        return [self.mean(row, range(1, self.num_steps + 1)) for row in self.stops]

    def index(self, threshold: float) -> int:
        """The index of a threshold in `thresholds`."""
        return min(max(round(threshold * STEP), 0), NEVER)

    @staticmethod
    def mean(stops: Sequence[int], costs: Sequence[float]) -> float:
        """The mean of what the steps cost, over images that stop at different ones.

        Args:
            stops: `[T]` images that stop at each step.
            costs: `[T]` the cost of an image that stops there, such as its energy.
        """
        return sum(number * cost for number, cost in zip(stops, costs, strict=True)) / sum(stops)


def exit_curve(judgement: Judgement) -> ExitCurve:
    """Accuracy and steps of a judged split for each threshold; takes a moment for many thousands of images.

    Args:
        judgement: The predictions after each step; whether verdicts fell early in it does not matter.
    """
    total = judgement.num_steps
    # An image stops at a step for all thresholds between the largest lead before it and its own.
    right = [0.0] * (NEVER + 2)
    stops = [[0] * total for _ in range(NEVER + 2)]
    for index in range(len(judgement)):
        truth, begin = judgement.truth(index), 0
        for step, margin in enumerate(judgement.margins_of(index), start=1):
            end = NEVER + 1 if step == total else min(_reached(margin / step) + 1, NEVER)
            if end <= begin:
                continue
            share = _right(judgement, truth, judgement.predictions(index, step))
            right[begin] += share
            right[end] -= share
            stops[begin][step - 1] += 1
            stops[end][step - 1] -= 1
            begin = end
    columns = [list(accumulate(column)) for column in zip(*stops, strict=True)]
    rows = list(zip(*columns, strict=True))
    images = max(len(judgement), 1)
    return ExitCurve(total, [value / images for value in accumulate(right[:-1])], rows[:-1])


def choose(judgement: Judgement, loss: float) -> ExitRule:
    """The smallest threshold that loses no more accuracy than is accepted, and above which none does.

    That a small one loses nothing while a larger one does is luck, which another split does not share. Where
    only that of all steps is left, no verdict falls early.

    Args:
        judgement: The predictions for val, never for test, where the accuracy is to be known.
        loss: The accuracy that may be lost, as a share.
    """
    assert judgement.split != "test", "a threshold is never chosen on test"
    curve = exit_curve(judgement)
    full, chosen = curve.accuracy[-1], NEVER
    while chosen and curve.accuracy[chosen - 1] >= full - loss - _ROUNDING:
        chosen -= 1
    return ExitRule(
        threshold=curve.thresholds[chosen],
        loss=loss,
        split=judgement.split,
        images=len(judgement),
        accuracy=curve.accuracy[chosen],
        full_accuracy=full,
        mean_steps=curve.mean_steps[chosen],
        num_steps=judgement.num_steps,
    )


def _reached(lead: float) -> int:
    """The index of the largest threshold that a lead reaches; it compares as `lead >= index / STEP` does."""
    index = int(lead * STEP)
    while index / STEP > lead:
        index -= 1
    while (index + 1) / STEP <= lead:
        index += 1
    return index


def _right(judgement: Judgement, truth: tuple[int, ...], predicted: tuple[int, ...]) -> float:
    """1 for a right verdict and 0 for a wrong one; of several labels the share that is right."""
    if judgement.task.kind != "multilabel":
        return float(truth == predicted)
    return 1 - len(set(truth) ^ set(predicted)) / judgement.task.outputs
