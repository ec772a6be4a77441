"""Smoothing a curve, and by how much curves can be smoothed."""

from __future__ import annotations

import math
from collections.abc import Sequence

SMOOTHING = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99)
"""Weights of the past that a curve may be smoothed with."""


def smoothed(values: Sequence[float | None], decay: float, steps: Sequence[int] | None = None) -> list[float]:
    """The exponential moving average of a curve, corrected for its start (as Adam's moments are).

    Args:
        values: `[N]` values of the curve; None and what is not finite become NaN and count for nothing.
        decay: Weight of the past a step, from 0, which changes nothing, to below 1.
        steps: `[N]` step of each value, rising; by default one a step.
    """
    average, weight = 0.0, 0.0
    result: list[float] = []
    for index, value in enumerate(values):
        if value is not None and math.isfinite(value):
            past = decay if steps is None or not index else decay ** (steps[index] - steps[index - 1])
            average = past * average + (1 - past) * value
            weight = past * weight + (1 - past)
            result.append(average / weight)
        else:
            result.append(math.nan)
    return result


def next_smoothing(present: float, by: int) -> float:
    """The weight of the past that is some levels above or below a present one; the ends stay."""
    level = min(range(len(SMOOTHING)), key=lambda index: abs(SMOOTHING[index] - present))
    return SMOOTHING[min(max(level + by, 0), len(SMOOTHING) - 1)]
