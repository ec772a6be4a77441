"""Data sets: splits of images, and where they come from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from snn_tui.data.rows import Pixels, parts, take
from snn_tui.values.dataset import Counts
from snn_tui.values.task import Task

OnProgress = Callable[[str, float | None], None]
"""Called with what is being done and how much of it is done, from 0 to 1, or None where nobody knows."""


@dataclass(frozen=True, eq=False)
class Split:
    """The images of one split, in file order.

    Args:
        images: `[N, H, W]` uint8, 0 black to 255 white; `[N, H, W, 3]`, red, green and blue, in colour. Those
            of a large set are mapped from a file: never copy them whole, see `rows.parts`.
        labels: `[N]` uint8, the index of each image's class; `[N, K]`, 1 for each label it has, of a task
            with several labels.
        ids: `[N]` int64, each image's index in this split of the file, kept through balancing.
        names: Each image's file, relative to the data set's folder; empty where images have no files.
    """

    images: Pixels
    labels: npt.NDArray[np.uint8]
    ids: npt.NDArray[np.int64]
    names: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.labels)

    def counts(self, classes: Sequence[str]) -> Counts:
        """Images of each class, or with each label, by its name in the order of the classes."""
        several = self.labels.ndim == 2
        numbers = self.labels.sum(0) if several else np.bincount(self.labels, minlength=len(classes))
        return dict(zip(classes, map(int, numbers), strict=True))

    def classes_of(self, index: int) -> tuple[int, ...]:
        """Indices of the classes of the image at an index: one, or any number of several labels."""
        label = self.labels[index]
        return tuple(map(int, np.flatnonzero(label))) if self.labels.ndim == 2 else (int(label),)

    def checksum(self) -> str:
        """What identifies the images and labels, whatever file they are in: 32 hexadecimal digits."""
        digest = hashlib.sha256(repr(self.images.shape).encode())
        for part in parts(self.images):
            digest.update(np.ascontiguousarray(part).data)
        digest.update(np.ascontiguousarray(self.labels).data)
        return digest.hexdigest()[:32]

    def take(self, indices: npt.NDArray[np.int64]) -> Split:
        """The images at the indices `[M]`, in that order, with their ids and names."""
        names = tuple(self.names[index] for index in indices) if self.names else ()
        return Split(take(self.images, indices), self.labels[indices], self.ids[indices], names)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set of three splits.

    Args:
        task: What it asks.
        source: The file's path, or how the images were made.
        synthetic: Whether the images are generated phantoms and not real ones.
        notice: What the user should know about the source; empty where nothing.
        splits: `train`, `val` and `test`.
        checksums: Each split's `Split.checksum` as the source has it, before a fold is set apart and before
            balancing.
        comparable: Whether test is PneumoniaMNIST's, so that the published scores may stand beside it.
        official: Whether the file is the official one of a set of MedMNIST, so that scores published on its
            test split may stand beside those of all images of test.
        differing: Names of the splits that are not those a run was trained on; see `evaluation.images`.
        report: What the notice sums up, in full, a line each, but for what an audit finds in the images; None
            where the notice is all of it.
    """

    task: Task
    source: str
    synthetic: bool
    notice: str
    splits: dict[str, Split]
    checksums: dict[str, str] = field(default_factory=dict)
    comparable: bool = False
    official: bool = False
    differing: tuple[str, ...] = ()
    report: tuple[str, ...] | None = None

    @property
    def name(self) -> str:
        """Its name for people, such as `PneumoniaMNIST`."""
        return self.task.name

    @property
    def full_report(self) -> tuple[str, ...]:
        """The report, or the notice where it is all there is to say; empty where there is nothing."""
        return tuple(filter(None, [self.notice])) if self.report is None else self.report

    def counts(self) -> dict[str, Counts]:
        """Images of each class, by split."""
        return {name: split.counts(self.task.classes) for name, split in self.splits.items()}


class Source(Protocol):
    """Where images come from; both methods take the value of `--data`, or None."""

    def load(self, data: str | None, on_progress: OnProgress) -> Dataset:
        """Read, download or make the whole data set.

        Raises:
            DataError: The file is missing or faulty, or could not be downloaded.
        """

    def at_hand(self, data: str | None) -> bool:
        """Whether `load` would need no download.

        Raises:
            DataError: A file was named that is not there.
        """


class NamedSource(Source, Protocol):
    """A source whose task is known before its images are there."""

    @property
    def task(self) -> Task:
        """What its data set asks."""

    def of_size(self, size: int | None) -> Source:
        """The source of its images with another height and width in pixels; None for its usual one."""
