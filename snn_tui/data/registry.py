"""The sources of data sets by the names that the option `dataset` takes, and the one way to get a data set.

A further source is a file with a `NamedSource`, a line in `SOURCES`, and a choice of the option. What is read
of a user's own file or folder is decided by what is there.
"""

from __future__ import annotations

import dataclasses
import os

import msgspec

from snn_tui.config.paths import holds_class_folders, typed_path
from snn_tui.config.run_config import DEMO, DEMO_OF, OWN, SIDE, RunConfig
from snn_tui.data import checks, folds, phantom, phantoms
from snn_tui.data.dataset import Dataset, NamedSource, OnProgress, Source
from snn_tui.data.folder.source import FolderSource
from snn_tui.data.medmnist_sets import SETS
from snn_tui.data.own_file import OwnFile
from snn_tui.values.task import Task

SOURCES: dict[str, NamedSource] = {
    **SETS,
    DEMO: phantom.SOURCE,
    **{DEMO_OF + flag: phantoms.Demo(source.task) for flag, source in SETS.items()},
}

FIELDS = ("dataset", "data", "labels", "size", "group_by", "fold")
"""Options that decide which data set `load` gives."""


def load(
    config: RunConfig,
    on_progress: OnProgress = lambda what, fraction: None,
    *,
    fold_of: str = "",
) -> Dataset:
    """Get the data set that a run asks for, with its fold set apart, before balancing.

    Args:
        config: Names the data set, its file and the fold.
        on_progress: Called while it loads; an exception it raises ends the loading and is passed on.
        fold_of: The checksum of the train that the fold is a part of; other images keep their own val. Empty
            for a fold of any train.

    Raises:
        DataError: The file is missing or faulty, or could not be downloaded, or its train is too small for
            the fold.
    """
    dataset = read(config, on_progress)
    on_progress("checking images", None)
    checksums = {name: split.checksum() for name, split in dataset.splits.items()}
    dataset = dataclasses.replace(dataset, checksums=checksums)
    if fold_of in ("", checksums["train"]):
        dataset = folds.set_apart(dataset, config.fold, config.group_by)
    if dataset.synthetic:
        return dataset
    notes = checks.notes(dataset, on_progress, group_by=config.group_by)
    report = (*notes.classes_and_values, *dataset.full_report)
    notice = "; ".join(filter(None, (*notes.classes_and_values, *notes.contents, dataset.notice)))
    return dataclasses.replace(dataset, notice=notice, report=report)


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


def key(config: RunConfig) -> tuple[str | int | None, ...]:
    """What tells the data sets of configurations apart."""
    return tuple(getattr(config, name) for name in FIELDS)


def expected_task(config: RunConfig) -> Task:
    """What the images of a configuration ask, as far as that is known before they are read."""
    source = SOURCES.get(config.dataset)
    if source is not None and not config.class_names:
        return msgspec.structs.replace(source.task, side=config.size or SIDE)
    classes = config.class_names or ("label 0", "label 1")
    several = len(classes) > 2
    return Task(
        name=config.title,
        classes=classes,
        kind="multiclass" if several else "binary",
        positive=None if several else 1,
        side=config.size or SIDE,
    )


def _source(config: RunConfig) -> Source:
    """The data set that was named, or the user's own file or folder."""
    if config.class_names:
        return OwnFile(config.class_names, config.size)
    if config.dataset == OWN and not os.path.isdir(typed_path(config.data or "")):
        return OwnFile(size=config.size)
    if config.dataset == OWN or (not config.synthetic and holds_class_folders(config.data, config.dataset)):
        return FolderSource(config.size or SIDE, group_by=config.group_by)
    return SOURCES[config.dataset].of_size(config.size)
