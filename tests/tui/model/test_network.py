"""The network as a diagram with a table."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from render.terminals import ALL, BARE, FULL

from snn_tui.inspector.model_messages import Activity, LayerActivity, LayerFacts, ModelFacts
from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal
from snn_tui.tui.model.draw.network import network

TOLD = ModelFacts(
    "run",
    7,
    [1, 28, 28],
    [
        LayerFacts(
            name="conv1",
            synapses=["conv 1>12, 5x5", "max pool 2x2"],
            shape=[12, 12, 12],
            parameters=312,
            macs=172800,
        ),
        LayerFacts(
            name="conv2",
            synapses=["conv 12>32, 3x3", "max pool 2x2"],
            shape=[32, 5, 5],
            parameters=3488,
            macs=345600,
        ),
        LayerFacts(name="out", synapses=["linear 800>2"], shape=[2], parameters=1602, macs=1600),
    ],
    0.6,
    1.0,
    20,
    [],
)
FIRED = Activity(
    128,
    False,
    0.5,
    {
        "conv1": LayerActivity(
            rate=0.25,
            dead=288,
            saturated=17,
            rate_histogram=[1000, 700, 28, 0, 0, 0, 0, 0, 0, 0],
            operations=1.728e6,
        ),
        "conv2": LayerActivity(
            rate=0.5, dead=0, saturated=0, rate_histogram=[0] * 9 + [800], operations=3.456e6
        ),
        "out": LayerActivity(rate=0.0, dead=2, saturated=0, rate_histogram=[2] + [0] * 9, operations=0.0),
    },
    7,
)


def row(
    name: str, width: int = 116, height: int = 30, terminal: Any = FULL, activity: Any = FIRED
) -> list[str]:
    """The words of a row of the table."""
    drawn = network(TOLD, activity, Canvas(width, height, terminal)).plain.split("\n")
    return next(line for line in drawn if line.startswith(name)).removeprefix(name).split()


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize("activity", [FIRED, None])
@pytest.mark.parametrize(("width", "height"), [(56, 16), (76, 20), (116, 16), (30, 5), (200, 60)])
def test_it_keeps_to_its_box(terminal: Terminal, activity: Any, width: int, height: int) -> None:
    lines = network(TOLD, activity, Canvas(width, height, terminal)).plain.split("\n")
    assert len(lines) <= height
    assert all(len(line) <= width for line in lines)
    assert terminal.unicode or all(line.isascii() for line in lines)


@pytest.mark.parametrize("width", [56, 76, 116])
def test_every_layer_says_what_it_is_made_of(width: int) -> None:
    drawn = network(TOLD, FIRED, Canvas(width, 30, FULL)).plain
    for words in (
        "conv1",
        "conv2",
        "out",
        "1→12, 5×5",
        "12→32, 3×3",
        "max pool 2×2",
        "12×12×12 LIF",
        "800→2",
    ):
        assert words in drawn
    assert ("input" in drawn) == (width >= 76)
    assert "conv 1>12, 5x5" in network(TOLD, FIRED, Canvas(116, 30, BARE)).plain


def test_costs_are_of_a_step_and_of_an_image() -> None:
    assert row("MACs a step") == ["172", "800", "345", "600", "1", "600"]
    assert row("MACs all steps") == ["3", "456", "000", "6", "912", "000", "32", "000"]
    assert row("of them done") == ["1", "728", "000", "50%", "3", "456", "000", "50%", "0", "0%"]
    drawn = network(TOLD, FIRED, Canvas(116, 30, FULL)).plain
    assert "5 402 parameters · 20 steps · 10.4 M operations in all steps · 5.2 M of them done" in drawn
    assert "520 000 in a dense network" in drawn


def test_weights_of_few_bits_are_named() -> None:
    few = msgspec.structs.replace(TOLD, bits=4)
    drawn = network(few, FIRED, Canvas(116, 30, FULL)).plain
    assert "5 402 parameters · weights of 4 bits · 20 steps" in drawn


def test_a_run_that_is_judged_with_early_exit_says_so() -> None:
    early = msgspec.structs.replace(TOLD, exit="0.01")
    assert "verdicts fall early: --exit 0.01" in network(early, FIRED, Canvas(116, 30, FULL)).plain
    assert "early" not in network(TOLD, FIRED, Canvas(116, 30, FULL)).plain


def test_a_constant_current_is_computed_once() -> None:
    """The first layer's MACs an image are those of a step, and the sum is of what is left to do."""
    direct = msgspec.structs.replace(TOLD, input_kind="current")
    first = msgspec.structs.replace(FIRED.layers["conv1"], operations=172_000.0)
    activity = msgspec.structs.replace(FIRED, layers=FIRED.layers | {"conv1": first})
    drawn = network(direct, activity, Canvas(116, 30, FULL)).plain
    for words in ("172 800", "172 000  100%", "7.1 M operations in all steps · 3.6 M of them done"):
        assert words in drawn
    assert "3 456 000  50%" in drawn  # the second layer's


