"""Pictures as characters: images in grey or in colour, and binary spikes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, zip_longest
from operator import sub

import msgspec
from rich.style import Style
from rich.text import Text

from snn_tui.render.blocks import Pixel, dithered, enlarged, greys, half_blocks, pixel
from snn_tui.render.canvas import Canvas
from snn_tui.render.frame import joined
from snn_tui.render.palette import Theme
from snn_tui.render.terminal import Terminal
from snn_tui.values.dataset import Picture

RGB = tuple[int, int, int]

_RAMP = " .:-=+*#%@"
_HALVES = (" ", "▀", "▄", "█")
_HALVES_ASCII = (" ", "'", ".", ":")
_INK = {"dark": 255, "light": 150}  # the strongest part of a coloured letter's colour, on each background


def drawn(image: Picture, canvas: Canvas, *, ascii: bool = False) -> Text:
    """An image as large as there is room for, two rows of pixels a line.

    A small image is enlarged by a whole factor, a large one shrunk by the average over areas. With 256
    colours or more these are half blocks; a picture in colours has them with 16 colours, too. Otherwise it is
    ASCII art, by brightness, in the picture's hues where the terminal has colours.

    Args:
        image: The image, of one channel or three.
        canvas: What it is drawn on; the drawing keeps the image's proportions within the canvas' size.
        ascii: Whether to draw ASCII art whatever the terminal can show.
    """
    rows, columns = size_that_fits(image, canvas)
    return in_size(image, rows, columns, canvas.in_ascii() if ascii else canvas)


def in_size(image: Picture, rows: int, columns: int, canvas: Canvas) -> Text:
    """An image as `drawn` draws it, in a size of one's own.

    Args:
        image: The image, of one channel or three.
        rows: Rows of pixels of the drawing: `ceil(rows / 2)` lines.
        columns: Columns of pixels of the drawing, a cell each.
        canvas: What it is drawn on; its size does not matter.
    """
    image = resized(image, rows, columns)
    terminal = canvas.terminal
    if blocks_fit(image.channels, terminal):
        return joined(half_blocks(pixels_of(image, terminal)))
    return _letters(image, canvas)


def size_that_fits(image: Picture, canvas: Canvas) -> tuple[int, int]:
    """The rows and columns of pixels in which an image lies whole on a canvas, at least one of each."""
    width, height = canvas.width, 2 * canvas.height
    scale = min(width // image.width, height // image.height)
    if scale >= 1:
        return image.height * scale, image.width * scale
    # Whole numbers only: a factor as a float would lose a column now and then.
    if width * image.height <= height * image.width:
        return max(width * image.height // image.width, 1), max(width, 1)
    return max(height, 1), max(height * image.width // image.height, 1)


def blocks_fit(channels: int, terminal: Terminal) -> bool:
    """Whether an image of so many channels is drawn in half blocks, where ASCII art is not asked for."""
    return terminal.pixels or (channels > 1 and terminal.unicode and terminal.colour == "16")


def pixels_of(image: Picture, terminal: Terminal) -> list[list[Pixel]]:
    """The colour of each of an image's pixels, row by row."""
    width = image.width
    pixels: Sequence[Pixel]
    if image.channels == 1:
        pixels = [*map(greys(terminal).__getitem__, image.pixels)]
    elif terminal.colour == "16":
        pixels = dithered(colours(image), width)
    else:
        pixels = [pixel(rgb, terminal) for rgb in colours(image)]
    return [[*pixels[start : start + width]] for start in range(0, len(pixels), width)]


def colours(image: Picture) -> list[RGB]:
    """Red, green and blue of each pixel, row by row; the same three times where the image is grey."""
    parts = [image.pixels[channel % image.channels :: image.channels] for channel in range(3)]
    return list(zip(*parts, strict=True))


