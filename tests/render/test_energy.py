"""What a decision costs, drawn: nothing is cut, and what matters most stays where there is little room."""

from __future__ import annotations

import msgspec
import pytest

from render.terminals import ALL
from snn_tui.render.canvas import Canvas
from snn_tui.render.energy import amount, energy, microjoules
from snn_tui.render.terminal import Terminal
from snn_tui.values.energy import Energy, Operations

UNICODE = Terminal("truecolor", unicode=True, slow=False)

COST = Energy(
    images=48,
    num_steps=20,
    layers={
        "conv1": Operations(macs=3.2e6, acs=0.0, dense=3.23e6, constant=True, inputs=784, neurons=784 * 16),
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
    text = energy(COST, Canvas(76, 20, UNICODE)).plain
    for words in (
        "conv1",
        "160k",
        "6.79M",
        "55.5M",
        "pays below",
        "µJ",
        "silent 87.1%",
        "316 680",
        "0.9 an AC",
    ):
        assert words in text


def test_the_forms_of_energy() -> None:
    """Each beside the dense network and the matched one, with the rates below which spikes pay."""
    lines = energy(COST, Canvas(36, 11, UNICODE)).plain.split("\n")
    assert lines[:7] == [
        "µJ an image   spikes   dense   5 bit",
        "arithmetic      6.86    13.5    4.83",
        "  pays below   12.3%  <25.5%   <8.2%",
        "with memory      416     307     181",
        "  pays below   12.3%   <8.4%   <3.9%",
        "  bits moved   12.3%       –   <3.1%",
        "every step      20.8  as NeuroBench",
    ]
    assert lines[7].startswith("layer")


def test_layers_stand_beside_the_energy_where_lines_are_few_and_columns_many() -> None:
    lines = energy(COST, Canvas(76, 8, UNICODE)).plain.split("\n")
    assert lines[0].split() == [
        "µJ",
        "an",
        "image",
        "spikes",
        "dense",
        "5",
        "bit",
        *["layer", "MACs", "ACs", "at", "most", "done"],
    ]
    assert lines[1].split() == ["arithmetic", "6.86", "13.5", "4.83", "conv1", "160k", "–", "162k", "99%"]
    assert lines[5].split()[-5:] == ["all", "163k", "6.79M", "55.5M", "13%"]


def test_spikes_that_pay_at_any_rate_say_so() -> None:
    few = msgspec.structs.replace(COST, num_steps=1)
    assert few.break_even() > 1
    assert "always" in energy(few, Canvas(76, 20, UNICODE)).plain


def test_a_network_without_spikes_has_no_rate_to_pay_below() -> None:
    relu = msgspec.structs.replace(
        COST, layers={"out": Operations(macs=3100.0, acs=0.0, dense=3840.0)}, num_steps=1, state_bytes=0
    )
    text = energy(relu, Canvas(76, 20, UNICODE)).plain
    assert "itself" in text
    assert "pays below" not in text


def test_the_sum_stays_where_lines_are_few() -> None:
    text = energy(COST, Canvas(40, 10, UNICODE)).plain
    assert "all" in text
    assert "pays below" in text
    assert "conv3" in text  # the dearest layer
    assert "conv1" not in text


def test_small_energies_keep_three_digits() -> None:
    values = [microjoules(value) for value in (0.4, 12.0, 1790.0, 12_840.0, 702_312.0, 2_345_678.0)]
    assert values == ["0.0004", "0.012", "1.79", "12.8", "702", "2346"]


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
        ("20 steps,", "0 to 20 spikes"),
        ("4.6 pJ", "12.5 a byte"),
    ):
        assert (begin in words) == (end in words)
    if "weights 3" in words:
        assert words.count("B, membranes 75") == 1
