"""Files of MedMNIST's sets: finding one, downloading it by the medmnist package, and checking it.

Yang et al., MedMNIST v2, Scientific Data 2023.
"""

from __future__ import annotations

import dataclasses
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from snn_tui.config.paths import typed_path
from snn_tui.config.run_config import MEDMNIST, OWN, SIDE
from snn_tui.data.dataset import Dataset, OnProgress, Split
from snn_tui.data.download import fetch, home_file
from snn_tui.data.npz import REMEDY, Archive, reason, shape_text
from snn_tui.data.npz_splits import Contents, Labels, Layout, read_splits
from snn_tui.errors import DataError
from snn_tui.values.dataset import SPLITS
from snn_tui.values.task import Task

VARIABLE = "SNN_TUI_DATA"

IMAGES: dict[str, tuple[int, int, int]] = {
    "PathMNIST": (89996, 10004, 7180),
    "ChestMNIST": (78468, 11219, 22433),
    "DermaMNIST": (7007, 1003, 2005),
    "OCTMNIST": (97477, 10832, 1000),
    "PneumoniaMNIST": (4708, 524, 624),
    "RetinaMNIST": (1080, 120, 400),
    "BreastMNIST": (546, 78, 156),
    "BloodMNIST": (11959, 1712, 3421),
    "TissueMNIST": (165466, 23640, 47280),
    "OrganAMNIST": (34561, 6491, 17778),
    "OrganCMNIST": (12975, 2392, 8216),
    "OrganSMNIST": (13932, 2452, 8827),
}
"""Images of train, val and test of MedMNIST's 2D sets, by their names."""


