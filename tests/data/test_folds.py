"""Folds of train: together they are train, each like it, and no image is on both sides."""

from __future__ import annotations

import dataclasses

import numpy as np

from snn_tui.config.build import build
from snn_tui.data import registry
from snn_tui.data.dataset import Dataset, Split
from snn_tui.data.folds import set_apart
from snn_tui.data.phantoms import generate_task
from snn_tui.data.registry import load
from snn_tui.values.task import Task


def test_without_a_fold_nothing_changes(demo: Dataset) -> None:
    assert set_apart(demo, None) is demo


def test_folds_are_train_divided(demo: Dataset) -> None:
    train = demo.splits["train"]
    held = []
    for number in range(1, 6):
        found = set_apart(demo, f"{number}/5")
        kept, val = found.splits["train"], found.splits["val"]
        assert not set(kept.ids.tolist()) & set(val.ids.tolist())
        assert len(kept) + len(val) == len(train)
        assert np.array_equal(train.images[val.ids], val.images)
        assert np.array_equal(train.labels[val.ids], val.labels)
        counts = val.counts(demo.task.classes)
        assert abs(counts["normal"] - 1214 / 5) < 1
        assert abs(counts["pneumonia"] - 3494 / 5) < 1
        assert found.splits["test"] is demo.splits["test"]
        assert f"val is fold {number}/5 of train" in found.notice
        held += val.ids.tolist()
    assert sorted(held) == list(range(len(train)))


def test_equal_images_are_in_the_same_fold(demo: Dataset) -> None:
    train = demo.splits["train"]
    images = train.images.copy()
    images[[3, 70, 400]] = images[2000]
    images[9] = images[8]
    split = Split(images, train.labels, train.ids)
    copied = dataclasses.replace(demo, splits={**demo.splits, "train": split})
    held = [set(set_apart(copied, f"{number}/5").splits["val"].ids.tolist()) for number in range(1, 6)]
    assert sum(map(len, held)) == len(train)
    for group in ({3, 70, 400, 2000}, {8, 9}):
        assert sum(bool(group & fold) for fold in held) == 1


def test_a_configuration_is_loaded_with_its_fold() -> None:
    found = load(build({"dataset": "demo", "fold": "2/5"}))
    assert np.array_equal(
        found.splits["val"].ids, set_apart(load(build({"dataset": "demo"})), "2/5").splits["val"].ids
    )


def test_folds_of_several_labels_have_each_combination_alike() -> None:
    task = registry.SOURCES["chestmnist"].task
    dataset = generate_task(task, {"train": 300, "val": 20, "test": 20})
    train, held = dataset.splits["train"], []
    for number in range(1, 4):
        val = set_apart(dataset, f"{number}/3").splits["val"]
        assert abs(len(val) - 100) <= 1
        assert np.array_equal(train.labels[val.ids], val.labels)
        held += val.ids.tolist()
    assert sorted(held) == list(range(300))


def test_labels_that_never_occur_together_are_shared_out_evenly() -> None:
    labels = np.zeros((30, 3), np.uint8)
    labels[:20, 0], labels[20:, 2] = 1, 1
    images = np.random.default_rng(0).integers(0, 256, (30, 8, 8), np.uint8)
    split = Split(images, labels, np.arange(30))
    task = Task(name="x", classes=("a", "b", "c"), kind="multilabel", side=8)
    dataset = Dataset(task, "", True, "", {"train": split, "val": split, "test": split})
    for number in range(1, 6):
        counts = set_apart(dataset, f"{number}/5").splits["val"].counts(task.classes)
        assert counts == {"a": 4, "b": 0, "c": 2}
