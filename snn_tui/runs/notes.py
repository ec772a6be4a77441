"""A line the user writes about a run, kept beside its other files; words such as `#paper` in it are tags."""

from __future__ import annotations

import re

from snn_tui.errors import RunError
from snn_tui.runs.files import failure, read_bounded, write_atomic
from snn_tui.runs.rundir import RunDir
from snn_tui.values.words import printable

NOTE_LIMIT = 200
"""Longest note, in characters."""

_FILE_LIMIT = 1 << 16
_TAG = re.compile(r"(?<!\S)#(\w[\w.-]*)")


def tags_of(note: str) -> tuple[str, ...]:
    """The tags in a note, without their `#`, sorted, each once."""
    return tuple(sorted({tag.rstrip(".-") for tag in _TAG.findall(note)}))


def read_note(run: RunDir) -> str:
    """The note as one printable line; empty where there is none, or none that can be read."""
    try:
        content = read_bounded(run.note, _FILE_LIMIT)
    except (FileNotFoundError, RunError):
        return ""
    return _line(content.decode("utf-8-sig", errors="replace"))


def write_note(run: RunDir, text: str) -> str:
    """Keep a note with the run, in place of an earlier one; an empty one takes it away.

    Returns:
        The note as it is kept.

    Raises:
        RunError: The run is shipped or missing, or its directory cannot be written to.
    """
    where = printable(run.name)
    if run.shipped:
        raise RunError(
            "shipped with the program, and not written to", where=where, remedy="note it elsewhere"
        )
    if not run.exists:
        raise RunError("the run is gone", where=where, remedy="see which there are with `snn-tui runs`")
    note = _line(text)
    if note:
        write_atomic(run.note, note.encode(errors="replace") + b"\n")
        return note
    try:
        run.note.unlink(missing_ok=True)
    except OSError as error:
        raise failure(error, run.note) from error
    return ""


def _line(text: str) -> str:
    return printable(" ".join(text[: 4 * NOTE_LIMIT].split()), NOTE_LIMIT)
