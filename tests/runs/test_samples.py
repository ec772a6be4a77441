"""Numbers that a run logs, in bounded memory."""

from __future__ import annotations

import math

from snn_tui.runs.samples import MOST_SAMPLES, Samples


def test_a_long_run_keeps_a_bounded_number_of_rows_evenly() -> None:
    samples = Samples("lr")
    for step in range(1, 100_001):
        samples.append(step, step / 10, float(step))
    assert MOST_SAMPLES / 2 <= len(samples.steps) <= MOST_SAMPLES
    apart = {second - first for first, second in zip(samples.steps, samples.steps[1:], strict=False)}
    assert len(apart) == 1
    assert list(samples.columns["lr"]) == list(samples.steps)


def test_what_is_trained_again_is_forgotten() -> None:
    samples = Samples("lr")
    for step in range(1, 11):
        samples.append(step, step * 2.0, 1.0)
    samples.rewind(6)
    assert list(samples.steps) == [1, 2, 3, 4, 5]
    assert len(samples.times) == len(samples.columns["lr"]) == 5


def test_steps_and_times_are_found_between_rows() -> None:
    samples = Samples()
    assert math.isnan(samples.time_of(1))
    samples.append(10, 5.0)
    samples.append(20, 15.0)
    assert samples.time_of(15) == 10.0
    assert samples.step_at(10.0) == 15.0
    assert (samples.time_of(0), samples.time_of(99)) == (5.0, 15.0)
