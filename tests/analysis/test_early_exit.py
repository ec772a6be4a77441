"""Early exit on hand-made judgements whose exit steps are obvious."""

from __future__ import annotations

import msgspec
import pytest

from analysis.samples import judgement, many, task_judgement, task_of
from snn_tui.analysis.early_exit import NEVER, choose, exit_curve
from snn_tui.values.early_exit import accepted_loss

# Four steps. The mean leads of the first image are 1.0 from the first step on, those of the second 0.2, 0.5,
# 0.5, 0.5; the third is wrong at first, with a lead of 0.3, and right from the second step on.
LABELS = (1, 0, 1)
ROWS = ((1.0, 2.0, 3.0, 4.0), (-0.2, -1.0, -1.5, -2.0), (-0.3, 1.0, 1.8, 2.4))


def test_the_steps_of_a_hand_made_judgement_are_the_obvious_ones() -> None:
    curve = exit_curve(judgement(LABELS, ROWS))
    stops = {threshold: curve.stops[curve.index(threshold)] for threshold in (0.0, 0.3, 0.31, 0.6, 1.1)}
    assert stops == {
        0.0: (3, 0, 0, 0),
        0.3: (2, 1, 0, 0),
        0.31: (1, 2, 0, 0),
        0.6: (1, 0, 1, 1),
        1.1: (0, 0, 0, 3),
    }
    assert curve.accuracy[0] == curve.accuracy[30] == pytest.approx(2 / 3)
    assert curve.accuracy[31] == curve.accuracy[NEVER] == pytest.approx(1.0)


def test_the_smallest_threshold_is_chosen_that_loses_no_more_than_is_accepted() -> None:
    val = judgement(LABELS, ROWS, split="val")
    rule = choose(val, 0.0)
    assert (rule.threshold, rule.accuracy, rule.full_accuracy) == (0.31, 1.0, 1.0)
    assert rule.mean_steps == pytest.approx(5 / 3)
    assert choose(val, 0.34).threshold == 0.0


def test_a_small_threshold_that_loses_nothing_while_a_larger_one_does_is_luck() -> None:
    # The first image is right at once and wrong later on, but for the last step: exits at step 1 look good,
    # those at step 2 do not.
    rows = ((0.3, -0.8, 0.6), (1.0, 2.0, 3.0))
    curve = exit_curve(val := judgement((1, 1), rows, split="val"))
    assert curve.accuracy[0] == curve.accuracy[30] == 1.0
    assert curve.accuracy[31] == curve.accuracy[40] == 0.5
    assert choose(val, 0.0).threshold == 0.41
    assert choose(val, 0.5).threshold == 0.0


def test_where_every_early_verdict_loses_no_verdict_falls_early() -> None:
    rule = choose(judgement((1, 0), ((-1.4, 1.0), (1.4, -1.0)), split="val"), 0.0)
    assert rule.threshold > 1.4
    assert (rule.mean_steps, rule.accuracy) == (2.0, 1.0)


def test_images_that_tie_stop_together() -> None:
    rows = ((0.5, 1.0), (0.5, -1.0), (0.5, 1.0))
    curve = exit_curve(val := judgement((1, 0, 1), rows, split="val"))
    assert [curve.stops[curve.index(threshold)] for threshold in (0.5, 0.51)] == [(3, 0), (0, 3)]
    assert choose(val, 0.3).threshold == 0.51


def test_test_is_no_split_to_choose_on() -> None:
    with pytest.raises(AssertionError, match="never chosen on test"):
        choose(judgement(LABELS, ROWS, split="test"), 0.0)


@pytest.mark.parametrize("threshold", [0.0, 0.2, 0.75, 1.5])
def test_the_curve_is_that_of_judging_each_image_by_itself(threshold: float) -> None:
    judged = many()
    curve, right, steps = exit_curve(judged), 0, []
    for index in range(len(judged)):
        margins = judged.margins_of(index)
        early = (step for step in range(1, 4) if margins[step - 1] / step >= threshold)
        steps.append(next(early, 4))
        right += judged.predictions(index, steps[-1]) == judged.truth(index)
    at = curve.index(threshold)
    assert curve.accuracy[at] == pytest.approx(right / len(judged))
    assert curve.stops[at] == tuple(steps.count(step) for step in range(1, 5))


def test_verdicts_that_fell_early_are_those_of_their_step() -> None:
    exits = (1).to_bytes(2, "little") + (2).to_bytes(2, "little") + (1).to_bytes(2, "little")
    judged = msgspec.structs.replace(judgement(LABELS, ROWS), exits=exits)
    assert judged.scores == pytest.approx([4.0, -2.0, -1.2])
    assert [judged.predictions(index) for index in range(3)] == [(1,), (0,), (0,)]
    assert judged.stops == [2, 1, 0, 0]
    assert judged.mean_steps == pytest.approx(4 / 3)


def test_without_a_rule_nothing_changes() -> None:
    judged = task_judgement(task_of("multiclass"))
    assert {judged.verdict_step(index) for index in range(len(judged))} == {judged.num_steps}
    assert judged.spike_counts(0) == judged.spike_counts(0, judged.num_steps)


def test_what_the_option_accepts() -> None:
    assert [accepted_loss(text) for text in ("off", "auto", "0", "0.005")] == [None, 0.0, 0.0, 0.005]
