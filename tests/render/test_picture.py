from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style
from rich.text import Text

from render.terminals import ALL, ASCII, BARE, FULL, INDEXED
from snn_tui.render.canvas import Canvas
from snn_tui.render.picture import grey, spikes
from snn_tui.render.terminal import Terminal

SIZES = st.tuples(st.integers(1, 9), st.integers(1, 9))


def shape(text: Text) -> tuple[int, int]:
    lines = text.plain.split("\n")
    assert len({len(line) for line in lines}) == 1
    return len(lines), len(lines[0])


def style_at(text: Text, offset: int) -> Any:
    return next(span.style for span in text.spans if span.start <= offset < span.end)


@given(SIZES, st.integers(1, 3), st.sampled_from(ALL))
def test_pictures_have_exactly_the_size_promised(
    size: tuple[int, int], scale: int, terminal: Terminal
) -> None:
    height, width = size
    pixels = bytes(range(height * width))
    expected = (-(-height * scale // 2), width * scale)
    assert shape(grey(pixels, height, width, Canvas(80, 24, terminal), scale)) == expected
    assert shape(spikes(pixels, height, width, terminal, scale)) == expected


def test_an_x_ray_at_scale_two_is_56_by_28() -> None:
    assert shape(grey(bytes(784), 28, 28, Canvas(80, 24, FULL), 2)) == (28, 56)


def test_a_cell_shows_both_of_its_pixels() -> None:
    picture = grey(bytes([10, 200]), 2, 1, Canvas(80, 24, FULL))
    style = style_at(picture, 0)
    assert picture.plain == "▀"
    assert tuple(style.color.triplet) == (10, 10, 10)
    assert tuple(style.bgcolor.triplet) == (200, 200, 200)


def test_equal_neighbours_share_a_span() -> None:
    assert len(grey(bytes([5] * 16 + [9] * 16), 4, 8, Canvas(80, 24, FULL)).spans) == 2


def test_the_lower_half_of_an_odd_last_row_is_left_alone() -> None:
    assert style_at(grey(bytes([7, 7, 7]), 3, 1, Canvas(80, 24, FULL)), 2).bgcolor is None


@pytest.mark.parametrize(("value", "number"), [(0, 16), (255, 231), (8, 232), (238, 255), (128, 244)])
def test_256_colours_use_the_grey_ramp(value: Any, number: Any) -> None:
    assert style_at(grey(bytes([value, value]), 2, 1, Canvas(80, 24, INDEXED)), 0).color.number == number


def test_the_ramp_gets_denser_and_turns_round_on_light() -> None:
    pixels = bytes([0, 128, 255])
    dark = grey(pixels, 1, 3, Canvas(80, 24, BARE)).plain
    assert (dark[0], dark[2]) == (" ", "@")
    assert grey(pixels, 1, 3, Canvas(80, 24, BARE, "light")).plain[::2] == "@ "
    assert (
        grey(bytes([0, 255]), 2, 1, Canvas(80, 24, BARE)).plain
        == grey(bytes([127]), 1, 1, Canvas(80, 24, BARE)).plain
    )


def test_spikes_fill_upper_and_lower_halves() -> None:
    bits = bytes([0, 1, 0, 1, 0, 0, 1, 1])
    assert spikes(bits, 2, 4, FULL).plain == " ▀▄█"
    assert spikes(bits, 2, 4, BARE).plain == " '.:"


def test_spikes_set_no_background() -> None:
    assert all(
        not isinstance(span.style, Style) or span.style.bgcolor is None
        for span in spikes(bytes([1] * 4), 2, 2, FULL, style="red").spans
    )


@pytest.mark.parametrize("terminal", [ASCII, BARE])
def test_without_unicode_everything_is_ascii(terminal: Terminal) -> None:
    bits = bytes([1, 0, 1, 1] * 16)
    for text in (grey(bits, 8, 8, Canvas(80, 24, terminal)), spikes(bits, 8, 8, terminal)):
        assert text.plain.isascii()


@pytest.mark.parametrize("draw", [grey, spikes])
def test_a_wrong_size_is_refused(draw: Any) -> None:
    with pytest.raises(ValueError, match="4 x 4 pixels expected, 15 given"):
        draw(bytes(15), 4, 4, FULL)
