"""Pictures of a few dozen pixels as characters: grey x-rays and binary spikes."""

from __future__ import annotations

from itertools import zip_longest

from rich.style import Style
from rich.text import Text

from snn_tui.render.blocks import enlarged, greys, half_blocks
from snn_tui.render.canvas import Canvas
from snn_tui.render.frame import joined
from snn_tui.render.palette import Theme
from snn_tui.render.terminal import Terminal
from snn_tui.values.dataset import Picture

_RAMP = " .:-=+*#%@"
_HALVES = (" ", "▀", "▄", "█")
_HALVES_ASCII = (" ", "'", ".", ":")


def grey(pixels: bytes, height: int, width: int, canvas: Canvas, scale: int = 1) -> Text:
    """A grey picture, two pixel rows a line.

    With 256 colours or more these are half blocks in 26 to 256 greys; otherwise, or without unicode, an
    ASCII ramp over the mean of both rows.

    Args:
        pixels: `[height * width]` bytes, row by row, 0 black to 255 white.
        height: Pixel rows.
        width: Pixel columns.
        canvas: What it is drawn on; its size does not matter.
        scale: Each pixel becomes `scale` by `scale` of them.

    Returns:
        `ceil(height * scale / 2)` lines of `width * scale` cells.

    Raises:
        ValueError: `pixels` has another size than `height * width`, or the scale is below 1.
    """
    rows = _rows(pixels, height, width, scale)
    if canvas.terminal.pixels:
        return joined(half_blocks(rows, greys(canvas.terminal).__getitem__))
    lines = (
        "".join(_ramp((a + b) // 2, canvas.theme) for a, b in zip(upper, lower or upper, strict=True))
        for upper, lower in zip_longest(rows[::2], rows[1::2])
    )
    return Text("\n".join(lines), no_wrap=True, end="")


def _ramp(value: int, theme: Theme) -> str:
    return _RAMP[(255 - value if theme == "light" else value) * len(_RAMP) // 256]


def scale_that_fits(image: Picture, canvas: Canvas) -> int:
    """The largest scale at which an image lies whole on a canvas, at least 1."""
    return max(1, min(canvas.width // image.width, 2 * canvas.height // image.height))


def fitted(image: Picture, canvas: Canvas) -> Text:
    """A grey image as large as there is room for."""
    return grey(image.pixels, image.height, image.width, canvas, scale_that_fits(image, canvas))


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
        ValueError: `bits` has another size than `height * width`, or the scale is below 1.
    """
    rows = _rows(bits, height, width, scale)
    if len(rows) % 2:
        rows.append([0] * (width * scale))
    glyphs = _HALVES if terminal.unicode else _HALVES_ASCII
    lines = (
        "".join(glyphs[bool(a) + 2 * bool(b)] for a, b in zip(upper, lower, strict=True))
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    )
    return Text("\n".join(lines), style=style, no_wrap=True, end="")


def _rows(pixels: bytes, height: int, width: int, scale: int) -> list[list[int]]:
    if len(pixels) != height * width:
        raise ValueError(f"{height} x {width} pixels expected, {len(pixels)} given")
    if scale < 1:
        raise ValueError(f"a scale of 1 or more expected, {scale} given")
    return enlarged([pixels[start : start + width] for start in range(0, len(pixels), width)], scale)
