"""The seven metrics of the study, from the cells of a confusion matrix; pneumonia is the positive class.

They equal those of `training.metrics`, which scikit-learn computes, to the last bit.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from snn_tui.values.scores import METRICS

FIELDS = (*METRICS, "auc")
"""All metrics shown, by their field of `Scores`."""

NAMES = {**METRICS, "auc": "AUC"}
"""Each field's name for people."""

Figures = tuple[float | None, ...]
"""The seven metrics in the order of `METRICS`; one whose denominator is zero is None."""


class Cells(NamedTuple):
    """Images by truth and verdict."""

    tn: int
    fp: int
    fn: int
    tp: int


def figures(tn: int, fp: int, fn: int, tp: int) -> Figures:
    """The seven metrics of a confusion matrix."""
    total, positives, negatives, said = tn + fp + fn + tp, fn + tp, tn + fp, fp + tp
    sensitivity = tp / positives if positives else None
    specificity = tn / negatives if negatives else None
    both = sensitivity is not None and specificity is not None
    return (
        (tn + tp) / total if total else None,
        sensitivity,
        specificity,
        tp / said if said else None,
        sensitivity,
        2 * tp / (positives + said) if positives + said else None,
        math.sqrt(sensitivity * specificity) if both else None,  # type: ignore[operator]
    )


def metrics(cells: Cells) -> dict[str, float | None]:
    """The same by field of `Scores`."""
    return dict(zip(METRICS, figures(*cells), strict=True))
