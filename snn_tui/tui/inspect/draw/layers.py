"""A layer's neurons: channel by channel as small pictures, and all of them against time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from rich.color import Color
from rich.console import RenderableType
from rich.text import Text

from snn_tui.render import inspection
from snn_tui.render.blocks import Pixel, enlarged, greys, half_blocks
from snn_tui.render.canvas import Canvas
from snn_tui.render.frame import joined, note
from snn_tui.render.text import first_that_fits
from snn_tui.tui.inspect.state import INPUT, LayerChoice
from snn_tui.values.layer_spikes import LayerSpikes
from snn_tui.values.trace import Trace

# How often a neuron fired, without colours, and that it fires now.
_RATES = {True: "·░▒▓", False: ".:-=+"}
_NOW = {True: "█", False: "#"}
_LARGEST_SCALE = 3


def legend(canvas: Canvas, *, raster: bool) -> str:
    """What the marks of `channels` and `raster` mean, in at most `width` cells."""
    if raster:
        how = "brighter" if canvas.terminal.pixels else "denser"
        words = (f"{how}: more of them fire", f"{how}: more fire")
    elif canvas.terminal.pixels:
        words = ("bright: fires now, grey: rate so far", "bright: now, grey: rate")
    else:
        now = _NOW[canvas.unicode]
        words = (f"{now} fires now, else its rate so far", f"{now} now, else rate")
    return first_that_fits(words, canvas.width)


def channels(layer: LayerSpikes, step: int, canvas: Canvas) -> Text:
    """Each channel's firing rate up to a step, and over it the spikes of that step.

    Each neuron is as large as there is room for; where there is too little, neighbours share a dot: their
    mean rate, and a spike if half of them fire.

    Args:
        layer: What the layer did.
        step: Steps shown so far; before the first, nothing fired.
        canvas: What it is drawn on.
    """
    grid = _grid(layer, canvas.width, canvas.height)
    if grid is None:
        return note("too small for the channels", canvas)
    scale, pool, columns, gap = grid
    counts = layer.counts(step)
    now = layer.spikes[step - 1] if step else bytes(layer.neurons)
    size, area = layer.width, layer.height * layer.width
    drawn = []
    for first in range(0, layer.neurons, area):
        rates = [
            _pooled(counts[first + top * size : first + (top + pool) * size], size, pool, layer, top, step)
            for top in range(0, layer.height, pool)
        ]
        fires = [
            [
                _half(
                    now[first + row * size + column]
                    for row in range(top, min(top + pool, layer.height))
                    for column in range(left, min(left + pool, size))
                )
                for left in range(0, size, pool)
            ]
            for top in range(0, layer.height, pool)
        ]
        drawn.append(_channel(enlarged(rates, scale), enlarged(fires, scale), canvas))
    lines: list[Text] = []
    for start in range(0, len(drawn), columns):
        if lines and gap:
            lines.append(Text())
        for parts in zip(*drawn[start : start + columns], strict=True):
            lines.append(Text(" ").join(parts))
    return joined(lines)


def raster(layer: LayerSpikes, step: int, canvas: Canvas) -> Text:
    """All neurons of a layer against time: one line for many neurons, one column for a step.

    What is drawn is the share of those neurons that fired at that step. Channels are numbered on the left;
    steps after `step` are blank.

    Args:
        layer: What the layer did.
        step: Steps shown so far.
        canvas: What it is drawn on.
    """
    total = len(layer.spikes)
    gutter = len(str(layer.channels)) + 1
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
        shown = layer.spikes[begin : min(end, step)]
        for row, (first, last) in zip(shares, spans, strict=True):
            fired = sum(sum(spikes[first:last]) for spikes in shown)
            value = fired / (len(shown) * (last - first)) if shown else None
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


def _grid(layer: LayerSpikes, width: int, height: int) -> tuple[int, int, int, int] | None:
    """Scale, pooling, channels a row and lines between rows of them; None where nothing fits."""
    sizes = [(scale, 1) for scale in range(_LARGEST_SCALE, 0, -1)]
    sizes += [(1, pool) for pool in range(2, max(layer.height, layer.width) + 1)]
    for scale, pool in sizes:
        across = -(-layer.width // pool) * scale
        down = (-(-layer.height // pool) * scale + 1) // 2
        most = min((width + 1) // (across + 1), layer.channels)
        if most < 1:
            continue
        rows = -(-layer.channels // most)
        for gap in (1, 0):
            if rows * (down + gap) - gap <= height:
                return scale, pool, -(-layer.channels // rows), gap
    return None


def _half(fired: Iterable[int]) -> bool:
    """Whether half of them or more are 1."""
    marks = list(fired)
    return 2 * sum(marks) >= len(marks)


def _pooled(
    counts: Sequence[int], size: int, pool: int, layer: LayerSpikes, top: int, step: int
) -> list[float]:
    """The mean rate of each block of `pool` columns in some rows of a channel."""
    rows = min(pool, layer.height - top)
    rates = []
    for left in range(0, size, pool):
        columns = range(left, min(left + pool, size))
        fired = sum(counts[row * size + column] for row in range(rows) for column in columns)
        rates.append(fired / (rows * len(columns) * step) if step else 0.0)
    return rates


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
            labels[place], last = str(channel + 1), place
    return labels


def spikes(
    trace: Trace, step: int, layer: LayerSpikes, choice: LayerChoice, canvas: Canvas
) -> RenderableType:
    """The input's spikes, or the chosen layer's, channel by channel or against time."""
    if choice.raster and (choice.index != INPUT or trace.coding == "rate"):
        return raster(layer, step, canvas)
    if choice.index == INPUT:
        return inspection.inputs(trace, step, canvas)
    return channels(layer, step, canvas)
