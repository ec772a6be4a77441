"""The images to evaluate a run on: its own, others that the user names, or phantoms in their place."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import msgspec

from snn_tui.config.paths import holds_class_folders, there, typed_path
from snn_tui.config.run_config import DEMO, OWN, RunConfig
from snn_tui.data import registry
from snn_tui.data.dataset import Dataset, OnProgress
from snn_tui.data.phantoms import generate_task
from snn_tui.errors import DataError
from snn_tui.runs.beginning import beginning_of
from snn_tui.runs.rundir import RunDir
from snn_tui.values.dataset import DatasetSummary, differing_splits, other_images
from snn_tui.values.task import PNEUMONIA, Task
from snn_tui.values.words import listed


def images_for(
    config: RunConfig,
    data: str | None = None,
    on_progress: OnProgress = lambda what, fraction: None,
    *,
    trained: DatasetSummary | None = None,
) -> Dataset:
    """The images to evaluate a run on; those of MedMNIST's sets are downloaded if need be.

    Whether they are those the run was trained on is for `compared` to say. A fold of its train stands in for
    val, but not for that of other images that the user names.

    Args:
        config: The run's configuration.
        data: A file or folder to use instead of the run's own.
        on_progress: Called while they are read or downloaded.
        trained: What the run was trained on: pictures of a folder are read as large as those images. None
            where only the configuration is known.

    Raises:
        DataError: The file is missing or faulty, or could not be downloaded.
    """
    task = trained.task if trained is not None else None
    own_train = trained.checksums.get("train", "") if trained is not None and data is not None else ""
    return registry.load(_with_data(config, data, task), on_progress, fold_of=own_train)


def compared(dataset: Dataset, config: RunConfig, trained: DatasetSummary | None) -> Dataset:
    """The data set as a run judges it, with a notice and its `differing` splits if it was trained on others.

    What the run's images asked of their classes is asked of these too: which is positive, and whether they
    have an order.

    Args:
        dataset: Images to evaluate the run on.
        config: The run's configuration.
        trained: What the run was trained on, as its events say; None where that is not known.

    Raises:
        DataError: The images have other classes, channels or another size than those the run was trained on.
    """
    differs = difference(dataset.task, trained.task) if trained is not None else ""
    if differs:
        remedy = "give the run's own images with --data"
        raise DataError(differs, where=dataset.source, remedy=remedy)
    if trained is not None:
        dataset = _asked(dataset, trained.task)
    if dataset.synthetic and not config.synthetic:
        return dataset  # phantoms in place of real images are announced as such
    differing = differing_splits(trained, dataset.counts(), dataset.checksums)
    if differing:
        reason = other_images(differing)
    elif (
        config.data is not None
        and not (trained and trained.checksums)
        and not _read_from(dataset, config.data)
    ):
        reason = f"not the file the run was trained on ({config.data})"
    else:
        return dataset
    notice = "; ".join(part for part in (reason, dataset.notice) if part)
    return dataclasses.replace(dataset, notice=notice, differing=differing)


def at_hand(config: RunConfig, data: str | None = None) -> bool:
    """Whether `images_for` finds the images on this machine, without a download.

    Raises:
        DataError: The user named a file that is not there.
    """
    return registry.at_hand(_with_data(config, data))


_STUDY = RunConfig()


def phantoms(config: RunConfig = _STUDY, task: Task | None = None) -> Dataset:
    """Generated images in place of a run's own, which are not on this machine; a demo's are its own.

    Args:
        config: The run's configuration.
        task: What the run's own images ask; None where only the configuration is known.
    """
    if config.synthetic:
        return registry.load(config)
    task = task or registry.expected_task(config)
    if alike(task, PNEUMONIA):
        return registry.load(RunConfig(dataset=DEMO))
    return generate_task(task)


def trained_on(run: RunDir) -> DatasetSummary | None:
    """What a run was trained on, as its first event says; None where it never began."""
    started = beginning_of(run)
    return started.dataset if started is not None else None


def task_of(run: RunDir) -> Task | None:
    """What a run's images asked, as its first event says; None where it never began."""
    trained = trained_on(run)
    return trained.task if trained is not None else None


def alike(one: Task, other: Task) -> bool:
    """Whether a network for one task can judge the images of another."""
    return not difference(one, other)


def difference(theirs: Task, runs: Task) -> str:
    """In what images differ from those of a run, so that its network cannot judge them; empty if it can."""
    if theirs.classes != runs.classes:
        return f"their classes are {listed(theirs.classes)}, the run's {listed(runs.classes)}"
    if (theirs.kind == "multilabel") != (runs.kind == "multilabel"):
        several, one = "any number of labels an image", "one label an image"
        here, there = (several, one) if theirs.kind == "multilabel" else (one, several)
        return f"they have {here}, the run's {there}"
    if theirs.channels != runs.channels:
        here, there = ("grey", "in colour") if theirs.channels == 1 else ("in colour", "grey")
        return f"they are {here}, the run's {there}"
    if theirs.side != runs.side:
        return f"they have {theirs.side} pixels a side, the run's {runs.side}"
    return ""


def _asked(dataset: Dataset, runs: Task) -> Dataset:
    """Images of a run's classes, of which the same is asked as of the run's own."""
    theirs = dataset.task
    noun = runs.noun if theirs.noun == "image" else theirs.noun
    task = msgspec.structs.replace(theirs, kind=runs.kind, positive=runs.positive, noun=noun)
    return dataset if task == theirs else dataclasses.replace(dataset, task=task)


def _with_data(config: RunConfig, data: str | None, task: Task | None = None) -> RunConfig:
    if data is not None and holds_class_folders(data, config.real_set):
        # Its classes are its folders' names, and its pictures are made as large as the run's images.
        size = task.side if task is not None else config.size
        return msgspec.structs.replace(config, dataset=OWN, data=data, labels=None, size=size)
    if data is not None:
        return msgspec.structs.replace(config, dataset=config.real_set, data=data)
    own = config.labels or config.dataset == OWN
    if config.data is not None and not own and not there(config.data):
        # The set's file may have been on another machine, or moved: look in the usual places.
        return msgspec.structs.replace(config, data=None)
    return config


def _read_from(dataset: Dataset, data: str) -> bool:
    """Whether the data set is of a file, or of one in a folder."""
    return Path(dataset.source).is_relative_to(typed_path(data))
