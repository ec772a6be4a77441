"""What the training images of a run are like, as values, and in which ways another image is not like them."""

from __future__ import annotations

import msgspec

from snn_tui.values.numbers import Count

INVERTED = "looks inverted"
"""The `kind` of the warning that inverting the picture mends."""

NO_INPUT = ("input not stored", "input of another size")
"""Kinds of warnings of a stored trace whose image is drawn in place of what went into the network."""


class ImageStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """Ranges in which nearly all training images lie, in grey levels from 0 to 255, and their mean.

    Args:
        images: Training images they were measured on.
        mean_image: The mean of each pixel, row by row; of the grey of images in colour, and of blocks of
            pixels where images are larger than 64 pixels a side.
        brightest: Least of each image's brightest pixel.
        mean: Least and greatest mean of an image.
        contrast: Least and greatest standard deviation of an image's pixels.
        likeness: Least correlation of an image with `mean_image`.
        roughness: Least and greatest difference between adjacent pixels (root mean square), in standard
            deviations of the image.
    """

    images: Count
    mean_image: bytes
    brightest: float
    mean: tuple[float, float]
    contrast: tuple[float, float]
    likeness: float
    roughness: tuple[float, float]


class ImageWarning(msgspec.Struct, frozen=True):
    """A way in which an image is not like those the network was trained on.

    Args:
        kind: In two or three words, such as `looks inverted`.
        text: One sentence with the numbers, without a full stop.
    """

    kind: str
    text: str
