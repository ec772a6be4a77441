"""Metrics of several checkpoints together, against scikit-learn and image by image."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from snn_tui.evaluation.study import mean_metrics, resamples

RNG = np.random.default_rng(4)
LABELS = (np.arange(70) % 7 > 2).astype(np.int64)
DECISIONS = np.round(RNG.normal(LABELS - 0.5, 1.5, (3, 70)) * 2) / 2  # with ties


def test_means_are_those_of_each_checkpoint() -> None:
    found = mean_metrics(LABELS, DECISIONS, np.ones((1, 70)))
    verdicts = [row > 0 for row in DECISIONS]
    assert found["accuracy"][0] == pytest.approx(
        np.mean([metrics.accuracy_score(LABELS, said) for said in verdicts])
    )
    assert found["balanced"][0] == pytest.approx(
        np.mean([metrics.balanced_accuracy_score(LABELS, said) for said in verdicts])
    )
    assert found["auc"][0] == pytest.approx(
        np.mean([metrics.roc_auc_score(LABELS, row) for row in DECISIONS])
    )


def test_weights_are_images_drawn_again() -> None:
    weights = resamples(LABELS, 5, 1)
    assert weights.shape == (5, 70)
    assert (weights[:, LABELS == 1].sum(1) == LABELS.sum()).all()
    assert (weights[:, LABELS == 0].sum(1) == 70 - LABELS.sum()).all()
    found = mean_metrics(LABELS, DECISIONS, weights)
    for place, row in enumerate(weights.astype(int)):
        drawn = np.repeat(np.arange(70), row)
        again = mean_metrics(LABELS[drawn], DECISIONS[:, drawn], np.ones((1, 70)))
        for name, value in again.items():
            assert found[name][place] == pytest.approx(value[0])


def test_a_split_of_one_class_has_no_auc_but_does_not_stop_it() -> None:
    with np.errstate(invalid="ignore", divide="ignore"):
        found = mean_metrics(np.ones(4, np.int64), np.ones((1, 4)), np.ones((1, 4)))
    assert found["accuracy"][0] == 1.0
    assert np.isnan(found["auc"][0])
