"""The leaky neuron as an instrument."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from render.terminals import ALL, BARE, FULL

from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal
from snn_tui.tui.model.draw.neuron import Response, instrument
from snn_tui.tui.model.leaky import RESETS, Leaky
from snn_tui.tui.model.neuron import Dial


def response(reset: str = "subtract", of_spikes: bool = False, chosen: str = "beta") -> Response:
    """A neuron that fires now and then."""
    neuron = Leaky(0.6, 1.0, reset)
    currents = [0.5 * (4 <= step < 36) * (not of_spikes or step % 3 > 0) for step in range(48)]
    dials = [
        Dial("input", int(of_spikes), 0, 1, 1, ("current", "spikes")),
        Dial("beta", 0.6, 0, 1, 0.05),
        Dial("reset", RESETS.index(reset), 0, 2, 1, RESETS),
    ]
    return Response(neuron, dials, chosen, of_spikes, currents, *neuron.respond(currents))


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize(("width", "height"), [(56, 16), (66, 18), (76, 20), (116, 18), (160, 40), (20, 4)])
@pytest.mark.parametrize("of_spikes", [False, True])
def test_it_keeps_to_its_box(terminal: Terminal, width: int, height: int, of_spikes: bool) -> None:
    lines = instrument(response(of_spikes=of_spikes), Canvas(width, height, terminal)).plain.split("\n")
    assert len(lines) <= height
    assert all(len(line) <= width for line in lines)
    assert terminal.unicode or all(line.isascii() for line in lines)


@pytest.mark.parametrize(
    ("reset", "equation", "numbers"),
    [
        ("subtract", "U[t+1] = b*U[t] + I[t+1] - th*S[t]", "= 0.60*U[t] + I[t+1] - 1.00*S[t]"),
        ("zero", "U[t+1] = b*(1-S[t])*U[t] + I[t+1]", "= 0.60*(1-S[t])*U[t] + I[t+1]"),
        ("none", "U[t+1] = b*U[t] + I[t+1]", "= 0.60*U[t] + I[t+1]"),
    ],
)
def test_the_equation_is_that_of_the_reset(reset: str, equation: str, numbers: str) -> None:
    lines = [line.strip() for line in instrument(response(reset), Canvas(66, 20, BARE)).plain.split("\n")]
    assert equation in lines
    assert numbers in lines
    assert "S[t] = 1 if U[t] > th, else 0" in lines
    assert "β" in instrument(response(reset), Canvas(66, 20, FULL)).plain


def test_the_output_is_the_neurons_spikes() -> None:
    shown = response()
    out = next(
        line for line in instrument(shown, Canvas(66, 20, BARE)).plain.split("\n") if line.startswith("out")
    )
    assert out.removeprefix("out     ")[:48] == "".join("|" if spike else "." for spike in shown.spikes)
    assert sum(shown.spikes) > 2
    train = instrument(response(of_spikes=True), Canvas(66, 20, BARE)).plain.split("\n")
    into = next(line for line in train if line.startswith("in "))
    assert into.count("|") == sum(map(bool, response(of_spikes=True).currents))


def test_the_slider_the_keys_are_on_is_marked_and_only_that() -> None:
    for chosen in ("input", "beta", "reset"):
        lines = instrument(response(chosen=chosen), Canvas(66, 20, BARE)).plain.split("\n")
        assert [line.split()[1] for line in lines if line.startswith(">")] == [chosen]


@given(
    st.floats(-1e3, 1e3) | st.sampled_from((float("inf"), float("-inf"))),
    st.sampled_from(
        [Dial("x", 0.5, 0.0, 2.0, 0.05), Dial("y", 1, 0.1, 3.0, 0.1), Dial("z", 0, 0, 2, 1, RESETS)]
    ),
)
def test_a_slider_stays_between_its_ends_and_on_its_steps(value: float, dial: Dial) -> None:
    moved = dial.at(value)
    assert dial.low <= moved.value <= dial.high
    assert abs(moved.value - min(max(value, dial.low), dial.high)) <= dial.step / 2 + 1e-9
    assert moved.at(moved.value) == moved
    assert 0 <= moved.share <= 1
    if dial.words:
        assert moved.word in dial.words
