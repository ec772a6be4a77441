"""A folder of class folders as a data set."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from snn_tui.config.grouping import no_match
from snn_tui.config.paths import typed_path
from snn_tui.data import groups
from snn_tui.data.cache import Cache
from snn_tui.data.dataset import Dataset, OnProgress, Split
from snn_tui.data.folder import messages, splitting
from snn_tui.data.folder.layout import Candidate, Layout, fault, scan
from snn_tui.data.folder.left_out import LeftOut
from snn_tui.data.folder.messages import Reading
from snn_tui.data.folder.names import LONGEST
from snn_tui.data.folder.store import Store
from snn_tui.data.picture.unusable import DICOM, INSTALL_DICOM
from snn_tui.data.rows import take
from snn_tui.values.dataset import SPLITS
from snn_tui.values.image_ref import PICTURE_KINDS
from snn_tui.values.task import Task
from snn_tui.values.words import as_word, listed, printable

SEED = 0
"""Draws which images are shared out to which split; the same for all runs, so that they can be compared."""

VAL_OF_TRAIN = {"train": 7 / 8, "val": 1 / 8}
"""How train is shared out where there is no val: 7 to 1, as of `splitting.SHARES`."""


def read_folder(
    path: str | Path,
    *,
    side: int,
    group_by: str | None = None,
    on_progress: OnProgress = lambda what, fraction: None,
    cache: Cache | None = None,
) -> Dataset:
    """Read the pictures of a folder that has a folder for each class; images have their files' names.

    The names of the class folders, sorted, are the classes. They are in folders train, val and test; where
    val is missing, an eighth of train is set apart for it; without any of them, all images are shared out 70
    to 10 to 20, every class alike. Pictures are PNG, JPEG, TIFF, BMP, WebP or DICOM files of 8 or 16 bits,
    made square and small as MedMNIST's are; the set is grey if all of them are, else RGB. They are decoded
    once and kept in a cache. Sets larger than `rows.IN_MEMORY` are mapped from it, read-only.

    Args:
        path: The folder; `~` is the home folder.
        side: Rows and columns of the images.
        group_by: A regular expression for the files' paths, see `groups.of_files`: images of one group are
            never shared out to two splits.
        on_progress: Called while pictures are decoded; what it raises ends the reading and is passed on.
        cache: Where decoded images are kept; the user's cache folder if None.

    Raises:
        DataError: It is no folder of class folders, a class has no pictures to learn from, val or test would
            be empty, or a set too large for the memory cannot be kept on the disk.
        UsageError: `group_by` is no regular expression, or fits no file.
    """
    root = Path(os.path.abspath(typed_path(str(path))))
    groups.of_files([], group_by)
    on_progress(f"listing {printable(root.name)}", None)
    layout = scan(root)
    _shared_out(layout, layout.files, layout.left_out, group_by)  # before hours of decoding
    store = Store(layout, side, Cache() if cache is None else cache, on_progress)
    images, facts = store.images()
    omitted = LeftOut()
    omitted.extend(layout.left_out)
    for index, why in facts.left_out:
        omitted.add(why, layout.files[index].path)

    files = [layout.files[index] for index in facts.files]
    assigned, unmatched = _shared_out(layout, files, omitted, group_by)
    indices = {split: [index for index, its in enumerate(assigned) if its == split] for split in SPLITS}

    splits = {
        split: Split(
            take(images, np.array(some, np.int64)),
            np.array([files[index].label for index in some], np.uint8),
            np.arange(len(some), dtype=np.int64),
            tuple(files[index].path for index in some),
        )
        for split, some in indices.items()
    }
    reading = Reading(
        layout=layout,
        left_out=omitted,
        counts={split: splits[split].counts(layout.classes) for split in SPLITS},
        names={split: splits[split].names for split in SPLITS},
        group_by=group_by,
        unmatched=unmatched,
        colour=[layout.files[index].path for index in facts.colour],
        small=[layout.files[index].path for index in facts.small],
        side=side,
        cache_note=store.note,
    )
    return Dataset(
        task=_task(layout, side, 3 if images.ndim == 4 else 1),
        source=printable(str(root), 4096),
        synthetic=False,
        notice=messages.notice(reading),
        splits=splits,
        report=tuple(messages.report(reading)),
    )


def _task(layout: Layout, side: int, channels: int) -> Task:
    two = len(layout.classes) == 2
    return Task(
        name=printable(layout.root.name, LONGEST) or "images",
        classes=layout.classes,
        kind="binary" if two else "multiclass",
        positive=1 if two else None,
        channels=channels,
        side=side,
    )


def _shared_out(
    layout: Layout, files: list[Candidate], omitted: LeftOut, group_by: str | None
) -> tuple[list[str], int]:
    """The split of each file, and how many files `group_by` did not match.

    Raises:
        DataError: A class has no files, or train none of a class, or val or test none at all.
        UsageError: `group_by` fits no file.
    """
    _check_classes(layout, {file.label for file in files}, omitted)
    names, unmatched = groups.of_files([file.path for file in files], group_by)
    if group_by is not None and unmatched == len(files):
        raise no_match(group_by, len(files))
    assigned = _assigned(layout, files, names)
    present: dict[str, set[int]] = {split: set() for split in SPLITS}
    for file, split in zip(files, assigned, strict=True):
        present[split].add(file.label)
    _check_splits(layout, present, names)
    return assigned, unmatched


def _assigned(layout: Layout, files: list[Candidate], names: list[str]) -> list[str]:
    """The split of each file."""
    given = [file.split for file in files]
    shares = splitting.SHARES if not layout.splits else VAL_OF_TRAIN
    if "val" in layout.splits:
        return given
    shared = [index for index, split in enumerate(given) if split != "test"]
    drawn = splitting.assign(
        [files[index].label for index in shared], [names[index] for index in shared], SEED, shares
    )
    for index, split in zip(shared, drawn, strict=True):
        given[index] = split
    return given


def _check_classes(layout: Layout, present: set[int], omitted: LeftOut) -> None:
    """Raise DataError where a class, or all of them, have no picture that could be read."""
    missing = [as_word(printable(name)) for label, name in enumerate(layout.classes) if label not in present]
    if not missing:
        return
    what = f"no picture of {listed(missing)} in it could be read" if present else "no picture in it"
    if omitted:
        what += f" ({omitted.summary()})"
    if DICOM in omitted:
        remedy = f"install what reads DICOM: {INSTALL_DICOM}"
    elif present:
        remedy = "put pictures into the class's folder, or remove it"
    else:
        remedy = f"give a folder of class folders with {PICTURE_KINDS} files"
    raise fault(layout.root, what, remedy)


def _check_splits(layout: Layout, present: dict[str, set[int]], names: list[str]) -> None:
    """Raise DataError where train lacks a class, or val or test have no images."""
    lacking = [
        as_word(printable(name)) for label, name in enumerate(layout.classes) if label not in present["train"]
    ]
    of_groups = f", in {len(set(names))} groups of --group-by," if len(set(names)) < len(names) else ""
    if lacking and "train" in layout.splits:
        what = f"train has no images of {listed(lacking)}, which other splits have"
        raise fault(layout.root, what, "put some into train, or remove the class from the other splits")
    empty = [split for split in SPLITS if not present[split]]
    if empty and not lacking and set(empty) <= set(layout.splits):
        raise fault(
            layout.root, f"{listed(empty)} has no images", f"put pictures of each class into {empty[0]}"
        )
    if lacking or empty:
        without = f"train without {listed(lacking)}" if lacking else f"{listed(empty)} without images"
        what = f"{len(names)} images{of_groups} are too few to share out: they leave {without}"
        more = "add pictures: at least 3 of each class, better 30"
        if of_groups:
            more = f"give --group-by a pattern that makes more groups, or {more}, of different groups"
        raise fault(layout.root, what, more)
