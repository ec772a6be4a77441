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


def test_a_user_without_a_home_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", "~")  # what it is expanded to where the user has no account
    store = KernelStore()
    store["name"] = b"code"
    assert store.get("name") is None
    assert len(store) == 0
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A folder below two others, with a kernel in it."""
    folder = tmp_path / "shared" / "cache" / "kernels"
    KernelStore(folder)["name"] = b"code"
    return folder


def test_the_users_umask_does_not_make_the_folders_writable_for_others(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        KernelStore(tmp_path / "a" / "b" / "kernels")["name"] = b"code"
    finally:
        os.umask(before)
    for path in (tmp_path / "a", tmp_path / "a" / "b", tmp_path / "a" / "b" / "kernels"):
        assert path.stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "a" / "b" / "kernels" / "name").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
@pytest.mark.parametrize("above", [0, 1])
def test_a_folder_below_one_that_others_may_write_to_is_not_used(
    kept: Path, above: int, mode: int, caplog: pytest.LogCaptureFixture
) -> None:
    open_to_others = kept.parents[above]
    open_to_others.chmod(mode)
    kernel_store._noted.clear()
    store = KernelStore(kept)
    assert store.get("name") is None
    store["other"] = b"code"
    assert store.get("other") is None
    assert os.listdir(kept) == ["name"]
    notes = [record.getMessage() for record in caplog.records]
    assert len(notes) == 1
    assert f"others could write to {open_to_others}" in notes[0]
    open_to_others.chmod(mode | 0o1000)  # as /tmp is: what lies in it can be swapped by its owner alone
    assert store.get("name") == b"code"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_what_belongs_to_somebody_else_is_not_used(kept: Path) -> None:
    for path in (kept / "name", kept, kept.parent, kept.parent.parent):
        os.chown(path, 12345, -1)
        assert KernelStore(kept).get("name") is None
        os.chown(path, 0, -1)
        assert KernelStore(kept).get("name") == b"code"


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_to_is_not_read(kept: Path, mode: int) -> None:
    (kept / "name").chmod(mode)
    assert KernelStore(kept).get("name") is None


def test_a_link_in_place_of_a_file_is_not_followed(kept: Path) -> None:
    (kept / "name").rename(kept / "elsewhere")
    (kept / "name").symlink_to("elsewhere")
    assert KernelStore(kept).get("name") is None
    assert KernelStore(kept).get("elsewhere") == b"code"


def test_a_cache_folder_that_the_user_made_a_link_is_used(kept: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(kept.parent)
    assert KernelStore(tmp_path / "link" / "kernels").get("name") == b"code"


@pytest.mark.parametrize("below", ["cache", "kernels", "name"])
def test_what_is_swapped_after_its_check_is_not_read(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str
) -> None:
    evil = tmp_path / "evil"
    KernelStore(evil / "cache" / "kernels")["name"] = b"evil"
    victim = {"cache": kept.parent, "kernels": kept, "name": kept / "name"}[below]
    planted = {"cache": evil / "cache", "kernels": evil / "cache" / "kernels"}.get(
        below, evil / "cache" / "kernels" / "name"
    )
    check = kernel_store._check_folder

    def swap(path: Path, status: os.stat_result) -> None:
        check(path, status)
        if path == kept and not victim.is_symlink():  # all folders are checked and held by now
            victim.rename(victim.with_name("aside"))
            victim.symlink_to(planted)

    monkeypatch.setattr(kernel_store, "_check_folder", swap)
    assert KernelStore(kept).get("name") in (b"code", None)
