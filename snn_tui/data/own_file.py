"""A file of one's own in MedMNIST's layout."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from snn_tui.config.paths import typed_path
from snn_tui.data import medmnist_file
from snn_tui.data.dataset import Dataset, OnProgress
from snn_tui.data.medmnist_sets import SETS
from snn_tui.data.npz import REMEDY, Archive, reason, shape_text
from snn_tui.data.npz_splits import Contents, Labels, Layout, read_splits
from snn_tui.errors import DataError
from snn_tui.values.task import MOST_CLASSES, Task
from snn_tui.values.words import listed


@dataclass(frozen=True)
class OwnFile:
    """A file of any name, classes, channels and size of images.

    Args:
        classes: Names of the classes, in the order of their labels; of two, the second is the positive one.
            Empty to name them by their labels.
        size: Height and width that the images have to have; None for any.
    """

    classes: tuple[str, ...] = ()
    size: int | None = None

    other_contents = "name all its classes with --labels"
    """What to do where it has more classes than names; see `Expected.other_contents`."""

    def load(self, data: str | None, on_progress: OnProgress) -> Dataset:
        """Read the file; see `Source.load`. An official file of MedMNIST is the set that it is."""
        path = self._path(data)
        on_progress(f"reading {path.name}", None)
        found = read_splits(path, self, REMEDY, on_progress)
        alike = SETS.get((medmnist_file.set_of_sizes(found.layout.sizes) or "").lower())
        if alike and not self.classes and found.md5 == alike.md5.get(found.layout.side):
            return alike.dataset(path, found)
        notes = (*self._notes(found), *found.notes)
        return Dataset(found.task, str(path), False, "; ".join(notes), found.splits)

    def at_hand(self, data: str | None) -> bool:
        """Whether the file is there, which it has to be; see `Source.at_hand`."""
        return self._path(data).is_file()

    def check(self, archive: Archive, layout: Layout) -> None:
        """Refuse images of another size than the one asked for; see `Expected.check`."""
        if self.size not in (None, layout.side):
            raise archive.fault(
                f"its images have {layout.side} pixels a side, not {self.size}", "leave out --size"
            )
        if self.classes and layout.columns not in (None, len(self.classes)):
            shape = shape_text(archive.header("train_labels").shape)
            raise archive.fault(
                f"train_labels is {shape}, but --labels has {len(self.classes)} names",
                f"give {layout.columns} names",
            )

    def task_of(self, archive: Archive, layout: Layout, labels: dict[str, Labels]) -> Task:
        """What it asks, as its labels say; see `Expected.task_of`."""
        number = layout.columns or 1 + max(int(part.max()) for part in labels.values())
        if not self.classes and number > MOST_CLASSES:
            raise archive.fault(
                f"its labels go up to {number - 1}, and {MOST_CLASSES} classes are the most",
                "number the classes from 0 on",
            )
        if len(self.classes) > number:
            known = listed([str(index) for index in range(number)]) if number < 4 else f"0 to {number - 1}"
            raise archive.fault(
                f"--labels has {len(self.classes)} names, but the labels are {known}",
                f"give {number} names" if number > 1 else "",
            )
        classes = self.classes or tuple(f"label {index}" for index in range(number))
        binary = layout.columns is None and len(classes) == 2
        return Task(
            name=archive.path.stem,
            classes=classes,
            kind="multilabel" if layout.columns else "binary" if binary else "multiclass",
            positive=1 if binary else None,
            channels=layout.channels,
            side=layout.side,
        )

    def _notes(self, found: Contents) -> tuple[str, ...]:
        if self.classes:
            return ()
        alike = medmnist_file.set_of_sizes(found.layout.sizes)
        if alike:
            return (f"it has as many images as {alike}: if it is, give --dataset {alike.lower()}",)
        return ("its classes are named by their labels: --labels gives them names",)

    def _path(self, data: str | None) -> Path:
        path = Path(typed_path(data or ""))
        try:
            if stat.S_ISDIR(os.stat(path).st_mode):
                what = "a folder, whose classes have the names of its folders"
                raise DataError(what, where=str(path), remedy="leave --labels out, or name a file")
        except (OSError, ValueError) as error:
            raise DataError(reason(error), where=str(path), remedy=REMEDY) from error
        return path
