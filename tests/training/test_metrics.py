"""The study's seven metrics against counting by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from snn_tui.analysis.task_scores import task_scores
from snn_tui.training.metrics import decision_scores, score, scores_of
from snn_tui.values.decision import decision_score, predicted_class
from snn_tui.values.scores import Scores, metrics_for
from snn_tui.values.task import PNEUMONIA, Task


def judged(tn: int, fp: int, fn: int, tp: int) -> Scores:
    """The scores of a confusion matrix, images shuffled."""
    labels = np.array([0] * (tn + fp) + [1] * (fn + tp), dtype=np.int64)
    decisions = np.array([-1.0] * tn + [1.0] * fp + [-1.0] * fn + [1.0] * tp)
    order = np.random.default_rng(0).permutation(len(labels))
    return score(labels[order], decisions[order], loss=0.5, rates={"out": 0.25})


def test_a_matrix_counted_by_hand() -> None:
    scores = judged(tn=30, fp=10, fn=5, tp=55)
    assert (scores.tn, scores.fp, scores.fn, scores.tp, scores.images) == (30, 10, 5, 55, 100)
    assert scores.accuracy == pytest.approx(85 / 100)
    assert scores.sensitivity == scores.recall == pytest.approx(55 / 60)
    assert scores.specificity == pytest.approx(30 / 40)
    assert scores.precision == pytest.approx(55 / 65)
    assert scores.f1 == pytest.approx(2 * 55 / (2 * 55 + 10 + 5))
    assert scores.gmean == pytest.approx(math.sqrt(55 / 60 * 30 / 40))
    assert (scores.loss, scores.rates) == (0.5, {"out": 0.25})


count = st.integers(0, 30)


@given(count, count, count, count)
def test_any_matrix(tn: int, fp: int, fn: int, tp: int) -> None:
    def ratio(part: float, whole: float) -> float | None:
        return part / whole if whole else None

    assume(tn + fp + fn + tp)
    scores = judged(tn, fp, fn, tp)
    sensitivity, specificity = ratio(tp, tp + fn), ratio(tn, tn + fp)
    product = None if None in (sensitivity, specificity) else sensitivity * specificity  # type: ignore[operator]
    expected = {
        "accuracy": ratio(tn + tp, tn + fp + fn + tp),
        "sensitivity": sensitivity,
        "recall": sensitivity,
        "specificity": specificity,
        "precision": ratio(tp, tp + fp),
        "f1": ratio(2 * tp, 2 * tp + fp + fn),
        "gmean": None if product is None else math.sqrt(product),
    }
    for name, value in expected.items():
        assert getattr(scores, name) == pytest.approx(value), name


def test_without_positives_sensitivity_is_undefined_not_zero() -> None:
    scores = judged(tn=5, fp=2, fn=0, tp=0)
    assert (scores.sensitivity, scores.recall, scores.gmean, scores.auc) == (None, None, None, None)
    assert scores.specificity == pytest.approx(5 / 7)
    assert scores.precision == 0


def test_without_negatives_specificity_is_undefined() -> None:
    scores = judged(tn=0, fp=0, fn=2, tp=5)
    assert (scores.specificity, scores.gmean, scores.auc) == (None, None, None)
    assert scores.sensitivity == pytest.approx(5 / 7)


def test_without_a_verdict_of_pneumonia_precision_is_undefined() -> None:
    scores = judged(tn=5, fp=0, fn=5, tp=0)
    assert scores.precision is None
    assert (scores.sensitivity, scores.f1, scores.gmean) == (0, 0, 0)


def test_a_loss_that_is_no_number_is_none() -> None:
    assert score(np.array([0, 1]), np.array([-1.0, 1.0]), loss=math.nan, rates={}).loss is None


def test_auc_is_the_share_of_pairs_in_the_right_order() -> None:
    labels = np.array([0, 0, 0, 1, 1])
    decisions = np.array([-2.0, 1.0, 3.0, 1.0, 2.0])
    # Pneumonia at 1.0 is above one of three and ties with one; at 2.0 it is above two.
    assert score(labels, decisions, loss=None, rates={}).auc == pytest.approx((1.5 + 2) / 6)
    assert score(labels, -decisions, loss=None, rates={}).auc == pytest.approx(1 - 3.5 / 6)


def test_equal_counts_are_decided_by_the_membranes() -> None:
    counts = np.array([[4, 4], [4, 4], [4, 4], [4, 5], [5, 4]])
    membranes = np.array([[0.1, 0.2], [0.2, 0.1], [0.1, 0.1], [9.0, -9.0], [-9.0, 9.0]])
    decisions = decision_scores(counts, membranes, PNEUMONIA)
    assert [predicted_class(float(decision), PNEUMONIA) for decision in decisions] == [1, 0, 0, 1, 0]


membrane = st.floats(-1e6, 1e6, width=32)


@given(
    st.lists(
        st.tuples(st.integers(0, 1000), st.integers(0, 1000), membrane, membrane), min_size=1, max_size=20
    )
)
def test_many_at_once_are_decided_like_one_at_a_time(rows: list[tuple[int, int, float, float]]) -> None:
    counts = np.array([row[:2] for row in rows], dtype=np.int64)
    membranes = np.array([row[2:] for row in rows], dtype=np.float32)
    together = decision_scores(counts, membranes, PNEUMONIA)
    alone = [decision_score(row[:2], row[2:], PNEUMONIA) for row in rows]
    # numpy's arctan and C's may differ in the last bit; the verdict may not.
    assert together == pytest.approx(alone, rel=1e-12, abs=1e-12)
    assert [predicted_class(float(one), PNEUMONIA) for one in together] == [
        predicted_class(one, PNEUMONIA) for one in alone
    ]


KINDS = [
    Task(name="x", classes=("a", "b", "c"), kind="multiclass"),
    Task(name="x", classes=("0", "1", "2"), kind="ordinal"),
    Task(name="x", classes=("a", "b", "c"), kind="multilabel"),
]


@pytest.mark.parametrize("task", KINDS, ids=lambda task: task.kind)
def test_the_scores_of_other_tasks_are_those_of_task_scores(task: Task) -> None:
    rng = np.random.default_rng(1)
    answers = rng.random((40, 3))
    labels = rng.integers(0, 2, (40, 3)) if task.kind == "multilabel" else rng.integers(0, 3, 40)
    expected = task_scores(task, answers.tolist(), labels.tolist())
    scores = scores_of(expected, loss=math.inf, rates={"out": 0.1})
    assert scores.loss is None
    assert scores.rates == {"out": 0.1}
    assert scores.images == 40
    assert scores.balanced_accuracy == expected.balanced_accuracy is not None
    for field in ("accuracy", "auc", "macro_f1", "mcc", "average_precision", "quadratic_kappa", "classes"):
        assert getattr(scores, field) == getattr(expected, field)
    assert (scores.quadratic_kappa is not None) == (task.kind == "ordinal")
    defined = {field for field in metrics_for(task.kind) if getattr(scores, field) is not None}
    assert defined == set(metrics_for(task.kind))
