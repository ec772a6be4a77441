"""The images to evaluate a run on: its own, others that the user names, or phantoms in their place."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import msgspec

from snn_tui.config.paths import there, typed_path
from snn_tui.config.run_config import DEMO, PNEUMONIAMNIST, RunConfig
from snn_tui.data import registry
from snn_tui.data.dataset import Dataset, OnProgress
from snn_tui.data.phantoms import generate_task
from snn_tui.errors import DataError
from snn_tui.values.dataset import DatasetSummary, differing_splits, other_images
from snn_tui.values.task import PNEUMONIA
from snn_tui.values.words import listed


def images_for(
    config: RunConfig, data: str | None = None, on_progress: OnProgress = lambda what, fraction: None
) -> Dataset:
    """The images to evaluate a run on; those of PneumoniaMNIST are downloaded if need be.

    Whether they are those the run was trained on is for `compared` to say.

    Args:
        config: The run's configuration.
        data: A file or folder to use instead of the run's own.
        on_progress: Called while they are read or downloaded.

    Raises:
        DataError: The file is missing or faulty, or could not be downloaded.
    """
    return registry.load(_with_data(config, data), on_progress)


def compared(dataset: Dataset, config: RunConfig, trained: DatasetSummary | None) -> Dataset:
    """The data set, with a notice and its `differing` splits if a run was trained on other images.

    Args:
        dataset: Images to evaluate the run on.
        config: The run's configuration.
        trained: What the run was trained on, as its events say; None where that is not known.

    Raises:
        DataError: The images have other classes than those the run was trained on.
    """
    if dataset.synthetic and not config.synthetic:
        return dataset  # phantoms in place of x-rays are announced as such
    if trained is not None and trained.task.classes != dataset.task.classes:
        raise DataError(
            f"their classes are {listed(dataset.task.classes)}, the run's {listed(trained.task.classes)}",
            where=dataset.source,
            remedy="give the run's own images with --data",
        )
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


def phantoms(config: RunConfig = _STUDY) -> Dataset:
    """Generated images of a run's classes, where its own are not on this machine."""
    task = registry.SOURCES[config.dataset].task
    demo = task.classes == PNEUMONIA.classes
    return registry.load(RunConfig(dataset=DEMO)) if demo else generate_task(task)


def _with_data(config: RunConfig, data: str | None) -> RunConfig:
    if data is not None:
        dataset = PNEUMONIAMNIST if config.synthetic else config.dataset
        return msgspec.structs.replace(config, dataset=dataset, data=data)
    if config.data is not None and not config.labels and not there(config.data):
        # The file may have been on another machine, or moved: look in the usual places.
        return msgspec.structs.replace(config, data=None)
    return config


def _read_from(dataset: Dataset, data: str) -> bool:
    """Whether the data set is of a file, or of one in a folder."""
    return Path(dataset.source).is_relative_to(typed_path(data))
