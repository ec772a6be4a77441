"""Appends a run's events to its `events.jsonl`."""

from __future__ import annotations

import contextlib
import os
from types import TracebackType

from snn_tui.runs.events import Event, encode
from snn_tui.runs.files import failure, open_to_append, write_all
from snn_tui.runs.rundir import RunDir


class EventWriter:
    """Appends events to a run's `events.jsonl`; a context manager. Hold the run's `Lock` while using it.

    Raises:
        RunError: The file cannot be opened.
    """

    def __init__(self, run: RunDir) -> None:
        self._path = run.events
        try:
            self._descriptor = open_to_append(self._path)
        except OSError as error:
            raise failure(error, self._path) from error
        try:
            size = os.fstat(self._descriptor).st_size
            self._torn = size > 0 and os.pread(self._descriptor, 1, size - 1) != b"\n"
        except OSError as error:
            self.close()
            raise failure(error, self._path) from error

    def write(self, *events: Event) -> None:
        """Append events, all in one write where the system allows.

        Raises:
            RunError: The disk is full or failed. Some of the events may be written, the last one in part;
                the next `write` starts on a line of its own all the same.
        """
        lines = b"".join(map(encode, events))
        if not lines:
            return
        try:
            if self._torn:
                lines = b"\n" + lines
            self._torn = True
            write_all(self._descriptor, lines)
            self._torn = False
        except OSError as error:
            raise failure(error, self._path) from error

    def sync(self) -> None:
        """Wait until what was written is on the disk.

        Raises:
            RunError: The disk is full or failed.
        """
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise failure(error, self._path) from error

    def close(self) -> None:
        """Close the file; doing so twice is harmless."""
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            with contextlib.suppress(OSError):  # what could be lost here was reported by write or sync
                os.close(descriptor)

    def __enter__(self) -> EventWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
