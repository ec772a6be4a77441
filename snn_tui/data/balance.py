"""Making both classes of every split equally large, as the study did."""

from __future__ import annotations

import numpy as np

from snn_tui.data.dataset import Dataset, Split
from snn_tui.values.dataset import SPLITS, DatasetSummary


def balance(dataset: Dataset, mode: str, seed: int) -> Dataset:
    """Undersample the larger class of each split to the size of the smaller.

    Every image of the smaller class stays, the larger one's are drawn without replacement, and what stays
    keeps its order. Each split draws on its own, so a change to one leaves the others' draws alone.

    Args:
        dataset: As loaded.
        mode: `undersample`, or `none` to give the data set back as it is.
        seed: Decides which images go, together with the split's number.

    Raises:
        ValueError: There is no such mode.
    """
    if mode == "none":
        return dataset
    if mode != "undersample":
        raise ValueError(f"no such way to balance: {mode}")
    splits = {name: _undersample(split, [seed, SPLITS.index(name)]) for name, split in dataset.splits.items()}
    return Dataset(dataset.name, dataset.source, dataset.synthetic, dataset.notice, splits)


def summary(before: Dataset, after: Dataset) -> DatasetSummary:
    """What a run was trained on: `before` as loaded, `after` as balanced."""
    return DatasetSummary(
        name=after.name,
        synthetic=after.synthetic,
        source=after.source,
        notice=after.notice,
        before=before.counts(),
        after=after.counts(),
    )


def _undersample(split: Split, key: list[int]) -> Split:
    rng = np.random.default_rng(key)
    members = [np.flatnonzero(split.labels == label) for label in (0, 1)]
    size = min(map(len, members))
    # Uniform numbers and a sort, not Generator.choice: numpy may change how that one draws.
    drawn = [where[np.argsort(rng.random(len(where)), kind="stable")[:size]] for where in members]
    return split.take(np.sort(np.concatenate(drawn)))
