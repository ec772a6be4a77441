"""Files read and written so that a crash, a full disk or a strange name does no harm."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import stat
from collections.abc import Collection
from pathlib import Path

from snn_tui.errors import RunError

LEFT_SECONDS = 3600.0
"""After this long, what a writer has not put in place is taken to be left behind."""

_TEMPORARY = re.compile(r"\.(.+)\.[0-9a-f]{12,16}")
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_DIRECTORY_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES}


def printable(text: str, limit: int = 200) -> str:
    """The text with everything that could steer a terminal made `?`, cut to `limit` characters."""
    clean = "".join(char if char.isprintable() else "?" for char in text[: limit + 1])
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def failure(error: OSError, path: Path) -> RunError:
    """The `RunError` for an operating system error on `path`, with what to do about it."""
    if error.errno in _NO_SPACE:
        remedy = "free some space, or choose another folder with --runs-dir"
    elif error.errno == errno.ENOENT:
        remedy = "make the folder first, or choose another one with --runs-dir"
    else:
        remedy = "choose a folder you can write to with --runs-dir"
    return RunError(error.strerror or "cannot be used", where=printable(str(path)), remedy=remedy)


def open_regular(path: Path) -> int:
    """Open a regular file for reading and give its descriptor.

    Raises:
        OSError: It cannot be opened, or is a pipe, a device or a folder.
    """
    # Without O_NONBLOCK a named pipe put in the file's place would hold the program for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "Not a regular file")
    return descriptor


def open_to_append(path: Path) -> int:
    """Open a regular file for appending, made if it is missing, and give its descriptor.

    Raises:
        OSError: It cannot be opened, or is a pipe, a device or a folder.
    """
    # A named pipe nobody reads gives ENXIO with O_NONBLOCK, and holds the program for ever without.
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o666)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "Not a regular file")
    return descriptor


def read_bounded(path: Path, limit: int) -> bytes:
    """The content of a file of at most `limit` bytes.

    Raises:
        FileNotFoundError: There is no such file.
        RunError: It cannot be read, is no regular file, or is larger than that.
    """
    try:
        with open(open_regular(path), "rb") as file:
            size = os.fstat(file.fileno()).st_size
            content = file.read(limit + 1) if size <= limit else b""
    except FileNotFoundError:
        raise
    except OSError as error:
        raise RunError(
            error.strerror or "cannot be read",
            where=printable(str(path)),
            remedy="check the file's permissions",
        ) from error
    if max(size, len(content)) > limit:
        raise RunError(
            f"larger than the {limit} bytes such a file can have",
            where=printable(str(path)),
            remedy="this is not a file snn-tui wrote; put it elsewhere",
        )
    return content


def write_all(descriptor: int, content: bytes) -> None:
    """Write every byte, also where the system takes them in several helpings.

    Raises:
        OSError: Writing failed; part of the content may have been written.
    """
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def write_atomic(path: Path, content: bytes) -> None:
    """Replace a file as a whole: a reader, or a crash, sees the old content or the new, never a mixture.

    Raises:
        RunError: The disk is full, the folder is missing or not writable; the old file is untouched.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        # Not tempfile: its files are 0600, and others on a shared server may want to watch the run.
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            write_all(descriptor, content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except OSError as error:
        raise failure(error, path) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def clear_leftovers(folder: Path, mine: Collection[str], now: float) -> None:
    """Remove what writers that were killed left half written in a folder, under names of their own.

    Args:
        folder: The folder.
        mine: Names of the files that nobody but the caller writes; what others may be writing just now has
            to be old.
        now: The present, in seconds since the epoch.
    """
    with contextlib.suppress(OSError):
        for path in list(folder.iterdir()):
            temporary = _TEMPORARY.fullmatch(path.name)
            if temporary and (temporary[1] in mine or now - path.lstat().st_mtime > LEFT_SECONDS):
                path.unlink()


def _sync_folder(folder: Path) -> None:
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except PermissionError:
        return  # a folder one may write to but not list: the file is in place all the same
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_DIRECTORY_SYNC:  # some network file systems know no fsync of folders
            raise
    finally:
        os.close(descriptor)
