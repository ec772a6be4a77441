"""Which image a network is shown: one of a split, or a picture file."""

from __future__ import annotations

import msgspec


class SplitImage(msgspec.Struct, frozen=True, tag=True):
    """An image of the data set.

    Args:
        split: train, val or test.
        index: Its index in the split, from 0.
    """

    split: str
    index: int


class PictureFile(msgspec.Struct, frozen=True, tag=True):
    """A PNG or JPEG file of the user's own, by its path."""

    path: str


ImageRef = SplitImage | PictureFile
