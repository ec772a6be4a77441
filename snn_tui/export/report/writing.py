"""Writing reports: whole or not at all, and never over something by accident."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from snn_tui.errors import RunError, SnnTuiError, UsageError
from snn_tui.runs.files import printable, write_atomic

SUFFIX = ".html"


def check_targets(paths: list[Path], *, force: bool) -> None:
    """See whether files can be written, before the work of making them.

    Raises:
        UsageError: A folder is missing, one is in the way, a file exists and `force` is off, or two are one.
    """
    resolved = [path.resolve() for path in paths]
    if len(set(resolved)) < len(resolved):
        raise UsageError(
            "both files have the same name", where=_shown(paths[0]), remedy="give them different names"
        )
    for path in paths:
        if path.is_dir():
            raise UsageError("a folder, not a file", where=_shown(path), remedy="give the name of a file")
        if not path.parent.is_dir():
            raise UsageError(
                "there is no such folder",
                where=_shown(path.parent),
                remedy="make it first, or choose another",
            )
        if path.exists() and not force:
            raise UsageError(
                "exists already", where=_shown(path), remedy="choose another name, or give --force"
            )


def write(files: Mapping[Path, str], *, force: bool) -> None:
    """Write texts to files, each atomically.

    Raises:
        UsageError: As `check_targets`, which is asked again.
        SnnTuiError: The disk is full, or the folder cannot be written to.
    """
    check_targets(list(files), force=force)
    for path, content in files.items():
        try:
            write_atomic(path, content.encode("utf-8", "replace"))
        except RunError as error:
            raise SnnTuiError(
                error.what, where=error.where, remedy="free some space, or choose another place"
            ) from error


def _shown(path: Path) -> str:
    return printable(str(path))