def test_firing_dead_and_saturated_are_told_by_layer() -> None:
    assert [word for word in row("firing") if "%" in word] == ["50%", "25.0%", "50.0%", "0.0%"]
    assert row("dead") == ["288", "17%", "0", "2", "100%"]
    assert row("saturated") == ["17", "0", "0"]
    spread = row("rates 0 to 1")
    assert spread == ["█▆▂▁▁▁▁▁▁▁", "▁▁▁▁▁▁▁▁▁█", "█▁▁▁▁▁▁▁▁▁"]


def test_what_is_not_known_is_a_dash() -> None:
    assert row("firing", activity=None) == ["–"] * 3
    fresh = msgspec.structs.replace(TOLD, name="", epoch=0)
    assert "not trained" in network(fresh, None, Canvas(116, 30, FULL)).plain


def test_phantoms_are_called_so() -> None:
    assert "128 images of val" in network(TOLD, FIRED, Canvas(116, 30, FULL)).plain
    drawn = network(TOLD, msgspec.structs.replace(FIRED, synthetic=True), Canvas(116, 30, FULL)).plain
    assert "128 synthetic phantoms of val" in drawn


def test_with_few_lines_what_says_least_goes_first() -> None:
    drawn = network(TOLD, FIRED, Canvas(116, 12, FULL)).plain
    for name in ("firing", "parameters", "MACs all steps"):
        assert name in drawn
    for name in ("rates", "MACs a step", "neurons"):
        assert name not in drawn


DEEP = msgspec.structs.replace(
    TOLD,
    layers=[
        LayerFacts(
            name=f"conv{number}",
            synapses=["conv 24>48, 3x3", "mean pool 2x2", "batch norm"],
            shape=[48, 14, 14],
            parameters=41_665,
            macs=2_032_128 + number,
        )
        for number in range(1, 7)
    ],
)


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize("width", [56, 64, 76, 90])
def test_no_number_of_a_deep_network_is_cut(width: int, terminal: Terminal) -> None:
    """Where it does not fit it is rounded: 40 642 560 is 40.6M, and never 40 642 5."""
    spread = [1] * 10
    fired = LayerActivity(rate=0.1754, dead=1374, saturated=43, rate_histogram=spread, operations=3_211_170.4)
    activity = Activity(128, False, 0.59, {layer.name: fired for layer in DEEP.layers}, 20)
    drawn = network(DEEP, activity, Canvas(width, 40, terminal)).plain.split("\n")
    for name, allowed in (
        ("neurons", r"9408|9\.41k"),
        ("parameters", r"41665|41\.7k"),
        ("all steps", r"40642\d{3}|40\.6M"),
        ("done", r"3211170|3\.21M"),
        ("firing", r".{0,4}?17\.5%"),
        ("dead", r"(1374|1\.37k)(15%)?"),
    ):
        cells = next(line for line in drawn if line.startswith(name)).removeprefix(name).replace(" ", "")
        assert re.fullmatch(rf"(?:59%)?(?:{allowed}){{6}}", cells), cells
    kernels = [line for line in drawn if "3×3" in line or "3x3" in line]
    assert len(kernels) == 1
    assert (kernels[0].count("3×3") or kernels[0].count("3x3")) == 6
