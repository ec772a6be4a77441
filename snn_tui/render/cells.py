"""The inside of a chart as a grid of cells, and what is seen where several lines share a cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Literal

from rich.style import Style
from rich.text import Text

FIRST_BRAILLE = "\u2800"
"""The braille character without a dot; its eight bits are the dots of the others."""

Level = Literal["points", "line", "dim", "rule", "cursor"]
_LEVELS: tuple[Level, ...] = ("points", "line", "dim", "rule", "cursor")
_BARE = Style()


@dataclass(frozen=True)
class Mark:
    """What one line, point or rule puts into a cell.

    Args:
        glyph: Its character.
        style: Style of the character.
        level: Points hide lines, lines hide lines in the background and rules, and all hide the cursor.
    """

    glyph: str
    style: Style
    level: Level


class Cells:
    """A grid of cells, counted from the lower left, each with the marks put into it.

    Args:
        columns: Cells a row.
        rows: Rows.
    """

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self._marks: dict[tuple[int, int], list[Mark]] = {}

    def copy(self) -> Cells:
        """Another grid with the same marks."""
        other = Cells(self.columns, self.rows)
        other._marks = {where: list(marks) for where, marks in self._marks.items()}
        return other

    def put(self, column: int, row: int, mark: Mark) -> None:
        """Put a mark on top of those that a cell has."""
        self._marks.setdefault((column, row), []).append(mark)

    def has_point(self, column: int, row: int) -> bool:
        """Whether there is a point in a cell."""
        return any(mark.level == "points" for mark in self._marks.get((column, row), ()))

    def lines(self) -> list[Text]:
        """The grid as lines of text, the uppermost row first."""
        return [self._line(row) for row in reversed(range(self.rows))]

    def _line(self, row: int) -> Text:
        marks = [self._marks.get((column, row), ()) for column in range(self.columns)]
        while marks and not marks[-1]:
            marks.pop()
        seen = (_seen(here, column) for column, here in enumerate(marks))
        runs = groupby(seen, key=itemgetter(1))
        return Text.assemble(*(("".join(glyph for glyph, _ in run), style) for style, run in runs))


def _seen(marks: Sequence[Mark], column: int) -> tuple[str, Style]:
    """Character and style of a cell: the last point, or its lines by turns with the dots of all of them."""
    if not marks:
        return " ", _BARE
    if len(marks) == 1:
        return marks[0].glyph, marks[0].style
    highest = min((mark.level for mark in marks), key=_LEVELS.index)
    top = [mark for mark in marks if mark.level == highest]
    if highest == "points":
        return top[-1].glyph, top[-1].style
    turn = top[column % len(top)]
    if turn.glyph < FIRST_BRAILLE:
        return turn.glyph, turn.style
    # A slanted rule below a line stays unbroken; a noisy line in the background would thicken the others.
    dots = 0
    for mark in marks:
        if mark.level in (highest, "rule") and mark.glyph >= FIRST_BRAILLE:
            dots |= ord(mark.glyph) - ord(FIRST_BRAILLE)
    return chr(ord(FIRST_BRAILLE) + dots), turn.style
