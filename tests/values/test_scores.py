"""The table of metrics: its formulas beside scikit-learn's, and that files of other versions can be read."""

from __future__ import annotations

import math
from typing import get_args

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

from snn_tui.values.confusion import ConfusionMatrix
from snn_tui.values.scores import (
    MAIN_METRICS,
    MATRIX_FORMULAS,
    METRICS,
    PUBLISHED,
    Scores,
    matrix_metrics,
    metrics_for,
)
from snn_tui.values.task import TaskKind

count = st.integers(0, 60)
matrices = st.builds(ConfusionMatrix, count, count, count, count).filter(any)


def by_scikit_learn(labels: list[int], predicted: list[int]) -> dict[str, float]:
    sensitivity = sk.recall_score(labels, predicted, zero_division=np.nan)
    specificity = sk.recall_score(labels, predicted, pos_label=0, zero_division=np.nan)
    return {
        "accuracy": sk.accuracy_score(labels, predicted),
        "sensitivity": sensitivity,
        "specificity": specificity,
        "precision": sk.precision_score(labels, predicted, zero_division=np.nan),
        "recall": sensitivity,
        "f1": sk.f1_score(labels, predicted, zero_division=np.nan),
        "gmean": math.sqrt(sensitivity * specificity),
    }


@pytest.mark.filterwarnings("ignore")
@given(matrices)
def test_formulas_are_scikit_learns_to_the_last_bit(matrix: ConfusionMatrix) -> None:
    tn, fp, fn, tp = matrix
    labels = [0] * (tn + fp) + [1] * (fn + tp)
    predicted = [0] * tn + [1] * fp + [0] * fn + [1] * tp
    ours = matrix_metrics(matrix)
    for field, theirs in by_scikit_learn(labels, predicted).items():
        assert ours[field] == (None if math.isnan(theirs) else float(theirs)), field


def test_a_metric_without_a_denominator_is_undefined() -> None:
    assert set(matrix_metrics(ConfusionMatrix(0, 0, 0, 0)).values()) == {None}
    assert matrix_metrics(ConfusionMatrix(tn=3, fp=0, fn=0, tp=0))["sensitivity"] is None
    assert matrix_metrics(ConfusionMatrix(tn=3, fp=0, fn=2, tp=0))["precision"] is None
    assert matrix_metrics(ConfusionMatrix(tn=3, fp=0, fn=2, tp=0))["f1"] == 0.0


def test_every_metric_is_a_field_of_scores_that_files_may_lack() -> None:
    bare = Scores(images=4, tn=1, fp=1, fn=1, tp=1, rates={})
    for field, metric in METRICS.items():
        assert getattr(bare, field) is None
        assert len(metric.short) <= 5
        assert not metric.same_as or metric.formula is METRICS[metric.same_as].formula
    for kind in get_args(TaskKind):
        ranks = [metric.rank for metric in metrics_for(kind).values()]
        assert len(set(ranks)) == len(ranks) >= 5
    assert MAIN_METRICS == ("accuracy", "sensitivity", "specificity", "auc")


def test_the_published_values_agree_with_each_other() -> None:
    assert set(PUBLISHED) <= set(MATRIX_FORMULAS)
    assert PUBLISHED["recall"] == PUBLISHED["sensitivity"]
    assert PUBLISHED["gmean"] == pytest.approx(
        math.sqrt(PUBLISHED["sensitivity"] * PUBLISHED["specificity"]), abs=1e-3
    )


@pytest.mark.parametrize("field", metrics_for("binary"))
def test_scores_without_a_metric_are_read_and_those_with_an_unknown_one_too(field: str) -> None:
    scores = Scores.of(ConfusionMatrix(5, 1, 2, 4), auc=0.9, loss=0.3, rates={"out": 0.5})
    stored = msgspec.to_builtins(scores)
    assert stored[field] is not None
    older = {name: value for name, value in stored.items() if name != field}
    assert msgspec.convert(older, Scores) == msgspec.structs.replace(scores, **{field: None})
    assert msgspec.convert(stored | {"a_later_metric": 0.5}, Scores) == scores
