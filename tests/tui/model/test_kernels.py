"""Kernels as small images."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from render.terminals import ALL, ASCII, BARE, FULL, INDEXED, PLAIN
from rich.color_triplet import ColorTriplet
from rich.style import Style
from rich.text import Text

from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal
from snn_tui.tui.model.draw.kernels import kernels

weights = st.lists(st.lists(st.floats(-2, 2), min_size=25, max_size=25), min_size=1, max_size=12)


def colours(text: Text) -> list[ColorTriplet]:
    """Every colour of a drawing, foregrounds and backgrounds."""
    found = []
    for span in text.spans:
        assert isinstance(span.style, Style)
        for color in (span.style.color, span.style.bgcolor):
            if color is not None:
                found.append(color.get_truecolor())
    return found


@given(weights, st.sampled_from(ALL), st.integers(10, 120), st.integers(1, 40), st.booleans())
def test_kernels_keep_to_their_box(
    shown: Any, terminal: Terminal, width: int, height: int, light: bool
) -> None:
    lines = kernels(shown, 1, Canvas(width, height, terminal, "light" if light else "dark")).plain.split("\n")
    assert len(lines) <= height
    assert all(len(line) <= width for line in lines)
    assert terminal.unicode or all(line.isascii() for line in lines)


def test_they_are_as_large_as_they_fit() -> None:
    shown = [[0.1] * 25] * 12
    sizes = {(46, 18): (4, 10), (80, 24): (4, 15), (30, 9): (4, 5), (240, 40): (6, 20)}
    for (width, height), expected in sizes.items():
        first = kernels(shown, 1, Canvas(width, height, FULL)).plain.split("\n")[0]
        tiles = first.split("  ")
        assert (len(tiles), len(tiles[0])) == expected


@pytest.mark.parametrize("terminal", [FULL, INDEXED])
@pytest.mark.parametrize("light", [False, True])
def test_below_zero_is_blue_and_above_it_orange(terminal: Terminal, light: bool) -> None:
    def shade(weight: float) -> ColorTriplet:
        return colours(
            kernels([[weight] * 25, [1.0] * 25], 1, Canvas(5, 7, terminal, "light" if light else "dark"))
        )[0]

    red, _, blue = shade(-1.0)
    assert blue > red + 80
    red, _, blue = shade(1.0)
    assert red > blue + 80
    zero = shade(0.0)
    assert max(zero) - min(zero) < 10
    assert (sum(zero) > 600) == light
    between = shade(0.5)
    assert zero != between != shade(1.0)


@pytest.mark.parametrize("terminal", [PLAIN, ASCII, BARE])
def test_without_colours_a_sign_says_it(terminal: Terminal) -> None:
    row = [-1.0, -0.5, 0.0, 0.5, 1.0]
    drawn = kernels([row * 5], 1, Canvas(40, 5, terminal)).plain.split("\n")[0]
    ink = " ░▒▓█" if terminal.unicode else " .:*#"
    assert drawn == f"-{ink[4]}-{ink[2]}  +{ink[2]}+{ink[4]}"


def test_what_the_colours_mean_stands_below_where_there_is_room() -> None:
    shown = [[0.25, -0.5, 0.0, 0.125] * 6 + [0.1]]
    assert "-0.50" in kernels(shown, 1, Canvas(40, 20, FULL)).plain
    assert "+0.50" in kernels(shown, 1, Canvas(40, 20, BARE)).plain
    assert "0.50" not in kernels(shown, 1, Canvas(40, 5, BARE)).plain


def test_nothing_but_zeros_can_be_drawn() -> None:
    assert kernels([[0.0] * 9], 1, Canvas(20, 8, FULL)).plain.strip()
    assert kernels([], 1, Canvas(20, 8, FULL)).plain == ""


COLOURED = [[0.5] * 9 + [-0.5] * 9 + [0.0] * 9, [1.0] * 9 + [1.0] * 9 + [1.0] * 9]
"""A kernel of three channels that wants red and no green, and one that wants all."""


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize(("width", "height"), [(20, 4), (46, 18), (80, 24), (120, 6)])
def test_kernels_of_three_channels_keep_to_their_box(terminal: Terminal, width: int, height: int) -> None:
    shown = [[0.1 * (index % 7 - 3) for index in range(75)]] * 12
    lines = kernels(shown, 3, Canvas(width, height, terminal)).plain.split("\n")
    assert len(lines) <= height
    assert all(len(line) <= width for line in lines)
    assert terminal.unicode or all(line.isascii() for line in lines)


def test_kernels_of_three_channels_are_in_colour() -> None:
    drawn = kernels(COLOURED, 3, Canvas(30, 14, FULL))
    shades = set(colours(drawn))
    assert ColorTriplet(191, 63, 127) in shades
    assert ColorTriplet(255, 255, 255) in shades
    assert "grey: 0" in drawn.plain
    assert "red" in drawn.plain


def test_without_many_colours_channels_stand_beside_each_other() -> None:
    lines = kernels(COLOURED, 3, Canvas(60, 14, BARE)).plain.split("\n")
    first = lines[0][:20].split()
    assert first == ["+*+*+*", "-*-*-*"] or first == ["+:+:+:", "-:-:-:"]
    assert lines[0][20:].strip() == "+#+#+# +#+#+# +#+#+#"
