"""What is said of images before training: what cannot be learnt from, and what is in two splits."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from snn_tui.config.build import build
from snn_tui.data import checks, pneumoniamnist, registry
from snn_tui.data.audit import audit
from snn_tui.data.balance import balance, summary
from snn_tui.data.copies import first_equal
from snn_tui.data.phantoms import generate_task
from snn_tui.errors import DataError
from snn_tui.render.findings import findings

Arrays = dict[str, np.ndarray]
Save = Callable[[Arrays], Path]


def notice(path: Path) -> str:
    return registry.load(build({"data": str(path)})).notice


def test_images_of_0_and_1_are_said_to_be(arrays: Arrays, save: Save) -> None:
    for name in ("train_images", "val_images", "test_images"):
        arrays[name] = arrays[name] // 128
    words = notice(save(arrays))
    assert words.startswith("train_images, val_images and test_images are 0 to 1, not 0 to 255")


def test_dark_images_are_said_to_be(arrays: Arrays, save: Save) -> None:
    arrays["val_images"] = (arrays["val_images"] / 255 * 100).round().astype(np.uint8)
    top = arrays["val_images"].max()
    assert f"val_images are 0 to {top}, not 0 to 255: multiply them by {255 / top:.3g}" in notice(
        save(arrays)
    )


def test_images_of_one_colour_are_counted(arrays: Arrays, save: Save) -> None:
    arrays["test_images"][-3:] = 0
    arrays["val_images"][:] = 0
    words = notice(save(arrays))
    assert "3 of 5 test images are of one colour" in words
    assert "all 4 val images are of one colour" in words
    assert "train images" not in words
    assert "in train, too" not in words
    assert "in val, too" not in words


def test_the_same_image_in_two_splits_is_counted(arrays: Arrays, save: Save) -> None:
    arrays["val_images"][:2] = arrays["train_images"][3:5]
    arrays["test_images"][4] = arrays["train_images"][0]
    words = notice(save(arrays))
    assert "2 val images are in train, too" in words
    assert "1 test image is in train, too" in words
    assert "in val, too" not in words


def test_too_few_images_of_a_class_after_balancing_are_counted(arrays: Arrays, save: Save) -> None:
    arrays["train_labels"][:] = 1
    arrays["train_labels"][0] = 0
    loaded = registry.load(build({"data": str(save(arrays))}))
    words = summary(loaded, balance(loaded, "undersample", 0)).notice
    assert "train has only 1 normal image to learn from" in words


def test_undersampling_that_leaves_hardly_any_images_of_val_and_test_is_noticed(
    arrays: Arrays, save: Save
) -> None:
    loaded = registry.load(build({"data": str(save(arrays))}))
    words = summary(loaded, balance(loaded, "undersample", 0)).notice
    assert "val has only 2 normal images to judge by" in words
    assert "test has only 2 normal images to judge by" in words
    arrays["val_labels"][:] = 1
    loaded = registry.load(build({"data": str(save(arrays))}))
    words = summary(loaded, balance(loaded, "undersample", 0)).notice
    assert "val has only 4 pneumonia images" in words
    assert "0 normal" not in words


def test_class_names_that_are_numbers_are_quoted(arrays: Arrays, save: Save) -> None:
    loaded = registry.load(build({"data": str(save(arrays)), "labels": "0,1"}))
    words = summary(loaded, balance(loaded, "undersample", 0)).notice
    assert "val has only 2 '0' images to judge by" in words
    arrays["test_labels"][:] = 1
    loaded = registry.load(build({"data": str(save(arrays)), "labels": "0,1"}))
    assert "test has no images of '0'" in loaded.notice


def test_another_set_of_medmnist_is_named_and_refused(save: Save) -> None:
    made: Arrays = {}
    for split, size in (("train", 546), ("val", 78), ("test", 156)):
        made[f"{split}_images"] = np.random.default_rng(0).integers(0, 256, (size, 28, 28), np.uint8)
        made[f"{split}_labels"] = (np.arange(size) % 2).astype(np.uint8)[:, None]
    with pytest.raises(DataError, match=r"this is BreastMNIST, .*not PneumoniaMNIST"):
        pneumoniamnist.SOURCE.read(save(made))


def test_equal_images_have_the_index_of_the_first() -> None:
    images = np.zeros((5, 2, 2), np.uint8)
    images[[1, 3]] = 7
    assert first_equal(images).tolist() == [0, 1, 0, 1, 0]


def test_the_copies_in_the_real_images_are_counted(real_file: Path) -> None:
    assert "8 val images are in train, too" in notice(real_file)


def test_a_class_that_is_missing_in_test_is_noticed(arrays: Arrays, save: Save) -> None:
    arrays["test_labels"][:] = 1
    words = notice(save(arrays))
    assert words.startswith("test has no images of normal; ")
    assert "val has no" not in words


def test_colour_images_of_one_colour_are_counted(tmp_path: Path) -> None:
    task = registry.SOURCES["retinamnist"].task
    made = generate_task(task, {"train": 20, "val": 10, "test": 10})
    made.splits["val"].images[3:5] = (200, 90, 20)
    assert "2 of 10 val images are of one colour" in checks.notes(made).contents


def test_groups_in_two_splits_are_noticed_as_an_audit_says_it() -> None:
    made = generate_task(registry.SOURCES["retinamnist"].task, {"train": 20, "val": 10, "test": 10})
    assert checks.notes(made).contents == ()
    persons = {"train": [1, 1, 2], "val": [3], "test": [2, 2, 1, 3]}
    for name, split in made.splits.items():
        files = [f"person{person}_{index}.png" for index, person in enumerate(persons[name])]
        files += [f"{name}{index}.png" for index in range(len(split) - len(files))]
        made.splits[name] = dataclasses.replace(split, names=files)
    expected = (
        "3 test images are of 2 groups that train has, too",
        "1 test image is of 1 group that val has, too",
    )
    assert checks.notes(made).contents == expected
    assert tuple(finding.words for finding in findings(audit(made))) == expected
    assert len(checks.notes(made, group_by="(per)son").contents) == 3
