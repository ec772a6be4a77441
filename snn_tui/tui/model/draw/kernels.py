"""Kernels of the first layer as small images: weights below zero blue, above zero orange.

Where images are in colour, a kernel is in colour, too: grey is zero, and a pixel is the redder, the larger
the weight of the red channel.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.color import Color
from rich.style import Style
from rich.text import Text

from snn_tui.render.blocks import Pixel, block, pixel
from snn_tui.render.canvas import Canvas
from snn_tui.render.frame import cropped, joined
from snn_tui.render.palette import Theme
from snn_tui.render.tiles import beside, stacked

_GAP = 2
_SCALES = (4, 3, 2, 1)
_NEGATIVE, _POSITIVE = (86, 180, 233), (230, 159, 0)
_ZERO: dict[Theme, tuple[int, int, int]] = {"dark": (24, 24, 24), "light": (255, 255, 255)}
_SHADES = 32
_GREY = 127
_INK = {True: " ░▒▓█", False: " .:*#"}


def kernels(weights: Sequence[Sequence[float]], channels: int, canvas: Canvas) -> Text:
    """All kernels on one scale, as large as they fit, and where there is room what the colours mean.

    With 256 colours or more a weight is as blue or as orange as it is large. Otherwise it is two characters:
    its sign, and ink for its size; the channels stand beside each other.

    Args:
        weights: `[C]` kernels, each `[channels * side * side]` weights, channel after channel, row by row.
        channels: Channels of the input.
        canvas: What it is drawn on.
    """
    width, height = canvas.width, canvas.height
    if not weights:
        return Text()
    side = math.isqrt(len(weights[0]) // channels)
    largest = max((abs(weight) for kernel in weights for weight in kernel), default=0.0) or 1.0
    coloured = canvas.terminal.pixels
    if coloured:
        lines = _coloured(weights, side, channels, largest, canvas)
    else:
        across = channels * (2 * side + 1) - 1
        columns, gap = _columns(len(weights), across, side, width, height, (1, 0)) or (1, 0)
        tiles = [_signs(kernel, side, channels, largest, canvas) for kernel in weights]
        rows = [
            beside(tiles[start : start + columns], [_GAP] * columns)
            for start in range(0, len(tiles), columns)
        ]
        lines = list(stacked(rows, gap).split("\n", allow_blank=True))
    if height - len(lines) > 1:
        in_colour = coloured and channels > 1
        lines += [Text(), _colour_legend(canvas) if in_colour else _legend(largest, coloured, canvas)]
    return cropped(lines, canvas)


def _columns(
    many: int, across: int, down: int, width: int, height: int, gaps: Sequence[int]
) -> tuple[int, int] | None:
    """Tiles in a row and the gap between rows, so that all fit; None if they do not."""
    columns = max((width + _GAP) // (across + _GAP), 1)
    rows = -(-many // columns)
    for gap in gaps:
        if across <= width and rows * (down + gap) - gap <= height:
            return -(-many // rows), gap  # rows of about the same length
    return None


def _coloured(
    weights: Sequence[Sequence[float]], side: int, channels: int, largest: float, canvas: Canvas
) -> list[Text]:
    """Half blocks, two rows of pixels a line; gaps between rows of kernels are pixels too."""
    scale, columns, gap = 1, 1, 0
    for scale in _SCALES:
        layout = _columns(len(weights), side * scale, side * scale, canvas.width, 2 * canvas.height, (2, 1))
        if layout is not None:
            columns, gap = layout
            break
    pixels: list[list[Pixel]] = []
    for start in range(0, len(weights), columns):
        kernels_of_line = weights[start : start + columns]
        for row in range(side * scale):
            line: list[Pixel] = []
            for kernel in kernels_of_line:
                line += [None] * (_GAP if line else 0)
                line += [
                    _pixel(kernel[row // scale * side + column // scale :: side * side], largest, canvas)
                    for column in range(side * scale)
                ]
            pixels.append(line + [None] * (columns * (side * scale + _GAP) - _GAP - len(line)))
        pixels += [[None] * len(pixels[0]) for _ in range(gap)]
    pixels = pixels[: len(pixels) - gap]
    pixels += [[None] * len(pixels[0])] * (len(pixels) % 2)
    return [
        Text.assemble(*map(block, upper, lower))
        for upper, lower in zip(pixels[::2], pixels[1::2], strict=True)
    ]


def _pixel(values: Sequence[float], largest: float, canvas: Canvas) -> Color:
    """The colour of a weight, or of the weights of all channels."""
    levels = [round(_SHADES * value / largest) for value in values]
    if len(levels) == 1:
        return _shade(levels[0], canvas)
    red, green, blue = (max(_GREY + level * (255 - _GREY) // _SHADES, 0) for level in levels)
    return pixel((red, green, blue), canvas.terminal)


def _shade(level: int, canvas: Canvas) -> Color:
    """From zero's colour to that of the sign."""
    zero, full = _ZERO[canvas.theme], _NEGATIVE if level < 0 else _POSITIVE
    share = min(abs(level) / _SHADES, 1.0)
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(zero, full, strict=True))
    return pixel((red, green, blue), canvas.terminal)


def _signs(kernel: Sequence[float], side: int, channels: int, largest: float, canvas: Canvas) -> Text:
    styles = _styles(canvas)
    ink = _INK[canvas.unicode]
    lines = []
    for row in range(side):
        line = Text()
        for channel in range(channels):
            line.append(" " if channel else "")
            start = (channel * side + row) * side
            for weight in kernel[start : start + side]:
                darkness = ink[min(int(abs(weight) / largest * len(ink)), len(ink) - 1)]
                sign = "-" if weight < 0 else "+"
                line.append(f"{sign}{darkness}" if darkness != " " else "  ", styles[weight >= 0])
        lines.append(line)
    return joined(lines)


def _styles(canvas: Canvas) -> tuple[Style, Style]:
    return (
        canvas.style("class0"),
        canvas.style("class1"),
    )


def _colour_legend(canvas: Canvas) -> Text:
    """What grey and the three colours say."""
    line = Text("grey: 0  ", canvas.style("muted"))
    for name, index in (("red", 0), ("green", 1), ("blue", 2)):
        levels = [0.0] * 3
        for value in (-1.0, 0.0, 1.0):
            levels[index] = value
            line.append("█", Style(color=_pixel(levels, 1.0, canvas)))
        line.append(f" {name}  ", canvas.style("muted"))
    line.rstrip()
    return line


def _legend(largest: float, coloured: bool, canvas: Canvas) -> Text:
    """From the most negative to the most positive weight."""
    muted = canvas.style("muted")
    line = Text(f"-{largest:.2f} ", muted)
    if coloured:
        for level in range(-_SHADES, _SHADES + 1, 4):
            line.append("█", Style(color=_shade(level, canvas)))
    else:
        negative, positive = _styles(canvas)
        ink = _INK[canvas.unicode]
        line.append("".join(f"-{one}" for one in ink[:0:-1]), negative).append(" 0 ", muted)
        line.append("".join(f"+{one}" for one in ink[1:]), positive)
    return line.append(f" +{largest:.2f}", muted)
