"""Decoded images kept on disk: a folder for each set, with `images.npy`, to be mapped, and `facts.json`.

A set appears whole or not at all, in a folder that only this user may write to. Whatever is not as it should
be, such as a file cut short, counts as missing and is made anew.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import secrets
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np

from snn_tui.config.paths import home_folder
from snn_tui.data.growing import HEADER, checksum
from snn_tui.data.rows import Pixels

IMAGES, FACTS = "images.npy", "facts.json"
KEPT = 8
"""Sets kept; those that were not used for longest make room."""

MOST_BYTES = 50 * 10**9
"""Bytes of all sets, or half of the disk that they and nothing else could take, whichever is less. The set
that was made last is kept even where it takes more."""

LEFT_SECONDS = 48 * 3600.0
"""After this long, what a process has not put in place is taken to be left behind."""

CHECKED_BYTES = 2**30
"""Up to this size the checksum of the pixels is compared, which takes a second; of larger sets the length."""

MAX_FACTS = 1 << 28
_FULL = {errno.ENOSPC, errno.EDQUOT}
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the images of a set. Files are named by their index among all that were decoded.

    Args:
        shape: Of the array.
        crc: CRC-32 of its pixels.
        files: The file of each image.
        left_out: Files that are no images, each with the reason.
        colour: Files of the pictures in colour.
        small: Files of the pictures that were enlarged.
        md5: MD5 of the one file that all of them are from; empty for a folder of pictures.
        note: What was made of its values, in a few words.
    """

    shape: tuple[int, ...] = ()
    crc: int = 0
    files: list[int] = []
    left_out: list[tuple[int, str]] = []
    colour: list[int] = []
    small: list[int] = []
    md5: str = ""
    note: str = ""


def default_folder() -> Path | None:
    """`snn-tui/images` in the user's cache folder (`$XDG_CACHE_HOME`, else `~/.cache`), None without one."""
    home = home_folder()
    cache = os.environ.get("XDG_CACHE_HOME") or (home and home / ".cache")
    return Path(cache) / "snn-tui" / "images" if cache else None


Fill = Callable[[Callable[[], BinaryIO]], tuple[BinaryIO, Facts, bool]]
"""Is given what opens an empty file; returns the file that it has written the array to, the facts, and
whether the set may be kept for later."""


