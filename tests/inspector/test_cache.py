"""Data sets that are kept between questions: each configuration gets its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from snn_tui.config.build import build
from snn_tui.config.run_config import OPTIONS, RunConfig
from snn_tui.data import registry
from snn_tui.inspector.cache import Datasets
from snn_tui.values.dataset import DatasetSummary
from snn_tui.values.task import Task


def nothing(what: str, fraction: float | None) -> None:
    """Progress that nobody looks at."""


def test_two_names_of_the_classes_of_one_file_are_two_data_sets(tiny_file: Path) -> None:
    kept, data = Datasets(), str(tiny_file)
    found = [
        kept.get(build({"data": data, **more}), nothing).dataset.task.classes
        for more in ({}, {"labels": "a,b"}, {"labels": "c,d"}, {"dataset": "breastmnist"})
    ]
    assert found == [("normal", "pneumonia"), ("a", "b"), ("c", "d"), ("malignant", "normal or benign")]


def test_sizes_and_folds_are_told_apart() -> None:
    kept = Datasets()
    small, large = (kept.get(build({"dataset": "demo-octmnist", "size": size}), nothing) for size in (16, 20))
    assert (small.dataset.task.side, large.dataset.task.side) == (16, 20)
    fold = kept.get(build({"dataset": "demo-octmnist", "size": 16, "fold": "1/4"}), nothing)
    assert len(fold.dataset.splits["train"]) < len(small.dataset.splits["train"])
    assert kept.get(build({"dataset": "demo-octmnist", "size": 16}), nothing) is small


def test_every_option_that_loading_reads_tells_data_sets_apart(tiny_file: Path, tmp_path: Path) -> None:
    read: set[str] = set()
    for index in range(40):
        folder = tmp_path / "scans" / f"class{index % 2}"
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), index).save(folder / f"{index}.png")

    class Watched(RunConfig, frozen=True, kw_only=True):
        def __getattribute__(self, name: str) -> Any:
            if name in OPTIONS:
                read.add(name)
            return super().__getattribute__(name)

    data, scans = str(tiny_file), str(tmp_path / "scans")
    for config in (
        Watched(data=data, labels="a,b"),
        Watched(data=data, dataset="own"),
        Watched(data=data, size=28),
        Watched(dataset="demo"),
        Watched(data=scans, dataset="own"),
    ):
        registry.load(config)
    assert read == set(registry.FIELDS)


def test_phantoms_that_stand_in_are_of_the_task_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SNN_TUI_DATA", raising=False)
    kept, config = Datasets(), build({"dataset": "retinamnist"})
    usual = kept.get(config, nothing)
    assert usual.stand_in
    assert np.shape(usual.dataset.splits["val"].images)[1:] == (28, 28, 3)
    task = Task(name="RetinaMNIST", classes=usual.dataset.task.classes, kind="ordinal", channels=3, side=40)
    trained = DatasetSummary(name="", synthetic=False, source="", notice="", before={}, after={}, task=task)
    assert kept.get(config, nothing, trained=trained).dataset.task == task
    assert kept.get(config, nothing).dataset.task == task
