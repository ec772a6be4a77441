"""The table of sources and the option that names them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from snn_tui.config.build import build
from snn_tui.config.run_config import OPTIONS, OWN
from snn_tui.data import registry
from snn_tui.data.dataset import Dataset, OnProgress
from snn_tui.errors import DataError


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
