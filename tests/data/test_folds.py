"""Folds of train: together they are train, each like it, and no image is on both sides."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from snn_tui.config.build import build
from snn_tui.data import registry
from snn_tui.data.dataset import Dataset, Split
from snn_tui.data.folds import check_all, set_apart
from snn_tui.data.phantoms import generate_task
from snn_tui.data.registry import load
from snn_tui.errors import DataError
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


def of_patients(images: int, patients: int) -> Dataset:
    """Images of two classes, each patient's in either class, with names such as `p3_17.png`."""
    pixels = np.random.default_rng(0).integers(0, 256, (images, 8, 8), np.uint8)
    names = tuple(f"p{index * 7 % patients}_{index}.png" for index in range(images))
    split = Split(pixels, np.arange(images, dtype=np.uint8) % 2, np.arange(images), names)
    task = Task(name="x", classes=("a", "b"), positive=1, side=8)
    return Dataset(task, "folder", False, "", {"train": split, "val": split, "test": split})


def test_the_images_of_a_group_are_in_one_fold() -> None:
    dataset = of_patients(120, 30)
    held = []
    for number in range(1, 6):
        found = set_apart(dataset, f"{number}/5", r"p(\d+)_")
        patients = {
            name: {image.partition("_")[0] for image in split.names} for name, split in found.splits.items()
        }
        assert not patients["train"] & patients["val"]
        assert 16 <= len(found.splits["val"]) <= 32
        held += found.splits["val"].ids.tolist()
    assert sorted(held) == list(range(120))


def test_groups_that_share_an_equal_image_are_in_one_fold() -> None:
    dataset = of_patients(120, 30)
    train = dataset.splits["train"]
    train.images[50] = train.images[3]
    patients = {train.names[index].partition("_")[0] for index in (3, 50)}
    assert len(patients) == 2
    for number in range(1, 6):
        val = set_apart(dataset, f"{number}/5", r"p(\d+)_").splits["val"]
        held = {image.partition("_")[0] for image in val.names} & patients
        assert held in (set(), patients)


def test_a_fold_that_gets_no_images_is_refused() -> None:
    dataset = of_patients(40, 40)
    set_apart(dataset, "20/99")
    with pytest.raises(DataError, match="folder: fold 50/99 of 40 training images gets no images") as caught:
        set_apart(dataset, "50/99")
    assert caught.value.remedy
    check_all(dataset, 20)
    with pytest.raises(DataError, match="fold 21/99"):
        check_all(dataset, 99)


def test_a_fold_that_takes_all_images_of_a_class_is_refused() -> None:
    dataset = of_patients(40, 40)
    dataset.splits["train"].labels[:] = 0
    dataset.splits["train"].labels[3] = 1
    with pytest.raises(DataError, match="leaves no images of b to train on"):
        check_all(dataset, 3)


ADVICE = r"--group-by '(person\d+)_' keeps each person's images together"


def test_folds_that_divide_a_persons_images_are_noticed() -> None:
    dataset = of_patients(40, 10)
    assert ADVICE not in set_apart(dataset, "1/2").notice  # nothing says that p1 is a person
    train = dataset.splits["train"]
    names = tuple(name.replace("p", "person", 1) for name in train.names)
    named = dataclasses.replace(
        dataset, splits=dataset.splits | {"train": dataclasses.replace(train, names=names)}
    )
    assert set_apart(named, "1/2").notice == f"val is fold 1/2 of train; {ADVICE}"
    assert check_all(named, 2) == f"the folds divide images of a person: {ADVICE}"
    assert ADVICE not in set_apart(named, "1/2", r"(person\d+)_").notice
    assert check_all(named, 2, r"(person\d+)_") == ""
    told = dataclasses.replace(named, notice=f"split by a fixed draw; {ADVICE}")
    assert set_apart(told, "1/2").notice.count(ADVICE) == 1
    alone = dataclasses.replace(train, names=tuple(f"person{index}_1.png" for index in range(40)))
    each = dataclasses.replace(named, splits=named.splits | {"train": alone})
    assert check_all(each, 2) == ""
