"""How an evaluation of a split went, and what the study published."""

from __future__ import annotations

import msgspec

from snn_tui.values.numbers import Whole

METRICS = {
    "accuracy": "accuracy",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "gmean": "GMean",
}
"""The study's seven metrics: field of `Scores` to the name shown."""


PUBLISHED = {
    "accuracy": 0.853,
    "sensitivity": 0.880,
    "specificity": 0.825,
    "precision": 0.834,
    "recall": 0.880,
    "f1": 0.857,
    "gmean": 0.852,
}
"""What the published study reports on its balanced test split."""


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """How one evaluation of a split went. A metric that is undefined (no positives, say) is None.

    `rates` is each layer's mean firing rate, in spikes a neuron and time step, first layer first.
    """

    images: Whole
    loss: float | None
    accuracy: float | None
    sensitivity: float | None
    specificity: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    gmean: float | None
    auc: float | None
    tn: Whole
    fp: Whole
    fn: Whole
    tp: Whole
    rates: dict[str, float]
