"""Data sets as values: classes, splits, counts of images, pictures.

Class 0 is normal, class 1 is pneumonia, and pneumonia is the positive class throughout.
"""

from __future__ import annotations

import msgspec

from snn_tui.values.image_statistics import ImageStatistics
from snn_tui.values.numbers import Whole

CLASSES = ("normal", "pneumonia")


SPLITS = ("train", "val", "test")


class Counts(msgspec.Struct, frozen=True):
    """Images of each class in a split."""

    normal: Whole
    pneumonia: Whole


class DatasetSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The data set that a run was trained on.

    Args:
        name: Name for people, such as `PneumoniaMNIST`.
        synthetic: Whether the images are generated phantoms and not x-rays.
        source: The file, or how the images were made.
        notice: What the user should know about the source; may be empty.
        before: Images of each class by split, before balancing.
        after: Images of each class by split, after balancing.
        checksums: What identifies each split's images and labels, before a fold is set apart and before
            balancing; empty for runs of versions that did not record it.
        training_images: What the images of train are like, before balancing; None for runs of versions that
            did not record it.
    """

    name: str
    synthetic: bool
    source: str
    notice: str
    before: dict[str, Counts]
    after: dict[str, Counts]
    checksums: dict[str, str] = {}
    training_images: ImageStatistics | None = None


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A grey image.

    Args:
        pixels: `[height * width]` bytes, row by row, from 0 (black) to 255 (white).
        height: Rows of pixels.
        width: Columns of pixels.
        label: Its true class; None for a file of the user, whose class is not known.
    """

    pixels: bytes
    height: int
    width: int
    label: int | None
