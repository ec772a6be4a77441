"""What a data set holds: classes, splits, counts and pictures.

Class 0 is normal, class 1 is pneumonia, and pneumonia is the positive class throughout.
"""

from __future__ import annotations

import msgspec

from snn_tui.values.numbers import Whole

CLASSES = ("normal", "pneumonia")


SPLITS = ("train", "val", "test")


class Counts(msgspec.Struct, frozen=True):
    """Images of each class in a split."""

    normal: Whole
    pneumonia: Whole


class DatasetSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What a run was trained on.

    Args:
        name: Name to show, such as `PneumoniaMNIST`.
        synthetic: Whether the images are generated, not x-rays.
        source: The file, or how the images were made.
        notice: What the user should know about the source; empty where nothing.
        before: Images by split as found.
        after: Images by split as used, after balancing.
    """

    name: str
    synthetic: bool
    source: str
    notice: str
    before: dict[str, Counts]
    after: dict[str, Counts]


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A grey image: `pixels` is `[height * width]` bytes, row by row, 0 black to 255 white.

    `label` is its true class, None for a picture of one's own.
    """

    pixels: bytes
    height: int
    width: int
    label: int | None
