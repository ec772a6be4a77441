"""What moved the verdict, over the picture."""

from __future__ import annotations

import pytest
from render.terminals import ALL, BARE, FULL

from snn_tui.render.canvas import Canvas
from snn_tui.render.picture import colours
from snn_tui.render.terminal import Terminal
from snn_tui.tui.inspect.draw import evidence
from snn_tui.values.dataset import Picture
from snn_tui.values.layer_spikes import Evidence
from snn_tui.values.task import PNEUMONIA

SIDE = 28
GREY = Picture(pixels=bytes([100]) * SIDE * SIDE, height=SIDE, width=SIDE, labels=(1,))


def found(left: float, right: float) -> Evidence:
    """The left half pulls one way, the right half another."""
    row = [left] * (SIDE // 2) + [right] * (SIDE // 2)
    return Evidence(height=SIDE, width=SIDE, patch=6, score=9.0, pull=row * SIDE)


def tints(pulls: Evidence) -> list[tuple[int, int, int]]:
    """Red, green and blue of each pixel of the tinted picture."""
    return colours(evidence.tinted(GREY, pulls, PNEUMONIA))


def test_colours_go_to_the_side_of_the_class() -> None:
    seen = tints(found(4.0, -4.0))
    left, right = seen[0], seen[SIDE - 1]
    assert left[0] > left[2]  # orange: for pneumonia
    assert right[2] > right[0]  # blue: for normal
    weak = tints(found(1.0, -4.0))[0]
    assert left[0] > weak[0] > 100


def test_a_pull_has_the_same_colour_in_every_image() -> None:
    weak = tints(found(1.0, -4.0))[0]
    assert tints(found(1.0, -0.5))[0] == weak
    assert tints(found(1.0, -20.0))[0] != weak


def test_letters_go_to_the_side_of_the_class() -> None:
    line = evidence.overlay(GREY, found(4.0, -1.2), PNEUMONIA, Canvas(28, 14, BARE)).plain.split("\n")[0]
    assert line == "P" * 14 + "n" * 14
    line = evidence.overlay(GREY, found(0.1, -4.0), PNEUMONIA, Canvas(56, 28, BARE)).plain.split("\n")[0]
    assert line[28:] == "N" * 28
    assert not set(line[:28]) & set("pPnN")


@pytest.mark.parametrize("terminal", ALL, ids=str)
def test_where_no_place_matters_nothing_is_drawn_over_the_picture(terminal: Terminal) -> None:
    nothing = found(0.3, -0.3)
    assert not set(evidence.overlay(GREY, nothing, PNEUMONIA, Canvas(80, 24, terminal)).plain) & set("pPnN")
    assert tints(nothing) == [(100, 100, 100)] * SIDE * SIDE
    assert "no" in evidence.legend(nothing, PNEUMONIA, Canvas(40, 24, terminal))


@pytest.mark.parametrize("terminal", ALL, ids=str)
@pytest.mark.parametrize("scale", [1, 2])
def test_it_is_as_large_as_the_picture(terminal: Terminal, scale: int) -> None:
    lines = evidence.overlay(
        GREY, found(2.0, -1.0), PNEUMONIA, Canvas(28 * scale, 14 * scale, terminal)
    ).plain.split("\n")
    assert (len(lines), {len(line) for line in lines}) == (14 * scale, {SIDE * scale})
    assert terminal.unicode or all(line.isascii() for line in lines)


def test_the_legend_has_the_strongest_pull_to_either_side() -> None:
    told = found(6.04, -2.5)
    assert evidence.legend(told, PNEUMONIA, Canvas(50, 24, FULL)) == "○ normal 2.5 · ● pneumonia 6.0 spikes"
    assert evidence.legend(told, PNEUMONIA, Canvas(26, 24, FULL)) == "○ 2.5  ● 6.0 spikes"
    assert evidence.legend(told, PNEUMONIA, Canvas(26, 24, BARE)) == "n 2.5  p 6.0 spikes"
    assert evidence.legend(told, PNEUMONIA, Canvas(5, 24, FULL)) == ""
