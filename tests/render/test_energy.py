"""What a decision costs, drawn: nothing is cut, and what matters most stays where there is little room."""

from __future__ import annotations

import msgspec
import pytest

from render.terminals import ALL
from snn_tui.render.canvas import Canvas
from snn_tui.render.energy import amount, energy
from snn_tui.render.terminal import Terminal
from snn_tui.values.energy import Energy, Operations

COST = Energy(
    images=48,
    num_steps=20,
    layers={
        "conv1": Operations(macs=3.2e6, acs=0.0, dense=3.23e6),
        "conv2": Operations(macs=0.0, acs=1.9e6, dense=18.4e6),
        "conv3": Operations(macs=0.0, acs=4.89e6, dense=36.9e6),
        "out": Operations(macs=3100.0, acs=0.0, dense=3840.0),
    },
    sparsity=0.871,
    parameter_bytes=316_680,
    state_bytes=75_272,
)


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize(("width", "height"), [(36, 10), (26, 8), (76, 20), (56, 14), (10, 3), (1, 1)])
def test_it_fits(terminal: Terminal, width: int, height: int) -> None:
    lines = energy(COST, Canvas(width, height, terminal)).plain.split("\n")
    assert len(lines) <= height
    assert max(map(len, lines)) <= width
    assert terminal.unicode or all(line.isascii() for line in lines)


def test_all_of_it_where_there_is_room() -> None:
    text = energy(COST, Canvas(76, 20, Terminal("truecolor", unicode=True, slow=False))).plain
    for words in ("conv1", "3.2M", "6.79M", "58.5M", "pays below", "µJ", "silent 87.1%", "316 680", "45 nm"):
        assert words in text


def test_the_sum_stays_where_lines_are_few() -> None:
    text = energy(COST, Canvas(40, 6, Terminal("truecolor", unicode=True, slow=False))).plain
    assert "all" in text
    assert "pays below" in text
    assert "conv3" in text  # the dearest layer
    assert "conv1" not in text


def test_what_a_joule_is_counted_by_stands_below_it_at_120_columns() -> None:
    three = msgspec.structs.replace(
        COST, layers={name: COST.layers[name] for name in ("conv1", "conv2", "out")}
    )
    text = energy(three, Canvas(36, 11, Terminal("truecolor", unicode=True, slow=False))).plain
    for words in ("4.6 pJ a MAC, 0.9 pJ an AC (45 nm)", "silent 87.1% of neurons and steps", "weights 317kB"):
        assert words in text


def test_amounts() -> None:
    assert [amount(value) for value in (0.4, 12.0, 3100.0, 2.05e6, 1.23e9)] == [
        "0.4",
        "12",
        "3.1k",
        "2.05M",
        "1.23G",
    ]


@pytest.mark.parametrize("height", range(6, 16))
@pytest.mark.parametrize("width", [26, 33, 36, 40, 76])
def test_no_note_is_cut_in_its_middle(width: int, height: int) -> None:
    text = energy(COST, Canvas(width, height, Terminal("truecolor", unicode=True, slow=False))).plain
    words = " ".join(text.split())
    for begin, end in (
        ("silent 87.1%", "neurons and steps"),
        ("weights 3", "B, membranes"),
        ("20 steps,", "as a MAC"),
        ("4.6 pJ", "(45 nm)"),
    ):
        assert (begin in words) == (end in words)
    if "weights 3" in words:
        assert words.count("B, membranes 75") == 1
