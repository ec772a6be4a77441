"""Which image a network is shown: one of a split, or a picture file."""

from __future__ import annotations

import msgspec

PICTURE_KINDS = "PNG, JPEG, TIFF, BMP, WebP or DICOM"
"""Kinds of picture files that are read."""


class SplitImage(msgspec.Struct, frozen=True, tag=True):
    """An image of the data set.

    Args:
        split: train, val or test.
        index: Its index in the split, from 0.
        inverted: Whether it is inverted first, black to white.
    """

    split: str
    index: int
    inverted: bool = False


class PictureFile(msgspec.Struct, frozen=True, tag=True):
    """A picture file of the user's own, by its path.

    Args:
        path: The file.
        inverted: Whether it is inverted first, black to white.
    """

    path: str
    inverted: bool = False


ImageRef = SplitImage | PictureFile
