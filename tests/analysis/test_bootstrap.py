"""Intervals beside those of a bootstrap done image by image."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from sklearn import metrics as sk

from analysis.samples import many
from snn_tui.analysis import bootstrap
from snn_tui.analysis.bootstrap import Bootstrap, interval, quantile
from snn_tui.analysis.roc import Ranks
from snn_tui.values.confusion import ConfusionMatrix
from snn_tui.values.scores import matrix_metrics

# Two bootstraps of 2,000 resamples agree to about this much on 300 images.
CLOSE = 0.012


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50), st.floats(0, 1))
def test_quantiles_are_numpys(values: list[float], share: float) -> None:
    assert quantile(sorted(values), share) == pytest.approx(
        float(np.quantile(values, share)), rel=1e-9, abs=1e-6
    )


@pytest.mark.parametrize(("n", "k"), [(1, 1), (5, 0), (5, 5), (117, 99), (390, 1), (3494, 3000)])
def test_binomials_are_scipys(n: int, k: int) -> None:
    expected = binom.cdf(np.arange(n + 1), n, k / n)
    assert bootstrap._cumulative(n, k) == pytest.approx(expected.tolist(), abs=1e-9)


def test_the_intervals_are_those_of_resampled_images() -> None:
    judged, threshold = many(), 1.0
    ours = Bootstrap().intervals(Ranks(judged.labels, judged.scores).confusion_matrix(threshold))
    rng = np.random.default_rng(3)
    labels = np.frombuffer(judged.labels, np.uint8)
    said = (np.array(judged.scores) > threshold).astype(int)
    rows = []
    for _ in range(4000):
        picks = np.concatenate(
            [rng.choice(np.flatnonzero(labels == label), int((labels == label).sum())) for label in (0, 1)]
        )
        counts = np.bincount(2 * labels[picks] + said[picks], minlength=4).tolist()
        rows.append(matrix_metrics(ConfusionMatrix(*counts)))
    for field in rows[0]:
        theirs = np.percentile(np.array([row[field] for row in rows], float), [2.5, 97.5])
        assert ours[field] == pytest.approx(tuple(theirs), abs=CLOSE), field
        assert theirs[1] - theirs[0] > 4 * CLOSE / 2  # else being close would mean nothing


def test_the_interval_of_auc_is_that_of_resampled_images() -> None:
    judged = many()
    ours = Bootstrap().auc(Ranks(judged.labels, judged.scores))
    rng = np.random.default_rng(5)
    labels, scores = np.frombuffer(judged.labels, np.uint8), np.array(judged.scores)
    areas = []
    for _ in range(800):
        picks = np.concatenate(
            [rng.choice(np.flatnonzero(labels == label), int((labels == label).sum())) for label in (0, 1)]
        )
        areas.append(sk.roc_auc_score(labels[picks], scores[picks]))
    assert ours == pytest.approx(tuple(np.percentile(areas, [2.5, 97.5])), abs=CLOSE)


def test_a_seed_decides_everything() -> None:
    judged = many()
    ranks, matrix = Ranks(judged.labels, judged.scores), ConfusionMatrix(90, 30, 40, 140)
    assert Bootstrap(500, 1).intervals(matrix) == Bootstrap(500, 1).intervals(matrix)
    assert Bootstrap(500, 1).intervals(matrix) != Bootstrap(500, 2).intervals(matrix)
    assert Bootstrap(200, 1).auc(ranks) == Bootstrap(200, 1).auc(ranks)
    assert Bootstrap(200, 1).auc(ranks) != Bootstrap(200, 2).auc(ranks)


def test_what_is_undefined_has_no_interval() -> None:
    found = Bootstrap(100).intervals(ConfusionMatrix(tn=10, fp=0, fn=0, tp=0))
    assert found["sensitivity"] is None
    assert found["precision"] is None
    assert found["specificity"] == found["accuracy"] == (1.0, 1.0)
    assert Bootstrap(100).auc(Ranks([1, 1], [0.0, 1.0])) is None
    assert interval([None, 0.5, None]) == (0.5, 0.5)


def test_equal_scores_of_both_classes_count_half() -> None:
    assert Bootstrap(50).auc(Ranks([0, 1, 0, 1], [2.0] * 4)) == (0.5, 0.5)


def test_auc_of_very_many_images_is_resampled_less_often() -> None:
    assert bootstrap.auc_resamples(624) == bootstrap.auc_resamples(10_000) == bootstrap.RESAMPLES
    assert bootstrap.auc_resamples(50_000) == 400
    assert bootstrap.auc_resamples(10_000_000) == bootstrap.AUC_FEWEST
