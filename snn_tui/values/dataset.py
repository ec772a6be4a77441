"""Data sets as values: splits, counts of images, pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from snn_tui.values.image_statistics import ImageStatistics
from snn_tui.values.numbers import ByName, Count
from snn_tui.values.task import PNEUMONIA, Task
from snn_tui.values.words import listed

SPLITS = ("train", "val", "test")


Counts = ByName[Count]
"""Images of each class in a split, by the class's name, in the order of the classes."""


class DatasetSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The data set that a run was trained on.

    Args:
        name: Name for people, such as `PneumoniaMNIST`.
        synthetic: Whether the images are generated phantoms and not real ones.
        source: The file, or how the images were made.
        notice: What the user should know about the source; may be empty.
        before: Images of each class by split, before balancing.
        after: Images of each class by split, after balancing.
        checksums: What identifies each split's images and labels, before a fold is set apart and before
            balancing; empty for runs of versions that did not record it.
        comparable: Whether test is PneumoniaMNIST's, so that the published scores may stand beside it; true
            for runs of versions that did not record it.
        task: What it asks; PneumoniaMNIST's for runs of versions that knew no other.
        training_images: What the images of train are like, before balancing; None for runs of versions that
            did not record it.
        sizes: Images by split, after balancing; empty for runs of versions that did not record it, which
            all had one label an image.
    """

    name: str
    synthetic: bool
    source: str
    notice: str
    before: ByName[Counts]
    after: ByName[Counts]
    checksums: ByName[str] = {}
    comparable: bool = True
    task: Task = PNEUMONIA
    training_images: ImageStatistics | None = None
    sizes: ByName[Count] = {}

    @property
    def images(self) -> dict[str, int]:
        """Images by split, after balancing; an image with several labels counts once."""
        return self.sizes or {split: sum(counts.values()) for split, counts in self.after.items()}


def differing_splits(
    trained: DatasetSummary | None, counts: Mapping[str, Counts], checksums: Mapping[str, str]
) -> tuple[str, ...]:
    """Names of the splits of which a run had other images than there are now.

    Runs of versions that recorded no checksums are compared by the number of images of each class.

    Args:
        trained: What the run was trained on; None where that is not known, and nothing differs.
        counts: Images of each class by split now, before balancing.
        checksums: As of `DatasetSummary`, now.
    """
    if trained is None:
        return ()
    if trained.checksums and checksums:
        return tuple(name for name in SPLITS if trained.checksums.get(name) != checksums.get(name))
    return tuple(name for name in SPLITS if name in trained.before and trained.before[name] != counts[name])


def other_images(differing: Sequence[str]) -> str:
    """What to say where splits are not those that a run was trained on; empty where all are."""
    verb = "differs" if len(differing) == 1 else "differ"
    return f"not the images the run was trained on: {listed(differing)} {verb}" if differing else ""


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """An image, grey or in colour.

    Args:
        pixels: `[height * width * channels]` bytes, row by row, from 0 (black) to 255 (white); red, green and
            blue of a pixel stand beside each other.
        height: Rows of pixels.
        width: Columns of pixels.
        labels: Indices of its true classes: one, or any number of a task with several labels; None for a file
            of the user, whose classes are not known.
        channels: 1 for grey, 3 for colour.
    """

    pixels: bytes
    height: int
    width: int
    labels: tuple[int, ...] | None
    channels: int = 1

    @property
    def label(self) -> int | None:
        """Its true class where it has exactly one."""
        return self.labels[0] if self.labels and len(self.labels) == 1 else None
