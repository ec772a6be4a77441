"""The splits of a file in MedMNIST's layout, checked header by header before any of its data is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from snn_tui.config.run_config import MOST_SIDE
from snn_tui.data import npz, pixels
from snn_tui.data.dataset import OnProgress, Split
from snn_tui.data.npz import Archive, Header, shape_text
from snn_tui.data.rows import is_large
from snn_tui.data.unpacked import unpacked
from snn_tui.values.dataset import SPLITS
from snn_tui.values.task import MOST_CLASSES, Task
from snn_tui.values.words import as_word, listed

MAX_IMAGES = 1_000_000
_NAMED = 5

Labels = npt.NDArray[np.int64]


class Layout(NamedTuple):
    """What the headers of a file say.

    Args:
        sizes: Images of train, val and test.
        side: Height and width of the images, in pixels.
        channels: 1 for grey images, 3 for colour.
        columns: Labels of an image, K, where they are `[N, K]`; None where each image has one.
    """

    sizes: tuple[int, int, int]
    side: int
    channels: int
    columns: int | None


class Expected(Protocol):
    """What a file is taken for."""

    @property
    def other_contents(self) -> str:
        """What to do with a file whose classes are not the known ones."""

    def check(self, archive: Archive, layout: Layout) -> None:
        """Look at the layout before labels and images are read.

        Raises:
            DataError: It is not that of what is expected.
        """

    def task_of(self, archive: Archive, layout: Layout, labels: dict[str, Labels]) -> Task:
        """What the data set asks, of the labels by split.

        Raises:
            DataError: The labels cannot be those of what is expected.
        """


@dataclass(frozen=True)
class Contents:
    """What was read from a file.

    Args:
        task: What its labels mean.
        splits: `train`, `val` and `test`.
        layout: What the headers say.
        notes: What was made of values that are not uint8, a few words each.
        md5: MD5 of the file.
    """

    task: Task
    splits: dict[str, Split]
    layout: Layout
    notes: tuple[str, ...]
    md5: str


def read_splits(
    path: Path,
    expected: Expected,
    remedy: str,
    on_progress: OnProgress = lambda what, fraction: None,
) -> Contents:
    """Read and check a file with images and labels of three splits.

    Images are `[N, side, side]`, `[N, side, side, 1]` or `[N, side, side, 3]`, labels `[N]`, `[N, 1]`, or
    `[N, K]` of 0 and 1 where an image may have several. Labels are read and checked before images. Images
    that are too large for memory are unpacked on the disk, once, and mapped.

    Args:
        path: The file.
        expected: What it is taken for.
        remedy: What to do where the file is not right.
        on_progress: Called while a large file is unpacked; what it raises ends the reading and is passed on.

    Raises:
        DataError: The file is missing, unreadable, broken, holds something else, or is large and cannot be
            unpacked; `where` is the file.
    """
    with Archive(path, remedy) as archive:
        archive.require(f"{split}_{kind}" for split in SPLITS for kind in ("images", "labels"))
        # All headers first: nothing is unpacked before every size is known to be sane.
        layout = _layout(archive)
        expected.check(archive, layout)
        labels = {split: _labels(archive, f"{split}_labels") for split in SPLITS}
        task = expected.task_of(archive, layout, labels)
        for split in SPLITS:
            _check_range(archive, f"{split}_labels", labels[split], task, expected.other_contents)
        _check_train(archive, labels, task)
        names = [f"{split}_images" for split in SPLITS]
        if is_large(sum(layout.sizes) * layout.side**2 * layout.channels):
            images, facts = unpacked(archive, names, on_progress)
            note, md5 = facts.note, facts.md5
        else:
            conversion = pixels.conversion(archive, names)
            images = [_images(archive, name, conversion) for name in names]
            note, md5 = conversion.note, archive.md5()
        splits = {
            split: Split(some, labels[split].astype(np.uint8), np.arange(len(some), dtype=np.int64))
            for split, some in zip(SPLITS, images, strict=True)
        }
        notes = (note, _one_label_each(labels))
        return Contents(task, splits, layout, tuple(filter(None, notes)), md5)


def _layout(archive: Archive) -> Layout:
    headers = {name: archive.header(name) for name in _names()}
    for name, header in headers.items():
        if header.dtype.kind not in pixels.NUMBERS:
            raise archive.fault(
                f"{name} is {header.dtype}, not numbers",
                "save whole numbers from 0 on, and name the classes with --labels"
                if name.endswith("labels")
                else "save them as uint8",
            )
    shapes = {split: _image_shape(archive, f"{split}_images", headers) for split in SPLITS}
    columns = {split: _columns(archive, f"{split}_labels", headers) for split in SPLITS}
    for what, by_split in (("images", shapes), ("labels", columns)):
        for split in SPLITS[1:]:
            if by_split[split] != by_split["train"]:
                here, there = (shape_text(headers[f"{name}_{what}"].shape) for name in (split, "train"))
                raise archive.fault(
                    f"{split}_{what} is {here}, but train_{what} {there}: they must be alike in all splits"
                )
    for split in SPLITS:
        images, labels = headers[f"{split}_images"].shape[0], headers[f"{split}_labels"].shape[0]
        if images != labels:
            raise archive.fault(f"{split}_images has {images} images, but {split}_labels {labels} labels")
        if images == 0:
            raise archive.fault(f"{split}_images is empty")
        if images > MAX_IMAGES:
            raise archive.fault(f"{split}_images says it has {images} images, and {MAX_IMAGES} is the most")
    # Images are held as bytes, whatever they are in the file.
    total = sum(
        header.nbytes // header.dtype.itemsize if name.endswith("images") else header.nbytes
        for name, header in headers.items()
    )
    if total > archive.most:
        most = npz.gigabytes(archive.most)
        raise archive.fault(f"its arrays have {npz.gigabytes(total)} together, and {most} is the most")
    train, val, test = (headers[f"{split}_images"].shape[0] for split in SPLITS)
    side, channels = shapes["train"]
    return Layout((train, val, test), side, channels, columns["train"])


def _names() -> Iterator[str]:
    return (f"{split}_{kind}" for split in SPLITS for kind in ("images", "labels"))


def _image_shape(archive: Archive, name: str, headers: dict[str, Header]) -> tuple[int, int]:
    """Side and channels of a split's images."""
    shape = headers[name].shape
    if len(shape) == 5 or (len(shape) == 4 and len(set(shape[1:])) == 1):
        raise archive.fault(
            f"{name} is {shape_text(shape)}: volumes, as of MedMNIST's 3D sets, where 2D images are read",
            f"give single slices, in numpy: {name}[:, {shape[1] // 2}]",
        )
    if len(shape) not in (3, 4):
        raise archive.fault(f"{name} is {shape_text(shape)}, not [N, side, side] or [N, side, side, 3]")
    channels = shape[3] if len(shape) == 4 else 1
    if channels not in (1, 3) and shape[1] in (1, 3):
        raise archive.fault(
            f"{name} is {shape_text(shape)}: its colours come before rows and columns",
            f"put them last, in numpy: {name}.transpose(0, 2, 3, 1)",
        )
    if channels not in (1, 3):
        raise archive.fault(
            f"{name} is {shape_text(shape)}: {channels} channels, where grey has 1 and colour 3",
            f"keep three, in numpy: {name}[..., :3]" if channels == 4 else "",
        )
    if shape[1] != shape[2]:
        raise archive.fault(
            f"{name} is {shape_text(shape)}: images of {shape[1]} by {shape[2]} pixels are not square",
            "cut or pad them to squares",
        )
    if not 1 <= shape[1] <= MOST_SIDE:
        raise archive.fault(
            f"{name} has images of {shape[1]} pixels a side, and {MOST_SIDE} is the most", "make them smaller"
        )
    return shape[1], channels


