"""Compiled kernels on disk: kept for the next process, and never trusted where others may write."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from snn_tui.runs import kernel_store
from snn_tui.runs.kernel_store import KernelStore, default_folder


def test_what_was_kept_is_found_by_another_store(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "kernels"
    KernelStore(folder)["name"] = b"code"
    assert KernelStore(folder)["name"] == b"code"
    assert dict(KernelStore(folder)) == {"name": b"code"}
    assert folder.stat().st_mode & 0o777 == 0o700


def test_nothing_there(tmp_path: Path) -> None:
    store = KernelStore(tmp_path / "none")
    assert store.get("name") is None
    assert len(store) == 0


@pytest.mark.parametrize("spoil", ["cut", "flip", "empty", "folder", "pipe"])
def test_broken_code_is_not_given(tmp_path: Path, spoil: str) -> None:
    folder = tmp_path / "kernels"
    store = KernelStore(folder)
    store["name"] = b"code of some length"
    path = folder / "name"
    content = path.read_bytes()
    if spoil == "cut":
        path.write_bytes(content[:-3])
    elif spoil == "flip":
        path.write_bytes(content[:40] + bytes([content[40] ^ 1]) + content[41:])
    elif spoil == "empty":
        path.write_bytes(b"")
    else:
        path.unlink()
        path.mkdir() if spoil == "folder" else os.mkfifo(path)
    assert store.get("name") is None


def test_a_folder_others_may_write_to_is_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "kernels"
    store = KernelStore(folder)
    store["name"] = b"code"
    folder.chmod(0o777)
    assert store.get("name") is None


def test_a_folder_of_somebody_else_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = KernelStore(tmp_path / "kernels")
    store["name"] = b"code"
    monkeypatch.setattr(os, "getuid", lambda: os.geteuid() + 1)
    assert store.get("name") is None


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = KernelStore(tmp_path / "file" / "kernels")
    store["name"] = b"code"
    assert store.get("name") is None


def test_the_oldest_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_store, "KEPT", 3)
    store = KernelStore(tmp_path / "kernels")
    for number in range(5):
        store[f"k{number}"] = b"code"
        os.utime(tmp_path / "kernels" / f"k{number}", (number, number))
    assert sorted(store) == ["k2", "k3", "k4"]


def test_the_usual_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert default_folder() == Path("/somewhere/snn-tui/kernels")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/me")
    assert default_folder() == Path("/me/.cache/snn-tui/kernels")
