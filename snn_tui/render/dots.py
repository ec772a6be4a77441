"""Binary pictures where there is little room: braille, two by four pixels a cell."""

from __future__ import annotations

from rich.style import Style
from rich.text import Text

from snn_tui.render.terminal import Terminal

_DENSITY = " .:-=+*#@"
# Bit of each dot of a cell, by row and column.
DOT_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
BRAILLE = 0x2800


def braille(bits: bytes, height: int, width: int, terminal: Terminal, style: Style | str = "") -> Text:
    """A binary picture. Without unicode a cell's density is shown instead of its dots.

    Args:
        bits: `[height * width]` bytes, row by row; a spike is anything but 0.
        height: Pixel rows.
        width: Pixel columns.
        terminal: What may be drawn.
        style: Style of the spikes.

    Returns:
        `ceil(height / 4)` lines of `ceil(width / 2)` cells.

    Raises:
        ValueError: `bits` has another size than `height * width`.
    """
    if len(bits) != height * width:
        raise ValueError(f"{height} x {width} pixels expected, {len(bits)} given")
    rows = [bits[row * width : (row + 1) * width] for row in range(height)]

    def cell(top: int, left: int) -> str:
        dots = [
            DOT_BITS[row - top][column - left]
            for row in range(top, min(top + 4, height))
            for column in range(left, min(left + 2, width))
            if rows[row][column]
        ]
        return chr(BRAILLE + sum(dots)) if terminal.unicode else _DENSITY[len(dots)]

    lines = ("".join(cell(top, left) for left in range(0, width, 2)) for top in range(0, height, 4))
    return Text("\n".join(lines), style=style, no_wrap=True, end="")