class Cache:
    """Sets of decoded images by a key that names what they were made of.

    Args:
        folder: Where they are; `default_folder()` if None.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or default_folder()

    def read(self, key: str) -> tuple[Pixels, Facts] | None:
        """The images, mapped and read-only, and their facts; None where there are none that can be used."""
        if self.folder is None:
            return None
        try:
            check_private(self.folder)
            return _read(self.folder / key)
        except (OSError, ValueError, msgspec.MsgspecError):
            return None

    def write(self, key: str, fill: Fill, size: Callable[[], int]) -> tuple[Pixels, Facts]:
        """Keep a set. One of that key that cannot be used is replaced.

        Args:
            key: Its name.
            fill: Writes the array.
            size: Called where the disk became full: how many bytes the set takes, as far as is known by then.

        Returns:
            The images, mapped and read-only, and the facts. They stay readable when the file is removed to
            make room, but for a network file system: if another machine removes it there, the next look at
            them ends the process.

        Where the disk is full, others make room if that suffices, and it is tried once more.

        Raises:
            OSError: There is no folder, others could write to it, or the disk is full.
        """
        if self.folder is None:
            raise OSError(errno.ENXIO, "there is no home folder")
        for path in [*reversed(self.folder.parents), self.folder]:
            with contextlib.suppress(FileExistsError):
                path.mkdir(mode=0o700)
        check_private(self.folder)
        try:
            return self._write(self.folder, key, fill)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            others = _others(self.folder, key)
            # How much of a quota is left is not known; all may go then.
            room = 0 if error.errno == errno.EDQUOT else _spare(self.folder, others) - _needed(size())
            if room < 0 or not _remove_beyond(others, KEPT, room):
                raise
        return self._write(self.folder, key, fill)

    def _write(self, folder: Path, key: str, fill: Fill) -> tuple[Pixels, Facts]:
        with _temporary(folder) as temporary:
            numbers = itertools.count()

            def new_file() -> BinaryIO:
                return open(temporary / f"{next(numbers)}.npy", "x+b", opener=_private)

            file, facts, lasting = fill(new_file)
            with file:
                file.flush()
                os.fsync(file.fileno())
                images = np.lib.format.open_memmap(file.name, mode="r")
            if lasting:
                os.replace(file.name, temporary / IMAGES)
                for earlier in temporary.glob("[0-9]*.npy"):
                    earlier.unlink()
                with open(temporary / FACTS, "xb", opener=_private) as described:
                    described.write(msgspec.json.encode(facts))
                    described.flush()
                    os.fsync(described.fileno())
                self._put(temporary, folder / key)
                self._make_room(folder, key)
        return images, facts

    def _put(self, temporary: Path, target: Path) -> None:
        for _ in range(3):
            try:
                os.rename(temporary, target)
            except OSError:
                if not target.exists():
                    raise
            else:
                return
            if self.read(target.name):
                return  # another process made the same set meanwhile
            with _temporary(target.parent) as aside, contextlib.suppress(FileNotFoundError):
                os.rename(target, aside / "old")

    @staticmethod
    def _make_room(folder: Path, key: str) -> None:
        """Remove what was left behind, and sets beyond `KEPT` and `MOST_BYTES`, but not that of a key."""
        others, own = _others(folder, key), _size(folder / key)
        left = time.time() - LEFT_SECONDS
        with contextlib.suppress(OSError):
            most = min(MOST_BYTES, (_spare(folder, others) + own) // 2)
            _remove_beyond(others, KEPT - 1, most - own)
            for path in folder.iterdir():
                if path.name.startswith(".") and _used(path) < left:
                    shutil.rmtree(path, ignore_errors=True)


def _others(folder: Path, key: str) -> list[tuple[Path, int]]:
    """The sets but that of a key, each with its bytes, those used last first."""
    with contextlib.suppress(OSError):
        sets = [path for path in folder.iterdir() if not path.name.startswith(".") and path.name != key]
        return [(path, _size(path)) for path in sorted(sets, key=_used, reverse=True)]
    return []


def _used(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0


def _size(entry: Path) -> int:
    with contextlib.suppress(OSError):
        return sum(path.lstat().st_size for path in entry.iterdir())
    return 0


def _spare(folder: Path, others: list[tuple[Path, int]]) -> int:
    """Bytes that are free on the disk, or would be without the other sets."""
    return shutil.disk_usage(folder).free + sum(size for _, size in others)


def _needed(size: int) -> int:
    """Bytes on the disk for a set of some bytes of images, with its facts and the file system's own."""
    return size + size // 32 + 2**20


def _remove_beyond(sets: list[tuple[Path, int]], number: int, most: int) -> int:
    """Remove those at the end of a list of sets that are too many, or too large in sum; returns how many."""
    kept = total = 0
    for _, size in sets[:number]:
        total += size
        if total > most:
            break
        kept += 1
    for path, _ in sets[kept:]:
        shutil.rmtree(path, ignore_errors=True)
    return len(sets) - kept


def check_private(folder: Path) -> None:
    """Check that nobody but this user and root can put files in a folder, or swap one above it.

    Raises:
        PermissionError: Others can.
        OSError: It is missing or no folder.
    """
    path = Path(os.path.realpath(folder))
    for above in (path, *path.parents):
        status = above.lstat()
        # In a folder such as /tmp the sticky bit keeps others from renaming what they do not own.
        swappable = status.st_mode & _OTHERS_WRITE and (above == path or not status.st_mode & stat.S_ISVTX)
        owners = (os.getuid(),) if above == path else (0, os.getuid())
        if status.st_uid not in owners or swappable:
            raise PermissionError(errno.EACCES, f"others could write to {above}")
    if not stat.S_ISDIR(path.lstat().st_mode):
        raise NotADirectoryError(errno.ENOTDIR, f"{path} is no folder")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


@contextlib.contextmanager
def _temporary(folder: Path) -> Iterator[Path]:
    path = folder / f".{secrets.token_hex(8)}"
    path.mkdir(mode=0o700)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _read(entry: Path) -> tuple[Pixels, Facts] | None:
    with open(entry / FACTS, "rb", opener=_private) as file:
        facts = msgspec.json.decode(file.read(MAX_FACTS), type=Facts)
    with open(entry / IMAGES, "rb", opener=_private) as file:
        if os.fstat(file.fileno()).st_size != HEADER + int(np.prod(facts.shape)):
            return None
        images = np.lib.format.open_memmap(entry / IMAGES, mode="r")
        if images.shape != facts.shape or images.dtype != np.uint8 or images.offset != HEADER:
            return None
        if images.nbytes <= CHECKED_BYTES and checksum(file) != facts.crc:
            return None
    with contextlib.suppress(OSError):
        os.utime(entry)
    return images, facts
