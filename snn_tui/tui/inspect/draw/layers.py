"""A layer's neurons: channel by channel as small pictures, and all of them against time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from rich.color import Color
from rich.console import RenderableType
from rich.text import Text

from snn_tui.render import input_spikes
from snn_tui.render.blocks import Pixel, enlarged, greys, half_blocks
from snn_tui.render.canvas import Canvas
from snn_tui.render.frame import joined, note
from snn_tui.render.text import first_that_fits
from snn_tui.tui.inspect.state import INPUT, LayerChoice
from snn_tui.tui.shared.draw.click import clickable
from snn_tui.values.layer_spikes import LayerSpikes
from snn_tui.values.trace import Trace

# How often a neuron fired, without colours, and that it fires now.
_RATES = {True: "·░▒▓", False: ".:-=+"}
_NOW = {True: "█", False: "#"}
_LARGEST_SCALE, _LARGEST_ALONE = 3, 8  # pixels a neuron, among other channels and of one alone
_Numbers = Literal["above", "left", "none"]


def legend(canvas: Canvas, layer: LayerSpikes, *, raster: bool, membranes: bool = False) -> str:
    """What the marks of `channels` and `raster` mean, in at most `width` cells."""
    how = "brighter" if canvas.terminal.pixels else "denser"
    if membranes:
        span = f"{layer.lowest:.3g} to {layer.highest:.3g}"
        words: tuple[str, ...] = (f"{how}: higher membrane, {span}", f"{how}: higher, {span}", span)
    elif layer.most is not None:
        words = (f"{how}: larger output, {layer.most:.3g} at most", f"{how}: larger output")
    elif raster:
        words = (f"{how}: more of them fire", f"{how}: more fire")
    elif canvas.terminal.pixels:
        words = ("bright: fires now, grey: rate so far", "bright: now, grey: rate")
    else:
        now = _NOW[canvas.unicode]
        words = (f"{now} fires now, else its rate so far", f"{now} now, else rate")
    return first_that_fits(words, canvas.width)


@dataclass(frozen=True)
class Grid:
    """How the channels of a layer are laid out.

    Args:
        scale: Pixels a neuron, across and down.
        width: Columns of a channel that are told apart; fewer than it has where neighbours share a dot.
        height: Rows of a channel that are told apart.
        columns: Channels a row.
        numbers: `above` each channel, or on the `left` that of the first of each row; `none` without room.
        gap: Empty lines between rows of channels.
    """

    scale: int
    width: int
    height: int
    columns: int
    numbers: _Numbers
    gap: int


def reduced(layer: LayerSpikes, canvas: Canvas) -> str:
    """What a title says where neighbours share a dot, `7x7 of 14x14`; else empty."""
    grid = _grid(layer, canvas.width, canvas.height)
    if grid is None or (grid.width, grid.height) == (layer.width, layer.height):
        return ""
    return f"{grid.height}x{grid.width} of {layer.height}x{layer.width}"


def channels(layer: LayerSpikes, step: int, canvas: Canvas, *, membranes: bool = False) -> Text:
    """Each channel's firing rate up to a step, and over it the spikes of that step, below its number.

    Without spikes it is the output of each neuron, as a share of the layer's largest.
    Of membranes it is those of that step alone, from the layer's lowest to its highest.

    Each neuron is as large as there is room for; where there is too little, neighbours share a dot: their
    mean rate, and a spike if half of them fire. Numbers are left out where they cost too much of the room.

    Args:
        layer: What the layer did.
        step: Steps shown so far; before the first, nothing fired.
        canvas: What it is drawn on.
        membranes: Whether its membranes are drawn in place of its spikes.
    """
    grid = _grid(layer, canvas.width, canvas.height)
    if grid is None:
        return note("too small for the channels", canvas)
    shares = _shares(layer, step, membranes=membranes)
    fires_now = step and layer.most is None and not membranes
    now = layer.spikes[step - 1] if fires_now else bytes(layer.neurons)
    across, down = _edges(layer.width, grid.width), _edges(layer.height, grid.height)
    drawn = []
    for channel, first in enumerate(range(0, layer.neurons, layer.height * layer.width), layer.first):
        blocks = [
            [
                [first + row * layer.width + column for row in range(*rows) for column in range(*columns)]
                for columns in pairwise(across)
            ]
            for rows in pairwise(down)
        ]
        rates = [[sum(shares[at] for at in block) / len(block) for block in row] for row in blocks]
        fires = [[_half(now[at] for at in block) for block in row] for row in blocks]
        picture = _channel(enlarged(rates, grid.scale), enlarged(fires, grid.scale), canvas)
        drawn.append([clickable(line, f"click_channel({channel})") for line in picture])
    lines: list[Text] = []
    cells = grid.width * grid.scale
    for start in range(0, len(drawn), grid.columns):
        row = drawn[start : start + grid.columns]
        if lines:
            lines += [Text()] * grid.gap
        if grid.numbers == "above":
            first = layer.first + start + 1
            numbers = " ".join(f"{first + index:<{cells}}" for index in range(len(row)))
            lines.append(Text(numbers, canvas.style("muted")))
        for index, parts in enumerate(zip(*row, strict=True)):
            line = Text(" ").join(parts)
            if grid.numbers == "left":
                number = "" if index else str(layer.first + start + 1)
                line = Text(f"{number:>{_digits(layer)}} ", canvas.style("muted")) + line
            lines.append(line)
    return joined(lines)


def _shares(layer: LayerSpikes, step: int, *, membranes: bool) -> list[float]:
    """What each neuron is drawn as after a step, from 0 to 1."""
    if not step:
        return [0.0] * layer.neurons
    if membranes:
        return [level / 255 for level in layer.membranes[step - 1]]
    whole = step if layer.most is None else 255 * step
    return [count / whole for count in layer.counts(step)]


def _digits(layer: LayerSpikes) -> int:
    return len(str(layer.first + layer.channels))


def _edges(neurons: int, dots: int) -> list[int]:
    """Where the neurons of each dot begin, and where the last ones end."""
    return [neurons * dot // dots for dot in range(dots + 1)]


def raster(layer: LayerSpikes, step: int, canvas: Canvas, *, membranes: bool = False) -> Text:
    """All neurons of a layer against time: one line for many neurons, one column for a step.

    What is drawn is the share of those neurons that fired at that step, or the mean of their outputs or
    membranes. Channels are numbered on the left; steps after `step` are blank.

    Args:
        layer: What the layer did.
        step: Steps shown so far.
        canvas: What it is drawn on.
        membranes: Whether its membranes are drawn in place of its spikes.
    """
    rows, largest = layer.membranes if membranes else layer.spikes, 255
    if layer.most is None and not membranes:
        largest = 1
    total = len(rows)
    gutter = _digits(layer) + 1
    across, down = canvas.width - gutter, canvas.height - 1
    if across < 4 or down < 2 or not total:
        return note("too small for the raster", canvas)
    coloured = canvas.terminal.pixels
    bins = min(layer.neurons, down * (2 if coloured else 1))
    edges = [layer.neurons * place // bins for place in range(bins + 1)]
    spans = list(pairwise(edges))
    each = max(1, across // total)
    moments = [total * place // min(total, across) for place in range(min(total, across) + 1)]
    shares: list[list[float | None]] = [[] for _ in spans]
    for begin, end in pairwise(moments):
        shown = rows[begin : min(end, step)]
        for row, (first, last) in zip(shares, spans, strict=True):
            fired = sum(sum(spikes[first:last]) for spikes in shown)
            value = fired / (largest * len(shown) * (last - first)) if shown else None
            row += [value] * each
    muted = canvas.style("muted")
    body = _shades(shares, canvas)
    labels = _labels(layer, spans, 2 if coloured else 1, len(body))
    lines = [Text(f"{label:>{gutter - 1}} ", muted) + line for label, line in zip(labels, body, strict=True)]
    long = len(shares[0])
    axis = f"{'1':<{long - len(str(total))}}{total}"
    words = "step" if long < 24 else "time step"
    middle = (long - len(words)) // 2
    if axis[middle - 1 : middle + len(words) + 1].strip() == "":
        axis = axis[:middle] + words + axis[middle + len(words) :]
    lines.append(Text(" " * gutter + axis, muted))
    return joined(lines)


def _grid(layer: LayerSpikes, width: int, height: int) -> Grid | None:
    """The layout with the largest neurons, numbered if they are hardly smaller so; None if none fits."""
    bare = _largest(layer, width, height, "none")
    if bare is None:
        return None
    size = bare.scale * bare.width
    numbered = [_largest(layer, width, height, "above"), _largest(layer, width, height, "left")]
    fitting = [grid for grid in numbered if grid is not None]
    best = max(fitting, key=lambda grid: grid.scale * grid.width, default=bare)
    whole = bare.width < layer.width or best.width == layer.width
    return best if whole and 4 * best.scale * best.width >= 3 * size else bare


def _largest(layer: LayerSpikes, width: int, height: int, numbers: _Numbers) -> Grid | None:
    if numbers == "left":
        width -= _digits(layer) + 1
    side = max(layer.height, layer.width)
    largest = _LARGEST_SCALE if layer.channels > 1 else _LARGEST_ALONE
    sizes = [(scale, side) for scale in range(largest, 0, -1)]
    sizes += [(1, dots) for dots in range(side - 1, 0, -1)]
    for scale, dots in sizes:
        columns, rows = (-(-edge * dots // side) for edge in (layer.width, layer.height))
        most = min((width + 1) // (columns * scale + 1), layer.channels)
        if most < 1 or (numbers == "above" and _digits(layer) > columns * scale):
            continue
        down = (rows * scale + 1) // 2 + (numbers == "above")
        lines = -(-layer.channels // most)
        for gap in (1, 0):
            if lines * (down + gap) - gap <= height:
                return Grid(scale, columns, rows, -(-layer.channels // lines), numbers, gap)
    return None


def _half(fired: Iterable[int]) -> bool:
    """Whether half of them or more are 1."""
    marks = list(fired)
    return 2 * sum(marks) >= len(marks)


def _channel(rates: Sequence[Sequence[float]], fires: Sequence[Sequence[bool]], canvas: Canvas) -> list[Text]:
    if canvas.terminal.pixels:
        bright = canvas.colour("second")
        return half_blocks(
            [
                [bright if fired else _grey(rate, canvas) for rate, fired in zip(*pair, strict=True)]
                for pair in zip(rates, fires, strict=True)
            ]
        )
    style = canvas.style("second", bold=True)
    glyphs, now = _RATES[canvas.unicode], _NOW[canvas.unicode]
    lines = []
    for top in range(0, len(rates), 2):
        line = Text(no_wrap=True, end="")
        last = min(top + 1, len(rates) - 1)
        for column in range(len(rates[top])):
            if fires[top][column] or fires[last][column]:
                line.append(now, style)
            else:
                line.append(_dense((rates[top][column] + rates[last][column]) / 2, glyphs))
        lines.append(line)
    return lines


def _shades(rows: Sequence[Sequence[float | None]], canvas: Canvas) -> list[Text]:
    if canvas.terminal.pixels:
        pixels: list[list[Pixel]] = [
            [None if share is None else _grey(share, canvas) for share in row] for row in rows
        ]
        return half_blocks(pixels)
    style = canvas.style("second")
    glyphs = _RATES[canvas.unicode] + _NOW[canvas.unicode]
    draw: Callable[[float | None], str] = lambda share: " " if share is None else _dense(share, glyphs)  # noqa: E731
    return [Text("".join(map(draw, row)), style, no_wrap=True, end="") for row in rows]


def _dense(share: float, glyphs: str) -> str:
    """A glyph for a share; the first is for none at all."""
    if share <= 0:
        return glyphs[0]
    return glyphs[min(1 + int(share * (len(glyphs) - 1)), len(glyphs) - 1)]


def _grey(share: float, canvas: Canvas) -> Color:
    return greys(canvas.terminal)[round(255 * min(max(share, 0.0), 1.0))]


def _labels(layer: LayerSpikes, spans: Sequence[tuple[int, int]], bins: int, lines: int) -> list[str]:
    """The number of the channel that begins on each line, from 1; where several do, of the first."""
    area, labels, last = layer.height * layer.width, [""] * lines, -2
    for channel in range(layer.channels):
        place = next(at for at, (_, end) in enumerate(spans) if end > channel * area) // bins
        if place > last:
            labels[place], last = str(layer.first + channel + 1), place
    return labels


def spikes(
    trace: Trace, step: int, layer: LayerSpikes, choice: LayerChoice, ascii: bool, canvas: Canvas
) -> RenderableType:
    """The input's spikes, or the chosen layer's, channel by channel or against time, in ASCII if asked."""
    canvas = canvas.in_ascii() if ascii else canvas
    if choice.raster and trace.spiking and (choice.index != INPUT or trace.coding == "rate"):
        return raster(layer, step, canvas, membranes=choice.draws_membranes)
    if choice.index == INPUT:
        return input_spikes.inputs(trace, step, canvas)
    return channels(layer, step, canvas, membranes=choice.draws_membranes)
