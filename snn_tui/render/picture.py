"""Pictures of a few dozen pixels as characters: grey x-rays and binary spikes."""

from __future__ import annotations

from functools import cache

from rich.color import Color
from rich.style import Style
from rich.text import Text

from snn_tui.render.canvas import Canvas, Theme
from snn_tui.render.terminal import Terminal
from snn_tui.values.dataset import Picture

_RAMP = " .:-=+*#%@"
_HALVES = (" ", "▀", "▄", "█")
_HALVES_ASCII = (" ", "'", ".", ":")
# The greys among the 256 colours: black, 24 steps from 8 to 238, white.
_GREYS = ((0, 16), *((8 + 10 * step, 232 + step) for step in range(24)), (255, 231))


def grey(pixels: bytes, height: int, width: int, canvas: Canvas, scale: int = 1) -> Text:
    """A grey picture, two pixel rows a line.

    With 256 colours or more these are half blocks in 26 to 256 greys; otherwise, or without unicode, an
    ASCII ramp over the mean of both rows.

    Args:
        pixels: `[height * width]` bytes, row by row, 0 black to 255 white.
        height: Pixel rows.
        width: Pixel columns.
        canvas: What it is drawn on.
        scale: Each pixel becomes `scale` by `scale` of them.

    Returns:
        `ceil(height * scale / 2)` lines of `width * scale` cells.

    Raises:
        ValueError: `pixels` is not of the size given, or the scale below 1.
    """
    rows = _rows(pixels, height, width, scale)
    coloured = canvas.unicode and canvas.terminal.colour in ("truecolor", "256")
    lines = Text(no_wrap=True, end="")
    for top in range(0, len(rows), 2):
        if top:
            lines.append("\n")
        upper, lower = rows[top], rows[top + 1] if top + 1 < len(rows) else None
        if coloured:
            _append_half_blocks(lines, upper, lower, canvas.terminal.colour == "256")
        else:
            pairs = zip(upper, lower or upper, strict=True)
            lines.append("".join(_ramp((a + b) // 2, canvas.theme) for a, b in pairs))
    return lines


def scale_that_fits(image: Picture, canvas: Canvas) -> int:
    """The largest scale at which an image lies whole on a canvas, at least 1."""
    return max(1, min(canvas.width // image.width, 2 * canvas.height // image.height))


def fitted(image: Picture, canvas: Canvas) -> Text:
    """A grey image as large as there is room for."""
    return grey(image.pixels, image.height, image.width, canvas, scale_that_fits(image, canvas))


def _rows(pixels: bytes, height: int, width: int, scale: int) -> list[bytes]:
    if len(pixels) != height * width:
        raise ValueError(f"{height} x {width} pixels expected, {len(pixels)} given")
    if scale < 1:
        raise ValueError(f"a scale of 1 or more expected, {scale} given")
    rows = []
    for row in range(height):
        line = pixels[row * width : (row + 1) * width]
        rows += [bytes(value for value in line for _ in range(scale))] * scale
    return rows


def _append_half_blocks(lines: Text, upper: bytes, lower: bytes | None, indexed: bool) -> None:
    cells = list(zip(upper, lower if lower is not None else [None] * len(upper), strict=True))
    start = 0
    for column in range(1, len(cells) + 1):
        if column == len(cells) or cells[column] != cells[start]:
            lines.append("▀" * (column - start), _half_block_style(*cells[start], indexed))
            start = column


@cache
def _half_block_style(upper: int, lower: int | None, indexed: bool) -> Style:
    return Style(
        color=grey_colour(upper, indexed=indexed),
        bgcolor=None if lower is None else grey_colour(lower, indexed=indexed),
    )


@cache
def grey_colour(value: int, *, indexed: bool) -> Color:
    """A grey from 0 to 255; with `indexed` the nearest of the 26 among the 256 colours."""
    if not indexed:
        return Color.from_rgb(value, value, value)
    return Color.from_ansi(min(_GREYS, key=lambda known: abs(known[0] - value))[1])


def _ramp(value: int, theme: Theme) -> str:
    return _RAMP[(255 - value if theme == "light" else value) * len(_RAMP) // 256]


def spikes(
    bits: bytes, height: int, width: int, terminal: Terminal, scale: int = 1, style: Style | str = ""
) -> Text:
    """A binary picture in half blocks, two pixel rows a line, in one foreground colour.

    Args:
        bits: `[height * width]` bytes, row by row; a spike is anything but 0.
        height: Pixel rows.
        width: Pixel columns.
        terminal: What may be drawn; without unicode `'`, `.` and `:` are upper, lower and both.
        scale: Each pixel becomes `scale` by `scale` of them.
        style: Style of the spikes.

    Returns:
        `ceil(height * scale / 2)` lines of `width * scale` cells.

    Raises:
        ValueError: `bits` is not of the size given, or the scale below 1.
    """
    rows = _rows(bits, height, width, scale)
    if len(rows) % 2:
        rows.append(bytes(width * scale))
    glyphs = _HALVES if terminal.unicode else _HALVES_ASCII
    lines = (
        "".join(glyphs[bool(a) + 2 * bool(b)] for a, b in zip(rows[top], rows[top + 1], strict=True))
        for top in range(0, len(rows), 2)
    )
    return Text("\n".join(lines), style=style, no_wrap=True, end="")
