"""Files in MedMNIST's layout: finding one, downloading it by the medmnist package, and checking it.

Yang et al., MedMNIST v2, Scientific Data 2023.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from snn_tui.config.paths import typed_path
from snn_tui.config.run_config import MEDMNIST
from snn_tui.data import npz
from snn_tui.data.dataset import Dataset, OnProgress, Split
from snn_tui.data.download import fetch, home_file
from snn_tui.data.npz import REMEDY, Archive, Header, reason, shape_text
from snn_tui.errors import DataError
from snn_tui.values.dataset import SPLITS
from snn_tui.values.task import Task
from snn_tui.values.words import listed

VARIABLE = "SNN_TUI_DATA"
MAX_IMAGES = 1_000_000

SETS_BY_SIZE: dict[tuple[int, ...], str] = {
    (89996, 10004, 7180): "PathMNIST",
    (78468, 11219, 22433): "ChestMNIST",
    (7007, 1003, 2005): "DermaMNIST",
    (97477, 10832, 1000): "OCTMNIST",
    (1080, 120, 400): "RetinaMNIST",
    (546, 78, 156): "BreastMNIST",
    (4708, 524, 624): "PneumoniaMNIST",
    (11959, 1712, 3421): "BloodMNIST",
    (165466, 23640, 47280): "TissueMNIST",
    (34561, 6491, 17778): "OrganAMNIST",
    (12975, 2392, 8216): "OrganCMNIST",
    (13932, 2452, 8827): "OrganSMNIST",
    (971, 161, 610): "OrganMNIST3D",
    (1158, 165, 310): "NoduleMNIST3D",
    (1188, 98, 298): "AdrenalMNIST3D",
    (1027, 103, 240): "FractureMNIST3D",
    (1335, 191, 382): "VesselMNIST3D",
    (1230, 177, 352): "SynapseMNIST3D",
}
"""The sets of MedMNIST by the sizes of their train, val and test."""


@dataclass(frozen=True)
class NpzFile:
    """A file of one's own in MedMNIST's layout, whose classes the user names.

    Args:
        classes: Names of the classes, in the order of their labels; of two, the second is the positive one.
    """

    classes: tuple[str, ...]

    def load(self, data: str | None, on_progress: OnProgress) -> Dataset:
        """Read the file; see `Source.load`."""
        path = self._path(data)
        on_progress(f"reading {path.name}", None)
        task = Task(name=path.stem, classes=self.classes, positive=1)
        splits, _ = read_splits(path, task, REMEDY)
        return Dataset(task, str(path), False, "", splits)

    def at_hand(self, data: str | None) -> bool:
        """Whether the file is there, which it has to be; see `Source.at_hand`."""
        return self._path(data).is_file()

    def _path(self, data: str | None) -> Path:
        path = Path(typed_path(data or ""))
        try:
            if stat.S_ISDIR(os.stat(path).st_mode):
                raise DataError("a folder, not a file", where=str(path), remedy=REMEDY)
        except (OSError, ValueError) as error:
            raise DataError(reason(error), where=str(path), remedy=REMEDY) from error
        return path


@dataclass(frozen=True)
class MedMNISTFile:
    """One of MedMNIST's sets at 28 pixels.

    Args:
        flag: Its name in the medmnist package, and of its file.
        task: What it asks.
        sizes: Images of train, val and test.
        md5: MD5 of the official file.
        published_tests: Of the study's set, `Split.checksum` of further test splits that the study's scores
            may stand beside; None where they are of other images.
    """

    flag: str
    task: Task
    sizes: tuple[int, int, int]
    md5: str
    published_tests: frozenset[str] | None = None

    @property
    def file(self) -> str:
        """Name of its file."""
        return f"{self.flag}.npz"

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
            if (
                path.stem != self.flag and path.stem in MEDMNIST
            ):  # the file of another set; this one's is beside it
                path = path.parent
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
        path = self.locate(data) or fetch(self.flag, self.task.name, on_progress)
        on_progress(f"reading {path.name}", None)
        return self.read(path)

    def at_hand(self, data: str | None) -> bool:
        """Whether `locate` finds it; see `Source.at_hand`."""
        return self.locate(data) is not None

    def read(self, path: Path) -> Dataset:
        """Read and check a file in MedMNIST's layout: `{train,val,test}_{images,labels}`, uint8.

        Images are `[N, 28, 28]`, labels `[N]` or `[N, 1]`. Any file of that layout will do; where it is not
        the official one, the data set's notice says so.

        Raises:
            DataError: The file is missing, unreadable, broken, or holds something else; `where` is the file.
        """
        own_copy = path == home_file(self.file)
        remedy = f"delete it to have it downloaded again, or {REMEDY}" if own_copy else REMEDY
        splits, md5 = read_splits(path, self.task, remedy, self)
        official = md5 == self.md5
        tests = self.published_tests
        comparable = tests is not None and (official or splits["test"].checksum() in tests)
        notice = "" if official else self._notice(splits)
        return Dataset(self.task, str(path), False, notice, splits, comparable=comparable)

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


def read_splits(
    path: Path, task: Task, remedy: str, expected: MedMNISTFile | None = None
) -> tuple[dict[str, Split], str]:
    """Read and check the splits of a file.

    Args:
        path: The file.
        task: What its labels mean.
        remedy: What to do where the file is not right.
        expected: The set of MedMNIST that it is taken for; then a file of another set's sizes is refused.

    Returns:
        The splits, and the MD5 of the file.

    Raises:
        DataError: The file is missing, unreadable, broken, or holds something else.
    """
    with Archive(path, remedy) as archive:
        names = {split: (f"{split}_images", f"{split}_labels") for split in SPLITS}
        archive.require(name for pair in names.values() for name in pair)
        if expected is not None:
            _refuse_other_set(archive, [images for images, _ in names.values()], expected)
        # All headers first: nothing is unpacked before every size is known to be sane.
        total = sum(_check_headers(archive, images, labels, task) for images, labels in names.values())
        if total > npz.MAX_BYTES:
            most = npz.gigabytes(npz.MAX_BYTES)
            raise archive.fault(f"its arrays have {npz.gigabytes(total)} together, and {most} is the most")
        splits = {split: _read_split(archive, split, *pair, task) for split, pair in names.items()}
        return splits, archive.md5()


def _refuse_other_set(archive: Archive, names: list[str], expected: MedMNISTFile) -> None:
    """Raise DataError where the sizes are those of another set of MedMNIST."""
    shapes = [archive.header(name).shape for name in names]
    other = SETS_BY_SIZE.get(tuple(shape[0] if shape else 0 for shape in shapes))
    if other and other != expected.task.name:
        flag = other.lower()
        remedy = f"give --dataset {flag}" if flag in MEDMNIST else ""
        raise archive.fault(
            f"this is {other}, whose labels mean something else, not {expected.task.name}", remedy
        )


def _check_headers(archive: Archive, images: str, labels: str, task: Task) -> int:
    """Check a split's headers before its data is read; returns the bytes that its arrays take."""
    picture, label = archive.header(images), archive.header(labels)
    for name, header in ((images, picture), (labels, label)):
        if header.dtype != np.uint8:
            whole = header.dtype.kind in "iub"
            first = f'save it as uint8, in numpy: {name}.astype("uint8")' if whole else ""
            raise archive.fault(f"{name} is {header.dtype}, not uint8", first)
    if len(picture.shape) != 3 or picture.shape[1:] != (task.side, task.side):
        raise archive.fault(f"{images} is {shape_text(picture.shape)}, not [N, {task.side}, {task.side}]")
    if not label.shape or label.shape[1:] not in ((), (1,)):
        raise archive.fault(f"{labels} is {shape_text(label.shape)}, not [N] or [N, 1]")
    if picture.shape[0] != label.shape[0]:
        raise archive.fault(f"{images} has {picture.shape[0]} images, but {labels} {label.shape[0]} labels")
    _check_count(archive, images, picture)
    return picture.nbytes + label.nbytes


def _check_count(archive: Archive, name: str, header: Header) -> None:
    if header.shape[0] == 0:
        raise archive.fault(f"{name} is empty")
    if header.shape[0] > MAX_IMAGES:
        raise archive.fault(f"{name} says it has {header.shape[0]} images, which is absurd")


def _read_split(archive: Archive, split: str, images: str, labels: str, task: Task) -> Split:
    truth = archive.array(labels).reshape(-1)
    known = range(len(task.classes))
    if truth.max() not in known:
        known_labels = listed([*map(str, known)])
        raise archive.fault(f"{labels} has the label {truth.max()}, where only {known_labels} are known")
    for label, name in enumerate(task.classes):
        if not np.any(truth == label):
            raise archive.fault(f"{split} has no {name} images")
    return Split(archive.array(images), truth, np.arange(len(truth), dtype=np.int64))
