"""The list of runs as someone works with it: filtered, sorted, marked, with a cursor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from snn_tui.errors import UsageError
from snn_tui.runs.catalogue import Entry
from snn_tui.runs.query import Query, parse
from snn_tui.runs.seeds import folded
from snn_tui.tui.runs.draw.columns import COLUMNS, STARTED, USUAL, indices_of
from snn_tui.tui.runs.draw.layout import ListView
from snn_tui.tui.runs.draw.marks import MARKS


class RunListState:
    """The runs that the list shows, their order, the marked ones and the one of the cursor.

    Attributes:
        visible: The runs that the filter lets through, sorted.
        words: The filter as it was typed.
        problem: What is wrong with it, empty if nothing; the last one that was right is in force then.
        column: Index in `COLUMNS` of the column that sorts.
        rising: Whether the smallest comes first.
        chosen: Indices in `COLUMNS` of the columns that the user chose, in their order; empty for the usual.
        folded: Whether runs that differ by their seeds only are one row.
        marks: Index in `MARKS` of each marked run's letter, by the path of its directory.
        top: Index of the first run on the screen.
        index: Index of the cursor's run in `visible`; stays as it is when that run is gone.
    """

    def __init__(self) -> None:
        self.visible: tuple[Entry, ...] = ()
        self.words = ""
        self.problem = ""
        self._query = Query()
        self.column = STARTED
        self.rising = False
        self.chosen: tuple[int, ...] = ()
        self.folded = False
        self._opened: set[str] = set()
        self.marks: dict[str, int] = {}
        self.top = 0
        self._all: list[Entry] = []
        self._path: str | None = None
        self.index = 0

    def take(self, entries: Sequence[Entry]) -> bool:
        """The runs as they are now; the cursor stays on its run. Says whether anything changed."""
        if list(entries) == self._all:
            return False
        self._all = list(entries)
        there = set(self._known())
        self.marks = {path: mark for path, mark in self.marks.items() if path in there}
        self._arrange()
        return True

    @property
    def total(self) -> int:
        """All runs, visible or not."""
        return len(self._all)

    @property
    def found(self) -> int:
        """The runs that the filter lets through, in rows of their own or not."""
        rows = [row for row in self.visible if row.members] if self.folded else []
        members = {member.summary.path for row in rows for member in row.members}
        return len(members | {row.summary.path for row in self.visible if not row.members})

    @property
    def current(self) -> Entry | None:
        """The run the cursor is on."""
        return self.visible[self.index] if self.visible else None

    @property
    def marked(self) -> list[tuple[Entry, int]]:
        """The marked runs, by their letters; those that the filter hides too."""
        known = self._known()
        return [(known[path], mark) for path, mark in sorted(self.marks.items(), key=lambda pair: pair[1])]

    def _known(self) -> dict[str, Entry]:
        """All runs, and where they were folded the rows of several, by their paths."""
        known = {entry.summary.path: entry for entry in self._all}
        if self.folded or any(path not in known for path in self.marks):
            known |= {entry.summary.path: entry for entry in folded(self._all)}
        return known

    def fold(self) -> None:
        """Fold the seeds of each recipe into one row, or list all runs again."""
        current = self.current
        self.folded = not self.folded
        if current is not None and self.folded:
            row = next((row for row in folded(self._found()) if current in row.members), None)
            self._path = row.summary.path if row else self._path
        elif current is not None and current.members:
            self._path = current.members[0].summary.path
        self._arrange()

    def unfold(self) -> bool:
        """Open the row of several runs under the cursor, or close it; False where the row is one run."""
        current = self.current
        if current is None or not current.members:
            return False
        self._opened ^= {current.summary.path}
        self._arrange()
        return True

    def view(self, rows: int) -> ListView:
        """What to draw where there is room for so many runs; scrolls as little as it can."""
        lowest = max(0, len(self.visible) - rows)
        self.top = min(max(self.top, self.index - rows + 1), self.index, lowest)
        return ListView(
            self.visible,
            self.index,
            self.top,
            dict(self.marks),
            self.column,
            self.rising,
            frozenset(member.summary.path for member in self._opened_members()),
            self.chosen,
        )

    def move(self, by: int) -> None:
        """Move the cursor, to the ends at most."""
        self.go(self.index + by)

    def go(self, index: int) -> None:
        """Put the cursor on the run at an index, or on the nearest there is."""
        self.index = min(max(index, 0), max(0, len(self.visible) - 1))
        self._path = self.visible[self.index].summary.path if self.visible else None

    def point_at(self, path: str) -> None:
        """Put the cursor on a run, now or once it is listed."""
        self._path = path
        self._arrange()

    def filter(self, words: str) -> None:
        """Show the runs that a query asks for; while it is wrong, those of the one before."""
        self.words = words
        try:
            self._query, self.problem = parse(words), ""
        except UsageError as error:
            self.problem = error.what
        self._arrange()

    def sort_next(self, by: int) -> None:
        """Sort by the next column of the list that fits any of the runs, the way that is more useful."""
        columns = self.chosen or USUAL
        at = columns.index(self.column) if self.column in columns else -1 if by > 0 else 0
        for _ in columns:
            at = (at + by) % len(columns)
            if not self.visible or any(map(COLUMNS[columns[at]].fits, self.visible)):
                break
        self.sort_by(columns[at])

    def sort_by(self, column: int) -> None:
        """Sort by a column; once more turns it round."""
        self.rising = not self.rising if column == self.column else COLUMNS[column].rising
        self.column = column
        self._arrange()

    def restore(self, sort: str, rising: bool, columns: Iterable[str] = (), folded: bool = False) -> None:
        """Arrange the list as it was left.

        Args:
            sort: Name of the column that sorts; without one of this name it stays as usual.
            rising: Whether the smallest comes first.
            columns: Names of the chosen columns; those that no column has are passed over.
            folded: Whether runs that differ by their seeds only are one row.
        """
        for column in indices_of([sort]):
            self.column, self.rising = column, rising
        self.chosen, self.folded = indices_of(columns), folded
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
        if self._path == old:
            self._path = new
        self._all = []  # what `take` gets next is news, whatever it is

    def _found(self) -> list[Entry]:
        return [entry for entry in self._all if self._query.matches(entry.summary)]

    def _opened_members(self) -> Iterator[Entry]:
        for entry in self.visible:
            if entry.members and entry.summary.path in self._opened:
                yield from entry.members

    def _sorted(self, entries: Iterable[Entry]) -> list[Entry]:
        value = COLUMNS[self.column].value
        entries = list(entries)
        known = [entry for entry in entries if value(entry) is not None]
        known.sort(key=value, reverse=not self.rising)
        return [*known, *(entry for entry in entries if value(entry) is None)]

    def _arrange(self) -> None:
        found = self._found()
        rows = self._sorted(folded(found) if self.folded else found)
        visible: list[Entry] = []
        for row in rows:
            opened = self._sorted(row.members) if row.summary.path in self._opened else ()
            visible += [row, *opened]
        self.visible = tuple(visible)
        indices = {entry.summary.path: index for index, entry in enumerate(self.visible)}
        if self._path in indices:
            self.index = indices[self._path]
        else:
            self.index = min(self.index, max(0, len(self.visible) - 1))
            if self._path is None and self.visible:
                self._path = self.visible[self.index].summary.path
