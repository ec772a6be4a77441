"""The table of sources and the option that names them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from snn_tui.config.build import build
from snn_tui.config.run_config import OPTIONS, OWN
from snn_tui.data import registry
from snn_tui.data.audit import audit
from snn_tui.data.dataset import Dataset, OnProgress
from snn_tui.errors import DataError
from snn_tui.values.dataset import SPLITS


def test_every_source_can_be_chosen() -> None:
    assert {*registry.SOURCES, OWN} == set(OPTIONS["dataset"].choices)


def test_what_is_at_hand(home: Path) -> None:
    assert registry.at_hand(build({"dataset": "demo"}))
    assert not registry.at_hand(build({}))
    with pytest.raises(DataError):
        registry.at_hand(build({"data": str(home / "missing.npz")}))


def test_a_further_source_is_one_line(demo: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    class Further:
        def load(self, data: str | None, on_progress: OnProgress) -> Dataset:
            return demo

        def at_hand(self, data: str | None) -> bool:
            return True

        def of_size(self, size: int | None) -> Further:
            return self

    monkeypatch.setitem(registry.SOURCES, "demo", Further())
    loaded = registry.load(build({"dataset": "demo"}))
    assert loaded.splits is demo.splits
    assert loaded.checksums["test"] == demo.splits["test"].checksum()


@pytest.mark.parametrize(
    ("options", "dataset"),
    [
        ({}, "pneumoniamnist"),
        ({"data": "there/breastmnist.npz"}, "breastmnist"),
        ({"data": "organamnist_224.npz"}, "organamnist"),
        ({"data": "organamnist_30.npz"}, "own"),
        ({"data": "organmnist3d.npz"}, "own"),
        ({"data": "breastmnist.npz", "labels": "a,b"}, "own"),
        ({"data": "mine.npz"}, "own"),
        ({"data": "mine.npz", "dataset": "chestmnist"}, "chestmnist"),
        ({"data": "breastmnist.npz", "dataset": "own"}, "own"),
        ({"dataset": "demo-octmnist"}, "demo-octmnist"),
    ],
)
def test_a_file_is_the_set_it_has_the_name_of_or_the_one_that_is_named(
    options: dict[str, object], dataset: str
) -> None:
    assert build(options).dataset == dataset


def test_a_folder_with_the_studys_file_is_still_the_study(tmp_path: Path) -> None:
    assert build({"data": str(tmp_path)}).dataset == "own"
    (tmp_path / "pneumoniamnist.npz").touch()
    assert build({"data": str(tmp_path)}).dataset == "pneumoniamnist"


@pytest.mark.parametrize("name", [name for name in OPTIONS["dataset"].choices if name.startswith("demo-")])
def test_every_set_has_generated_images_of_its_kind(name: str) -> None:
    config = build({"dataset": name})
    assert config.synthetic
    made, real = registry.read(config), registry.SOURCES[config.real_set].task
    assert made.synthetic
    assert made.task == msgspec.structs.replace(real, name=f"demo of {real.name}", noun="image")
    assert min(min(counts.values()) for counts in made.counts().values()) > 0


def test_generated_images_have_the_size_that_is_asked_for() -> None:
    made = registry.read(build({"dataset": "demo-retinamnist", "size": 40}))
    assert made.task.side == 40
    assert made.splits["val"].images.shape == (100, 40, 40, 3)


def test_what_is_expected_of_images_is_known_before_they_are_read() -> None:
    assert registry.expected_task(build({"dataset": "retinamnist", "size": 64})).side == 64
    assert registry.expected_task(build({"data": "x.npz"})).classes == ("label 0", "label 1")
    named = registry.expected_task(build({"data": "x.npz", "labels": "a,b,c", "size": 20}))
    assert (named.kind, named.classes, named.side) == ("multiclass", ("a", "b", "c"), 20)


def test_training_and_the_audit_share_a_folder_out_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for index in range(60):
            noise = rng.integers(0, 256, (9, 9), dtype=np.uint8)
            file = tmp_path / "pets" / name / f"{name}person{index // 3}_{index % 3}.png"
            Image.fromarray(noise).save(file)
    usual = build({"data": str(tmp_path / "pets")})
    assert audit(registry.read(usual)).groups  # known as Kaggle's, so the split by chance is said to be bad
    config = build({"data": str(tmp_path / "pets"), "group_by": r"(person\d+)_", "size": 32})
    trained, audited = registry.load(config), registry.read(config)
    assert trained.task.side == 32
    assert not audit(audited, config.group_by).groups
    for split in SPLITS:
        assert trained.splits[split].names == audited.splits[split].names
        assert trained.checksums[split] == audited.splits[split].checksum()
    assert registry.key(config) != registry.key(usual)


def test_what_an_audit_finds_is_not_among_its_notes_as_well(
    arrays: dict[str, np.ndarray], save: Callable[[dict[str, np.ndarray]], Path]
) -> None:
    arrays["test_images"][0] = arrays["train_images"][0]
    arrays["val_images"][1] = 7
    arrays["test_labels"][:] = 1
    loaded = registry.load(build({"data": str(save(arrays))}))
    words = "1 test image is in train, too"
    assert words in loaded.notice
    assert "1 of 4 val images are of one colour" in loaded.notice
    audited = audit(loaded)
    assert [(one.split, one.earlier, one.images.total) for one in audited.same] == [("test", "train", 1)]
    assert audited.notes[0] == "test has no images of normal"
    assert audited.notes[1].startswith("not the official file")
    assert len(audited.notes) == 2
    # Where there is nothing else to say there are no notes.
    arrays["test_labels"][0] = 0
    own = registry.load(build({"data": str(save(arrays)), "labels": "a,b"}))
    assert words in own.notice
    assert audit(own).notes == ()


def test_a_folder_of_grey_pictures_saved_in_colour_is_grey(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    names = ("benign", "normal", "malignant")
    for name in names:
        (tmp_path / "films" / name).mkdir(parents=True)
        for index in range(6):
            grey = Image.fromarray(rng.integers(0, 256, (70, 80), dtype=np.uint8)).convert("RGB")
            grey.save(tmp_path / "films" / name / f"{index}.jpeg", quality=75)
    config = build({"data": str(tmp_path / "films"), "size": 64})
    grey_set = registry.load(config)
    assert (grey_set.task.channels, grey_set.task.side, grey_set.task.kind) == (1, 64, "multiclass")
    assert grey_set.splits["train"].images.shape == (12, 64, 64)
    Image.new("RGB", (80, 70), (200, 10, 10)).save(tmp_path / "films/normal/red.png")
    colour = registry.load(config)
    assert (colour.task.channels, colour.task.classes) == (3, tuple(sorted(names)))
    assert colour.splits["train"].images.shape[1:] == (64, 64, 3)
    assert "1 of 19 pictures is in colour, so all images are RGB" in colour.notice
