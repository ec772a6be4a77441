"""The images to evaluate a run on: its own, others that the user names, or phantoms in their place."""

from __future__ import annotations

import dataclasses
import os

import msgspec

from snn_tui.config.run_config import DEMO, PNEUMONIAMNIST, RunConfig
from snn_tui.data import registry
from snn_tui.data.dataset import Dataset, OnProgress


def images_for(
    config: RunConfig, data: str | None = None, on_progress: OnProgress = lambda what, fraction: None
) -> Dataset:
    """The images to evaluate a run on; those of PneumoniaMNIST are downloaded if need be.

    Args:
        config: The run's configuration.
        data: A file or folder to use instead of the run's own.
        on_progress: Called while they are read or downloaded.

    Raises:
        DataError: The file is missing or faulty, or could not be downloaded.
    """
    used = _with_data(config, data)
    dataset = registry.load(used, on_progress)
    if config.data is None or config.data == used.data:
        return dataset
    gone = f"not the file the run was trained on ({config.data})"
    notice = "; ".join(part for part in (gone, dataset.notice) if part)
    return dataclasses.replace(dataset, notice=notice)


def at_hand(config: RunConfig, data: str | None = None) -> bool:
    """Whether `images_for` finds the images on this machine, without a download.

    Raises:
        DataError: The user named a file that is not there.
    """
    return registry.at_hand(_with_data(config, data))


def phantoms() -> Dataset:
    """The demo's generated images, for a run whose own images are not on this machine."""
    return registry.load(RunConfig(dataset=DEMO))


def _with_data(config: RunConfig, data: str | None) -> RunConfig:
    if data is not None:
        return msgspec.structs.replace(config, dataset=PNEUMONIAMNIST, data=data)
    if config.data is not None and not os.path.exists(os.path.expanduser(config.data)):
        # The file may have been on another machine, or moved: look in the usual places.
        return msgspec.structs.replace(config, data=None)
    return config
