"""The audit: images that are in two splits, have two labels or are nearly the same, and shared patients."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from snn_tui.data.audit import LISTED, audit
from snn_tui.data.dataset import Dataset, Split
from snn_tui.data.groups import PATIENT, of_files, usual
from snn_tui.data.phantoms import generate_task
from snn_tui.errors import UsageError
from snn_tui.values.audit import Audit
from snn_tui.values.dataset import SPLITS
from snn_tui.values.task import Task

SIZES = {"train": 60, "val": 40, "test": 50}
GREY = Task(name="grey", classes=("a", "b", "c"), kind="multiclass")


def drawn(task: Task = GREY) -> Dataset:
    return generate_task(task, SIZES)


def set_image(dataset: Dataset, split: str, index: int, image: np.ndarray, label: int | None = None) -> None:
    dataset.splits[split].images[index] = image
    if label is not None:
        dataset.splits[split].labels[index] = label


def pairs(result: Audit, kind: str) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """Indices of the pairs by their splits: in the later one, in the earlier one."""
    return {
        (found.split, found.earlier): [(pair.second.index, pair.first.index) for pair in found.images.pairs]
        for found in getattr(result, kind)
    }


def as_jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality, subsampling=0)
    return np.asarray(Image.open(file))


def test_images_are_counted_and_drawn_ones_have_nothing_against_them() -> None:
    result = audit(drawn())
    assert result.sizes == SIZES
    assert {name: sum(counts.values()) for name, counts in result.counts.items()} == SIZES
    assert result.synthetic
    assert not result.same
    assert not result.near
    assert not result.grouped
    assert result.two_labels.total == 0
    assert result.one_colour == {"train": 0, "val": 0, "test": 0}


def test_the_same_image_in_two_splits_is_found_in_each_pair_of_them() -> None:
    dataset = drawn()
    image = dataset.splits["train"].images[7]
    label = int(dataset.splits["train"].labels[7])
    set_image(dataset, "train", 9, image, label)
    set_image(dataset, "val", 3, image, label)
    set_image(dataset, "test", 4, image, label)
    set_image(dataset, "test", 5, image, label)
    result = audit(dataset)
    assert pairs(result, "same") == {
        ("val", "train"): [(3, 7)],
        ("test", "train"): [(4, 7), (5, 7)],
        ("test", "val"): [(4, 3), (5, 3)],
    }
    assert [found.images.total for found in result.same] == [1, 2, 2]
    assert not result.near
    assert result.two_labels.total == 0


def test_the_same_image_with_two_labels_is_found_in_one_split_and_in_two() -> None:
    dataset = drawn()
    image = dataset.splits["train"].images[0]
    set_image(dataset, "train", 0, image, 0)
    set_image(dataset, "train", 1, image, 2)
    set_image(dataset, "test", 2, image, 1)
    (first, second) = audit(dataset).two_labels.pairs
    assert (first.first.labels, first.second.split, first.second.index) == (("a",), "train", 1)
    assert (second.second.split, second.second.labels, second.correlation) == ("test", ("b",), 1.0)


def test_several_labels_at_once_are_compared_whole_and_named() -> None:
    dataset = drawn(Task(name="x", classes=("a", "b", "c"), kind="multilabel", channels=3))
    train, test = dataset.splits["train"], dataset.splits["test"]
    test.images[:2] = train.images[:2]
    train.labels[:2] = [[0, 1, 1], [0, 0, 0]]
    test.labels[:2] = [[0, 1, 1], [1, 0, 0]]
    result = audit(dataset)
    (pair,) = result.two_labels.pairs
    assert (pair.first.labels, pair.second.labels, pair.second.index) == ((), ("a",), 1)
    assert pairs(result, "same") == {("test", "train"): [(0, 0), (1, 1)]}


def test_images_of_one_colour_are_counted_and_are_no_copies() -> None:
    dataset = drawn()
    dataset.splits["train"].images[:3] = 0
    dataset.splits["test"].images[:2] = 0
    dataset.splits["test"].images[3] = 255
    result = audit(dataset)
    assert result.one_colour == {"train": 3, "val": 0, "test": 3}
    assert not result.same
    assert not result.near
    assert result.two_labels.total == 0


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("side", [28, 65])
def test_near_duplicates_are_found(channels: int, side: int) -> None:
    task = Task(name="x", classes=("a", "b"), kind="binary", positive=1, channels=channels, side=side)
    dataset = drawn(task)
    train, val = (dataset.splits[name].images for name in ("train", "val"))
    brighter = np.clip(train[1] * 1.1 + 8, 0, 255).astype(np.uint8)
    noise = np.random.default_rng(0).integers(-3, 4, train[3].shape)
    set_image(dataset, "test", 0, as_jpeg(train[0], 98))
    set_image(dataset, "test", 1, brighter)
    set_image(dataset, "val", 2, np.clip(train[3] + noise, 0, 255).astype(np.uint8))
    set_image(dataset, "test", 6, np.clip(val[9].astype(int) - 5, 0, 255).astype(np.uint8))
    result = audit(dataset)
    found = {splits: set(indices) for splits, indices in pairs(result, "near").items()}
    assert found == {
        ("val", "train"): {(2, 3)},
        ("test", "train"): {(0, 0), (1, 1)},
        ("test", "val"): {(6, 9)},
    }
    assert all(0.98 <= pair.correlation <= 1 for part in result.near for pair in part.images.pairs)
    assert not result.same


def test_more_pairs_than_are_listed_are_counted() -> None:
    dataset = generate_task(GREY, {"train": 150, "val": 20, "test": 150})
    dataset.splits["test"].images[:] = dataset.splits["train"].images
    (found,) = audit(dataset).same
    assert (found.images.total, len(found.images.pairs)) == (150, LISTED)


def test_indices_are_those_of_the_file() -> None:
    dataset = drawn()
    set_image(dataset, "test", 30, dataset.splits["train"].images[50])
    splits = {name: split.take(np.arange(20, len(split))) for name, split in dataset.splits.items()}
    result = audit(dataclasses.replace(dataset, splits=splits))
    assert pairs(result, "same") == {("test", "train"): [(30, 50)]}


def test_a_handful_of_images_is_audited() -> None:
    dataset = generate_task(GREY, {"train": 3, "val": 3, "test": 3})
    set_image(dataset, "test", 1, as_jpeg(dataset.splits["val"].images[0], 95))
    assert pairs(audit(dataset), "near") == {("test", "val"): [(1, 0)]}


def test_kaggles_names_of_patients_are_known() -> None:
    names = ["person1_bacteria_2.jpeg", "person12_virus_3.jpeg", "IM-0001.jpeg"]
    assert of_files(names, PATIENT)[0][:2] == ["person1", "person12"]
    assert usual({"train": names, "test": []}) == PATIENT
    assert usual({"train": ["IM-0001.jpeg"]}) is None


def named(dataset: Dataset, names: dict[str, list[str]]) -> Dataset:
    """The images with names of files; those that are not given one are of a patient of their own."""
    splits = {
        split: dataclasses.replace(
            images,
            names=[*names.get(split, []), *(f"{split}{index}_.png" for index in range(len(images)))][
                : len(images)
            ],
        )
        for split, images in dataset.splits.items()
    }
    return dataclasses.replace(dataset, splits=splits)


PATIENTS = {
    "train": ["p1_a.png", "p1_b.png", "p2_a.png"],
    "val": ["p3_a.png", "p4_a.png"],
    "test": ["p1_c.png", "p2_b.png", "p2_c.png", "p4_b.png", "p5_a.png"],
}


def test_groups_in_two_splits_are_counted_with_their_images() -> None:
    result = audit(named(drawn(), PATIENTS), "(.*)_")
    assert result.grouped
    of_train, of_val = result.groups
    assert (of_train.split, of_train.earlier, of_train.total, of_train.images) == ("test", "train", 2, 3)
    assert (of_val.split, of_val.earlier, of_val.total, of_val.images) == ("test", "val", 1, 1)
    assert [(group.name, group.images) for group in of_train.groups] == [
        ("p1", {"train": 2, "test": 1}),
        ("p2", {"train": 1, "test": 2}),
    ]
    examples = [
        [(image.split, image.index, image.name) for image in group.examples] for group in of_train.groups
    ]
    assert examples == [
        [("train", 0, "p1_a.png"), ("test", 0, "p1_c.png")],
        [("train", 2, "p2_a.png"), ("test", 1, "p2_b.png")],
    ]


def test_kaggles_patients_are_grouped_without_being_asked() -> None:
    dataset = named(drawn(), {"train": ["NORMAL/person1_x.jpeg"], "test": ["NORMAL/person1_y.jpeg"]})
    (found,) = audit(dataset).groups
    assert (found.split, found.earlier, found.images, found.groups[0].name) == ("test", "train", 1, "person1")
    assert not audit(named(drawn(), PATIENTS)).grouped


def test_images_without_names_cannot_be_grouped() -> None:
    with pytest.raises(UsageError, match="no names"):
        audit(drawn(), "(.*)_")


def test_images_of_files_are_named_by_them() -> None:
    dataset = named(drawn(), PATIENTS)
    set_image(dataset, "test", 3, dataset.splits["train"].images[1])
    ((pair,),) = [found.images.pairs for found in audit(dataset).same]
    assert (pair.first.name, pair.second.name) == ("p1_b.png", "p4_b.png")
    part = dataclasses.replace(
        dataset, splits={name: split.take(np.arange(1, len(split))) for name, split in dataset.splits.items()}
    )
    ((pair,),) = [found.images.pairs for found in audit(part).same]
    assert (pair.first.name, pair.first.index, pair.second.name) == ("p1_b.png", 1, "p4_b.png")


@pytest.mark.parametrize("first", ["train", "test"])
def test_near_duplicates_in_a_crowd_of_copies_are_found(first: str) -> None:
    """Of many images that are so alike, most have only each other for neighbours in any order."""
    sizes = {"train": 80, "val": 10, "test": 80}
    dataset = generate_task(GREY, sizes)
    image = dataset.splits["train"].images[0].astype(int)
    rng = np.random.default_rng(0)
    for split, number in (("train", 40 if first == "train" else 1), ("test", 40 if first == "test" else 1)):
        for index in range(number):
            flicker = np.zeros_like(image)
            flicker[tuple(rng.integers(0, 28, 2))] = 2
            set_image(dataset, split, index, np.clip(image + flicker, 0, 255).astype(np.uint8))
    found = pairs(audit(dataset), "near")
    expected = 1 if first == "train" else 40  # images of test
    same = len(pairs(audit(dataset), "same").get(("test", "train"), []))
    assert len(found["test", "train"]) + same == expected


def test_progress_goes_forward_and_may_end_it() -> None:
    class Ended(Exception):
        pass

    shares: dict[str, list[float]] = {}

    def on_progress(what: str, done: float | None) -> None:
        shares.setdefault(what, []).append(done or 0.0)

    audit(drawn(), None, on_progress)
    assert list(shares) == ["comparing images", "looking for near duplicates"]
    for some in shares.values():
        assert some == sorted(some)
        assert 0 <= some[0] <= some[-1] <= 1

    def end(what: str, done: float | None) -> None:
        raise Ended

    with pytest.raises(Ended):
        audit(drawn(), None, end)


def test_an_audit_is_a_message() -> None:
    dataset = drawn()
    set_image(dataset, "test", 1, dataset.splits["train"].images[5], 0)
    result = audit(named(dataset, PATIENTS), "(.*)_")
    assert msgspec.json.decode(msgspec.json.encode(result), type=Audit) == result


def real(file: str, kind: str, classes: int, real_file: Path) -> Audit:
    """The audit of a real data set that lies beside PneumoniaMNIST."""
    path = real_file.with_name(file)
    if not path.is_file():
        pytest.skip("the real images are not here")
    with np.load(path) as arrays:
        splits = {
            name: Split(
                arrays[f"{name}_images"],
                arrays[f"{name}_labels"].reshape(-1),
                np.arange(len(arrays[f"{name}_labels"])),
            )
            for name in SPLITS
        }
    names = tuple(f"c{number}" for number in range(classes))
    channels = 3 if splits["train"].images.ndim == 4 else 1
    task = Task(name=file, classes=names, kind=kind, channels=channels)  # type: ignore[arg-type]
    return audit(Dataset(task=task, source=file, synthetic=False, notice="", splits=splits))


def test_breastmnist_has_one_image_with_two_labels_and_many_near_duplicates(real_file: Path) -> None:
    result = real("breastmnist.npz", "binary", 2, real_file)
    (pair,) = result.two_labels.pairs
    assert (pair.first.split, pair.first.index, pair.first.labels) == ("train", 115, ("c0",))
    assert (pair.second.split, pair.second.index, pair.second.labels) == ("test", 76, ("c1",))
    assert pairs(result, "same") == {("test", "train"): [(76, 115)]}
    assert sum(found.images.total for found in result.near) > 50


@pytest.mark.parametrize(
    ("file", "kind", "classes"), [("pneumoniamnist.npz", "binary", 2), ("retinamnist.npz", "ordinal", 5)]
)
def test_there_is_no_false_alarm_on_real_images(file: str, kind: str, classes: int, real_file: Path) -> None:
    assert not real(file, kind, classes, real_file).near
