"""Layers that never fire, and sentences about them."""

from __future__ import annotations

import pytest

from snn_tui.values.firing import silence, silent_layers
from snn_tui.values.words import counted, listed

RATES = {"conv1": 0.01, "conv2": 0.0, "conv3": 0.0, "out": 0.0}


def test_silent_layers_are_named_with_what_helps() -> None:
    assert silent_layers(RATES) == ["conv2", "conv3", "out"]
    assert silence(RATES, "none") == "conv2, conv3 and out never fired: try --norm batch or a higher --lr"
    assert silence(RATES, "batch").endswith("try a higher --lr or fewer layers")
    assert silence({"conv1": 0.01, "out": 1e-9}, "none") == ""
    assert silence({}, "none") == ""


def test_of_many_silent_layers_the_first_are_named() -> None:
    many = {f"lif{index}": 0.0 for index in range(9)}
    assert silence(many, None, spiking=True).startswith(
        "lif0, lif1, lif2, lif3 and 5 other layers never fired:"
    )


@pytest.mark.parametrize(
    ("names", "words"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists(names: list[str], words: str) -> None:
    assert listed(names) == words


def test_one_thing_is_one() -> None:
    assert [counted(number, "epoch") for number in (0, 1, 2)] == ["0 epochs", "1 epoch", "2 epochs"]
