"""Folds of train: one of them stands in for val, the others are trained on."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from snn_tui.data import groups
from snn_tui.data.copies import first_equal
from snn_tui.data.dataset import Dataset, Split
from snn_tui.data.folder import splitting
from snn_tui.errors import DataError
from snn_tui.values.words import as_word, counted, listed

SEED = 524
"""Decides which image is in which fold; the same for all runs, so that they can be compared."""


def set_apart(dataset: Dataset, fold: str | None, group_by: str | None = None) -> Dataset:
    """The data set with a fold of train in place of val.

    Equal images are in the same fold, so that none is judged by a network that was trained on a copy of it,
    and so are the images of a group, such as those of a patient. Every fold has the same number of images of
    each class, or combination of labels, but for one image, the copies and the groups. An image's id stays
    its index in the file's train split.

    Args:
        dataset: As loaded.
        fold: Which of how many, such as `1/5`; None returns the data set as it is.
        group_by: What in the files' names says which images are of a group, see `groups.of_files`; None
            where each image is a group of its own.

    Raises:
        DataError: The fold has no images, or leaves none of a class to train on.
    """
    if fold is None:
        return dataset
    number, count = (int(part) for part in fold.split("/"))
    train = dataset.splits["train"]
    held_out = _folds(dataset, count, group_by) == number - 1
    _check(dataset, held_out, fold)
    splits = {
        **dataset.splits,
        "train": train.take(np.flatnonzero(~held_out)),
        "val": train.take(np.flatnonzero(held_out)),
    }
    advice = (
        groups.ADVICE if _divided(train, held_out, group_by) and groups.ADVICE not in dataset.notice else ""
    )
    notice = "; ".join(filter(None, (dataset.notice, f"val is fold {fold} of train", advice)))
    return dataclasses.replace(dataset, notice=notice, splits=splits)


def check_all(dataset: Dataset, count: int, group_by: str | None = None) -> str:
    """Check that each of so many folds could be set apart.

    Returns:
        What to know before they are: that images of a person are in several folds; empty where nothing.

    Raises:
        DataError: As of `set_apart`.
    """
    fold_of = _folds(dataset, count, group_by)
    for index in range(count):
        _check(dataset, fold_of == index, f"{index + 1}/{count}")
    divided = _divided(dataset.splits["train"], fold_of == 0, group_by)
    return f"the folds divide images of a person: {groups.ADVICE}" if divided else ""


def _divided(train: Split, held_out: NDArray[np.bool_], group_by: str | None) -> bool:
    """Whether a fold `[N]` divides images whose names say, without `group_by`, that they are of a person."""
    names: dict[str, list[str]] = {"train": [], "val": []}
    for name, out in zip(train.names, held_out.tolist(), strict=False):  # images of a file have no names
        names["val" if out else "train"].append(name)
    return groups.divided_unasked(names, group_by)


def _folds(dataset: Dataset, count: int, group_by: str | None) -> NDArray[np.int64]:
    """`[N]` the fold of each image of train, from 0 on."""
    train = dataset.splits["train"]
    first = first_equal(train.images)
    if group_by is not None and train.names:
        names, _ = groups.of_files(train.names, group_by)
        together = [names[index] for index in _joined(first, np.unique(names, return_inverse=True)[1])]
        parts = {str(index): 1 / count for index in range(count)}
        return np.array(splitting.assign(train.labels.tolist(), together, SEED, parts), np.int64)
    drawn = np.random.default_rng(SEED).random(len(train))
    fold_of = np.empty(len(train), np.int64)
    if train.labels.ndim == 2:
        # Images with the same labels follow each other, so that every fold has as many of each combination.
        fold_of[np.lexsort([drawn, *train.labels.T])] = np.arange(len(train)) % count
    else:
        for label in range(len(dataset.task.classes)):
            members = np.flatnonzero(train.labels == label)
            fold_of[members[np.argsort(drawn[members], kind="stable")]] = np.arange(len(members)) % count
    return fold_of[first]


def _joined(*keys: NDArray[Any]) -> NDArray[np.int64]:
    """`[N]` the first of the images that each belongs with: those with an equal value in a key `[N]`."""
    joined = np.arange(len(keys[0]))
    while True:
        before = joined
        for key in keys:
            lowest = np.full(int(key.max()) + 1, len(key))
            np.minimum.at(lowest, key, joined)
            joined = lowest[key]
        if np.array_equal(before, joined):
            return joined


def _check(dataset: Dataset, held_out: NDArray[np.bool_], fold: str) -> None:
    train, classes = dataset.splits["train"], dataset.task.classes
    left = train.labels[~held_out]
    numbers = left.sum(0) if left.ndim == 2 else np.bincount(left, minlength=len(classes))
    before = train.counts(classes)
    lacking = [
        as_word(name) for name, number in zip(classes, numbers, strict=True) if not number and before[name]
    ]
    if held_out.any() and not lacking:
        return
    what = f"leaves no images of {listed(lacking)} to train on" if lacking else "gets no images"
    raise DataError(
        f"fold {fold} of {counted(len(train), 'training image')} {what}",
        where=dataset.source,
        remedy="give more images, or leave out folds" if lacking else "divide train into fewer folds",
    )
