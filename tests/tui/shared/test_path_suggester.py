"""Completion of paths."""

from __future__ import annotations

from pathlib import Path

from snn_tui.tui.shared.path_suggester import complete


def test_the_first_entry_that_begins_so_is_suggested(tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "b.png").touch()
    (tmp_path / "films" / "a.png").touch()
    assert complete(f"{tmp_path}/fi") == f"{tmp_path}/films/"
    assert complete(f"{tmp_path}/films/b") == f"{tmp_path}/films/b.png"
    for text in ("", f"{tmp_path}/films/", f"{tmp_path}/films/z", f"{tmp_path}/none/a", "a\0b"):
        assert complete(text) is None
