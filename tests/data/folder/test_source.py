"""A folder behind `--data`."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.folder.conftest import Make
from data.folder.test_reading import SPLIT
from snn_tui.data.folder.source import FolderSource
from snn_tui.errors import DataError


def test_the_named_folder_is_read(make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = make(**SPLIT)
    source = FolderSource(side=9)
    assert source.at_hand(str(root))
    said: list[str] = []
    dataset = source.load(str(root), lambda what, fraction: said.append(what))
    assert dataset.task.side == 9
    assert said[0] == "listing pets"
    assert "decoding pictures" in said
    assert (tmp_path / "cache/snn-tui/images").is_dir()


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for data in (None, str(tmp_path / "gone"), str(tmp_path / "file")):
        with pytest.raises(DataError, match="folder") as caught:
            FolderSource().at_hand(data)
        assert caught.value.remedy
