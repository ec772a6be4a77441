"""The ROC curve beside scikit-learn's, and thresholds that move."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

from analysis.samples import many
from snn_tui.analysis.roc import Ranks, next_half_spike

scores = st.lists(
    st.tuples(st.integers(0, 1), st.integers(-6, 6).map(float) | st.floats(-6, 6)), min_size=2, max_size=40
)


def test_the_curve_is_scikit_learns() -> None:
    judged = many()
    false, true, _ = sk.roc_curve(list(judged.labels), judged.scores, drop_intermediate=False)
    curve = Ranks(judged.labels, judged.scores).curve()
    assert [x for x, _ in curve] == pytest.approx(false.tolist())
    assert [y for _, y in curve] == pytest.approx(true.tolist())
    assert curve[0] == (0.0, 0.0)
    assert curve[-1] == (1.0, 1.0)


def test_a_single_class_has_neither_curve_nor_area() -> None:
    assert Ranks([1, 1], [0.0, 2.0]).curve() == []
    assert Ranks([1, 1], [0.0, 2.0]).auc() is None
    assert Ranks([0, 0], [0.0, 2.0]).auc() is None


@given(scores)
def test_the_area_is_scikit_learns(pairs: list[tuple[int, float]]) -> None:
    labels, decisions = zip(*pairs, strict=True)
    area = Ranks(labels, decisions).auc()
    if len(set(labels)) == 1:
        assert area is None
    else:  # it adds up trapezoids, while pairs are counted here
        assert area == pytest.approx(sk.roc_auc_score(labels, decisions), abs=1e-12)


@given(scores, st.floats(-8, 8))
def test_cells_are_counted_as_verdicts_are_made(pairs: list[tuple[int, float]], threshold: float) -> None:
    labels, decisions = zip(*pairs, strict=True)
    cells = Ranks(labels, decisions).confusion_matrix(threshold)
    said = [int(decision > threshold) for decision in decisions]
    found = list(zip(labels, said, strict=True))
    assert cells == tuple(found.count(pair) for pair in ((0, 0), (0, 1), (1, 0), (1, 1)))


@given(scores, st.floats(-8, 8))
def test_the_next_image_up_and_down_changes_the_fewest_verdicts(
    pairs: list[tuple[int, float]], threshold: float
) -> None:
    labels, decisions = zip(*pairs, strict=True)
    ranks = Ranks(labels, decisions)

    def said(value: float) -> int:
        return sum(decision > value for decision in decisions)

    numbers = sorted({said(value) for value in (*decisions, min(decisions) - 1)})
    for direction in (1, -1):
        there = ranks.next_threshold(threshold, direction)
        beyond = [number for number in numbers if (number - said(threshold)) * direction < 0]
        wanted = (max(beyond) if direction > 0 else min(beyond)) if beyond else said(threshold)
        assert said(there) == wanted


@given(scores)
def test_the_best_threshold_has_the_largest_sum(pairs: list[tuple[int, float]]) -> None:
    labels, decisions = zip(*pairs, strict=True)
    ranks = Ranks(labels, decisions)

    def youden(value: float) -> float:
        tn, fp, fn, tp = ranks.confusion_matrix(value)
        return tp / max(tp + fn, 1) + tn / max(tn + fp, 1)

    best = ranks.best_threshold()
    everywhere = [0.0, min(decisions) - 1, *decisions]
    assert youden(best) == pytest.approx(max(map(youden, everywhere)))
    if youden(0.0) == pytest.approx(youden(best)):
        assert best == 0.0


def test_the_best_threshold_lies_between_scores() -> None:
    assert Ranks([0, 0, 1, 1], [1.0, 3.0, 6.0, 9.0]).best_threshold() == 4.5
    assert Ranks([0, 0, 1, 1], [-4.0, -3.0, 6.0, 9.0]).best_threshold() == 0.0


def test_thresholds_move_by_half_spikes_and_stop_at_the_ends() -> None:
    assert next_half_spike(0.0, 1, 20) == 0.5
    assert next_half_spike(0.0, -1, 20) == -0.5
    assert next_half_spike(0.3, 1, 20) == 0.5
    assert next_half_spike(0.3, -1, 20) == 0.0
    assert next_half_spike(21.0, 1, 20) == 21.0
    assert next_half_spike(-21.0, -1, 20) == -21.0
    up = [0.0]
    while next_half_spike(up[-1], 1, 4) != up[-1]:
        up.append(next_half_spike(up[-1], 1, 4))
    assert up == list(np.arange(0, 5.5, 0.5))
