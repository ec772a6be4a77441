"""Making all classes of every split equally large, as the study did."""

from __future__ import annotations

import dataclasses

import numpy as np

from snn_tui.data.checks import few_images
from snn_tui.data.dataset import Dataset, Split
from snn_tui.data.likeness import measure
from snn_tui.values.dataset import SPLITS, DatasetSummary


def balance(dataset: Dataset, mode: str, seed: int) -> Dataset:
    """Undersample the larger classes of each split to the size of the smallest that has images.

    Every image of the smallest class is kept, those of the others are drawn without replacement, and all
    keep their order. Each split has random numbers of its own, so a change to one leaves the others alone.
    Where an image may have several labels, leaving out one would change the share of others, and all stay.

    Args:
        dataset: As loaded.
        mode: `undersample`, or `none` to return the data set as it is.
        seed: Decides which images are left out, together with the split's index in `SPLITS`.

    Raises:
        ValueError: The mode is unknown.
    """
    if mode not in ("undersample", "none"):
        raise ValueError(f"no such way to balance: {mode}")
    if mode == "none" or dataset.task.kind == "multilabel":
        return dataset
    splits = {name: _undersample(split, [seed, SPLITS.index(name)]) for name, split in dataset.splits.items()}
    return dataclasses.replace(dataset, splits=splits)


def class_weights(dataset: Dataset) -> tuple[float, ...]:
    """Factors of the losses of classes, so that all of train's classes weigh the same in sum.

    Of one label an image they are N / (K n) for a class of n out of N images, as scikit-learn's `balanced`
    are; of several, (N - n) / n, so that the images with a label weigh as much as those without it. A class
    without images has 1.
    """
    train = dataset.splits["train"]
    numbers, images = train.counts(dataset.task.classes).values(), len(train)
    if dataset.task.kind == "multilabel":
        return tuple((images - number) / number if number else 1.0 for number in numbers)
    present = sum(number > 0 for number in numbers)
    return tuple(images / (present * number) if number else 1.0 for number in numbers)


def summary(before: Dataset, after: Dataset, mode: str = "none", weights: str = "none") -> DatasetSummary:
    """Name, source and class counts of a data set, `before` and `after` balancing by a mode.

    Args:
        before: As loaded.
        after: As `balance` returned it.
        mode: The mode that it was called with.
        weights: `balanced` where the losses of classes have the factors of `class_weights`, else `none`.
    """
    counts = after.counts()
    effects = []
    if mode != "none" and after.task.kind == "multilabel":
        effects = ["nothing is undersampled: an image may have several labels"]
    elif mode != "none" and weights != "none":
        effects = ["all class weights are 1: the classes are undersampled to one size"]
    notice = "; ".join(filter(None, (after.notice, *effects, *few_images(counts))))
    return DatasetSummary(
        name=after.name,
        task=after.task,
        synthetic=after.synthetic,
        source=after.source,
        notice=notice,
        before=before.counts(),
        after=counts,
        checksums=before.checksums,
        comparable=before.comparable,
        training_images=measure(before.splits["train"].images),
        sizes={name: len(split) for name, split in after.splits.items()},
    )


def _undersample(split: Split, key: list[int]) -> Split:
    rng = np.random.default_rng(key)
    members = [np.flatnonzero(split.labels == label) for label in np.unique(split.labels)]
    size = min(map(len, members))
    # Uniform numbers and a sort, not Generator.choice: numpy may change how that one draws.
    drawn = [indices[np.argsort(rng.random(len(indices)), kind="stable")[:size]] for indices in members]
    return split.take(np.sort(np.concatenate(drawn)))