def _columns(archive: Archive, name: str, headers: dict[str, Header]) -> int | None:
    """Labels of an image, where there are several."""
    shape = headers[name].shape
    if len(shape) not in (1, 2) or shape[1:] == (0,):
        raise archive.fault(f"{name} is {shape_text(shape)}, not [N], [N, 1] or [N, K]")
    if shape[1:] in ((), (1,)):
        return None
    if shape[1] > MOST_CLASSES:
        raise archive.fault(f"{name} has {shape[1]} labels an image, and {MOST_CLASSES} is the most")
    return shape[1]


def _labels(archive: Archive, name: str) -> Labels:
    """`[N]` or `[N, K]` whole numbers, as they are in the file."""
    labels = archive.array(name)
    if labels.dtype.kind == "f" and not (np.isfinite(labels).all() and (labels == np.floor(labels)).all()):
        raise archive.fault(f"{name} has labels that are not whole numbers", "number the classes from 0 on")
    low, high = int(labels.min()), int(labels.max())
    if low < 0:
        raise archive.fault(
            f"{name} has the label {low}, and the first class is 0", "leave out images without a label"
        )
    if labels.ndim == 1 or labels.shape[1] == 1:
        if high > np.iinfo(np.int64).max:
            raise archive.fault(f"{name} has the label {high}", "number the classes from 0 on")
        return labels.reshape(-1).astype(np.int64)
    if high > 1:
        raise archive.fault(
            f"{name} is {shape_text(labels.shape)} with the value {high}: each of several labels is 0 or 1",
            "save one column where an image has one label",
        )
    return labels.astype(np.int64)


