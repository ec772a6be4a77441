"""Coloured pixels as half blocks, two rows of pixels a line; for terminals that have `pixels`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Any, TypeVar

from rich.color import Color, ColorSystem
from rich.style import Style
from rich.text import Span, Text

from snn_tui.render.terminal import Terminal

Pixel = Color | None
"""A colour; None leaves the terminal's background."""

# The greys among the 256 colours: black, 24 steps from 8 to 238, white.
_GREYS = ((0, 16), *((8 + 10 * step, 232 + step) for step in range(24)), (255, 231))
# Added to the brightness of a pixel by its place before the nearest of 16 colours is taken.
_BAYER = tuple(
    tuple(6 * value - 45 for value in row)
    for row in ((0, 8, 2, 10), (12, 4, 14, 6), (3, 11, 1, 9), (15, 7, 13, 5))
)
_MOST_CACHED = 1 << 14  # a photograph has a colour of its own in every cell
_Value = TypeVar("_Value")


def half_blocks(rows: Sequence[Sequence[Any]], colour: Callable[[Any], Pixel] | None = None) -> list[Text]:
    """Pixels as `ceil(rows / 2)` lines. Neighbours of the same values become one span.

    Args:
        rows: Pixels row by row, or values that `colour` makes pixels of.
        colour: The pixel of a value; None where the values are pixels.
    """
    lines = []
    for top in range(0, len(rows), 2):
        upper = rows[top]
        lower = rows[top + 1] if top + 1 < len(rows) else [None] * len(upper)
        glyphs, spans, start = "", [], 0
        cells = list(zip(upper, lower, strict=True))
        for column in range(1, len(cells) + 1):
            if column == len(cells) or cells[column] != cells[start]:
                pixels = [
                    value if colour is None or value is None else colour(value) for value in cells[start]
                ]
                glyph, style = block(*pixels)
                glyphs += glyph * (column - start)
                if style:
                    spans.append(Span(start, column, style))
                start = column
        lines.append(Text(glyphs, no_wrap=True, end="", spans=spans))
    return lines


@lru_cache(maxsize=_MOST_CACHED)
def block(upper: Pixel, lower: Pixel) -> tuple[str, Style]:
    """The character and the style of two pixels above each other."""
    if upper is None and lower is None:
        return " ", Style.null()
    if upper is None:
        return "▄", Style(color=lower)
    return "▀", Style(color=upper, bgcolor=lower)


def enlarged(rows: Sequence[Sequence[_Value]], scale: int) -> list[list[_Value]]:
    """Each value of some rows as `scale` by `scale` of them."""
    return [line for row in rows for line in [[value for value in row for _ in range(scale)]] * scale]


@cache
def greys(terminal: Terminal) -> tuple[Color, ...]:
    """The 256 greys from black to white; with 256 colours the nearest of the 26 among them."""
    if terminal.colour == "truecolor":
        return tuple(Color.from_rgb(value, value, value) for value in range(256))
    return tuple(
        Color.from_ansi(min(_GREYS, key=lambda known: abs(known[0] - value))[1]) for value in range(256)
    )


@lru_cache(maxsize=_MOST_CACHED)
def pixel(rgb: tuple[int, int, int], terminal: Terminal) -> Color:
    """The colour of red, green and blue from 0 to 255, or the nearest that the terminal has."""
    colour = Color.from_rgb(*rgb)
    if terminal.colour == "truecolor":
        return colour
    return colour.downgrade(ColorSystem.EIGHT_BIT if terminal.colour == "256" else ColorSystem.STANDARD)


def dithered(colours: Sequence[tuple[int, int, int]], width: int) -> list[Color]:
    """Pixels in the nearest of 16 colours, mixed from neighbours in a pattern (Bayer's ordered dithering).

    Args:
        colours: Red, green and blue of each pixel, row by row.
        width: Pixels a row.
    """
    terminal = Terminal("16", unicode=True, slow=False)
    pixels = []
    for at, rgb in enumerate(colours):
        row, column = divmod(at, width)
        shift = _BAYER[row % 4][column % 4]
        red, green, blue = (min(max(part + shift, 0), 255) for part in rgb)
        pixels.append(pixel((red, green, blue), terminal))
    return pixels
