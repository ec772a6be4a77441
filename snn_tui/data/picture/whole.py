"""A whole picture of a file in 8 bits, before its middle square is made small."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

WHITE_IS_ZERO = "0 is white in this file, so its values were inverted"


@dataclass(frozen=True, eq=False)
class Whole:
    """The picture of a file, and how it became one of 8 bits.

    Args:
        image: Of mode `L` or `RGB`; one without any colour is `L`.
        depth: Bits a sample of the file.
        bits: How many of them are in use; fewer than `depth` were stretched to the full range.
        notes: What else was done to the samples, a sentence each.
    """

    image: Image.Image
    depth: int = 8
    bits: int = 8
    notes: tuple[str, ...] = ()


def grey_if_equal(image: Image.Image) -> Image.Image:
    """An RGB picture without any colour as a grey one."""
    if image.mode == "L":
        return image
    red, green, blue = image.split()
    return red if red.tobytes() == green.tobytes() == blue.tobytes() else image


def upright(image: Image.Image) -> Image.Image:
    """The picture as it was taken, where the file says how the camera was turned."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001 - a garbled note on the camera's turn does not spoil the picture
        return image


def over_black(image: Image.Image) -> Image.Image:
    """The picture with what is transparent laid over black; one without transparency as it is."""
    if image.mode not in ("LA", "PA", "RGBA") and "transparency" not in image.info:
        return image
    layers = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layers.size, (0, 0, 0, 255)), layers)


def small_square(image: Image.Image, side: int) -> npt.NDArray[np.uint8]:
    """The middle square of the shorter side at `[side, side]`, or `[side, side, 3]` in colour: bicubic."""
    edge = min(image.size)
    left, top = (image.width - edge) // 2, (image.height - edge) // 2
    square = image.crop((left, top, left + edge, top + edge))
    return np.asarray(square.resize((side, side), Image.Resampling.BICUBIC), dtype=np.uint8).copy()
