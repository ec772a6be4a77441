"""The sources of data sets by the names that the option `dataset` takes, and the one way to get a data set.

A further source is a file with a `NamedSource`, a line in `SOURCES`, and a choice of the option.
"""

from __future__ import annotations

import dataclasses

from snn_tui.config.run_config import DEMO, RunConfig
from snn_tui.data import breastmnist, checks, folds, phantom, pneumoniamnist
from snn_tui.data.dataset import Dataset, NamedSource, OnProgress, Source
from snn_tui.data.folder.source import FolderSource, holds_class_folders
from snn_tui.data.medmnist_file import NpzFile
from snn_tui.errors import DataError

SOURCES: dict[str, NamedSource] = {
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
    dataset = read(config, on_progress)
    _check_task(dataset)
    checksums = {name: split.checksum() for name, split in dataset.splits.items()}
    dataset = folds.set_apart(dataclasses.replace(dataset, checksums=checksums), config.fold)
    if dataset.synthetic:
        return dataset
    notice = "; ".join(part for part in (*checks.notes(dataset), dataset.notice) if part)
    return dataclasses.replace(dataset, notice=notice)


def read(config: RunConfig, on_progress: OnProgress = lambda what, fraction: None) -> Dataset:
    """Get a data set as its source has it, whatever it asks: unchecked, without a fold, without checksums.

    Args:
        config: Names the data set and its file.
        on_progress: As for `load`.

    Raises:
        DataError: As of `load`.
    """
    return _source(config).load(config.data, on_progress)


def at_hand(config: RunConfig) -> bool:
    """Whether `load` would need no download.

    Raises:
        DataError: A file was named that is not there.
    """
    return _source(config).at_hand(config.data)


def _source(config: RunConfig) -> Source:
    """The data set that was named, or a file whose classes were."""
    if config.class_names:
        return NpzFile(config.class_names)
    if not config.synthetic and holds_class_folders(config.data, f"{config.dataset}.npz"):
        return FolderSource()
    return SOURCES[config.dataset]


def _check_task(dataset: Dataset) -> None:
    """Raise DataError where the networks cannot be trained on what the data set asks."""
    task = dataset.task
    if task.kind == "binary" and task.channels == 1:
        return
    what = "images in colour" if task.kind == "binary" else f"{task.outputs} classes"
    raise DataError(
        f"it has {what}, and networks learn two classes of grey images so far",
        where=dataset.source,
        remedy="give grey images of two classes",
    )
