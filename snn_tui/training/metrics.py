"""The seven metrics of the study, and AUC, by scikit-learn."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from snn_tui.values.scores import Scores


def decision_scores(counts: NDArray[np.integer], membranes: NDArray[np.floating]) -> NDArray[np.float64]:
    """`values.decision_score` for many images at once.

    Args:
        counts: `[N, 2]` firing counts.
        membranes: `[N, 2]` last membranes.

    Returns:
        `[N]`, above 0 where the verdict is pneumonia.
    """
    lead = membranes[:, 1].astype(np.float64) - membranes[:, 0].astype(np.float64)
    return (counts[:, 1] - counts[:, 0]) + np.arctan(lead) / math.pi


def score(
    labels: NDArray[np.integer],
    decisions: NDArray[np.floating],
    *,
    loss: float | None,
    rates: dict[str, float],
) -> Scores:
    """All metrics of one evaluation, pneumonia being the positive class.

    Args:
        labels: `[N]` true classes, at least one.
        decisions: `[N]` decision scores.
        loss: Mean loss, passed through; None where it is not a finite number.
        rates: Mean firing rate of each layer, passed through.

    Returns:
        The scores; a metric whose denominator is zero, or AUC of a single class, is None.
    """
    # Imported here: it takes a second, brings scipy and pandas along, and only scoring needs it, not Inspect.
    from sklearn import metrics as sk

    verdicts = (decisions > 0).astype(np.int64)
    tn, fp, fn, tp = (int(n) for n in sk.confusion_matrix(labels, verdicts, labels=[0, 1]).ravel())
    sensitivity = _defined(sk.recall_score(labels, verdicts, pos_label=1, zero_division=np.nan))
    specificity = _defined(sk.recall_score(labels, verdicts, pos_label=0, zero_division=np.nan))
    both = sensitivity is not None and specificity is not None
    return Scores(
        images=len(labels),
        loss=None if loss is None else _defined(loss),
        accuracy=_defined(sk.accuracy_score(labels, verdicts)),
        sensitivity=sensitivity,
        specificity=specificity,
        precision=_defined(sk.precision_score(labels, verdicts, zero_division=np.nan)),
        recall=sensitivity,
        f1=_defined(sk.f1_score(labels, verdicts, zero_division=np.nan)),
        gmean=math.sqrt(sensitivity * specificity) if both else None,  # type: ignore[operator]
        auc=_defined(sk.roc_auc_score(labels, decisions)) if 0 < int(labels.sum()) < len(labels) else None,
        tn=tn,
        fp=fp,
        fn=fn,
        tp=tp,
        rates=rates,
    )


def _defined(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