@dataclass(frozen=True)
class MedMNISTFile:
    """One of MedMNIST's 2D sets.

    Args:
        flag: Its name in the medmnist package, and of its file.
        task: What it asks, at 28 pixels.
        sizes: Images of train, val and test.
        md5: MD5 of the official files, by the height and width of their images.
        published_tests: Of the study's set, `Split.checksum` of further test splits that the study's scores
            may stand beside; None where they are of other images.
        size: Height and width of the images that are asked for; None for those of a file that the user names,
            else for 28.
    """

    flag: str
    task: Task
    sizes: tuple[int, int, int]
    md5: Mapping[int, str]
    published_tests: frozenset[str] | None = None
    size: int | None = None

    def of_size(self, size: int | None) -> MedMNISTFile:
        """The set with images of another height and width."""
        return dataclasses.replace(self, size=size)

    @property
    def other_contents(self) -> str:
        """What to do with a file of other classes; see `Expected.other_contents`."""
        return f"if it is not {self.task.name}, name it with --data and give --dataset {OWN}"

    @property
    def file(self) -> str:
        """Name of its file."""
        return f"{self.flag}.npz" if self.size in (None, SIDE) else f"{self.flag}_{self.size}.npz"

    def task_of_side(self, side: int) -> Task:
        """What it asks with images of a height and width in pixels."""
        return msgspec.structs.replace(self.task, side=side)

    def locate(self, data: str | None = None) -> Path | None:
        """Find the file without downloading it: `data`, else `$SNN_TUI_DATA`, else medmnist's own folder.

        Args:
            data: A file, or a folder with the set's file; None if the user gave none.

        Returns:
            The file, or None where the user named none and medmnist has not downloaded it yet.

        Raises:
            DataError: `data` or `$SNN_TUI_DATA` is set but leads to no file; no other file is taken instead.
        """
        if data is not None:
            return self._named(Path(typed_path(data)), REMEDY)
        if variable := os.environ.get(VARIABLE):
            path = Path(typed_path(variable))
            if path.name != self.file and path.stem.partition("_")[0] in MEDMNIST:
                path = path.parent  # the file of another set or size; this one's is beside it
            return self._named(path, f"correct or unset ${VARIABLE}, {REMEDY}")
        home = home_file(self.file)
        if home is None:
            return None
        try:
            os.stat(home)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            raise DataError(reason(error), where=str(home), remedy=REMEDY) from error
        return home

    def load(self, data: str | None, on_progress: OnProgress) -> Dataset:
        """Read the file that `locate` finds, or download it first; see `Source.load`."""
        path = self.locate(data) or fetch(self.flag, self.task.name, on_progress, self.size or SIDE)
        on_progress(f"reading {path.name}", None)
        return self.read(path, on_progress)

    def at_hand(self, data: str | None) -> bool:
        """Whether `locate` finds it; see `Source.at_hand`."""
        return self.locate(data) is not None

    def read(self, path: Path, on_progress: OnProgress = lambda what, fraction: None) -> Dataset:
        """Read and check a file in MedMNIST's layout; see `read_splits`.

        Any file of that layout will do whose labels are those of the set; where it is not the official one,
        the data set's notice says so.

        Raises:
            DataError: The file is missing, unreadable, broken, or holds something else; `where` is the file.
        """
        own_copy = path == home_file(self.file)
        remedy = f"delete it to have it downloaded again, or {REMEDY}" if own_copy else REMEDY
        return self.dataset(path, read_splits(path, self, remedy, on_progress))

    def dataset(self, path: Path, found: Contents) -> Dataset:
        """The set of a file's contents, which may not be the official ones."""
        side = found.layout.side
        official, tests = found.md5 == self.md5.get(side), self.published_tests
        comparable = tests is not None and side == SIDE
        comparable = comparable and (official or found.splits["test"].checksum() in (tests or ()))
        notes = found.notes if official else (self._notice(found.splits), *found.notes)
        task = self.task_of_side(side)
        return Dataset(
            task,
            str(path),
            False,
            "; ".join(notes),
            found.splits,
            comparable=comparable,
            official=official,
        )

    def check(self, archive: Archive, layout: Layout) -> None:
        """Refuse the file of another set, or images of other channels or size; see `Expected.check`."""
        refuse_other_set(archive, layout, self.task.name)
        side = self.size or layout.side
        if layout.side != side:
            raise archive.fault(
                f"its images have {layout.side} pixels a side, not {side}", "leave out --size"
            )
        name = "train_images"
        if layout.channels != self.task.channels:
            expected = f"[N, {side}, {side}]" if self.task.channels == 1 else f"[N, {side}, {side}, 3]"
            raise archive.fault(
                f"{name} is {shape_text(archive.header(name).shape)}, not {expected}", self.other_contents
            )
        columns = self.task.outputs if self.task.kind == "multilabel" else None
        if layout.columns != columns:
            shape = shape_text(archive.header("train_labels").shape)
            expected = "[N] or [N, 1]" if columns is None else f"[N, {columns}]"
            raise archive.fault(
                f"train_labels is {shape}, not {expected} as of {self.task.name}", self.other_contents
            )

    def task_of(self, archive: Archive, layout: Layout, labels: dict[str, Labels]) -> Task:
        """Its task at the size of the images; see `Expected.task_of`."""
        return self.task_of_side(layout.side)

    def _named(self, path: Path, remedy: str) -> Path:
        """The file at a path, which may be the folder it lies in."""
        try:
            if stat.S_ISDIR(os.stat(path).st_mode):
                folder, path = path, path / self.file
                try:
                    os.stat(path)
                except FileNotFoundError as error:
                    raise DataError(
                        f"no {self.file} in this folder", where=str(folder), remedy=remedy
                    ) from error
        except (OSError, ValueError) as error:
            raise DataError(reason(error), where=str(path), remedy=remedy) from error
        return path

    def _notice(self, splits: dict[str, Split]) -> str:
        differing = [
            f"{name} has {len(splits[name])} images, not {size}"
            for name, size in zip(SPLITS, self.sizes, strict=True)
            if len(splits[name]) != size
        ]
        return "not the official file: " + (", ".join(differing) or "the same sizes, but other contents")


def set_of_sizes(sizes: tuple[int, ...]) -> str | None:
    """Name of the 2D set of MedMNIST that has so many images in train, val and test."""
    return next((name for name, images in IMAGES.items() if images == sizes), None)


def refuse_other_set(archive: Archive, layout: Layout, name: str) -> None:
    """Raise DataError where a file has as many images as another set of MedMNIST than the one named."""
    other = set_of_sizes(layout.sizes)
    if other and other != name:
        what = f"this is {other}, whose labels mean something else, not {name}"
        raise archive.fault(what, f"give --dataset {other.lower()}")
