"""Folds of train: one of them stands in for val, the others are trained on."""

from __future__ import annotations

import dataclasses

import numpy as np

from snn_tui.data.copies import first_equal
from snn_tui.data.dataset import Dataset

SEED = 524
"""Decides which image is in which fold; the same for all runs, so that they can be compared."""


def set_apart(dataset: Dataset, fold: str | None) -> Dataset:
    """The data set with a fold of train in place of val.

    Equal images are in the same fold, so that none is judged by a network that was trained on a copy of it.
    Every fold has the same number of images of each class, or combination of labels, but for one image and
    the copies. An image's id stays its index in the file's train split.

    Args:
        dataset: As loaded.
        fold: Which of how many, such as `1/5`; None returns the data set as it is.
    """
    if fold is None:
        return dataset
    number, count = (int(part) for part in fold.split("/"))
    train = dataset.splits["train"]
    drawn = np.random.default_rng(SEED).random(len(train))
    fold_of = np.empty(len(train), np.int64)
    if train.labels.ndim == 2:
        # Images with the same labels follow each other, so that every fold has as many of each combination.
        fold_of[np.lexsort([drawn, *train.labels.T])] = np.arange(len(train)) % count
    else:
        for label in range(len(dataset.task.classes)):
            members = np.flatnonzero(train.labels == label)
            fold_of[members[np.argsort(drawn[members], kind="stable")]] = np.arange(len(members)) % count
    fold_of = fold_of[first_equal(train.images)]
    held_out = fold_of == number - 1
    splits = {
        **dataset.splits,
        "train": train.take(np.flatnonzero(~held_out)),
        "val": train.take(np.flatnonzero(held_out)),
    }
    notices = (dataset.notice, f"val is fold {fold} of train")
    notice = "; ".join(part for part in notices if part)
    return dataclasses.replace(dataset, notice=notice, splits=splits)
