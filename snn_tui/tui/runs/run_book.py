"""The list of runs as someone works with it: filtered, sorted, marked, with a cursor."""

from __future__ import annotations

from collections.abc import Sequence

from snn_tui.render.text import clean
from snn_tui.runs.catalog import Entry
from snn_tui.tui.runs.draw.run_list import COLUMNS, MARKS, STARTED, ListView


class RunBook:
    """Which runs are shown, in which order, and which of them are meant.

    Attributes:
        shown: The runs that the filter lets through, sorted.
        words: What the filter says.
        column: Place of the column that sorts, in `COLUMNS`.
        rising: Whether the smallest comes first.
        marks: Place of each marked run's letter in `MARKS`, by the path of its directory.
        top: Place of the first run on the screen.
        place: Place of the run the cursor is on; stays where it was when that run is gone.
    """

    def __init__(self) -> None:
        self.shown: tuple[Entry, ...] = ()
        self.words = ""
        self.column = STARTED
        self.rising = False
        self.marks: dict[str, int] = {}
        self.top = 0
        self._all: list[Entry] = []
        self._cursor: str | None = None
        self.place = 0

    def take(self, entries: Sequence[Entry]) -> bool:
        """The runs as they are now; the cursor stays on its run. Says whether anything changed."""
        if list(entries) == self._all:
            return False
        self._all = list(entries)
        there = {entry.summary.path for entry in entries}
        self.marks = {path: mark for path, mark in self.marks.items() if path in there}
        self._arrange()
        return True

    @property
    def total(self) -> int:
        """All runs, shown or not."""
        return len(self._all)

    @property
    def current(self) -> Entry | None:
        """The run the cursor is on."""
        return self.shown[self.place] if self.shown else None

    @property
    def marked(self) -> list[tuple[Entry, int]]:
        """The marked runs, by their letters; those that the filter hides too."""
        known = {entry.summary.path: entry for entry in self._all}
        return [(known[path], mark) for path, mark in sorted(self.marks.items(), key=lambda pair: pair[1])]

    def view(self, rows: int) -> ListView:
        """What to draw where there is room for so many runs; scrolls as little as it can."""
        lowest = max(0, len(self.shown) - rows)
        self.top = min(max(self.top, self.place - rows + 1), self.place, lowest)
        return ListView(self.shown, self.place, self.top, dict(self.marks), self.column, self.rising)

    def move(self, by: int) -> None:
        """Move the cursor, to the ends at most."""
        self.go(self.place + by)

    def go(self, place: int) -> None:
        """Put the cursor on the run at a place, or the nearest there is."""
        self.place = min(max(place, 0), max(0, len(self.shown) - 1))
        self._cursor = self.shown[self.place].summary.path if self.shown else None

    def point_at(self, path: str) -> None:
        """Put the cursor on a run, now or once it is listed."""
        self._cursor = path
        self._arrange()

    def filter(self, words: str) -> None:
        """Show the runs that have all of the words in name, state, data or note."""
        self.words = words
        self._arrange()

    def sort_next(self, by: int) -> None:
        """Sort by the next column, the way that is more useful."""
        self.sort_by((self.column + by) % len(COLUMNS))

    def sort_by(self, column: int) -> None:
        """Sort by a column; once more turns it round."""
        self.rising = not self.rising if column == self.column else COLUMNS[column].rising
        self.column = column
        self._arrange()

    def turn(self) -> None:
        """Sort the other way round."""
        self.sort_by(self.column)

    def mark(self, entry: Entry) -> bool:
        """Mark a run, or unmark it; False where all letters are taken."""
        path = entry.summary.path
        if path in self.marks:
            del self.marks[path]
            return True
        free = [mark for mark in range(len(MARKS)) if mark not in self.marks.values()]
        if free:
            self.marks[path] = free[0]
        return bool(free)

    def renamed(self, old: str, new: str) -> None:
        """A run has another path: its mark and the cursor go with it."""
        if old in self.marks:
            self.marks[new] = self.marks.pop(old)
        if self._cursor == old:
            self._cursor = new
        self._all = []  # what `take` gets next is news, whatever it is

    def _arrange(self) -> None:
        wanted = self.words.lower().split()
        shown = [entry for entry in self._all if all(word in _searched(entry) for word in wanted)]
        value = COLUMNS[self.column].value
        known = [entry for entry in shown if value(entry) is not None]
        known.sort(key=value, reverse=not self.rising)
        self.shown = (*known, *(entry for entry in shown if value(entry) is None))
        places = {entry.summary.path: place for place, entry in enumerate(self.shown)}
        if self._cursor in places:
            self.place = places[self._cursor]
        else:
            self.place = min(self.place, max(0, len(self.shown) - 1))
            if self._cursor is None and self.shown:
                self._cursor = self.shown[self.place].summary.path


def _searched(entry: Entry) -> str:
    summary = entry.summary
    kinds = [kind for kind, is_so in (("shipped", entry.shipped), ("synthetic", summary.synthetic)) if is_so]
    words = (entry.run.name, summary.state, summary.dataset, summary.note, *kinds)
    return clean(" ".join(words), 1000).lower()
