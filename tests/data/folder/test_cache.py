"""The cache of decoded images: what hits, what misses, and what does no harm."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from data.folder.conftest import Make
from data.folder.test_reading import SPLIT, equal, files, read
from snn_tui.data import cache as caching
from snn_tui.data import rows
from snn_tui.data.cache import Cache, default_folder
from snn_tui.data.dataset import Dataset
from snn_tui.data.folder.processes import decode_all


def entries(cache: Cache) -> list[Path]:
    """The folders of the cache."""
    return sorted(cache.folder.iterdir()) if cache.folder and cache.folder.exists() else []


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many files were decoded, each time that any were."""
    numbers: list[int] = []

    def count(root: Path, paths: list[str], *args: object, **options: object) -> object:
        numbers.append(len(paths))
        return decode_all(root, paths, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("snn_tui.data.folder.store.decode_all", count)
    return numbers


def test_pictures_are_decoded_once(make: Make, cache: Cache, decoded: list[int]) -> None:
    root = make(**SPLIT)
    (root / "train/cat/x.txt").write_text("hello")
    first, second = read(root, cache), read(root, cache)
    assert decoded == [19]
    assert equal(first, second)
    assert first.task == second.task
    assert (files(first), first.report) == (files(second), second.report)
    assert second.splits["train"].images.flags.writeable


def test_other_groups_need_no_decoding(make: Make, cache: Cache, decoded: list[int]) -> None:
    root = make(cat=10, dog=10)
    read(root, cache)
    read(root, cache, group_by=r"\d\.png")
    assert decoded == [20]


def test_another_size_or_other_files_are_decoded(make: Make, cache: Cache, decoded: list[int]) -> None:
    root = make(**SPLIT)
    read(root, cache)
    read(root, cache, side=9)
    picture = root / "train/cat/000.png"
    status = picture.stat()
    shutil.copy(root / "train/dog/001.png", root / "train/cat/new.png")
    read(root, cache)
    (root / "train/cat/new.png").unlink()
    picture.write_bytes(bytes(status.st_size))
    os.utime(picture, ns=(status.st_atime_ns, status.st_mtime_ns))  # as some tools that copy do
    assert "1 no picture despite the name" in read(root, cache).notice
    assert decoded == [18, 18, 19, 18]


def test_the_cache_is_private(make: Make, cache: Cache) -> None:
    read(make(**SPLIT), cache)
    assert cache.folder is not None
    for path in (cache.folder, cache.folder.parent, *entries(cache)):
        assert path.stat().st_mode & 0o777 == 0o700
    for path in entries(cache)[0].iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in entries(cache)[0].iterdir()) == ["facts.json", "images.npy"]


def test_a_cache_that_others_may_write_to_is_not_used(make: Make, cache: Cache, decoded: list[int]) -> None:
    root = make(**SPLIT)
    read(root, cache)
    assert cache.folder is not None
    cache.folder.chmod(0o777)
    assert "decoded images are not kept: others could write to" in read(root, cache).notice
    assert decoded == [18, 18]


