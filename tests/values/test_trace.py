"""The verdict: more spikes win, membranes break ties, and the steps so far can be asked for."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from snn_tui.values.dataset import Picture
from snn_tui.values.decision import decision_score, predicted_class
from snn_tui.values.task import PNEUMONIA
from snn_tui.values.trace import Trace

counts = st.tuples(st.integers(0, 1000), st.integers(0, 1000))
membrane = st.floats(-1e9, 1e9, width=32)  # as the engines compute them
membranes = st.tuples(membrane, membrane)


@given(counts, membranes)
def test_more_spikes_always_win(fired: tuple[int, int], left: tuple[float, float]) -> None:
    said = predicted_class(decision_score(fired, left, PNEUMONIA), PNEUMONIA)
    if fired[0] != fired[1]:
        assert said == int(fired[1] > fired[0])


@given(st.integers(0, 1000), membranes)
def test_the_higher_membrane_breaks_a_tie(fired: int, left: tuple[float, float]) -> None:
    assert predicted_class(decision_score((fired, fired), left, PNEUMONIA), PNEUMONIA) == int(
        left[1] > left[0]
    )


@given(counts, membranes)
def test_a_score_tells_the_difference_of_counts(fired: tuple[int, int], left: tuple[float, float]) -> None:
    assert abs(decision_score(fired, left, PNEUMONIA) - (fired[1] - fired[0])) <= 0.5


@given(counts, membranes)
def test_exchanging_the_neurons_turns_the_score_round(
    fired: tuple[int, int], left: tuple[float, float]
) -> None:
    assert decision_score(fired, left, PNEUMONIA) == -decision_score(fired[::-1], left[::-1], PNEUMONIA)


def trace() -> Trace:
    """Four steps: normal fires first, then pneumonia twice."""
    return Trace(
        task=PNEUMONIA,
        picture=Picture(pixels=bytes(4), height=2, width=2, labels=(1,)),
        spikes_in=[bytes(4)] * 4,
        spikes_out=[(0, 0), (1, 0), (0, 1), (1, 1)],
        membranes=[(0.5, 0.1), (1.2, 0.9), (0.4, 1.5), (1.1, 1.3)],
        threshold=1.0,
        draw=0,
        synthetic=False,
    )


def test_a_trace_is_read_up_to_a_step() -> None:
    seen = trace()
    assert seen.num_steps == 4
    assert [seen.counts(step) for step in range(5)] == [(0, 0), (0, 0), (1, 0), (1, 1), (2, 2)]
    assert [predicted_class(seen.score(step), PNEUMONIA) for step in range(5)] == [0, 0, 0, 1, 1]
    assert seen.score(0) == 0
    assert seen.score(2) == -1 + math.atan(0.9 - 1.2) / math.pi
