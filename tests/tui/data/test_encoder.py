"""A coded picture: its raster, one step, what the steps add up to, and the facts."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from render.terminals import ALL, ASCII, BARE, FULL
from rich.text import Text

from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal
from snn_tui.tui.data.draw import encoder, raster
from snn_tui.tui.data.draw.encoder import facts, frame
from snn_tui.tui.data.state import coding_errors, mean_image
from tui.data.made_images import RAMP, SIDE, encoded, encoded_colours

KINDS = ("rate", "latency", "direct")


def lines(text: Text) -> list[str]:
    """Lines of a drawing."""
    return text.plain.split("\n")


def dots(text: str) -> int:
    """Dots of braille letters."""
    return sum((ord(letter) - 0x2800).bit_count() for letter in text if 0x2800 <= ord(letter) <= 0x28FF)


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("width", "height"), [(8, 2), (16, 4), (56, 36), (76, 4), (120, 34)])
@pytest.mark.parametrize("step", [0, 1, 100])
def test_a_raster_fills_its_box_and_no_more(
    terminal: Terminal, kind: str, width: int, height: int, step: int
) -> None:
    drawn = lines(raster.raster(encoded(kind, 100), step, Canvas(width, height, terminal)))
    assert len(drawn) <= height
    assert all(len(line) <= width for line in drawn)
    assert terminal.unicode or all(line.isascii() for line in drawn)
    mark = "▲" if terminal.unicode else "^"
    assert ("".join(drawn).count(mark) == 1) == (step > 0 and height > 1)


@given(st.integers(1, 100), st.integers(20, 120))
def test_the_steps_of_a_raster_are_equally_far_apart_and_all_there(num_steps: int, width: int) -> None:
    coded = encoded("direct", num_steps)
    assert coded.num_steps == num_steps
    places = [raster._dot(step, num_steps, 2 * width) for step in range(num_steps)]
    assert places == sorted(places)
    assert 0 <= places[0] <= places[-1] < 2 * width
    if num_steps <= 2 * width:
        assert len({after - before for before, after in itertools.pairwise(places)}) <= 1


def test_a_raster_of_rate_coding_is_denser_where_the_picture_is_brighter() -> None:
    drawn = lines(raster.raster(encoded("rate", 100), 100, Canvas(60, 38, FULL)))[:-2]
    top, bottom = "".join(drawn[:12]), "".join(drawn[-12:])
    assert dots(bottom) > 2 * dots(top) > 0
    shown = raster.raster(encoded("rate", 100), 100, Canvas(60, 38, ASCII)).plain
    assert "@" in shown


def test_a_raster_of_latency_shows_every_spike_the_brighter_earlier() -> None:
    drawn = lines(raster.raster(encoded("latency", 50), 50, Canvas(60, 38, FULL)))[:-2]
    first = [min(at for at, letter in enumerate(line[4:]) if dots(letter)) for line in drawn]
    assert first == sorted(first, reverse=True)
    assert raster.caption(encoded("latency", 50), 38) == "784 pixels"
    assert raster.caption(encoded("rate", 50), 38) == "144 of 784 pixels"
    assert raster.caption(encoded("direct", 50), 38) == "72 of 784 pixels"


def test_the_average_of_rate_coding_comes_to_the_picture() -> None:
    coded = encoded("rate", 100)
    found = coding_errors(coded)
    assert found[-1] < 0.01 < found[0]
    assert max(abs(a - b) for a, b in zip(mean_image(coded, 100), RAMP, strict=True)) <= 3
    assert mean_image(coded, 0) == bytes(SIDE * SIDE)


def test_errors_are_of_the_average_so_far() -> None:
    coded = encoded("rate", 20)
    for step in (1, 7, 20):
        shown = mean_image(coded, step)
        off = sum(abs(a - b) for a, b in zip(shown, RAMP, strict=True)) / len(RAMP) / 255
        assert coding_errors(coded)[step - 1] == pytest.approx(off, abs=0.003)  # `mean_image` is rounded


def test_direct_coding_is_the_picture_from_the_first_step() -> None:
    assert mean_image(encoded("direct"), 1) == RAMP
    assert coding_errors(encoded("direct", 3)) == [0.0, 0.0, 0.0]


def test_of_latency_the_earlier_is_the_brighter() -> None:
    shown = mean_image(encoded("latency", 100), 100)
    assert max(abs(a - b) for a, b in zip(shown, RAMP, strict=True)) <= 5  # two steps' worth
    assert list(shown) == sorted(shown)
    assert mean_image(encoded("latency", 100), 50)[0] == 0  # the dark ones have not fired yet
    assert coding_errors(encoded("latency")) == []


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize("kind", KINDS)
def test_one_step_is_half_blocks_where_they_fit_and_braille_elsewhere(terminal: Terminal, kind: str) -> None:
    large = lines(frame(encoded(kind), 3, Canvas(28, 14, terminal)))
    assert (len(large), max(map(len, large))) == (14, 28)
    assert terminal.unicode or all(line.isascii() for line in large)
    small = frame(encoded(kind), 3, Canvas(18, 7, terminal))
    if kind != "direct":
        assert len(lines(small)) == 7
        assert (dots(small.plain) > 0) == (terminal.unicode and any(encoded(kind).frames[2]))


@pytest.mark.parametrize("terminal", [FULL, BARE])
def test_the_facts_say_what_was_coded_and_what_fired(terminal: Terminal) -> None:
    coded = encoded("rate", 10)
    said = facts(coded, 4, coding_errors(coded), Canvas(40, 20, terminal)).plain
    fired = [sum(one) for one in coded.frames[:4]]
    counted = [f"{number:,} spikes".replace(",", " ") for number in (fired[-1], sum(fired))]
    for words in ("coding    rate", "0, as evaluated", *counted, "normal"):
        assert words in said
    assert f"{coding_errors(coded)[3]:.3f} on average" in said
    said = facts(encoded("latency", linear=False, tau=5.0, clip=False), 4, [], Canvas(40, 20, terminal)).plain
    for words in ("latency, log", "5 steps", "0.01, dark: last"):
        assert words in said
    assert "as fits" in facts(encoded("latency"), 4, [], Canvas(40, 20, terminal)).plain
    assert "direct" in facts(encoded("direct"), 4, [0.0] * 10, Canvas(40, 20, terminal)).plain


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize(("width", "height"), [(16, 5), (26, 7), (56, 30)])
@pytest.mark.parametrize("kind", KINDS)
def test_the_facts_keep_to_their_box(terminal: Terminal, width: int, height: int, kind: str) -> None:
    coded = encoded(kind)
    for step in (0, 10):
        drawn = lines(facts(coded, step, coding_errors(coded), Canvas(width, height, terminal)))
        assert len(drawn) <= height
        assert all(len(line) <= width for line in drawn)
        assert terminal.unicode or all(line.isascii() for line in drawn)


def test_average_is_drawn_larger_where_there_is_room() -> None:
    assert len(lines(encoder.average(encoded(), 3, Canvas(56, 28, FULL)))) == 28
    assert len(lines(encoder.average(encoded(), 3, Canvas(40, 28, FULL)))) == 14


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize("kind", KINDS)
def test_of_a_picture_in_colour_each_channel_is_coded(terminal: Terminal, kind: str) -> None:
    coded = encoded_colours(kind, 50)
    canvas = Canvas(60, 38, terminal)
    drawn = raster.raster(coded, 50, canvas)
    rows = lines(drawn)
    assert [row[:3].strip() for row in rows if row[:3].strip()] == ["R", "G", "B"]
    assert all(len(row) <= 60 for row in rows)
    assert raster.caption(coded, 38).endswith("2352 values")
    if kind == "rate" and terminal.unicode:
        red, green, blue = (dots("".join(rows[first : first + 12])) for first in (0, 12, 24))
        assert red > 1.5 * green > 0
        assert blue == 0
    for draw in (encoder.average(coded, 50, canvas), frame(coded, 3, canvas), encoder.image(coded, canvas)):
        assert len(lines(draw)) == 28
        assert {len(row) for row in lines(draw)} == {56}
    assert "severe" in facts(coded, 3, coding_errors(coded), canvas).plain


def test_spikes_in_colour_have_the_colours_of_their_channels() -> None:
    drawn = frame(encoded_colours("rate", 100), 2, Canvas(28, 14, FULL))
    colours = {str(span.style) for span in drawn.spans}
    assert any("#ff0000" in colour for colour in colours)
    assert not any("#0000ff" in colour for colour in colours)


def test_an_image_that_was_shrunk_says_so() -> None:
    coded = encoded()
    large = msgspec.structs.replace(coded, task=msgspec.structs.replace(coded.task, side=224))
    words = facts(large, 4, coding_errors(coded), Canvas(40, 20, FULL)).plain
    assert "224 to 28 pixels" in words
    assert "as evaluated" not in words
