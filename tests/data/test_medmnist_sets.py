"""Our table of MedMNIST's sets against medmnist's own, and their files of every size."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from snn_tui.config.build import build
from snn_tui.config.run_config import MEDMNIST
from snn_tui.data import registry
from snn_tui.data.medmnist_file import IMAGES
from snn_tui.data.medmnist_sets import SETS
from snn_tui.errors import DataError, UsageError

KINDS = {
    "binary-class": "binary",
    "multi-class": "multiclass",
    "ordinal-regression": "ordinal",
    "multi-label, binary-class": "multilabel",
}


def written(path: Path, flag: str, side: int, sizes: tuple[int, ...] = (30, 14, 14)) -> Path:
    """A file of a set's layout, small, with every class in every split."""
    task, rng = SETS[flag].task, np.random.default_rng(0)
    colour = (3,) if task.channels == 3 else ()
    arrays = {}
    for split, size in zip(("train", "val", "test"), sizes, strict=True):
        arrays[f"{split}_images"] = rng.integers(0, 256, (size, side, side, *colour), np.uint8)
        labels = np.arange(size)[:, None] % task.outputs
        if task.kind == "multilabel":
            labels = (labels == np.arange(task.outputs)) | (labels == 0)
        arrays[f"{split}_labels"] = labels.astype(np.uint8)
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type] # numpy has options among its names
    return path


def test_the_table_is_medmnists_own() -> None:
    info = pytest.importorskip("medmnist").INFO
    flat = [flag for flag, facts in info.items() if not flag.endswith("3d")]
    assert sorted(SETS) == sorted(MEDMNIST) == sorted(flat)
    for flag in flat:
        source, facts = SETS[flag], info[flag]
        classes = tuple(facts["label"].values())
        if flag == "breastmnist":
            classes = ("malignant", "normal or benign")  # there, it is written with a comma
        assert source.task.classes == classes
        assert source.task.name == MEDMNIST[flag] == facts["python_class"]
        assert source.task.kind == KINDS[facts["task"]]
        assert source.task.channels == facts["n_channels"]
        assert (source.task.positive is not None) == (source.task.kind == "binary")
        assert source.md5 == {28: facts["MD5"]} | {side: facts[f"MD5_{side}"] for side in (64, 128, 224)}
    assert {info[flag]["python_class"]: tuple(info[flag]["n_samples"].values()) for flag in flat} == IMAGES


def test_medmnist_is_not_imported_before_a_download() -> None:
    code = "import sys, snn_tui.data.registry; sys.exit('medmnist' in sys.modules or 'torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("flag", sorted(SETS))
def test_every_set_is_read(tmp_path: Path, flag: str) -> None:
    dataset = registry.read(build({"data": str(written(tmp_path / f"{flag}.npz", flag, 28))}))
    assert dataset.task == SETS[flag].task
    assert dataset.notice.startswith("not the official file: train has 30 images, not ")
    assert not dataset.comparable


@pytest.mark.parametrize(("flag", "side"), [("octmnist", 64), ("bloodmnist", 128), ("chestmnist", 224)])
def test_other_sizes_have_files_of_their_own(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, flag: str, side: int
) -> None:
    options: dict[str, object] = {"dataset": flag, "size": side}
    assert not registry.at_hand(build(options))
    path = written(tmp_path / f"{flag}_{side}.npz", flag, side)
    small = written(tmp_path / f"{flag}.npz", flag, 28)
    for given in (str(tmp_path), str(path)):
        dataset = registry.read(build({**options, "data": given}))
        assert (dataset.source, dataset.task.side) == (str(path), side)
    monkeypatch.setenv("SNN_TUI_DATA", str(small))  # the other file is beside it
    assert registry.read(build(options)).source == str(path)
    assert registry.read(build({"dataset": flag})).source == str(small)
    # A file that is named has its own size, where no other is asked for.
    assert registry.read(build({"dataset": flag, "data": str(path)})).task.side == side
    with pytest.raises(DataError, match=f"its images have 28 pixels a side, not {side}") as caught:
        registry.read(build({**options, "data": str(small)}))
    assert "leave out --size" in caught.value.remedy


def test_the_official_file_of_a_size_has_no_notice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "dermamnist_64.npz", "dermamnist", 64)
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    known = dataclasses.replace(SETS["dermamnist"], md5={28: "", 64: md5})
    monkeypatch.setitem(registry.SOURCES, "dermamnist", known)
    assert registry.read(build({"data": str(path)})).notice == ""


def test_sizes_that_medmnist_does_not_have_are_refused() -> None:
    with pytest.raises(UsageError, match="PathMNIST has no images of 100 pixels") as caught:
        build({"dataset": "pathmnist", "size": 100})
    assert caught.value.remedy == "give 28, 64, 128 or 224"


@pytest.mark.parametrize(
    ("flag", "other", "words"),
    [
        ("retinamnist", "octmnist", r"train_images is \[30, 28, 28\], not \[N, 28, 28, 3\]"),
        ("octmnist", "retinamnist", r"train_images is \[30, 28, 28, 3\], not \[N, 28, 28\]"),
        ("chestmnist", "octmnist", r"train_labels is \[30, 1\], not \[N, 14\] as of ChestMNIST"),
        ("octmnist", "chestmnist", r"train_labels is \[30, 14\], not \[N\] or \[N, 1\] as of OCTMNIST"),
        ("octmnist", "organamnist", "has the label 10, where only 0 to 3 are known"),
        ("organamnist", "octmnist", "train has no images of .*lung-right and 2 others"),
    ],
)
def test_the_file_of_another_set_is_refused(tmp_path: Path, flag: str, other: str, words: str) -> None:
    path = written(tmp_path / "x.npz", other, 28)
    with pytest.raises(DataError, match=words) as caught:
        registry.read(build({"dataset": flag, "data": str(path)}))
    assert "--labels" not in caught.value.remedy
    if "train has no" not in caught.value.what:
        assert f"if it is not {MEDMNIST[flag]}, name it with --data and give --dataset own" in (
            caught.value.remedy
        )


def test_the_real_files_are_what_they_are() -> None:
    folder = Path(os.environ.get("SNN_TUI_DATA") or Path(__file__).parents[3] / "shared/data")
    if not (folder / "nih14_multilabel_28.npz").is_file():
        pytest.skip("the real images are not here")
    breast = registry.load(build({"data": str(folder / "breastmnist.npz")}))
    assert breast.counts()["test"] == {"malignant": 42, "normal or benign": 114}
    assert "official" not in breast.notice
    retina = registry.read(build({"data": str(folder / "retinamnist.npz")}))
    assert retina.task == SETS["retinamnist"].task
    assert "test has 200 images, not 400" in retina.notice
    films = str(folder / "nih14_multilabel_28.npz")
    for options, name in (
        ({"data": films}, "nih14_multilabel_28"),
        ({"data": films, "dataset": "chestmnist"}, "ChestMNIST"),
    ):
        chest = registry.read(build(options))
        assert (chest.task.name, chest.task.kind, chest.task.outputs) == (name, "multilabel", 14)
        assert chest.splits["test"].labels.shape == (192, 14)
    assert chest.task.classes[0] == "atelectasis"
