"""Coloured pixels as half blocks, two pixel rows a line."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from rich.color import Color
from rich.style import Style
from rich.text import Text

Pixel = Color | None
"""A colour; None leaves the terminal's background."""


def half_blocks(rows: Sequence[Sequence[Pixel]]) -> list[Text]:
    """Pixels as `ceil(rows / 2)` lines. Neighbours of the same colours become one span."""
    lines = []
    for top in range(0, len(rows), 2):
        upper = rows[top]
        lower = rows[top + 1] if top + 1 < len(rows) else [None] * len(upper)
        line, start = Text(no_wrap=True, end=""), 0
        cells = list(zip(upper, lower, strict=True))
        for column in range(1, len(cells) + 1):
            if column == len(cells) or cells[column] != cells[start]:
                glyph, style = _block(*cells[start])
                line.append(glyph * (column - start), style)
                start = column
        lines.append(line)
    return lines


@cache
def _block(upper: Pixel, lower: Pixel) -> tuple[str, Style]:
    if upper is None and lower is None:
        return " ", Style.null()
    if upper is None:
        return "▄", Style(color=lower)
    return "▀", Style(color=upper, bgcolor=lower)
