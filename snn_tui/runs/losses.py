"""The losses of a run's batches, kept in bounded memory however long the run."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left

EMA_DECAY = 0.9
"""Weight of the past in the smoothed loss, a batch."""

MOST_POINTS = 4096
"""Batches kept at most: several times what the widest terminal has columns for."""


class Losses:
    """The loss of every batch and their moving average, thinned out as they become many.

    Where there would be more than `MOST_POINTS`, the run is cut into equal spans, and of each only the lowest
    and the highest loss stay, so that a chart keeps its outline. The latest batch always stays.

    Attributes:
        steps: `[n]` the batch's position in the run, from 1, rising.
        values: `[n]` mean loss of each of these batches.
        ema: `[n]` exponential moving average of all losses up to there, corrected for its start (as Adam's
            moments are).
    """

    def __init__(self) -> None:
        self.steps = array("q")
        self.values = array("d")
        self.ema = array("d")

    def append(self, step: int, loss: float) -> None:
        """Take in the next batch; `step` is beyond every earlier one."""
        smooth = loss
        if self.ema:
            before = self.ema[-1]
            # The bias-corrected average, written as a step from its last value: it needs no other memory,
            # so cutting the arrays back is all that going back takes. Once they are thinned out, there are
            # so many that the correction is nothing.
            weight = (1 - EMA_DECAY) / (1 - EMA_DECAY ** (len(self.ema) + 1))
            if math.isfinite(before):
                smooth = before + weight * (loss - before) if math.isfinite(loss) else before
        self.values.append(loss)
        self.steps.append(step)
        self.ema.append(smooth)
        if len(self.steps) > MOST_POINTS:
            self._thin()

    def rewind(self, first: int) -> None:
        """Forget the batches from position `first` on."""
        kept = bisect_left(self.steps, first)
        del self.values[kept:], self.steps[kept:], self.ema[kept:]

    def _thin(self) -> None:
        span = (self.steps[-1] - self.steps[0]) // (MOST_POINTS // 4) + 1
        kept: list[int] = []
        index, total = 0, len(self.steps)
        while index < total:
            end = bisect_left(self.steps, (self.steps[index] // span + 1) * span, index)
            losses = self.values[index:end]
            if math.isnan(sum(losses)):  # compared with what is no number, nothing is lower or higher
                losses = array("d", [-math.inf if math.isnan(value) else value for value in losses])
            kept += sorted({index + losses.index(min(losses)), index + losses.index(max(losses))})
            index = end
        if kept[-1] != total - 1:
            kept.append(total - 1)
        self.steps = array("q", [self.steps[index] for index in kept])
        self.values = array("d", [self.values[index] for index in kept])
        self.ema = array("d", [self.ema[index] for index in kept])
