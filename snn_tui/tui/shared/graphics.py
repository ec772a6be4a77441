"""Sharper pictures, in terminals that speak Kitty's graphics protocol or Sixel; an optional extra.

`pip install 'snn-tui[pictures]'` brings textual-image, which asks the terminal what it speaks. Where that is
neither, or the extra is not there, nothing is different.
"""

from __future__ import annotations

import importlib
import importlib.util
import io
from collections.abc import Callable

from textual.widget import Widget

from snn_tui.render.terminal import Terminal
from snn_tui.values.dataset import Picture

NewImage = Callable[[], Widget]
"""Makes a widget that shows the picture file its attribute `image` is set to."""


def find(terminal: Terminal) -> NewImage | None:
    """What shows sharp pictures on this terminal, None where there is nothing that does.

    To be called before Textual runs: the terminal's answers are read from the standard input. A picture is
    some ten thousand bytes, so over a slow line there are none.
    """
    if terminal.slow or not terminal.unicode or terminal.colour != "truecolor":
        return None
    if importlib.util.find_spec("textual_image") is None:
        return None
    kinds = importlib.import_module("textual_image.renderable")
    if kinds.Image not in (kinds.TGPImage, kinds.SixelImage):
        return None
    made: NewImage = importlib.import_module("textual_image.widget").Image
    return made


def picture_file(picture: Picture) -> io.BytesIO:
    """A picture as a file: of grey (PGM), or of red, green and blue (PPM)."""
    kind = "P5" if picture.channels == 1 else "P6"
    return io.BytesIO(f"{kind} {picture.width} {picture.height} 255\n".encode() + picture.pixels)
