"""Follows `events.jsonl` as it grows. Polled, because home directories on clusters know no inotify."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import BinaryIO

from snn_tui.runs.events import AnyEvent, decode, decode_lines
from snn_tui.runs.files import open_regular

FILE_LIMIT = 4 << 30
"""Largest file of events that is read, in bytes: a month of training at ten events a second."""

MAX_LINE = 1 << 20
"""Longest line taken for an event, in bytes without its newline."""

_MARK = 128


class Tail:
    """Reads a file of events piece by piece, from the beginning.

    Attributes:
        skipped: Lines so far that were no event this version knows, or too long.
        restarted: Whether the last poll found another file than before, or a shorter one, and began anew:
            what earlier polls gave is void.
        more: Whether the last poll stopped at its limit: poll again soon.
        error: Why the last poll could not read a file that is there; empty otherwise.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.skipped = 0
        self.restarted = False
        self.more = False
        self.error = ""
        self._begin()

    def _begin(self) -> None:
        self.skipped = 0
        self._inode: tuple[int, int] | None = None
        self._offset = 0  # where the first line not yet consumed begins
        self._mark = b""  # the last bytes before that, to know the file again by
        self._overlong = False  # the offset lies within a line that was given up

    def poll(self, limit_bytes: int = 1 << 20) -> list[AnyEvent]:
        """The events whose lines were completed since the last poll.

        A missing or unreadable file has none; a last line without its newline waits for a later poll.

        Args:
            limit_bytes: How much to read at most; more only where a single line is longer.
        """
        self.restarted = self.more = False
        self.error = ""
        try:
            # Opened anew each time: that is when NFS looks whether its cache is still right.
            with open(open_regular(self.path), "rb", buffering=0) as file:
                if os.fstat(file.fileno()).st_size > FILE_LIMIT:
                    self.error = f"larger than the {FILE_LIMIT >> 30} GiB that events can have"
                    return []
                self._recognise(file)
                self._skip_hole(file)
                chunk = self._read(file, max(1, limit_bytes))
        except FileNotFoundError:
            return []
        except OSError as error:
            self.error = error.strerror or "cannot be read"
            return []
        return self._consume(chunk)

    def _recognise(self, file: BinaryIO) -> None:
        """Begin anew if this is not the file read so far. Inodes are reused, so its last bytes count too."""
        status = os.fstat(file.fileno())
        inode = (status.st_dev, status.st_ino)
        file.seek(self._offset - len(self._mark))
        same = (
            inode == self._inode
            and status.st_size >= self._offset
            and file.read(len(self._mark)) == self._mark
        )
        if not same:
            self.restarted = self._offset > 0
            self._begin()
            self._inode = inode
            file.seek(0)

    def _skip_hole(self, file: BinaryIO) -> None:
        """Within a line that was given up, pass over a hole of the file: it holds no end of a line."""
        if self._overlong and hasattr(os, "SEEK_DATA"):
            status = os.fstat(file.fileno())
            try:
                data = os.lseek(file.fileno(), self._offset, os.SEEK_DATA)
            except OSError as error:
                # ENXIO: nothing but a hole is left. Some file systems do not know where their holes are.
                data = status.st_size if error.errno == errno.ENXIO else self._offset
            if data > self._offset:
                self._offset, self._mark = data, b""
            file.seek(self._offset)

    def _read(self, file: BinaryIO, limit: int) -> bytes:
        """Up to `limit` bytes; on to the end of the first line where that one is longer than the limit."""
        chunk = file.read(limit)
        while not (self._overlong or b"\n" in chunk or len(chunk) > MAX_LINE):
            further = file.read(min(max(limit, len(chunk)), MAX_LINE + 1 - len(chunk)))
            if not further:
                break
            chunk += further
        self.more = os.fstat(file.fileno()).st_size > file.tell()
        return chunk

    def _consume(self, chunk: bytes) -> list[AnyEvent]:
        start = 0
        if self._overlong:
            start = chunk.find(b"\n") + 1
            if not start:
                self._advance(chunk)
                return []
            self._overlong = False
        end = chunk.rfind(b"\n") + 1
        # Almost always every line is an event, and then all are decoded at once, at a third of the cost.
        events = decode_lines(chunk[start:end]) if len(chunk) <= MAX_LINE else None
        if events is None:
            lines = chunk[start:end].split(b"\n")[:-1]
            found = [decode(line) if len(line) <= MAX_LINE else None for line in lines]
            events = [event for event in found if event is not None]
            self.skipped += len(found) - len(events)
        if len(chunk) - end > MAX_LINE:
            self.skipped += 1
            self._overlong = True
            end = len(chunk)
        # What is left is a torn line. It is not kept but read again: a network file system may show zeros
        # where the writer's last bytes have not arrived yet.
        self._advance(chunk[:end])
        return events

    def _advance(self, consumed: bytes) -> None:
        self._offset += len(consumed)
        self._mark = (self._mark + consumed[-_MARK:])[-_MARK:]
