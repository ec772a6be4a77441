"""A layer's channels and raster: what is where, at every size."""

from __future__ import annotations

import pytest
from render.terminals import ALL, BARE, FULL, PLAIN
from rich.text import Text

from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal
from snn_tui.tui.inspect.draw import layers
from snn_tui.values.layer_spikes import LayerSpikes

STEPS = 20


def layer(channels: int = 12, side: int = 12, steps: int = STEPS) -> LayerSpikes:
    """Channel 1 never fires, the last one always, those between at every second step."""
    area = side * side
    spikes = [
        bytes(area) + bytes([step % 2]) * (channels - 2) * area + bytes([1]) * area for step in range(steps)
    ]
    return LayerSpikes(name="conv1", channels=channels, height=side, width=side, spikes=spikes)


def sizes(text: Text) -> tuple[int, int]:
    """Cells of the longest line, and lines."""
    lines = text.plain.split("\n")
    return max(map(len, lines)), len(lines)


@pytest.mark.parametrize("terminal", ALL, ids=str)
@pytest.mark.parametrize("size", [(58, 28), (48, 14), (28, 16), (20, 9), (9, 4), (3, 2), (1, 1)])
@pytest.mark.parametrize("shape", [(12, 12), (32, 5), (1, 28), (7, 1)])
@pytest.mark.parametrize("step", [0, 7, STEPS])
def test_nothing_is_larger_than_its_place(
    terminal: Terminal, size: tuple[int, int], shape: tuple[int, int], step: int
) -> None:
    one = (
        layer(*shape)
        if shape[0] > 1
        else LayerSpikes(name="in", channels=1, height=28, width=28, spikes=[bytes([1]) * 784] * STEPS)
    )
    for draw in (layers.channels, layers.raster):
        drawn = draw(one, step, Canvas(*size, terminal))
        width, height = sizes(drawn)
        assert width <= size[0]
        assert height <= size[1]
        assert terminal.unicode or drawn.plain.isascii()


def test_channels_tell_silent_now_and_seldom_apart() -> None:
    first = layers.channels(layer(3, 4), 1, Canvas(14, 2, BARE)).plain.split("\n")[0]
    assert first == ".... .... ####"
    later = layers.channels(layer(3, 4), 3, Canvas(14, 2, BARE)).plain.split("\n")[0]
    silent, half, always = later.split()
    assert set(silent) == {"."}
    assert set(half) == {"-"}  # a third of the steps so far, and not now
    assert set(always) == {"#"}


def test_a_channel_alone_is_larger_and_keeps_its_number() -> None:
    alone = layer(12, 12).channel(11)
    assert (alone.channels, alone.neurons, alone.first) == (1, 144, 11)
    assert alone.counts(STEPS) == [STEPS] * 144
    canvas = Canvas(58, 28, BARE)
    cells = layers.channels(alone, STEPS, canvas).plain
    assert cells.count("#") > 12 * layers.channels(layer(12, 12), STEPS, canvas).plain.count("#") / 12
    assert set(cells) <= {"#", "\n", " ", "1", "2"}
    assert layers.raster(alone, STEPS, canvas).plain.split()[0] == "12"


def test_where_there_is_little_room_neighbours_share_a_dot_and_the_title_says_so() -> None:
    canvas = Canvas(27, 7, BARE)
    lines = layers.channels(layer(12, 12), 2, canvas).plain.split("\n")
    drawn = [line.split() for line in lines if line]
    first, other = ["....", "####", "####", "####"], ["####"] * 4  # 3 x 3 neurons a dot
    assert drawn == [["1", *first], first, ["5", *other], other, ["9", *other], other]
    assert layers.reduced(layer(12, 12), canvas) == "4x4 of 12x12"
    assert layers.reduced(layer(12, 12), Canvas(120, 60, BARE)) == ""


@pytest.mark.parametrize("terminal", ALL, ids=str)
def test_channels_have_their_numbers(terminal: Terminal) -> None:
    lines = layers.channels(layer(12, 12), 2, Canvas(58, 40, terminal)).plain.split("\n")
    numbers = [word for line in lines for word in line.split() if word.isdigit()]
    assert numbers == [str(number) for number in range(1, 13)]


def test_no_more_is_reduced_than_there_is_no_room_for() -> None:
    canvas = Canvas(58, 28, FULL)
    one = layer(12, 14)
    assert layers.reduced(one, canvas) == ""
    assert len(layers.channels(one, 2, canvas).plain.split("\n")) >= 24  # of 28
    assert layers.reduced(one, Canvas(58, 24, FULL)) in ("13x13 of 14x14", "12x12 of 14x14")
    lines = layers.channels(one, 2, canvas).plain.split("\n")
    assert [line.split()[0] for line in lines if line[:2].strip()] == ["1", "4", "7", "10"]


def test_a_raster_grows_with_the_steps_and_does_not_move() -> None:
    one = layer()
    width, height = 50, 14
    whole = layers.raster(one, STEPS, Canvas(width, height, BARE)).plain.split("\n")
    for step in range(STEPS + 1):
        lines = layers.raster(one, step, Canvas(width, height, BARE)).plain.split("\n")
        each = (width - 3) // STEPS
        for line, last in zip(lines[:-1], whole[:-1], strict=True):
            assert line.rstrip() == last[: 3 + step * each].rstrip()
        assert lines[-1] == whole[-1]
    assert whole[-1].split() == ["1", "time", "step", "20"]
    assert [line.split()[0] for line in whole if line[:2].strip()][:2] == ["1", "2"]
    assert whole[-2].endswith("#" * 40)  # the channel that always fires


def test_many_steps_share_columns() -> None:
    one = layer(3, 4, steps=100)
    lines = layers.raster(one, 100, Canvas(40, 8, FULL)).plain.split("\n")
    assert lines[-1].split()[-1] == "100"
    assert max(map(len, lines)) <= 40


@pytest.mark.parametrize("terminal", ALL, ids=str)
def test_the_legend_is_as_long_as_there_is_room_for(terminal: Terminal) -> None:
    for raster in (False, True):
        told = [layers.legend(Canvas(width, 24, terminal), layer(), raster=raster) for width in (60, 26, 4)]
        assert len(told[0]) > len(told[1]) or told[0] == told[1]
        assert 0 < len(told[1]) <= 26
        assert told[2] == ""
        assert terminal.unicode or told[0].isascii()


def test_outputs_of_a_layer_are_as_bright_as_they_are_large() -> None:
    layer = LayerSpikes(
        name="conv1", channels=1, height=2, width=2, spikes=[bytes([0, 85, 170, 255])], most=3.1
    )
    picture = layers.channels(layer, 1, Canvas(30, 8, PLAIN)).plain
    glyphs = "".join(sorted(set(picture) - set("1 \n")))
    assert "█" not in glyphs, "that is for spikes"
    words = layers.legend(Canvas(60, 8, PLAIN), layer, raster=False)
    assert words == "denser: larger output, 3.1 at most"
    dark = layers.channels(layer, 0, Canvas(30, 8, PLAIN)).plain
    assert set(dark) <= set("1 \n·")
