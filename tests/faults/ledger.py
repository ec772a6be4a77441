"""Counts what was done to the program, and what became of it, for the table at the end of the tests."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass
from typing import Any


@dataclass
class Entry:
    """One kind of fault.

    Args:
        injected: Faults that really hit.
        survived: Those after which everything was as it has to be.
        lost: Bytes of results, or of other runs, that were there before a fault and not after it.
    """

    injected: int = 0
    survived: int = 0
    lost: int = 0


class Ledger:
    """All kinds of faults, in the order they came."""

    def __init__(self) -> None:
        self.entries: defaultdict[str, Entry] = defaultdict(Entry)
        self.slowest: dict[str, float] = {}
        self._mutex = threading.Lock()

    def __bool__(self) -> bool:
        return bool(self.entries)

    def hit(self, kind: str, times: int = 1) -> None:
        """Note faults that hit."""
        with self._mutex:
            self.entries[kind].injected += times

    def survived(self, kind: str, times: int = 1) -> None:
        """Note faults that did no harm."""
        with self._mutex:
            self.entries[kind].survived += times

    def lost(self, kind: str, size: int) -> None:
        """Note bytes that are gone."""
        with self._mutex:
            self.entries[kind].lost += size

    def took(self, what: str, seconds: float) -> None:
        """Note how long something took. That is told, not judged: the machine may be busy otherwise."""
        with self._mutex:
            self.slowest[what] = max(seconds, self.slowest.get(what, 0.0))

    def packed(self) -> dict[str, Any]:
        """All of it as plain values, to be sent to another process."""
        return {
            "entries": {kind: vars(entry) for kind, entry in self.entries.items()},
            "slowest": self.slowest,
        }

    def add(self, other: dict[str, Any]) -> None:
        """Take in what another process has packed."""
        for kind, counts in other["entries"].items():
            self.hit(kind, counts["injected"])
            self.survived(kind, counts["survived"])
            self.lost(kind, counts["lost"])
        for what, seconds in other["slowest"].items():
            self.took(what, seconds)

    def lines(self) -> list[str]:
        """The table."""
        rows = [(kind, entry.injected, entry.survived, entry.lost) for kind, entry in self.entries.items()]
        rows.append(
            ("all", sum(row[1] for row in rows), sum(row[2] for row in rows), sum(row[3] for row in rows))
        )
        width = max(len(row[0]) for row in rows)
        head = f"{'fault':<{width}}  injected  survived  bytes lost"
        return [
            head,
            *(f"{kind:<{width}}  {hit:>8}  {well:>8}  {lost:>10}" for kind, hit, well, lost in rows),
            *(f"{what}: at most {seconds:.1f} s" for what, seconds in self.slowest.items()),
        ]


LEDGER = Ledger()
"""The one of this test session."""
