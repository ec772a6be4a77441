"""Reliability and calibration error beside scikit-learn's and numpy's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from snn_tui.analysis.calibration import reliability, spike_share


def test_the_share_of_spikes_is_half_where_none_fired() -> None:
    assert spike_share((4, 12)) == 0.75
    assert spike_share((0, 3)) == 1.0
    assert spike_share((7, 0)) == 0.0
    assert spike_share((0, 0)) == 0.5


def test_the_diagram_is_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    shares = rng.random(400)
    labels = (rng.random(400) < shares**2).astype(int)
    found = reliability(labels.tolist(), shares.tolist())
    observed, mean = calibration_curve(labels, shares, n_bins=10)
    assert [one.mean for one in found.bins] == pytest.approx(mean.tolist())
    assert [one.observed for one in found.bins] == pytest.approx(observed.tolist())
    assert found.brier == pytest.approx(brier_score_loss(labels, shares))
    bins = np.minimum((shares * 10).astype(int), 9)
    gaps = [
        (bins == number).sum() * abs(shares[bins == number].mean() - labels[bins == number].mean())
        for number in range(10)
    ]
    assert found.ece == pytest.approx(sum(gaps) / 400)
    assert sum(one.images for one in found.bins) == 400


def test_the_ends_and_empty_bins() -> None:
    found = reliability([0, 1, 1], [0.0, 1.0, 1.0])
    assert (found.ece, found.brier) == (0.0, 0.0)
    assert found.bins[9].images == 2
    assert found.bins[4].mean is None
