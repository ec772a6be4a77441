"""Paths as terminals write those of files that are dropped on them."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from snn_tui.config.paths import holds_class_folders, typed_path


@pytest.mark.parametrize("name", ["a b.png", "it's (1).png", "50% ä.png", "plain.png"])
@pytest.mark.parametrize("form", ["as it is", "single", "double", "shell", "backslashes", "url", "localhost"])
def test_a_dropped_file_is_found(tmp_path: Path, name: str, form: str) -> None:
    path = tmp_path / "my films" / name
    path.parent.mkdir()
    path.touch()
    text = {
        "as it is": str(path),
        "single": f"'{path}' ",
        "double": f'"{path}"',
        "shell": shlex.quote(str(path)),
        "backslashes": "".join(f"\\{char}" if char in " '()%" else char for char in str(path)),
        "url": path.as_uri(),
        "localhost": path.as_uri().replace("file://", "file://localhost"),
    }[form]
    assert typed_path(text) == str(path)


def test_what_is_a_file_as_it_stands_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("'a'", "a", "b\\ c", "b c"):
        Path(name).touch()
        assert typed_path(name) == name


def test_what_is_nowhere_stays_as_typed(tmp_path: Path) -> None:
    for text in ("'nowhere.png'", "file:///nowhere%20.png", "a\0b", "", '"'):
        assert typed_path(text) == text


def test_class_folders_are_told_from_the_folder_that_a_sets_file_lies_in(tmp_path: Path) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    assert not holds_class_folders(str(folder), "breastmnist")
    (folder / "circle").symlink_to(folder / "circle")
    (folder / "cat").mkdir()
    (folder / "pneumoniamnist.npz").touch()
    assert holds_class_folders(str(folder), "breastmnist")
    assert not holds_class_folders(str(folder), "pneumoniamnist")
    (folder / "breastmnist_64.npz").touch()
    assert not holds_class_folders(str(folder), "breastmnist")
    for data in (None, str(tmp_path / "gone"), str(folder / "pneumoniamnist.npz"), "a\0b"):
        assert not holds_class_folders(data, "octmnist")
