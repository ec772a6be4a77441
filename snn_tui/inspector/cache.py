"""The data sets and runs that questions were about last; they are loaded once, not for every question."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from snn_tui.config.build import serves
from snn_tui.config.run_config import RunConfig
from snn_tui.data import registry
from snn_tui.data.dataset import Dataset, OnProgress
from snn_tui.evaluation.images import alike, at_hand, images_for, phantoms, trained_on
from snn_tui.evaluation.opened_run import OpenedRun
from snn_tui.inspector.run_messages import RunRef
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import read_network_config
from snn_tui.values.dataset import DatasetSummary
from snn_tui.values.task import Task

K = TypeVar("K")
V = TypeVar("V")

LIMIT = 3
"""Data sets, and runs, that are kept: two screens may alternate between runs while a third is compared."""


@dataclass(frozen=True)
class LoadedDataset:
    """A data set; `stand_in` says whether phantoms stand in for images that are not on this machine."""

    dataset: Dataset
    stand_in: bool


class Datasets:
    """The data sets that were asked for last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[object, ...], LoadedDataset] = OrderedDict()

    def get(
        self,
        config: RunConfig,
        on_progress: OnProgress,
        data: str | None = None,
        *,
        download: bool = False,
        trained: DatasetSummary | None = None,
    ) -> LoadedDataset:
        """The images of a configuration, or phantoms in their place; see `evaluation.images.images_for`.

        Args:
            config: The configuration.
            on_progress: Called while images are read or downloaded.
            data: A file or folder to use instead of the configuration's own.
            download: Whether to download images that are not on this machine.
            trained: What a run was trained on: phantoms in place of its images ask the same, and those of a
                folder are read as large; None for what the configuration says.

        Raises:
            DataError: The file is missing or faulty, or could not be downloaded.
        """
        task = trained.task if trained is not None else None
        own = (trained.task.side, trained.checksums.get("train")) if trained is not None else None
        key = *registry.key(config), data, own if data is not None else None
        loaded = self._kept.pop(key, None)
        available = download or at_hand(config, data)
        # Phantoms stand in until the images are there, whoever downloaded them.
        other = loaded is not None and task is not None and not alike(loaded.dataset.task, task)
        if loaded is None or (loaded.stand_in and (available or other)):
            dataset = (
                images_for(config, data, on_progress, trained=trained)
                if available
                else phantoms(config, task)
            )
            loaded = LoadedDataset(dataset, not available)
        _keep(self._kept, key, loaded)
        return loaded

    def known_task(self, config: RunConfig) -> Task | None:
        """What the images of a configuration ask; None where they are not kept, or phantoms are."""
        loaded = self._kept.get((*registry.key(config), None, None))
        return loaded.dataset.task if loaded is not None and not loaded.stand_in else None


@dataclass(frozen=True)
class Entry:
    """An opened run, its data set as it was loaded, and whether phantoms stand in for that one."""

    opened: OpenedRun
    loaded: Dataset
    stand_in: bool


class OpenedRuns:
    """The runs that were asked about last.

    Args:
        datasets: Where their images come from.
    """

    def __init__(self, datasets: Datasets) -> None:
        self._datasets = datasets
        self._kept: OrderedDict[RunRef, Entry] = OrderedDict()

    def get(self, run: RunRef, on_progress: OnProgress) -> OpenedRun:
        """A run with its newest weights, and with the images it was opened with; raises as `open` does."""
        entry = self._kept.get(run)
        if entry is None or entry.opened.config != read_network_config(entry.opened.run):
            return self.open(run, on_progress).opened
        entry.opened.refresh()
        self._kept.move_to_end(run)
        return entry.opened

    def open(self, run: RunRef, on_progress: OnProgress, *, download: bool = False) -> Entry:
        """A run with its newest weights, and the images there are now.

        Args:
            run: The run.
            on_progress: Called while images are read or downloaded.
            download: Whether to download images that are not on this machine.

        Raises:
            RunError: The run has no checkpoint, or cannot be read.
            DataError: Its images cannot be read.
        """
        directory = RunDir(Path(run.path))
        config = read_network_config(directory)
        data = run.data if serves(run.data, config) else None
        loaded = self._datasets.get(
            config, on_progress, data, download=download, trained=trained_on(directory)
        )
        entry = self._kept.get(run)
        if entry is None or (entry.opened.config, entry.loaded) != (config, loaded.dataset):
            on_progress("bringing the network to life", None)
            entry = Entry(OpenedRun(directory, loaded.dataset), loaded.dataset, loaded.stand_in)
        entry.opened.refresh()
        _keep(self._kept, run, entry)
        return entry


def _keep(kept: OrderedDict[K, V], key: K, value: V) -> None:
    """Keep a value as the newest, and forget the oldest beyond `LIMIT`."""
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > LIMIT:
        kept.popitem(last=False)
