"""Paths as people type them, and as terminals write those of files that are dropped on them."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import shlex
import stat
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

_NOT_A_FILE = "not a file"


def home_folder() -> Path | None:
    """The user's home folder; None for a user without one, such as a user id without an account."""
    path = Path(os.path.expanduser("~"))
    return path if path.is_absolute() else None


def typed_path(text: str) -> str:
    """The path that a text names, `~` being the home folder.

    Where there is nothing at the text itself, it is tried without quotes, without backslashes and without
    `file://`, as terminals and file managers write the path of a file that is dropped or pasted.

    Args:
        text: What was typed or pasted.

    Returns:
        The first such path where there is something; else the text itself.
    """
    candidates = (os.path.expanduser(candidate) for candidate in _candidates(text))
    return next(filter(os.path.exists, candidates), os.path.expanduser(text))


def there(data: str | None) -> bool:
    """Whether a configuration names a file of images, or a folder with one, that is there."""
    return data is not None and os.path.exists(typed_path(data))


def holds_class_folders(data: str | None, flag: str) -> bool:
    """Whether a path is a folder with folders in it, and not one that a file of a data set lies in.

    Args:
        data: The path; None if the user gave none.
        flag: Name of the data set, such as `breastmnist` of `breastmnist.npz` and `breastmnist_64.npz`.
    """
    folders = False
    try:
        with os.scandir(typed_path(data or "")) as entries:
            for entry in entries:
                stem, extension = os.path.splitext(entry.name)
                if extension == ".npz" and stem.partition("_")[0] == flag:
                    return False
                with contextlib.suppress(OSError):  # a link in a circle
                    folders = folders or entry.is_dir()
    except (OSError, ValueError):
        return False
    return folders


def _candidates(text: str) -> Iterator[str]:
    yield text
    bare = text.strip()
    forms = [bare, bare.strip("'\""), *_unquoted(bare)]
    yield from forms
    for form in forms:
        if form.lower().startswith("file:"):
            address = form[len("file:") :]
            if address.startswith("//"):
                # file://HOST/PATH, the host being empty or this machine.
                address = "/" + address[2:].partition("/")[2]
            yield urllib.parse.unquote(address)


def _unquoted(text: str) -> list[str]:
    """The text as a shell would read it, where it would read one word."""
    try:
        words = shlex.split(text)
    except ValueError:  # a quotation mark without its other
        return []
    return words if len(words) == 1 else []


def open_file(path: Path) -> io.BufferedReader:
    """Open a file that the user named for reading. It may be a link, unlike the files of a run directory.

    Raises:
        IsADirectoryError: It is a folder.
        OSError: It cannot be opened, or is a pipe, a device or a socket, which may never end.
        ValueError: The path cannot be one of a file.
    """
    # Without O_NONBLOCK a named pipe that nobody writes to would hold the program for ever. What was opened
    # is looked at, not the path: another file may be there by now.
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise OSError(errno.EINVAL, _NOT_A_FILE) from error
        raise
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, "a folder, not a file")
        raise OSError(errno.EINVAL, _NOT_A_FILE)
    return open(descriptor, "rb")
