"""A file of one's own: any classes, channels and sizes, types as people save them, and what is wrong."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from snn_tui.config.build import build
from snn_tui.data import medmnist_file, registry
from snn_tui.data.dataset import Dataset
from snn_tui.data.medmnist_sets import SETS
from snn_tui.errors import DataError

Arrays = dict[str, np.ndarray]
SPLITS = ("train", "val", "test")
SIZES = {"train": 12, "val": 6, "test": 7}


def made(side: int = 20, channels: int = 1, classes: int = 3, labels: str = "[N]") -> Arrays:
    """Arrays of every class in every split; labels are `[N]`, `[N, 1]` or `[N, K]`."""
    rng, arrays = np.random.default_rng(0), {}
    for split, size in SIZES.items():
        shape = (size, side, side) if channels == 1 else (size, side, side, channels)
        arrays[f"{split}_images"] = rng.integers(0, 256, shape, np.uint8)
        index = np.arange(size, dtype=np.uint8) % classes
        several = (index[:, None] == np.arange(classes)) | (index[:, None] == 0)
        arrays[f"{split}_labels"] = {"[N]": index, "[N, 1]": index[:, None], "[N, K]": several * np.uint8(1)}[
            labels
        ]
    return arrays


def read(folder: Path, arrays: Arrays, **options: object) -> Dataset:
    """The data set of a file of these arrays."""
    path = folder / "mine.npz"
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type] # numpy has options among its names
    return registry.read(build({"data": str(path), **options}))


def refusal(folder: Path, arrays: Arrays, **options: object) -> DataError:
    with pytest.raises(DataError) as caught:
        read(folder, arrays, **options)
    assert caught.value.exit_code == 3
    assert caught.value.where == str(folder / "mine.npz")
    assert "--data" in caught.value.remedy
    return caught.value


def changed(arrays: Arrays, kind: str, change: Callable[[np.ndarray], Any]) -> Arrays:
    """The arrays with all images or all labels changed."""
    return {name: change(array) if name.endswith(kind) else array for name, array in arrays.items()}


@pytest.mark.parametrize("labels", ["[N]", "[N, 1]"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("classes", "kind"), [(2, "binary"), (3, "multiclass"), (6, "multiclass")])
def test_any_classes_and_channels(
    tmp_path: Path, labels: str, channels: int, classes: int, kind: str
) -> None:
    arrays = made(20, channels, classes, labels)
    dataset = read(tmp_path, arrays)
    task = dataset.task
    assert (task.name, task.kind, task.side, task.channels) == ("mine", kind, 20, channels)
    assert task.classes == tuple(f"label {index}" for index in range(classes))
    assert task.positive == (1 if classes == 2 else None)
    assert "--labels gives them names" in dataset.notice
    for split in SPLITS:
        assert np.array_equal(dataset.splits[split].images, arrays[f"{split}_images"])
        assert np.array_equal(dataset.splits[split].labels, arrays[f"{split}_labels"].ravel())


def test_labels_are_named(tmp_path: Path) -> None:
    dataset = read(tmp_path, made(), labels="clear, dense,mixed")
    assert dataset.task.classes == ("clear", "dense", "mixed")
    assert dataset.notice == ""


def test_several_labels_an_image(tmp_path: Path) -> None:
    for options in ({}, {"labels": "a,b,c"}):
        dataset = read(tmp_path, made(labels="[N, K]"), **options)
        assert dataset.task.kind == "multilabel"
        assert dataset.splits["val"].labels.tolist() == [[1, 1, 1], [0, 1, 0], [0, 0, 1]] * 2
    assert dataset.task.classes == ("a", "b", "c")


def test_a_last_axis_of_one_channel_is_grey(tmp_path: Path) -> None:
    arrays = made()
    dataset = read(tmp_path, changed(arrays, "images", lambda a: a[..., None]))
    assert dataset.task.channels == 1
    assert np.array_equal(dataset.splits["test"].images, arrays["test_images"])


@pytest.mark.parametrize("kind", ["int64", "uint16", "int8", "float32", "bool"])
def test_labels_of_other_types_are_the_same(tmp_path: Path, kind: str) -> None:
    arrays = made(classes=2)
    dataset = read(tmp_path, changed(arrays, "labels", lambda a: a.astype(kind)))
    assert dataset.splits["train"].labels.dtype == np.uint8
    assert np.array_equal(dataset.splits["train"].labels, arrays["train_labels"])


@pytest.mark.parametrize("kind", ["int64", "uint16", "int32", "uint64", ">u2", "float32", "float64"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_images_of_other_types_are_the_same(tmp_path: Path, kind: str, order: Any) -> None:
    arrays = made(channels=3)
    dataset = read(tmp_path, changed(arrays, "images", lambda a: np.asarray(a.astype(kind), order=order)))
    assert dataset.splits["train"].images.dtype == np.uint8
    assert np.array_equal(dataset.splits["train"].images, arrays["train_images"])
    assert "rounded" in dataset.notice if "float" in kind else "read as uint8" in dataset.notice


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
def test_fractions_are_multiplied(tmp_path: Path, kind: str) -> None:
    arrays = made()
    dataset = read(tmp_path, changed(arrays, "images", lambda a: (a / 255).astype(kind)))
    assert np.abs(dataset.splits["val"].images.astype(int) - arrays["val_images"]).max() <= (
        kind == "float16"
    )
    assert "images from 0 to 1 were multiplied by 255" in dataset.notice


def test_masks_are_black_and_white(tmp_path: Path) -> None:
    dataset = read(tmp_path, changed(made(), "images", lambda a: a > 127))
    assert set(np.unique(dataset.splits["train"].images)) == {0, 255}


@pytest.mark.parametrize(("bits", "factor"), [(16, 257), (12, 16)])
def test_deep_images_are_reduced_to_8_bits(tmp_path: Path, bits: int, factor: int) -> None:
    arrays = made()
    dataset = read(tmp_path, changed(arrays, "images", lambda a: a.astype(np.uint16) * factor))
    assert f"images have {bits} bits, reduced to 8" in dataset.notice
    assert np.abs(dataset.splits["train"].images.astype(int) - arrays["train_images"]).max() <= 1


def test_one_rule_for_all_splits(tmp_path: Path) -> None:
    arrays = changed(made(), "images", lambda a: (a / 255).astype(np.float32))
    arrays["test_images"] = arrays["test_images"] / 2
    assert 120 <= read(tmp_path, arrays).splits["test"].images.max() <= 128


@pytest.mark.parametrize("low", [["val"], ["train", "test"]])
@pytest.mark.parametrize("kind", ["float32", "uint16", "uint8"])
def test_splits_of_different_ranges_are_refused(tmp_path: Path, kind: str, low: list[str]) -> None:
    arrays = changed(made(), "images", lambda a: a.astype(kind))
    for split in low:
        name = f"{split}_images"
        arrays[name] = (arrays[name] / 255 if kind == "float32" else arrays[name] // 128).astype(kind)
    error = refusal(tmp_path, arrays)
    names, others = ("val_images", "train_images and test_images")[:: -1 if len(low) == 2 else 1]
    words = "have values up to 1, but {} up to 255: it is not clear that their ranges are the same"
    assert error.what == f"{names} {words.format(others)}"
    assert error.remedy.startswith("save them as uint8 from 0 to 255")


def test_integers_of_other_types_with_different_ranges_are_refused(tmp_path: Path) -> None:
    masks = made()
    masks["val_images"] = masks["val_images"] > 127
    assert "val_images have values up to 1, but" in refusal(tmp_path, masks).what
    deep = made()
    deep["test_images"] = deep["test_images"].astype(np.uint16) * 257
    assert "but test_images up to 6.554e+04: it is not clear" in refusal(tmp_path, deep).what


def test_black_splits_fit_any_range_and_splits_of_0_and_1_are_as_they_were(tmp_path: Path) -> None:
    arrays = made()
    arrays["val_images"] = arrays["val_images"] * 0
    assert read(tmp_path, arrays).splits["train"].images.max() == 255
    arrays = changed(made(), "images", lambda a: a // 128)
    arrays["train_images"] = arrays["train_images"].astype(bool)
    assert read(tmp_path, arrays).splits["train"].images.max() == 1


def test_large_images_are_converted_block_by_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snn_tui.data.npz._BLOCK", 3000)
    arrays = made()
    dataset = read(tmp_path, changed(arrays, "images", lambda a: a.astype(np.int64)))
    assert np.array_equal(dataset.splits["train"].images, arrays["train_images"])


@pytest.mark.parametrize(
    ("kind", "change", "words", "remedy"),
    [
        ("images", lambda a: a / 128 - 1, "values below 0, down to -1", "undo the scaling"),
        ("images", lambda a: a.astype(int) - 1, "values below 0, down to -1", "undo the scaling"),
        ("images", lambda a: a / 2.55, "float64 up to 100, which is neither 0 to 1 nor 0 to 255", "uint8"),
        ("images", lambda a: a * 300.0, "neither 0 to 1 nor 0 to 255", "uint8"),
        ("images", lambda a: a.astype(int) * 1000, "values up to 2.55e+05, and 65535 is the most", "uint8"),
        ("images", lambda a: a.astype("S1"), "is |S1, not numbers", "uint8"),
        ("images", lambda a: a.astype(complex), "is complex128, not numbers", "uint8"),
        ("images", lambda a: a[:, :-2], "images of 18 by 20 pixels are not square", "squares"),
        ("images", lambda a: a[..., None].repeat(4, 3), "4 channels", "[..., :3]"),
        ("images", lambda a: a[..., None].repeat(2, 3), "2 channels", ""),
        ("images", lambda a: a[:, None].repeat(3, 1), "colours come before rows", "transpose(0, 2, 3, 1)"),
        ("images", lambda a: a[:, None].repeat(20, 1), "20, 20, 20]: volumes, as", "_images[:, 10]"),
        ("images", lambda a: a[:, None, ..., None].repeat(8, 1), "volumes, as", "_images[:, 4]"),
        ("images", lambda a: a[:, None, None, :, :, None], "not [N, side, side]", ""),
        ("images", lambda a: a[:, 0], "not [N, side, side]", ""),
        ("images", lambda a: np.zeros((len(a), 1030, 1030), np.uint8), "1030 pixels a side", "smaller"),
        ("images", lambda a: np.array([a[0], a[1][:9]] * (len(a) // 2), object), "Python objects", ""),
        ("labels", lambda a: a.astype(int) - 1, "has the label -1", "leave out"),
        ("labels", lambda a: a + 1, "train has no images of label 0", "subtract 1"),
        ("labels", lambda a: a * 100, "go up to 200, and 64 classes are the most", "from 0 on"),
        ("labels", lambda a: a * np.uint64(2**63), "has the label", "from 0 on"),
        ("labels", lambda a: a * 2, "train has no images of label 1 and label 3", "without a gap"),
        ("labels", lambda a: a * 9, "label 1, label 2, label 3, label 4, label 5 and 11 others", "a gap"),
        ("labels", lambda a: np.zeros((len(a), 3), np.uint8), "all train_labels are 0", "save 1 for each"),
        ("labels", lambda a: a * 0, "train has images of one class only, label 0", "two classes"),
        ("labels", lambda a: a + 0.5, "not whole numbers", "from 0 on"),
        ("labels", lambda a: a * np.nan, "not whole numbers", "from 0 on"),
        ("labels", lambda a: a.astype(str), "not numbers", "--labels"),
        ("labels", lambda a: np.stack([a, a], 1), "[12, 2] with the value 2", "one column"),
        ("labels", lambda a: np.zeros((len(a), 65), np.uint8), "65 labels an image, and 64", ""),
        ("labels", lambda a: np.zeros((len(a), 0), np.uint8), "[12, 0], not [N]", ""),
        (
            "labels",
            lambda a: np.stack([a == 0, a == 9], 1),
            "train has no images of label 1",
            "leave out the label",
        ),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, kind: str, change: Callable[[np.ndarray], Any], words: str, remedy: str
) -> None:
    error = refusal(tmp_path, changed(made(), kind, change))
    assert words in error.what
    assert remedy in error.remedy


def test_values_that_are_no_numbers_are_named_by_their_image(tmp_path: Path) -> None:
    arrays = changed(made(), "images", lambda a: a / 255)
    arrays["val_images"][4, 3, 2] = np.nan
    assert refusal(tmp_path, arrays).what == "val_images has values that are no numbers in image 4"


def test_images_of_several_sizes_are_refused(tmp_path: Path) -> None:
    arrays = {**made(), "test_images": made(24)["test_images"]}
    assert "test_images is [7, 24, 24], but train_images [12, 20, 20]" in refusal(tmp_path, arrays).what


def test_one_image_cannot_be_learnt_from(tmp_path: Path) -> None:
    arrays = made()
    arrays |= {"train_images": arrays["train_images"][:1], "train_labels": arrays["train_labels"][:1]}
    assert refusal(tmp_path, arrays).what == "train has images of one class only, label 0"
    assert (
        len(
            read(
                tmp_path, {**made(), "test_images": made()["test_images"][:1], "test_labels": np.zeros(1)}
            ).splits["test"]
        )
        == 1
    )


def test_names_and_labels_have_to_agree(tmp_path: Path) -> None:
    error = refusal(tmp_path, made(), labels="a,b")
    assert "where only 0 and 1 are known" in error.what
    assert error.remedy.startswith("name all its classes with --labels")
    error = refusal(tmp_path, made(), labels="a,b,c,d")
    assert error.what == "--labels has 4 names, but the labels are 0, 1 and 2"
    assert error.remedy.startswith("give 3 names")
    error = refusal(tmp_path, made(classes=2), labels="a,b,c")
    assert error.what == "--labels has 3 names, but the labels are 0 and 1"
    several = made(labels="[N, K]")
    error = refusal(tmp_path, several, labels="a,b,c,d")
    assert error.what == "train_labels is [12, 3], but --labels has 4 names"
    assert error.remedy.startswith("give 3 names")


def test_a_class_that_only_other_splits_have_is_to_be_put_into_train(tmp_path: Path) -> None:
    arrays = made()
    arrays["train_labels"] = np.minimum(arrays["train_labels"], 1)
    arrays["val_labels"] = np.minimum(arrays["val_labels"], 1)
    error = refusal(tmp_path, arrays)
    assert error.what == "train has no images of label 2"
    assert error.remedy.startswith("put images of it into train, or leave it out of test")
    arrays["test_labels"][0] = 9
    assert refusal(tmp_path, arrays).remedy.startswith("put images of them into train, or leave them out")


def test_another_size_than_the_files_is_refused(tmp_path: Path) -> None:
    assert read(tmp_path, made(), size=20).task.side == 20
    assert refusal(tmp_path, made(), size=32).what == "its images have 20 pixels a side, not 32"


def test_one_hot_labels_are_noticed(tmp_path: Path) -> None:
    arrays = changed(made(), "labels", lambda a: np.eye(3, dtype=int)[a])
    dataset = read(tmp_path, arrays)
    assert dataset.task.kind == "multilabel"
    assert "train_labels.argmax(1)" in dataset.notice


def test_an_official_file_by_another_name_is_the_set_that_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(medmnist_file, "IMAGES", {"OCTMNIST": (12, 6, 7)})
    arrays = made(28, classes=4)
    dataset = read(tmp_path, arrays)
    assert dataset.task.name == "mine"
    assert "as many images as OCTMNIST: if it is, give --dataset octmnist" in dataset.notice
    md5 = hashlib.md5((tmp_path / "mine.npz").read_bytes()).hexdigest()
    known = dataclasses.replace(SETS["octmnist"], md5={28: md5})
    monkeypatch.setitem(SETS, "octmnist", known)
    dataset = read(tmp_path, arrays)
    assert (dataset.task, dataset.notice) == (known.task, "")


def test_labels_are_checked_before_images_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = changed(made(), "labels", lambda a: a * 100)

    def unread(*arguments: object) -> None:
        raise AssertionError

    monkeypatch.setattr("snn_tui.data.pixels.conversion", unread)
    assert "64 classes are the most" in refusal(tmp_path, arrays).what