def _check_range(archive: Archive, name: str, labels: Labels, task: Task, remedy: str) -> None:
    last = task.outputs - 1
    if labels.ndim == 1 and labels.max() > last:
        known = "0 and 1" if last == 1 else f"0 to {last}"
        raise archive.fault(f"{name} has the label {labels.max()}, where only {known} are known", remedy)


def _check_train(archive: Archive, labels: dict[str, Labels], task: Task) -> None:
    """Raise DataError where a class cannot be learnt, since train has no image of it."""
    numbers = {split: _numbers(part, task) for split, part in labels.items()}
    train = numbers["train"]
    if labels["train"].ndim == 1 and np.count_nonzero(train) == 1:
        what = f"train has images of one class only, {as_word(task.classes[int(labels['train'][0])])}"
        raise archive.fault(what, "give images of two classes or more")
    missing = np.flatnonzero(train == 0)
    if not len(missing):
        return
    names = [as_word(task.classes[index]) for index in missing]
    names = names if len(names) <= _NAMED else [*names[:_NAMED], f"{len(names) - _NAMED} others"]
    elsewhere = [split for split in SPLITS if numbers[split][missing].any()]
    several = labels["train"].ndim == 2
    if several and not train.any():
        raise archive.fault("all train_labels are 0", "save 1 for each label that an image has")
    if several:
        first = f"leave out the label{'s' if missing[1:].size else ''}"
    elif missing.tolist() == [0] and not elsewhere:
        first = "if its labels begin with 1, subtract 1 from all"
    elif elsewhere:
        these = "them" if missing[1:].size else "it"
        first = f"put images of {these} into train, or leave {these} out of {listed(elsewhere)}"
    else:
        first = "number the classes from 0 on without a gap"
    raise archive.fault(f"train has no images of {listed(names)}", first)


def _numbers(labels: Labels, task: Task) -> npt.NDArray[np.int64]:
    """`[K]` how many images have each label."""
    return labels.sum(0) if labels.ndim == 2 else np.bincount(labels, minlength=task.outputs)


def _images(archive: Archive, name: str, conversion: pixels.Conversion) -> npt.NDArray[np.uint8]:
    """`[N, side, side]` or `[N, side, side, 3]`."""
    images = conversion.images(archive, name)
    return images[..., 0] if images.ndim == 4 and images.shape[3] == 1 else images


def _one_label_each(labels: dict[str, Labels]) -> str:
    if labels["train"].ndim == 2 and all((part.sum(1) == 1).all() for part in labels.values()):
        return "every image has one label: if they exclude each other, save train_labels.argmax(1) and so on"
    return ""
