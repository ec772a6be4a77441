"""The sources of data sets by the names that the option `dataset` takes, and the one way to get a data set.

A further source is a file with a `Source`, a line in `SOURCES`, and its name among the choices of the option.
"""

from __future__ import annotations

import dataclasses

from snn_tui.config.run_config import DEMO, RunConfig
from snn_tui.data import breastmnist, checks, folds, phantom, pneumoniamnist
from snn_tui.data.dataset import Dataset, OnProgress, Source
from snn_tui.data.medmnist_file import NpzFile

SOURCES: dict[str, Source] = {
    pneumoniamnist.SOURCE.flag: pneumoniamnist.SOURCE,
    breastmnist.SOURCE.flag: breastmnist.SOURCE,
    DEMO: phantom.SOURCE,
}


def load(config: RunConfig, on_progress: OnProgress = lambda what, fraction: None) -> Dataset:
    """Get the data set that a run asks for, with its fold set apart, before balancing.

    Args:
        config: Names the data set, its file and the fold.
        on_progress: Called while it loads; an exception it raises ends the loading and is passed on.

    Raises:
        DataError: The file is missing or faulty, or could not be downloaded.
    """
    dataset = _source(config).load(config.data, on_progress)
    checksums = {name: split.checksum() for name, split in dataset.splits.items()}
    dataset = folds.set_apart(dataclasses.replace(dataset, checksums=checksums), config.fold)
    if dataset.synthetic:
        return dataset
    notice = "; ".join(part for part in (*checks.notes(dataset), dataset.notice) if part)
    return dataclasses.replace(dataset, notice=notice)


def at_hand(config: RunConfig) -> bool:
    """Whether `load` would need no download.

    Raises:
        DataError: A file was named that is not there.
    """
    return _source(config).at_hand(config.data)


def _source(config: RunConfig) -> Source:
    """The data set that was named, or a file whose classes were."""
    return NpzFile(config.class_names) if config.class_names else SOURCES[config.dataset]
