"""Losses in bounded memory: the outline and the average stay, however many batches there were."""

from __future__ import annotations

import math
import random

import pytest

from snn_tui.runs.losses import EMA_DECAY, MOST_POINTS, Losses


def test_a_short_run_is_kept_whole() -> None:
    losses = filled(range(1, MOST_POINTS + 1))
    assert list(losses.steps) == list(range(1, MOST_POINTS + 1))


def test_a_long_run_is_thinned_out_evenly_and_keeps_its_extremes() -> None:
    many = 30 * MOST_POINTS
    spikes = {many // 7: 9.0, many // 2: -3.0, many - 5: 8.0}
    losses = filled(range(1, many + 1), spikes)
    assert MOST_POINTS // 8 < len(losses.steps) <= MOST_POINTS
    assert len(losses.steps) == len(losses.values) == len(losses.ema)
    assert list(losses.steps) == sorted(set(losses.steps))
    assert losses.steps[-1] == many
    widest = max(after - before for before, after in zip(losses.steps, losses.steps[1:], strict=False))
    assert widest <= 16 * many // MOST_POINTS
    kept = dict(zip(losses.steps, losses.values, strict=True))
    assert {step: kept.get(step) for step in spikes} == spikes


def test_the_average_does_not_depend_on_what_was_thinned_out() -> None:
    many = 5 * MOST_POINTS
    draw = random.Random(1)
    given = [draw.random() for _ in range(many)]
    losses, moment = Losses(), 0.0
    for step, loss in enumerate(given, 1):
        losses.append(step, loss)
        moment = EMA_DECAY * moment + (1 - EMA_DECAY) * loss
    assert losses.ema[-1] == pytest.approx(moment / (1 - EMA_DECAY**many), abs=1e-9)


def test_going_back_in_a_long_run() -> None:
    losses = filled(range(1, 3 * MOST_POINTS))
    losses.rewind(MOST_POINTS)
    assert losses.steps[-1] < MOST_POINTS
    losses.append(MOST_POINTS, 0.5)
    assert (losses.steps[-1], losses.values[-1]) == (MOST_POINTS, 0.5)
    losses.rewind(1)
    assert len(losses.steps) == len(losses.values) == len(losses.ema) == 0


def test_losses_that_are_no_numbers_do_not_push_others_out() -> None:
    losses = Losses()
    for step in range(1, 2 * MOST_POINTS):
        losses.append(step, math.nan if step % 2 else float(step))
    assert any(math.isfinite(value) for value in losses.values)
    assert losses.values[-1] != losses.values[-1]


def filled(steps: range, spikes: dict[int, float] | None = None) -> Losses:
    """The losses of a run that wobbles between 0 and 1, but for some batches."""
    draw, losses = random.Random(0), Losses()
    for step in steps:
        losses.append(step, (spikes or {}).get(step, draw.random()))
    return losses
