"""Folds of train: one of them stands in for val, the others are trained on."""

from __future__ import annotations

import dataclasses

import numpy as np

from snn_tui.data.dataset import Dataset

SEED = 524
"""Decides which image is in which fold, for all runs: so that they can be compared."""


def apart(dataset: Dataset, fold: str | None) -> Dataset:
    """The data set with a fold of train in place of val.

    Every fold has the same share of each class, but for an image. Images keep their places in train as ids.

    Args:
        dataset: As loaded.
        fold: Which of how many, such as `1/5`; None leaves everything as it is.
    """
    if fold is None:
        return dataset
    number, many = (int(part) for part in fold.split("/"))
    train = dataset.splits["train"]
    drawn = np.random.default_rng(SEED).random(len(train))
    turn = np.empty(len(train), np.int64)
    for label in (0, 1):
        members = np.flatnonzero(train.labels == label)
        turn[members[np.argsort(drawn[members], kind="stable")]] = np.arange(len(members)) % many
    held = turn == number - 1
    splits = {
        **dataset.splits,
        "train": train.take(np.flatnonzero(~held)),
        "val": train.take(np.flatnonzero(held)),
    }
    told = f"val is fold {fold} of train"
    notice = "; ".join(part for part in (dataset.notice, told) if part)
    return dataclasses.replace(dataset, notice=notice, splits=splits)
