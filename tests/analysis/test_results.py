"""What the screen and the report show of a judgement."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from analysis.samples import judgement, many
from snn_tui.analysis.judgement import unpacked
from snn_tui.analysis.results import Results, Threshold
from snn_tui.training.metrics import score
from snn_tui.values.scores import MATRIX_FORMULAS, PUBLISHED


def test_a_judgement_gives_back_what_was_packed() -> None:
    judged = judgement([0, 1], [[-1.0, -2.5], [0.5, 3.25]], [(4, 1), (2, 5)])
    assert judged.scores == [-2.5, 3.25]
    assert list(judged.scores_after(1)) == [-1.0, 0.5]
    assert judged.scores_of(1) == [0.5, 3.25]
    assert (judged.spike_counts(0), judged.spike_counts(1)) == ((4, 1), (2, 5))
    assert judged.final_membranes(1) == (0.5, 0.5)
    assert list(unpacked("d", np.array([1.5, -2.0], "<f8").tobytes())) == [1.5, -2.0]


def test_the_values_are_trainings_at_any_threshold() -> None:
    judged = many()
    for threshold in (0.0, 3.0, -1.5, 100.0):
        theirs = score(
            np.frombuffer(judged.labels, np.uint8), np.array(judged.scores) - threshold, loss=None, rates={}
        )
        ours = Results(judged).values(threshold)
        assert {field: ours[field] for field in MATRIX_FORMULAS} == {
            field: getattr(theirs, field) for field in MATRIX_FORMULAS
        }
        assert ours["auc"] == pytest.approx(theirs.auc, abs=1e-12)


def test_every_value_lies_within_its_interval() -> None:
    results = Results(many())
    values, intervals = results.values(0.5), results.intervals(0.5)
    for field, value in values.items():
        ends = intervals[field]
        assert ends is not None
        assert value is not None
        assert ends[0] < value < ends[1]


def test_mistakes_come_with_the_most_confident_first() -> None:
    judged = judgement([0, 1, 1, 0, 1], [[5.0], [-2.0], [8.0], [-1.0], [-9.0]])
    found = Results(judged).mistakes(0.0)
    assert [(mistake.index, mistake.label, mistake.margin) for mistake in found] == [
        (12, 1, 9.0),
        (0, 0, 5.0),
        (3, 1, 2.0),
    ]
    assert [mistake.index for mistake in Results(judged).mistakes(-2.5)] == [0, 12, 9]
    assert Results(judgement([0, 1], [[-1.0], [1.0]])).mistakes(0.0) == []


@pytest.mark.parametrize("unlike", [{"split": "val"}, {"balanced": False}, {"synthetic": True}])
def test_only_real_balanced_test_images_are_compared_with_the_study(unlike: dict[str, Any]) -> None:
    assert Results(many()).published == PUBLISHED
    renamed = msgspec.structs.replace(many().task, classes=("a", "b"))
    assert Results(msgspec.structs.replace(many(), task=renamed)).published is None
    assert Results(many(**unlike)).published is None


def test_draws_are_compared_at_the_same_threshold() -> None:
    judged = many()
    results = Results(judged)
    draws = [judged.scores]
    for number in range(3):
        draws.append([value + 0.7 * number for value in judged.scores])
        results.add_draw(draws[-1])
    spread = results.spreads(1.0)["accuracy"]
    right = [
        np.mean([(value > 1.0) == label for value, label in zip(draw, judged.labels, strict=True)])
        for draw in draws
    ]
    assert spread.values == pytest.approx(right)
    assert spread.mean == pytest.approx(np.mean(right))
    assert spread.deviation == pytest.approx(np.std(right, ddof=1))
    assert Results(judged).spreads(1.0)["accuracy"].deviation is None


@pytest.mark.parametrize(
    ("threshold", "split", "origin", "independent"),
    [
        (Threshold(), "test", "as evaluated", True),
        (Threshold(1.5, "val"), "test", "chosen on val", True),
        (Threshold(1.5, "val"), "val", "chosen on val, the images it is judged by", False),
        (Threshold(1.5, "test"), "test", "chosen on test: not a result", False),
        (Threshold(1.5, "test"), "val", "chosen on test: not a result", False),
    ],
)
def test_a_threshold_says_what_it_is_worth(
    threshold: Threshold, split: str, origin: str, independent: bool
) -> None:
    assert threshold.origin(split) == origin
    assert threshold.independent_of(split) is independent
    assert Threshold(-0.5).text == "-0.5"
    assert Threshold(3.0).text == "+3"
