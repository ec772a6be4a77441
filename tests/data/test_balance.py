"""Undersampling: how many stay, which, and in what order."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from counting import two_classes

from snn_tui.config.build import build
from snn_tui.data import pneumoniamnist, registry
from snn_tui.data.balance import balance, summary
from snn_tui.data.dataset import Dataset


def test_the_official_sizes_leave_3166_images(demo: Dataset) -> None:
    after = balance(demo, "undersample", 0)
    assert after.counts() == {
        "train": two_classes(1214, 1214),
        "val": two_classes(135, 135),
        "test": two_classes(234, 234),
    }
    assert sum(map(len, after.splits.values())) == 3166


def test_the_real_file_leaves_117_of_each_in_test(real_file: Path) -> None:
    found = pneumoniamnist.SOURCE.read(real_file)
    if len(found.splits["test"]) != 312:
        pytest.skip("another file than the shared one")
    counts = balance(found, "undersample", 4).counts()
    assert counts == {
        "train": two_classes(1214, 1214),
        "val": two_classes(135, 135),
        "test": two_classes(117, 117),
    }


def test_every_normal_image_stays_and_order_and_ids_are_kept(demo: Dataset) -> None:
    after = balance(demo, "undersample", 3)
    for name, split in after.splits.items():
        whole = demo.splits[name]
        assert np.all(np.diff(split.ids) > 0)
        assert np.array_equal(split.ids[split.labels == 0], whole.ids[whole.labels == 0])
        assert np.array_equal(split.images, whole.images[split.ids])
        assert np.array_equal(split.labels, whole.labels[split.ids])


def test_the_smaller_class_is_kept_whichever_it_is(demo: Dataset) -> None:
    swapped = {
        name: type(split)(split.images, 1 - split.labels, split.ids) for name, split in demo.splits.items()
    }
    after = balance(Dataset(demo.task, "", True, "", swapped), "undersample", 0)
    assert after.counts()["val"] == two_classes(135, 135)
    kept = after.splits["val"].ids[after.splits["val"].labels == 1]
    assert np.array_equal(kept, swapped["val"].ids[swapped["val"].labels == 1])


def test_the_seed_decides_which_images_stay(demo: Dataset) -> None:
    first, same, other = (balance(demo, "undersample", seed).splits["train"].ids for seed in (1, 1, 2))
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_none_leaves_all(demo: Dataset) -> None:
    assert balance(demo, "none", 0).counts() == demo.counts()


def test_an_unknown_mode_is_refused(demo: Dataset) -> None:
    with pytest.raises(ValueError, match="smote"):
        balance(demo, "smote", 0)


def test_the_summary_tells_before_and_after(demo: Dataset) -> None:
    told = summary(demo, balance(demo, "undersample", 0))
    assert told.synthetic
    assert told.before["test"] == two_classes(234, 390)
    assert told.after["test"] == two_classes(234, 234)
    assert "not x-rays" in told.notice


def test_all_of_several_classes_become_as_large_as_the_smallest() -> None:
    dataset = registry.load(build({"dataset": "demo-organamnist"}))
    after = balance(dataset, "undersample", 0)
    for name, counts in after.counts().items():
        assert set(counts.values()) == {min(dataset.counts()[name].values())}


def test_a_class_without_images_leaves_the_others_what_they_have() -> None:
    dataset = registry.load(build({"dataset": "demo-octmnist"}))
    kept = {name: split.take(np.flatnonzero(split.labels != 2)) for name, split in dataset.splits.items()}
    counts = balance(dataclasses.replace(dataset, splits=kept), "undersample", 0).counts()["test"]
    assert counts == {name: 0 if name == "drusen" else counts["normal"] for name in dataset.task.classes}
    assert counts["normal"] > 0


def test_images_with_several_labels_all_stay_and_that_is_said_once() -> None:
    dataset = registry.load(build({"dataset": "demo-chestmnist"}))
    after = balance(dataset, "undersample", 0)
    assert after.counts() == dataset.counts()
    words = "nothing is undersampled: an image may have several labels"
    assert summary(dataset, after, "undersample").notice.count(words) == 1
    assert words not in summary(dataset, after, "none").notice
