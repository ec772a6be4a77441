"""The sliders of the leaky neuron."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snn_tui.tui.model.state import CURRENT_OFF, CURRENT_ON, STEPS, Instrument

moves = st.one_of(
    st.tuples(st.just("choose"), st.sampled_from((-1, 1))),
    st.tuples(st.just("turn"), st.integers(-50, 50)),
    st.tuples(st.just("set"), st.sampled_from((float("-inf"), float("inf"), 0.333))),
    st.tuples(st.just("cycle"), st.sampled_from(("input", "reset"))),
    st.tuples(st.just("defaults")),
    st.tuples(st.just("set_network"), st.sampled_from((0.6, 0.9)), st.just(1.0)),
)


@given(st.lists(moves, max_size=20))
def test_whatever_is_pressed_the_sliders_stay_on_their_rails(pressed: list[tuple[Any, ...]]) -> None:
    instrument = Instrument()
    for name, *arguments in pressed:
        getattr(instrument, name)(*arguments)
        assert instrument.chosen in [dial.name for dial in instrument.visible]
        for dial in instrument.dials.values():
            assert dial.low <= dial.value <= dial.high
            assert (dial.value - dial.low) / dial.step == pytest.approx(
                round((dial.value - dial.low) / dial.step)
            )
    played = instrument.play()
    assert len(played.currents) == len(played.membranes) == len(played.spikes) == STEPS
    fired = [int(membrane > instrument.dials["threshold"].value) for membrane in played.membranes]
    assert played.spikes == fired


def test_a_current_flows_for_a_while_and_a_train_has_its_rate() -> None:
    instrument = Instrument()
    assert [step for step, value in enumerate(instrument.currents) if value] == [
        *range(CURRENT_ON, CURRENT_OFF)
    ]
    instrument.cycle("input")
    instrument.chosen = "rate"
    for end, count in ((float("-inf"), 0), (float("inf"), STEPS)):
        instrument.set(end)
        assert sum(map(bool, instrument.currents)) == count
    instrument.set(0.5)
    counts = []
    for instrument.draw in range(40):
        counts.append(sum(map(bool, instrument.currents)))
    assert STEPS * 0.4 < sum(counts) / len(counts) < STEPS * 0.6
    assert len(set(counts)) > 3


def test_a_network_sets_the_sliders_unless_they_were_moved() -> None:
    instrument = Instrument()
    instrument.set_network(0.9, 1.0)
    assert instrument.dials["beta"].value == 0.9
    instrument.turn(1)
    instrument.set_network(0.3, 1.0)
    assert instrument.dials["beta"].value == 0.9
    instrument.defaults()
    assert instrument.dials["beta"].value == 0.3


def test_a_rate_is_of_spikes_only() -> None:
    instrument = Instrument()
    assert "rate" not in [dial.name for dial in instrument.visible]
    instrument.cycle("input")
    instrument.choose(1)
    assert instrument.chosen == "rate"
    instrument.cycle("input")
    assert instrument.chosen == "input"
