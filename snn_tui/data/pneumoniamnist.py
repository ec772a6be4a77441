"""PneumoniaMNIST: finding its file, downloading it by the medmnist package, and checking what it holds.

Yang et al., MedMNIST v2, Scientific Data 2023; the x-rays are Kermany et al., Cell 2018. CC BY 4.0.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

import numpy as np

from snn_tui.config.paths import typed_path
from snn_tui.config.run_config import SIDE
from snn_tui.data import npz
from snn_tui.data.dataset import Dataset, OnProgress, Source, Split
from snn_tui.data.download import FILE, fetch, home_file
from snn_tui.data.npz import REMEDY, Archive, Header, reason, shape_text
from snn_tui.errors import DataError
from snn_tui.values.dataset import SPLITS
from snn_tui.values.task import PNEUMONIA

VARIABLE = "SNN_TUI_DATA"
MAX_IMAGES = 1_000_000
OFFICIAL_MD5 = "28209eda62fecd6e6a2d98b1501bb15f"
TEST_CHECKSUMS = {"93e2910a32de9be0a3c6e47912593fb5"}
"""`Split.checksum` of the test that the shipped runs were tested on: a stratified half of the official one,
which the published scores may stand beside, too."""

OFFICIAL_SIZES = {"train": 4708, "val": 524, "test": 624}

OTHER_SETS: dict[tuple[int, ...], str] = {
    (89996, 10004, 7180): "PathMNIST",
    (78468, 11219, 22433): "ChestMNIST",
    (7007, 1003, 2005): "DermaMNIST",
    (97477, 10832, 1000): "OCTMNIST",
    (1080, 120, 400): "RetinaMNIST",
    (546, 78, 156): "BreastMNIST",
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
"""The other sets of MedMNIST by the sizes of their train, val and test; in BreastMNIST 0 is malignant."""


def locate(data: str | None = None) -> Path | None:
    """Find the file without downloading it: `data`, else `$SNN_TUI_DATA`, else medmnist's own folder.

    Args:
        data: A file, or a folder with a `pneumoniamnist.npz`; None if the user gave none.

    Returns:
        The file, or None where the user named none and medmnist has not downloaded it yet.

    Raises:
        DataError: `data` or `$SNN_TUI_DATA` is set but leads to no file; no other file is taken instead.
    """
    if data is not None:
        return _named(data, REMEDY)
    if variable := os.environ.get(VARIABLE):
        return _named(variable, f"correct or unset ${VARIABLE}, {REMEDY}")
    home = home_file()
    if home is None:
        return None
    try:
        os.stat(home)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise DataError(reason(error), where=str(home), remedy=REMEDY) from error
    return home


def load(data: str | None, on_progress: OnProgress) -> Dataset:
    """Read the file that `locate` finds, or download it first; see `Source.load`."""
    path = locate(data) or fetch(on_progress)
    on_progress(f"reading {path.name}", None)
    return read(path)


SOURCE = Source(load, at_hand=lambda data: locate(data) is not None)


def read(path: Path) -> Dataset:
    """Read and check a file in MedMNIST's layout: `{train,val,test}_{images,labels}`, uint8.

    Images are `[N, 28, 28]`, labels `[N]` or `[N, 1]`. Any file of that layout will do; where it is not the
    official one, the data set's notice says so.

    Raises:
        DataError: The file is missing, unreadable, broken, or holds something else; `where` is the file.
    """
    with Archive(path, _remedy(path)) as archive:
        names = {split: (f"{split}_images", f"{split}_labels") for split in SPLITS}
        archive.require(name for pair in names.values() for name in pair)
        _refuse_other_set(archive, [images for images, _ in names.values()])
        # All headers first: nothing is unpacked before every size is known to be sane.
        total = sum(_check_headers(archive, images, labels) for images, labels in names.values())
        if total > npz.MAX_BYTES:
            most = npz.gigabytes(npz.MAX_BYTES)
            raise archive.fault(f"its arrays have {npz.gigabytes(total)} together, and {most} is the most")
        splits = {split: _read_split(archive, split, *pair) for split, pair in names.items()}
        md5 = archive.md5()
    comparable = md5 == OFFICIAL_MD5 or splits["test"].checksum() in TEST_CHECKSUMS
    return Dataset(PNEUMONIA, str(path), False, _notice(md5, splits), splits, comparable=comparable)


def _remedy(path: Path) -> str:
    """What to do about a file that is not right; medmnist's own copy is simply fetched again."""
    return f"delete it to have it downloaded again, or {REMEDY}" if path == home_file() else REMEDY


def _named(text: str, remedy: str) -> Path:
    """The file that a path names, which may be the folder it lies in."""
    path = Path(typed_path(text))
    try:
        if stat.S_ISDIR(os.stat(path).st_mode):
            folder, path = path, path / FILE
            try:
                os.stat(path)
            except FileNotFoundError as error:
                raise DataError(f"no {FILE} in this folder", where=str(folder), remedy=remedy) from error
    except (OSError, ValueError) as error:
        raise DataError(reason(error), where=str(path), remedy=remedy) from error
    return path


def _refuse_other_set(archive: Archive, names: list[str]) -> None:
    """Raise DataError where the sizes are those of another set of MedMNIST."""
    shapes = [archive.header(name).shape for name in names]
    other = OTHER_SETS.get(tuple(shape[0] if shape else 0 for shape in shapes))
    if other:
        raise archive.fault(f"this is {other}, whose labels mean something else, not PneumoniaMNIST")


def _check_headers(archive: Archive, images: str, labels: str) -> int:
    """Check a split's headers before its data is read; returns the bytes that its arrays take."""
    picture, label = archive.header(images), archive.header(labels)
    for name, header in ((images, picture), (labels, label)):
        if header.dtype != np.uint8:
            whole = header.dtype.kind in "iub"
            first = f'save it as uint8, in numpy: {name}.astype("uint8")' if whole else ""
            raise archive.fault(f"{name} is {header.dtype}, not uint8", first)
    if len(picture.shape) != 3 or picture.shape[1:] != (SIDE, SIDE):
        raise archive.fault(f"{images} is {shape_text(picture.shape)}, not [N, {SIDE}, {SIDE}]")
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


def _read_split(archive: Archive, split: str, images: str, labels: str) -> Split:
    truth = archive.array(labels).reshape(-1)
    if truth.max() > 1:
        raise archive.fault(f"{labels} has the label {truth.max()}, where only 0 and 1 are known")
    for label, name in enumerate(PNEUMONIA.classes):
        if not np.any(truth == label):
            raise archive.fault(f"{split} has no {name} images")
    return Split(archive.array(images), truth, np.arange(len(truth), dtype=np.int64))


def _notice(md5: str, splits: dict[str, Split]) -> str:
    if md5 == OFFICIAL_MD5:
        return ""
    differing = [
        f"{name} has {len(split)} images, not {OFFICIAL_SIZES[name]}"
        for name, split in splits.items()
        if len(split) != OFFICIAL_SIZES[name]
    ]
    return "not the official file: " + (", ".join(differing) or "the same sizes, but other contents")
