"""`data`: the audit of a file, of the demo and of a folder, in words and as JSON."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from cli.conftest import Command, Refused
from snn_tui.config.build import build
from snn_tui.data import registry
from snn_tui.values.audit import Audit


@pytest.fixture
def leaking(tiny_file: Path, tmp_path: Path) -> Path:
    """A file with two training images in test, one with another label, and a near duplicate in val."""
    with np.load(tiny_file) as file:
        arrays = dict(file)
    arrays["test_images"][4] = arrays["train_images"][0]
    arrays["test_labels"][4] = arrays["train_labels"][0]
    arrays["test_images"][7] = arrays["train_images"][5]
    arrays["test_labels"][7] = 1 - arrays["train_labels"][5]
    arrays["val_images"][2] = arrays["train_images"][9] + 3
    path = tmp_path / "leaking.npz"
    np.savez_compressed(path, **arrays)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of class folders; person1 is in train and in test."""
    rng = np.random.default_rng(0)
    root = tmp_path / "films"
    names = {"train": ("person1_a", "person2_a", "IM-1"), "val": ("IM-2",), "test": ("person1_b", "IM-3")}
    for split, files in names.items():
        for number, label in enumerate(("NORMAL", "PNEUMONIA")):
            (root / split / label).mkdir(parents=True)
            for name in files:
                shown = (
                    f"{name}_{number}" if name.startswith("IM") else name.replace("person", f"person{number}")
                )
                pixels = rng.integers(0, 256, (28, 28), dtype=np.uint8)
                Image.fromarray(pixels).save(root / split / label / f"{shown}.png")
    return root


def test_each_thing_is_said_with_what_it_means(command: Command, leaking: Path) -> None:
    code, out, _ = command("data", "--data", leaking)
    words = " ".join(out.split())
    assert code == 0
    assert "80 images of 28x28, grey, binary" in words
    assert "2 test images are in train, too: the network has learnt them, so the score on test" in words
    assert "test 4 and train 0" in words
    assert "1 image has another label elsewhere: one of the two is wrong" in words
    assert "1 val image is nearly the same as one of train: the score on val is too good" in words
    assert "val 2 and train 9" in words
    assert "whether splits share patients is not known" in words


def test_json_is_the_audit_and_nothing_else(command: Command, leaking: Path) -> None:
    code, out, err = command("data", "--data", leaking, "--json")
    assert (code, err) == (0, "")
    result = msgspec.convert(json.loads(out), Audit)
    assert result.sizes == {"train": 40, "val": 20, "test": 20}
    assert result.two_labels.total == 1
    assert [(found.split, found.earlier, found.images.total) for found in result.same] == [
        ("test", "train", 2)
    ]


def test_it_notes_what_training_notes_of_values(command: Command, tiny_file: Path, tmp_path: Path) -> None:
    with np.load(tiny_file) as file:
        arrays = {name: array // 128 if name.endswith("images") else array for name, array in file.items()}
    path = tmp_path / "masks.npz"
    np.savez(path, **arrays)
    _, out, _ = command("data", "--data", path)
    note = registry.load(build({"data": str(path)})).notice.split("; ")[0]
    assert note.startswith("train_images, val_images and test_images are 0 to 1, not 0 to 255")
    assert f"note: {note}" in " ".join(out.split())


def test_classes_and_size_may_be_given(command: Command, tiny_file: Path, folder: Path) -> None:
    code, out, _ = command("data", "--data", tiny_file, "--labels", "benign,malignant")
    assert code == 0
    assert "malignant" in out
    assert "--labels gives" not in out
    code, out, _ = command("data", "--data", folder, "--size", "16")
    assert code == 0
    assert "of 16x16" in out


def test_one_image_is_spoken_of_as_one(command: Command, tiny_file: Path, tmp_path: Path) -> None:
    with np.load(tiny_file) as file:
        arrays = dict(file)
    arrays["test_images"][4] = arrays["train_images"][0]
    arrays["val_images"][0] = 7
    np.savez(tmp_path / "one.npz", **arrays)
    words = " ".join(command("data", "--data", tmp_path / "one.npz")[1].split())
    assert "1 test image is in train, too: the network has learnt it, so" in words
    assert "1 val image is of one colour: nothing can be learnt from it" in words


def test_nothing_to_say_is_said_and_in_ascii(command: Command, tiny_file: Path) -> None:
    code, out, _ = command("data", "--data", tiny_file, "--ascii")
    assert code == 0
    assert out.isascii()
    assert "not found: the same image in two splits, near duplicates in two splits" in " ".join(out.split())


def test_kaggles_patients_are_known(command: Command, folder: Path) -> None:
    code, out, _ = command("data", "--data", folder)
    words = " ".join(out.split())
    assert code == 0
    assert "2 test images are of 2 groups that train has, too" in words
    assert "note:" not in words
    assert "person01, person11" in words
    assert "not known" not in words


def test_groups_may_be_named_by_a_pattern(command: Command, folder: Path) -> None:
    _, out, _ = command("data", "--data", folder, "--group-by", r"(IM)-\d", "--json")
    result = msgspec.convert(json.loads(out), Audit)
    assert [(shared.split, shared.earlier, shared.images) for shared in result.groups] == [
        ("val", "train", 2),
        ("test", "train", 2),
        ("test", "val", 2),
    ]


def test_the_whole_report_of_a_folder_is_shown_and_images_are_named(command: Command, folder: Path) -> None:
    shutil.copy(folder / "train/NORMAL/IM-1_0.png", folder / "test/NORMAL/copy.png")
    for number in range(3):
        (folder / f"val/NORMAL/broken{number}.png").write_text("no picture")
    _, out, _ = command("data", "--data", folder)
    words = " ".join(out.split())
    reason = "no picture despite the name"
    assert f"note: 3 files left out, {reason}: val/NORMAL/broken0.png, val/NORMAL/broken1.png" in words
    assert "test/NORMAL/copy.png and train/NORMAL/IM-1_0.png" in words
    _, out, _ = command("data", "--data", folder, "--json")
    result = msgspec.convert(json.loads(out), Audit)
    assert result.notes[0].startswith("3 files left out")
    assert result.same[0].images.pairs[0].second.name == "test/NORMAL/copy.png"


def test_what_it_cannot_do_is_refused(
    refused: Refused, tiny_file: Path, folder: Path, tmp_path: Path
) -> None:
    assert "no names" in refused(2, "data", "--data", tiny_file, "--group-by", "x")
    assert "--group-by" in refused(2, "data", "--data", folder, "--group-by", "(")
    assert "gone.npz" in refused(3, "data", "--data", tmp_path / "gone.npz")
    assert "--dataset" in refused(2, "data", "--dataset", "none")
