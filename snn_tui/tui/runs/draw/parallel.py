"""Parallel coordinates: a vertical axis an option, a score as the last one, and a line a run across them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from snn_tui.render.canvas import Canvas
from snn_tui.render.frame import cropped, note
from snn_tui.render.palette import Shade, Theme
from snn_tui.render.text import fit
from snn_tui.tui.runs.draw.marks import MARKS, mark_style
from snn_tui.tui.runs.draw.scale import Scale, Value
from snn_tui.tui.runs.draw.strokes import Strokes

_LEVELS = 5
_LETTERS = "abcde"
"""Without unicode a line is drawn in the letter of its level: `a` is the lowest."""

_RAMP: dict[Theme, tuple[Shade, ...]] = {
    "dark": (
        Shade("#7d6fd6", 98, "magenta"),
        Shade("#4a90d9", 68, "bright_blue"),
        Shade("#2bb5a0", 37, "cyan"),
        Shade("#7ccf5b", 113, "green"),
        Shade("#fde725", 220, "bright_yellow"),
    ),
    "light": (
        Shade("#b98a00", 136, "yellow"),
        Shade("#c0561f", 166, "red"),
        Shade("#a02f72", 125, "magenta"),
        Shade("#5f3aa0", 61, "blue"),
        Shade("#141430", 17, "black"),
    ),
}
"""From the lowest to the highest level; they differ in lightness too."""

_NARROWEST_GAP = 9  # columns from an axis to the next
_WIDEST_LABEL = 12
_CROSSING = {True: "●", False: "@"}
_POINTED_LETTER = "#"
_AXIS = {True: "│", False: "|"}
_ACTIVE = {True: "▼", False: "v"}


@dataclass(frozen=True)
class Axis:
    """One axis.

    Args:
        name: What it is of.
        values: Value of each line.
    """

    name: str
    values: Sequence[Value]


@dataclass(frozen=True)
class Parallel:
    """Lines across axes.

    Args:
        axes: The axes, at least one, from left to right; the last one is always drawn.
        coloured: Index of the axis whose values colour the lines.
        pointed: Index of the line that stands out; None for none.
        marks: Index in `MARKS` of the letter of each marked line, by its index.
    """

    axes: Sequence[Axis]
    coloured: int = -1
    pointed: int | None = None
    marks: Mapping[int, int] = field(default_factory=dict)


def parallel(value: Parallel, canvas: Canvas) -> Text:
    """The lines in braille, or without unicode in letters, and below them what the colours or letters mean.

    The line that stands out is thick (of `#` without unicode), with a dot on each axis; marked ones have
    their letter there. A value that is missing is below the axis. Where there is no room for all axes, the
    last ones are drawn, or those from the one that colours on, and the score.

    Args:
        value: The lines.
        canvas: What it is drawn on.
    """
    if canvas.width < 2 * _NARROWEST_GAP or canvas.height < 6:
        return note("too small", canvas)
    shown = axes_in_view(value, canvas.width)
    scales = {index: Scale.of(value.axes[index].values) for index in shown}
    rows = canvas.height - 2
    missing = any(one is None for index in shown for one in value.axes[index].values)
    body = _Body(value, shown, scales, canvas, rows - missing, rows)
    lines = [body.names(), *body.rows(), _legend(value, len(value.axes) - len(shown), canvas)]
    return cropped(lines, canvas)


def axes_in_view(value: Parallel, width: int) -> list[int]:
    """Indices of the axes that there is room for."""
    last = len(value.axes) - 1
    room = max((width - _label_width(value.axes[last]) - 1) // _NARROWEST_GAP, 1)  # beside the last one
    coloured = value.coloured % len(value.axes)
    first = min(max(0, last - room), coloured)
    return [*range(first, min(first + room, last)), last]


def _label_width(axis: Axis) -> int:
    words = [axis.name, *(text for _, text in Scale.of(axis.values).ticks(2))]
    return min(max(map(cell_len, words)) + 3, _WIDEST_LABEL)


def _level(place: float | None) -> int:
    return 0 if place is None else min(int(place * _LEVELS), _LEVELS - 1)


def _level_style(level: int, canvas: Canvas) -> Style:
    named = _RAMP[canvas.theme][level].named(canvas.terminal.colour)
    return Style(color=named) if named else Style()


def _legend(value: Parallel, hidden: int, canvas: Canvas) -> Text:
    """The values of each level, as many as there is room for, and how many axes there is no room for."""
    axis = value.axes[value.coloured]
    scale = Scale.of(axis.values)
    levels: dict[int, list[float | str]] = {}
    for one in scale.values:
        levels.setdefault(_level(scale.at(one)), []).append(one)
    line = Text(fit(axis.name, canvas.width // 3, canvas.terminal), canvas.style("muted"))
    for level, values in levels.items():
        ends = dict.fromkeys((scale.text(values[0]), scale.text(values[-1])))
        words = fit((", " if len(values) == 2 else " to ").join(ends), 24, canvas.terminal)
        sign = "━" if canvas.unicode else _LETTERS[level]
        if line.cell_len + len(words) + 4 > canvas.width:
            break
        line.append("  ").append(sign, _level_style(level, canvas)).append(f" {words}")
    more = f"  ({hidden} more {'axis' if hidden == 1 else 'axes'})" if hidden else ""
    return line.append(more, canvas.style("muted")) if line.cell_len + len(more) <= canvas.width else line


class _Body:
    """The names of the axes, and the axes with the lines across them."""

    def __init__(
        self,
        value: Parallel,
        shown: Sequence[int],
        scales: Mapping[int, Scale],
        canvas: Canvas,
        rows: int,
        all_rows: int,
    ) -> None:
        self._value = value
        self._shown = shown
        self._scales = scales
        self._canvas = canvas
        self._rows = rows  # of the axes; below them there may be one of missing values
        self._all_rows = all_rows
        right = canvas.width - 1 - _label_width(value.axes[shown[-1]])
        gaps = max(len(shown) - 1, 1)
        self._columns = [round(right * at / gaps) for at in range(len(shown))] if shown[1:] else [right // 2]

    def names(self) -> Text:
        """A line with the name of each axis, marked on the one that colours."""
        line = Text(no_wrap=True)
        coloured = self._value.coloured % len(self._value.axes)
        for at, index in enumerate(self._shown):
            end = self._columns[at + 1] if at + 1 < len(self._columns) else self._canvas.width
            line.append(" " * (self._columns[at] - line.cell_len))
            mark = _ACTIVE[self._canvas.unicode] if index == coloured else ""
            words = mark + fit(
                self._value.axes[index].name, end - self._columns[at] - 1 - len(mark), self._canvas.terminal
            )
            style = self._canvas.style("accent" if mark else "muted", bold=bool(mark))
            line.append(words, style + Style(bold=bool(mark)))
        return line

    def rows(self) -> list[Text]:
        """The axes and the lines, from the highest values to the lowest and the missing ones."""
        canvas, value = self._canvas, self._value
        cells: dict[tuple[int, int], tuple[str, Style]] = {}
        muted = canvas.style("muted")
        for column in self._columns:
            cells.update({(row, column): (_AXIS[canvas.unicode], muted) for row in range(self._rows)})
        strokes = Strokes(canvas.unicode)
        coloured = value.axes[value.coloured]
        scale = Scale.of(coloured.values)
        levels = [_level(scale.at(one)) for one in coloured.values]
        lines = sorted(range(len(levels)), key=levels.__getitem__)  # the highest are drawn over the others
        for level in range(_LEVELS):
            paths = {self._path(line, strokes) for line in lines if levels[line] == level}
            cells |= self._drawn(paths, strokes, _LETTERS[level], _level_style(level, canvas))
        for line, mark in value.marks.items():
            path = self._path(line, strokes)
            style = mark_style(mark, canvas) + Style(bold=True)
            cells |= self._drawn({path}, strokes, MARKS[mark], style, thick=True)
        if value.pointed is not None:
            path = self._path(value.pointed, strokes)
            cells |= self._drawn({path}, strokes, _POINTED_LETTER, Style(bold=True), thick=True)
        self._label(cells)
        for line, mark in value.marks.items():
            self._cross(cells, line, MARKS[mark], mark_style(mark, canvas))
        if value.pointed is not None:
            self._cross(cells, value.pointed, _CROSSING[canvas.unicode], Style())
        return [self._line(cells, row) for row in range(self._all_rows)]

    def _place(self, line: int, at: int) -> float | None:
        index = self._shown[at]
        return self._scales[index].at(self._value.axes[index].values[line])

    def _path(self, line: int, strokes: Strokes) -> tuple[int, ...]:
        """The dot of a line on each axis, from the top; below the axes where the value is missing."""
        dots = []
        for at in range(len(self._shown)):
            place = self._place(line, at)
            height = self._rows * strokes.tall - 1
            bottom = self._all_rows * strokes.tall - 1
            dots.append(bottom if place is None else round((1 - place) * height))
        return tuple(dots)

    def _drawn(
        self, paths: set[tuple[int, ...]], strokes: Strokes, letter: str, style: Style, *, thick: bool = False
    ) -> dict[tuple[int, int], tuple[str, Style]]:
        """The cells of some lines; parts that they share are drawn once."""
        parts = {
            (self._columns[at], path[at], self._columns[at + 1], path[at + 1])
            for path in paths
            for at in range(len(path) - 1)
        }
        drawn = strokes.cells(sorted(parts), letter, thick=thick)
        bottom = self._all_rows
        return {place: (char, style) for place, char in drawn.items() if place[0] < bottom}

    def _label(self, cells: dict[tuple[int, int], tuple[str, Style]]) -> None:
        """Values beside the axes, those that find their row free."""
        muted = self._canvas.style("muted")
        for at, index in enumerate(self._shown):
            column = self._columns[at]
            end = self._columns[at + 1] if at + 1 < len(self._columns) else self._canvas.width
            taken: set[int] = set()
            ticks = [
                (round((1 - place) * (self._rows - 1)), text)
                for place, text in self._scales[index].ticks(self._rows)
            ]
            if any(one is None for one in self._value.axes[index].values):
                ticks.append((self._all_rows - 1, "none"))
            for row, text in ticks:
                if row in taken:
                    continue
                taken.add(row)
                words = f" {fit(text, min(end - column - 3, _WIDEST_LABEL), self._canvas.terminal)} "
                cells.update({(row, column + 1 + offset): (char, muted) for offset, char in enumerate(words)})

    def _cross(
        self, cells: dict[tuple[int, int], tuple[str, Style]], line: int, char: str, style: Style
    ) -> None:
        for at, column in enumerate(self._columns):
            place = self._place(line, at)
            row = self._all_rows - 1 if place is None else round((1 - place) * (self._rows - 1))
            cells[row, column] = char, style + Style(bold=True)

    def _line(self, cells: Mapping[tuple[int, int], tuple[str, Style]], row: int) -> Text:
        blank = (" ", Style())
        text = Text(no_wrap=True)
        parts = [cells.get((row, column), blank) for column in range(self._canvas.width)]
        start = 0
        for column in range(1, len(parts) + 1):
            if column == len(parts) or parts[column][1] != parts[start][1]:
                text.append("".join(char for char, _ in parts[start:column]), parts[start][1])
                start = column
        text.rstrip()
        return text