def brightness(image: Picture) -> bytes:
    """The luminance of each pixel, row by row, with the weights of ITU-R BT.601."""
    if image.channels == 1:
        return image.pixels
    return bytes((299 * red + 587 * green + 114 * blue) // 1000 for red, green, blue in colours(image))


def resized(image: Picture, rows: int, columns: int) -> Picture:
    """An image in another size: pixels repeated where it gets larger, averages over areas where smaller."""
    if (rows, columns) == (image.height, image.width):
        return image
    if rows % image.height == 0 and columns % image.width == 0:
        step = image.width * image.channels
        lines = []
        for start in range(0, len(image.pixels), step):
            line = image.pixels[start : start + step]
            across = columns // image.width
            wide = b"".join(line[at : at + image.channels] * across for at in range(0, step, image.channels))
            lines.append(wide * (rows // image.height))
        pixels = b"".join(lines)
    else:
        pixels = _averaged(image.pixels, image.height, image.width, image.channels, rows, columns)
    return msgspec.structs.replace(image, pixels=pixels, height=rows, width=columns)


@lru_cache(maxsize=64)
def _averaged(pixels: bytes, height: int, width: int, channels: int, rows: int, columns: int) -> bytes:
    """Pixels averaged over areas, each pixel counting by the part of it that lies in the area."""
    out = bytearray(rows * columns * channels)
    row_length = width * channels
    for channel in range(channels):
        lines = [
            _spans(pixels[start + channel : start + row_length : channels], columns)
            for start in range(0, height * row_length, row_length)
        ]
        whole = (width / columns) * (height / rows)
        for column, line in enumerate(zip(*lines, strict=True)):
            part = [min(round(value / whole), 255) for value in _spans(line, rows)]
            out[column * channels + channel :: columns * channels] = bytes(part)
    return bytes(out)


def _spans(values: Sequence[float], parts: int) -> list[float]:
    """The sums of values over as many equally wide spans."""
    sums = [*accumulate(values, initial=0.0)]
    padded = [*values, 0.0]
    edges = [sums[whole] + share * padded[whole] for whole, share in _edges(len(values), parts)]
    return [*map(sub, edges[1:], edges)]


@lru_cache(maxsize=64)
def _edges(size: int, parts: int) -> list[tuple[int, float]]:
    """Where spans begin and end: before which value, and by which share of it further on."""
    places = [divmod(part * size, parts) for part in range(parts + 1)]
    return [(whole, remainder / parts) for whole, remainder in places]


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
    return _ramped(rows, canvas.theme)


def _ramped(rows: Sequence[Sequence[int]], theme: Theme) -> Text:
    lines = (
        "".join(_ramp((a + b) // 2, theme) for a, b in zip(upper, lower or upper, strict=True))
        for upper, lower in zip_longest(rows[::2], rows[1::2])
    )
    return Text("\n".join(lines), no_wrap=True, end="")


def _ramp(value: int, theme: Theme) -> str:
    return _RAMP[(255 - value if theme == "light" else value) * len(_RAMP) // 256]


def _letters(image: Picture, canvas: Canvas) -> Text:
    """An image as ASCII art: how dense a character is says how bright, its colour the hue."""
    text = _ramped(_rows(brightness(image), image.height, image.width, 1), canvas.theme)
    if image.channels == 1 or canvas.terminal.colour == "none":
        return text
    parts = colours(image)
    rows = [parts[start : start + image.width] for start in range(0, len(parts), image.width)]
    coloured = Text(no_wrap=True, end="")
    for line, upper, lower in zip_longest(text.plain.split("\n"), rows[::2], rows[1::2]):
        coloured.append("\n" if coloured else "")
        for glyph, above, below in zip(line, upper, lower or upper, strict=True):
            mean = [(one + other) // 2 for one, other in zip(above, below, strict=True)]
            coloured.append(glyph, Style.null() if glyph == " " else _hue((*mean,), canvas))
    return coloured


def _hue(rgb: tuple[int, ...], canvas: Canvas) -> Style:
    """The colour of a character: as strong whatever the brightness, which the character itself says."""
    # In a few steps, so that neighbours are alike and a line is not a colour for each cell.
    strongest = max(*rgb, 1)
    red, green, blue = (round(part / strongest * 8) * _INK[canvas.theme] // 8 for part in rgb)
    return Style(color=pixel((red, green, blue), canvas.terminal))


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


def scale_that_fits(image: Picture, canvas: Canvas) -> int:
    """The largest scale at which an image lies whole on a canvas, at least 1."""
    return max(1, min(canvas.width // image.width, 2 * canvas.height // image.height))


def _rows(pixels: bytes, height: int, width: int, scale: int) -> list[list[int]]:
    if len(pixels) != height * width:
        raise ValueError(f"{height} x {width} pixels expected, {len(pixels)} given")
    if scale < 1:
        raise ValueError(f"a scale of 1 or more expected, {scale} given")
    return enlarged([pixels[start : start + width] for start in range(0, len(pixels), width)], scale)
