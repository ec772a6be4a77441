"""What the user writes about a run, kept beside its other files; words such as `#paper` in it are tags."""

from __future__ import annotations

import re

from snn_tui.errors import RunError
from snn_tui.runs.files import failure, read_bounded, write_atomic
from snn_tui.runs.rundir import RunDir
from snn_tui.values.words import printable

NOTE_LIMIT = 4000
"""Longest note, in characters, line breaks included."""

_FILE_LIMIT = 1 << 16
_TAB = 4
_TAG = re.compile(r"(?<!\S)#(\w[\w.-]*)")


def tags_of(note: str) -> tuple[str, ...]:
    """The tags in a note, without their `#`, sorted, each once."""
    return tuple(sorted({tag.rstrip(".-") for tag in _TAG.findall(note)}))


def read_note(run: RunDir) -> str:
    """The note in printable lines; empty where there is none, or none that can be read."""
    try:
        content = read_bounded(run.note, _FILE_LIMIT)
    except (FileNotFoundError, RunError):
        return ""
    return clean_note(content.decode("utf-8-sig", errors="replace"))


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
    note = clean_note(text)
    if note:
        write_atomic(run.note, note.encode(errors="replace") + b"\n")
        return note
    try:
        run.note.unlink(missing_ok=True)
    except OSError as error:
        raise failure(error, run.note) from error
    return ""


def clean_note(text: str) -> str:
    """A text as a note: what could steer a terminal made `?`, and no blanks at the ends of lines.

    Args:
        text: Any text; what goes beyond `NOTE_LIMIT` characters is cut, with a mark.

    Returns:
        Lines with a line feed between them, the first and the last of which are not empty.
    """
    lines = text[: 4 * NOTE_LIMIT].splitlines()
    kept = "\n".join(printable(line.expandtabs(_TAB).rstrip(), NOTE_LIMIT + 1) for line in lines).strip()
    return kept if len(kept) <= NOTE_LIMIT else kept[: NOTE_LIMIT - 1].rstrip() + "…"


def first_line(note: str) -> str:
    """The line of a note that stands for it in a list."""
    return note.partition("\n")[0]
