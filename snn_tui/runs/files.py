"""Files read and written so that a crash, a full disk, a strange name or a planted link does no harm.

Every file of a run directory is opened here. A run may have come as an archive, a clone or a shared folder,
so its files are what somebody else made them: a link to `~/.bashrc`, a pipe that never answers, a terabyte
of nothing. Such a file is never followed, waited for or read whole; opening it fails and says why.

A run directory itself may be a link: people move runs to larger disks that way. Only files of a run's own
names are opened behind it, each checked as above.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from snn_tui.errors import RunError
from snn_tui.values.words import printable

LEFT_SECONDS = 3600.0
"""After this long, what a writer has not put in place is taken to be left behind."""

_TEMPORARY = re.compile(r"\.(.+)\.[0-9a-f]{12,16}")
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_LINK = "a link, which is not followed"
_NOT_REGULAR = "not a regular file"
_NO_DIRECTORY_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES}


def failure(error: OSError, path: Path) -> RunError:
    """The `RunError` for an operating system error on `path`, with what to do about it."""
    if error.errno in _NO_SPACE:
        remedy = "free some space, or choose another folder with --runs-dir"
    elif error.errno == errno.ENOENT:
        remedy = "make the folder first, or choose another one with --runs-dir"
    elif error.errno in (errno.ELOOP, errno.EINVAL, errno.EMLINK):
        remedy = "put an ordinary file in its place, or remove it"
    else:
        remedy = "choose a folder you can write to with --runs-dir"
    return RunError(error.strerror or "cannot be used", where=printable(str(path)), remedy=remedy)


def open_regular(path: Path, *, writable: bool = False, folder: int | None = None) -> int:
    """Open a regular file for reading and give its descriptor.

    Args:
        path: The file.
        writable: Open it for writing as well, which some file systems ask for before they lock a file.
        folder: Descriptor of the folder that a relative path begins in; the current folder if None.

    Raises:
        OSError: It cannot be opened, or is a link, a pipe, a device or a folder.
    """
    return _open(path, os.O_RDWR if writable else os.O_RDONLY, folder)


def open_to_append(path: Path) -> int:
    """Open a regular file for reading and appending, made if it is missing, and give its descriptor.

    Raises:
        OSError: It cannot be opened, or is a link, a pipe, a device or a folder, or has a second name: what
            is appended would appear under that name as well, which may be another folder's file.
    """
    descriptor = _open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, None)
    try:
        _check(os.fstat(descriptor), appended=True)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def check_regular(path: Path, *, appended: bool) -> None:
    """Check a file without opening it: for a sentence before work is done, not in place of a safe opening.

    Args:
        path: The file.
        appended: Whether it would be appended to.

    Raises:
        OSError: It is missing, or what `open_regular` or `open_to_append` would refuse.
    """
    _check(os.lstat(path), appended=appended)


def _check(status: os.stat_result, *, appended: bool) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise OSError(errno.ELOOP, _LINK)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, _NOT_REGULAR)
    if appended and status.st_nlink > 1:
        raise OSError(errno.EMLINK, "has a second name (a hard link), and would be written to under that too")


def _open(path: Path, flags: int, folder: int | None) -> int:
    # Without O_NONBLOCK a named pipe put in the file's place would hold the program for ever.
    flags |= os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, 0o666, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK):  # EMLINK on FreeBSD
            raise OSError(errno.ELOOP, _LINK) from error
        if error.errno == errno.ENXIO:
            raise OSError(errno.EINVAL, _NOT_REGULAR) from error
        raise
    try:
        _check(os.fstat(descriptor), appended=False)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def create(
    path: Path, content: bytes | Iterable[bytes] = b"", mode: int = 0o666, *, folder: int | None = None
) -> None:
    """Make a file that is not there yet.

    Args:
        path: The file.
        content: What it holds, whole or part by part.
        mode: Its permissions, from which the user's umask is taken.
        folder: Descriptor of the folder that a relative path begins in; the current folder if None.

    Raises:
        FileExistsError: There is something of that name, be it a link to nowhere.
        OSError: It cannot be made, or not be written in full.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, mode, dir_fd=folder)
    try:
        for part in (content,) if isinstance(content, bytes) else content:
            write_all(descriptor, part)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
            remedy="check the file's permissions, and that it is an ordinary file",
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
    write_together({path: content})


def write_together(contents: Mapping[Path, bytes | Iterable[bytes]]) -> None:
    """Replace files as `write_atomic` does, none before all have room on the disk.

    Args:
        contents: What each file holds, whole or part by part. What raises an exception on the way to the
            last part leaves all files as they were.

    Raises:
        RunError: As of `write_atomic`; the old files are untouched.
    """
    temporaries = {path: path.with_name(f".{path.name}.{secrets.token_hex(6)}") for path in contents}
    path = next(iter(contents))
    try:
        for path, content in contents.items():
            # Not tempfile: its files are 0600, and others on a shared server may want to watch the run.
            create(temporaries[path], content)
        for path, temporary in temporaries.items():
            os.replace(temporary, path)  # of a link, the link itself is replaced
            _sync_folder(path.parent)
    except OSError as error:
        raise failure(error, path) from error
    finally:
        for temporary in temporaries.values():
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write piece by piece, which replaces another as a whole once the block has ended.

    Args:
        path: The file to be replaced; where the block fails it stays as it was.

    Raises:
        OSError: The disk is full, the folder is missing or not writable.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(temporary, flags, 0o666), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        _sync_folder(path.parent)
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
