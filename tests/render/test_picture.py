from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style
from rich.text import Text

from render.terminals import ALL, ASCII, BARE, FULL, INDEXED, SIXTEEN
from snn_tui.render.canvas import Canvas
from snn_tui.render.picture import _RAMP, drawn, grey, resized, spikes
from snn_tui.render.terminal import Terminal
from snn_tui.values.dataset import Picture

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


def image(side: int, channels: int, value: int | tuple[int, ...] | None = None) -> Picture:
    """An image of one colour, or of many."""
    size = side * side
    if value is None:
        pixels = bytes((at * 37 + at // 7) % 256 for at in range(size * channels))
    else:
        pixels = bytes(value if isinstance(value, tuple) else (value,)) * size
    return Picture(pixels=pixels, height=side, width=side, channels=channels, labels=(0,))


@given(
    st.integers(1, 40), st.integers(1, 60), st.integers(1, 30), st.sampled_from([1, 3]), st.sampled_from(ALL)
)
def test_a_picture_of_any_side_fits_its_canvas(
    side: int, width: int, height: int, channels: int, terminal: Terminal
) -> None:
    canvas = Canvas(width, height, terminal)
    for ascii in (False, True):
        text = drawn(image(side, channels), canvas, ascii=ascii)
        lines, columns = shape(text)
        assert columns <= width
        assert lines <= height
        assert columns == width or lines == height or columns % side == 0
        assert abs(columns - 2 * lines) <= 1 or min(width, height) == 1
        assert text.plain.isascii() or (terminal.unicode and not ascii)


def test_a_grey_picture_looks_the_same_however_it_is_drawn() -> None:
    one = image(14, 1)
    for terminal in ALL:
        canvas = Canvas(28, 14, terminal)
        both = drawn(one, canvas), grey(one.pixels, 14, 14, canvas, 2)
        assert both[0].plain == both[1].plain
        assert both[0].spans == both[1].spans


def test_a_cell_shows_the_colours_of_its_pixels() -> None:
    pixels = bytes([250, 10, 20, 30, 240, 50])
    two = Picture(pixels=pixels, height=2, width=1, channels=3, labels=None)
    style = style_at(drawn(two, Canvas(1, 1, FULL)), 0)
    assert tuple(style.color.triplet) == (250, 10, 20)
    assert tuple(style.bgcolor.triplet) == (30, 240, 50)


@pytest.mark.parametrize(("terminal", "numbers"), [(INDEXED, {196}), (SIXTEEN, {1, 9})])
def test_with_fewer_colours_a_pixel_has_the_nearest(terminal: Terminal, numbers: set[int]) -> None:
    text = drawn(image(4, 3, (255, 0, 0)), Canvas(4, 2, terminal))
    assert set(text.plain) == {"▀", "\n"}
    assert style_at(text, 0).color.number in numbers


@pytest.mark.parametrize("side", [64, 128, 224])
def test_a_large_picture_is_shrunk_by_its_averages(side: int) -> None:
    checks = bytes(255 * ((at + at // side) % 2) for at in range(side * side))
    board = Picture(pixels=checks, height=side, width=side, labels=None)
    small = resized(board, 16, 16)
    assert (small.height, small.width) == (16, 16)
    assert set(small.pixels) <= {127, 128}
    many = image(side, 3)
    small = resized(many, 28, 28)
    for channel in range(3):
        whole, part = many.pixels[channel::3], small.pixels[channel::3]
        assert abs(sum(whole) / len(whole) - sum(part) / len(part)) < 0.6


def test_an_edge_between_two_areas_counts_by_its_parts() -> None:
    three = Picture(pixels=bytes([0, 100, 200]) * 3, height=3, width=3, labels=None)
    # The middle column belongs to both halves: (0 + 100 / 2) / 1.5 and (100 / 2 + 200) / 1.5.
    assert resized(three, 2, 2).pixels == bytes([33, 167, 33, 167])


def test_letters_say_how_bright_and_colours_which_hue() -> None:
    dark, bright = image(2, 3, (120, 0, 0)), image(2, 3, (255, 120, 120))
    glyphs = [drawn(one, Canvas(2, 1, FULL), ascii=True) for one in (dark, bright)]
    assert _RAMP.index(glyphs[0].plain[0]) < _RAMP.index(glyphs[1].plain[0])
    for text in glyphs:
        red, green, blue = style_at(text, 0).color.triplet
        assert red == 255
        assert green == blue < red
    assert not drawn(bright, Canvas(2, 1, BARE)).spans
