"""Verdicts after fewer steps, beside a plain count."""

from __future__ import annotations

import pytest

from analysis.samples import STEPS, judgement, many
from snn_tui.analysis.steps import Steps, settled_step


@pytest.mark.parametrize("threshold", [0.0, 2.0, -1.5])
def test_each_step_is_judged_by_its_own_share_of_the_threshold(threshold: float) -> None:
    judged = many()
    curve = Steps(judged).curve(threshold)
    for step in range(1, STEPS + 1):
        right = sum(
            (judged.scores_of(place)[step - 1] > threshold * step / STEPS) == (label == 1)
            for place, label in enumerate(judged.labels)
        )
        assert curve.accuracy[step - 1] == right / len(judged)
    assert len(curve.sensitivity) == len(curve.specificity) == STEPS


def test_how_early_it_was_enough() -> None:
    rows = [[-1.0, 1.0, 1.0, 1.0], [1.0, 1.0, -1.0, 1.0], [-1.0, -1.0, -1.0, -1.0]]
    judged = judgement([1, 1, 0], rows)
    assert Steps(judged).curve(0.0).accuracy == [2 / 3, 1.0, 2 / 3, 1.0]
    assert Steps(judged).curve(0.0).enough == 4
    assert Steps(judgement([1, 1], [[-1.0, 2.0, 3.0], [-1.0, 2.0, 3.0]])).curve(0.0).enough == 2
    assert Steps(judgement([1], [[1.0, 2.0, 3.0]])).curve(0.0).enough == 1


def test_nine_images_in_ten_have_to_be_settled() -> None:
    early, late = [1.0] * 5, [-1.0, -1.0, 1.0, 1.0, 1.0]
    assert settled_step(judgement([1] * 10, [early] * 9 + [late]), 0.0) == 1
    assert settled_step(judgement([1] * 10, [early] * 8 + [late] * 2), 0.0) == 3
