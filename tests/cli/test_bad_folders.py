"""A folder that cannot be a data set is refused with a remedy, and nothing is left: no run, no cache."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cli.conftest import Refused
from snn_tui.runs.store import list_runs


def pictures(root: Path, **folders: int) -> Path:
    """Write pictures of noise into folders below a folder."""
    rng = np.random.default_rng(0)
    for folder, number in folders.items():
        (root / folder).mkdir(parents=True, exist_ok=True)
        for index in range(number):
            noise = rng.integers(0, 256, (12, 12), dtype=np.uint8)
            Image.fromarray(noise).save(root / folder / f"{index}.png")
    return root


def whole(**more: int) -> dict[str, int]:
    """Folders of a set of cats and dogs, and more of them."""
    return {f"{split}/{name}": 3 for split in ("train", "val", "test") for name in ("cat", "dog")} | more


def broken(root: Path) -> None:
    """Fill two class folders with files that are no pictures."""
    for name in ("cat", "dog"):
        (root / name).mkdir()
        for index in range(5):
            (root / name / f"{index}.jpg").write_bytes(b"\xff\xd8\xff and no more")


def unreadable(root: Path) -> None:
    """Put links to nowhere into two class folders."""
    for name in ("cat", "dog"):
        (root / name).mkdir()
        for index in range(5):
            os.symlink(root / "gone", root / name / f"{index}.png")


Fill = Callable[[Path], object]

CASES: dict[str, tuple[Fill, str]] = {
    "empty": (lambda root: None, "no class folders in it"),
    "without pictures": (lambda root: pictures(root, cat=0, dog=0), "no picture in it"),
    "no readable picture": (broken, "10 broken or cut short"),
    "links to nowhere": (unreadable, "10 unreadable (no such file or folder)"),
    "one class": (lambda root: pictures(root, cat=9), "cat is its only class folder"),
    "one picture": (lambda root: pictures(root, cat=1, dog=0), "no picture of dog in it"),
    "one picture a class": (lambda root: pictures(root, cat=1, dog=1), "too few to share out"),
    "case": (lambda root: pictures(root, cat=5, Cat=5, dog=5), "differ only by case"),
    "case in splits": (lambda root: pictures(root, **whole(**{"test/DOG": 1})), "differ only by case"),
    "a class that train lacks": (lambda root: pictures(root, **whole(**{"test/emu": 1})), "no images of emu"),
    "train alone": (lambda root: pictures(root, **{"train/a": 3, "train/b": 3}), "none called test"),
    "val without pictures": (
        lambda root: pictures(root, **whole(**{"val/cat": 0}) | {"val/cat": 0, "val/dog": 0}),
        "val has no images",
    ),
    "two folders for a split": (
        lambda root: pictures(root, **whole(**{"Valid/cat": 2})),
        "both taken for val",
    ),
    "any Unicode": (lambda root: pictures(root, **{"\u732b\u202e\x1b[31m": 4}), "is its only class folder"),
}


@pytest.mark.parametrize("begun_by", ["--train-only", "data"])
@pytest.mark.parametrize("case", CASES)
def test_a_bad_folder_is_refused_and_leaves_nothing(
    case: str, begun_by: str, refused: Refused, tmp_path: Path
) -> None:
    fill, says = CASES[case]
    root = tmp_path / "p\u00efctures \u732b"
    root.mkdir()
    fill(root)
    error = refused(3, begun_by, "--data", root)
    assert says in error
    assert root.name in error
    assert "\x1b" not in error
    assert "\u202e" not in error
    assert list_runs(tmp_path / "checkpoints") == []
    assert not list((tmp_path / "home").rglob("*.npy"))


def test_a_fold_without_images_is_refused_and_leaves_nothing(refused: Refused, tmp_path: Path) -> None:
    root = tmp_path / "pictures"
    pictures(root, cat=28, dog=28)
    error = refused(3, "--train-only", "--data", root, "--fold", "50/99")
    assert "fold 50/99 of 38 training images gets no images" in error
    assert list_runs(tmp_path / "checkpoints") == []