def test_a_cache_that_cannot_be_written_is_noted(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make(**SPLIT)
    (tmp_path / "file").touch()
    usual = read(root, Cache(tmp_path / "cache"))
    images = read(root, Cache(tmp_path / "file/images"))
    assert images.notice == "decoded images are not kept: not a directory"
    assert equal(images, usual)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(caching, "home_folder", lambda: None)
    assert read(root, Cache()).notice == "decoded images are not kept: there is no home folder"


def cut_short(entry: Path) -> None:
    (entry / "images.npy").write_bytes((entry / "images.npy").read_bytes()[:-1])


def one_bit(entry: Path) -> None:
    raw = bytearray((entry / "images.npy").read_bytes())
    raw[-1] ^= 1
    (entry / "images.npy").write_bytes(raw)


def pickled(entry: Path) -> None:
    np.save(entry / "images.npy", np.array([Unpickled()], dtype=object), allow_pickle=True)


def no_facts(entry: Path) -> None:
    (entry / "facts.json").unlink()


def other_facts(entry: Path) -> None:
    (entry / "facts.json").write_text('{"shape": [-1, "x"]}')


def a_link(entry: Path) -> None:
    shutil.copytree(entry, entry.parent.parent / "elsewhere")
    (entry / "images.npy").unlink()
    (entry / "images.npy").symlink_to(entry.parent.parent / "elsewhere/images.npy")


def empty(entry: Path) -> None:
    shutil.rmtree(entry)
    entry.mkdir()


class Unpickled:
    """Says that it was unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return (pytest.fail, ("unpickled",))


@pytest.mark.parametrize("harm", [cut_short, one_bit, pickled, no_facts, other_facts, a_link, empty])
def test_a_broken_or_foreign_entry_is_made_anew(
    make: Make, cache: Cache, decoded: list[int], harm: object
) -> None:
    root = make(**SPLIT)
    usual = read(root, cache)
    harm(entries(cache)[0])  # type: ignore[operator]
    for _ in range(2):
        images = read(root, cache)
        assert images.notice == ""
        assert equal(images, usual)
    assert decoded == [18, 18]
    assert len(entries(cache)) == 1


def test_nothing_is_left_of_what_failed_half_way(
    make: Make, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make(**SPLIT)
    monkeypatch.setattr(os, "fsync", lambda descriptor: os.write(-1, b""))
    assert "decoded images are not kept" in read(root, cache).notice
    assert entries(cache) == []


def test_two_processes_at_once_make_one_entry(make: Make, cache: Cache) -> None:
    root = make(**SPLIT)
    assert cache.folder is not None
    code = (
        "import sys; from pathlib import Path; from snn_tui.data.cache import Cache;"
        "from snn_tui.data.folder.reading import read_folder;"
        "found = read_folder(sys.argv[1], side=8, cache=Cache(Path(sys.argv[2])));"
        "print(found.splits['train'].checksum(), found.notice)"
    )
    command = [sys.executable, "-c", code, str(root), str(cache.folder)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = {process.communicate()[0] for process in running}
    assert said == {read(root, cache).splits["train"].checksum() + " \n"}
    assert len(entries(cache)) == 1


def test_images_stay_while_their_entry_makes_room(
    make: Make, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make(**SPLIT)
    monkeypatch.setattr(rows, "machine_memory", lambda: 1000)
    mapped: list[Dataset] = []
    for side in range(8, 12):
        monkeypatch.setattr(caching, "KEPT", 2)
        mapped.append(read(root, cache, side=side))
    assert len(entries(cache)) == 2
    again = read(root, Cache(cache.folder and cache.folder / "other"))
    assert equal(mapped[0], again)


def disk_with(monkeypatch: pytest.MonkeyPatch, cache: Cache, size: int) -> None:
    """Let the cache's disk have a size: what sets take of it is not free."""

    def usage(folder: Path) -> SimpleNamespace:
        taken = sum(path.stat().st_size for path in folder.glob("[0-9a-f]*/*"))
        return SimpleNamespace(free=max(size - taken, 0))

    monkeypatch.setattr(shutil, "disk_usage", usage)


@pytest.mark.parametrize(
    ("others", "error", "size", "kept"),
    [
        (0, errno.ENOSPC, 2**21, 0),
        (3, errno.ENOSPC, 2**20 + 4500, 2),  # the room of two sets is enough
        (3, errno.ENOSPC, 2**20 + 1000, 3),  # the room of all would not be enough
        (3, errno.EDQUOT, 2**30, 1),
    ],
)
def test_sets_make_room_on_a_full_disk_where_that_is_enough(
    make: Make,
    cache: Cache,
    monkeypatch: pytest.MonkeyPatch,
    others: int,
    error: int,
    size: int,
    kept: int,
) -> None:
    root = make(**SPLIT)
    for side in range(10, 10 + others):
        read(root, cache, side=side)
    before, sync = entries(cache), os.fsync
    disk_with(monkeypatch, cache, size)

    def full(descriptor: int) -> None:
        if all(path.exists() for path in before):
            raise OSError(error, "No space left on device")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    images = read(root, cache)
    removed = set(before) - set(entries(cache))
    assert len(entries(cache)) == kept
    assert bool(removed) == (images.notice == "")
    if not removed:
        assert images.notice == "decoded images are not kept: no space left on device"


@pytest.mark.parametrize("bound", ["bytes", "disk"])
def test_the_sets_are_bounded_in_bytes(
    make: Make, cache: Cache, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    root = make(**SPLIT)
    read(root, cache, side=10)
    size = sum(path.stat().st_size for path in entries(cache)[0].iterdir())
    if bound == "bytes":
        monkeypatch.setattr(caching, "MOST_BYTES", 4 * size)
    else:
        disk_with(monkeypatch, cache, 8 * size)
    for side in (11, 12, 13):
        read(root, cache, side=side)
    assert len(entries(cache)) == 2
    read(root, cache, side=40)  # larger than all that is kept; it stays alone
    assert len(entries(cache)) == 1


def test_the_default_folder_is_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "snn-tui/images"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_folder() == tmp_path / ".cache/snn-tui/images"
