"""Writing reports and exports: each file whole or not at all, and over existing files only on request."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, TextIO

from snn_tui.errors import RunError, SnnTuiError, UsageError
from snn_tui.runs.files import replacing, write_together
from snn_tui.values.words import printable

SUFFIX = ".html"
_ELSEWHERE = "free some space, or choose another place"
_OR_FORCE = "choose another name, or give --force"


def check_targets(paths: list[Path], *, force: bool, remedy: str = _OR_FORCE) -> None:
    """Check that files can be written, before the work of making them.

    Args:
        paths: The files.
        force: Whether they may exist.
        remedy: What to do about one that exists.

    Raises:
        UsageError: A folder is missing, a path is a folder, a file exists and `force` is off, or two paths
            are the same file.
    """
    resolved = [path.resolve() for path in paths]
    if len(set(resolved)) < len(resolved):
        raise UsageError(
            "both files have the same name", where=_printable(paths[0]), remedy="give them different names"
        )
    for path in paths:
        if path.is_dir():
            raise UsageError("a folder, not a file", where=_printable(path), remedy="give the name of a file")
        if not path.parent.is_dir():
            raise UsageError(
                "there is no such folder",
                where=_printable(path.parent),
                remedy="make it first, or choose another",
            )
        if path.exists() and not force:
            raise UsageError("exists already", where=_printable(path), remedy=remedy)


def write(files: Mapping[Path, str | Iterable[str]], *, force: bool, remedy: str = _OR_FORCE) -> None:
    """Write texts to files as UTF-8, each whole, and none where not all have room.

    A text that comes in parts is written part by part, so a long table never lies in memory.

    Raises:
        UsageError: As for `check_targets`, which checks again.
        SnnTuiError: The disk is full, or the folder cannot be written to.
    """
    check_targets(list(files), force=force, remedy=remedy)
    try:
        write_together({path: _encoded(content) for path, content in files.items()})
    except RunError as error:
        raise SnnTuiError(error.what, where=error.where, remedy=_ELSEWHERE) from error


@contextlib.contextmanager
def replaced(path: Path) -> Iterator[BinaryIO]:
    """A file to write piece by piece; it is in its place, whole, once the block has ended, or not at all.

    Raises:
        SnnTuiError: The disk is full, or the folder cannot be written to.
    """
    try:
        with replacing(path) as file:
            yield file
    except OSError as error:
        what = error.strerror or "cannot be written"
        raise SnnTuiError(what, where=_printable(path), remedy=_ELSEWHERE) from error


@contextlib.contextmanager
def replaced_text(path: Path) -> Iterator[TextIO]:
    """The same for text, as UTF-8 and with the line ends that are written.

    Raises:
        SnnTuiError: The disk is full, or the folder cannot be written to.
    """
    with replaced(path) as file:
        text = io.TextIOWrapper(file, "utf-8", "replace", newline="")
        yield text
        text.flush()
        text.detach()


def _encoded(content: str | Iterable[str]) -> bytes | Iterable[bytes]:
    if isinstance(content, str):
        return content.encode("utf-8", "replace")
    return (part.encode("utf-8", "replace") for part in content)


def _printable(path: Path) -> str:
    return printable(str(path))
