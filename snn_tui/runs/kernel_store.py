"""Compiled kernels kept on disk, so that only the first run on a machine waits for the compiler."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import stat
from collections.abc import Iterator, MutableMapping
from pathlib import Path

from snn_tui.errors import RunError
from snn_tui.runs.files import read_bounded, write_atomic

SIZE_LIMIT = 16 << 20
"""Bytes a kernel may have."""

KEPT = 32
"""Kernels kept; the oldest make room."""

_DIGEST = 32

log = logging.getLogger("snn_tui.runs.kernel_store")


def default_folder() -> Path:
    """`snn-tui/kernels` in the user's cache folder (`$XDG_CACHE_HOME`, else `~/.cache`)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "snn-tui" / "kernels"


class KernelStore(MutableMapping[str, bytes]):
    """Files named by what they were compiled from, each behind a checksum of its content.

    This is machine code, so what somebody else could have written is not read. A folder that cannot be used
    only means that kernels are compiled again.

    Args:
        folder: Where the files are.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or default_folder()

    def __getitem__(self, name: str) -> bytes:
        path = self._folder / name
        try:
            if not _own(self._folder):
                raise KeyError(name)
            content = read_bounded(path, SIZE_LIMIT)
        except (OSError, RunError):
            raise KeyError(name) from None
        code = content[_DIGEST:]
        if content[:_DIGEST] != hashlib.sha256(code).digest():
            raise KeyError(name)
        return code

    def __setitem__(self, name: str, code: bytes) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomic(self._folder / name, hashlib.sha256(code).digest() + code)
            self._make_room()
        except (OSError, RunError) as error:
            log.info("compiled kernels are not kept: %s", error)

    def __delitem__(self, name: str) -> None:
        with contextlib.suppress(OSError):
            (self._folder / name).unlink(missing_ok=True)

    def __iter__(self) -> Iterator[str]:
        try:
            return iter(sorted(path.name for path in self._folder.iterdir() if not path.name.startswith(".")))
        except OSError:
            return iter(())

    def __len__(self) -> int:
        return len(list(iter(self)))

    def _make_room(self) -> None:
        paths = sorted((self._folder / name for name in self), key=lambda path: path.stat().st_mtime)
        for path in paths[:-KEPT]:
            path.unlink(missing_ok=True)


def _own(path: Path) -> bool:
    """Whether a folder is this user's, and nobody else may put files there."""
    found = path.stat()
    return found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
