"""Compiled kernels kept on disk, so that only the first run on a machine waits for the compiler.

This is machine code, so it is read only where nobody but this user and root could have put it: every folder
from the root down is checked while it is held by a descriptor, and the file is opened in the last of them
without following a link, then checked and read through the one descriptor. What is swapped meanwhile under
any of these names is not opened.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import logging
import os
import secrets
import stat
from collections.abc import Iterator, MutableMapping
from pathlib import Path

from snn_tui.config.paths import home_folder
from snn_tui.runs.files import create, open_regular
from snn_tui.values.words import printable

SIZE_LIMIT = 16 << 20
"""Bytes a kernel may have."""

KEPT = 32
"""Kernels kept; the oldest make room."""

_DIGEST = 32
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

log = logging.getLogger("snn_tui.runs.kernel_store")


def default_folder() -> Path | None:
    """`snn-tui/kernels` in the user's cache folder (`$XDG_CACHE_HOME`, else `~/.cache`), None without one."""
    home = home_folder()
    cache = os.environ.get("XDG_CACHE_HOME") or (home and home / ".cache")
    return Path(cache) / "snn-tui" / "kernels" if cache else None


class KernelStore(MutableMapping[str, bytes]):
    """Files named by what they were compiled from, each behind a checksum of its content.

    A folder that cannot be used, or that others could write to, only means that kernels are compiled again;
    the log says so once. A user without a home has no folder.

    Args:
        folder: Where the files are; `default_folder()` if None.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or default_folder()

    def __getitem__(self, name: str) -> bytes:
        try:
            with self._opened() as folder:
                content = _read(name, folder)
        except FileNotFoundError:
            raise KeyError(name) from None
        except OSError as error:
            self._note(error)
            raise KeyError(name) from None
        code = content[_DIGEST:]
        if content[:_DIGEST] != hashlib.sha256(code).digest():
            raise KeyError(name)
        return code

    def __setitem__(self, name: str, code: bytes) -> None:
        if self._folder is None:
            return
        temporary = f".{secrets.token_hex(8)}"
        try:
            _make(self._folder)
            with self._opened() as folder:
                try:
                    create(Path(temporary), hashlib.sha256(code).digest() + code, 0o600, folder=folder)
                    os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
                finally:
                    with contextlib.suppress(FileNotFoundError):
                        os.unlink(temporary, dir_fd=folder)
                _make_room(folder)
        except OSError as error:
            self._note(error)

    def __delitem__(self, name: str) -> None:
        with contextlib.suppress(OSError), self._opened() as folder:
            os.unlink(name, dir_fd=folder)

    def __iter__(self) -> Iterator[str]:
        try:
            with self._opened() as folder:
                return iter(_names(folder))
        except OSError:
            return iter(())

    def __len__(self) -> int:
        return len(list(iter(self)))

    @contextlib.contextmanager
    def _opened(self) -> Iterator[int]:
        """A descriptor of the folder.

        Raises:
            PermissionError: Somebody else could put files there.
            OSError: It is missing, or cannot be opened.
        """
        if self._folder is None:
            raise FileNotFoundError(errno.ENOENT, "there is no home folder")
        path = Path(os.path.realpath(self._folder))
        descriptor = os.open(path.anchor, _FOLDER)
        try:
            _check_folder(Path(path.anchor), os.fstat(descriptor))
            for below in [*[*path.parents][-2::-1], path]:
                outer, descriptor = descriptor, os.open(below.name, _FOLDER, dir_fd=descriptor)
                os.close(outer)
                _check_folder(below, os.fstat(descriptor))
            status = os.fstat(descriptor)
            if status.st_uid != os.getuid() or status.st_mode & _OTHERS_WRITE:
                raise PermissionError(_unsafe(path))
            yield descriptor
        finally:
            os.close(descriptor)

    def _note(self, error: OSError) -> None:
        """Say once in a process why a folder is not used."""
        if self._folder is not None and self._folder not in _noted:
            _noted.add(self._folder)
            reason = error.strerror or str(error)
            where = printable(str(self._folder), 500)
            log.warning("compiled kernels are not kept in %s: %s", where, printable(reason, 500))


_noted: set[Path] = set()


def _read(name: str, folder: int) -> bytes:
    with open(open_regular(Path(name), folder=folder), "rb") as file:
        status = os.fstat(file.fileno())
        if status.st_uid != os.getuid() or status.st_mode & _OTHERS_WRITE:
            raise PermissionError(f"others could have written the file {printable(name, 80)}")
        if status.st_size > SIZE_LIMIT:
            return b""
        return file.read(SIZE_LIMIT)


def _check_folder(path: Path, status: os.stat_result) -> None:
    """Refuse a folder in which others could swap what lies below it.

    In a folder such as /tmp, which all may write to, the sticky bit keeps others from renaming what they do
    not own.
    """
    swappable = status.st_mode & _OTHERS_WRITE and not status.st_mode & stat.S_ISVTX
    if status.st_uid not in (0, os.getuid()) or swappable:
        raise PermissionError(_unsafe(path))


def _unsafe(path: Path) -> str:
    return f"others could write to {path}; take that right from them, or set XDG_CACHE_HOME"


def _make(folder: Path) -> None:
    """Make a folder and those above it, none of which others may write to, whatever the user's umask."""
    for path in [*reversed(folder.parents), folder]:
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=0o700)


def _names(folder: int) -> list[str]:
    return sorted(name for name in os.listdir(folder) if not name.startswith("."))


def _make_room(folder: int) -> None:
    def written(name: str) -> float:
        return os.stat(name, dir_fd=folder, follow_symlinks=False).st_mtime

    for name in sorted(_names(folder), key=written)[:-KEPT]:
        os.unlink(name, dir_fd=folder)
