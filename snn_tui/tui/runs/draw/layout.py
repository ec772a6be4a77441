"""Which columns of the list of runs fit into a line, and how wide each of them is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len

from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import clean
from snn_tui.runs.catalogue import UNREAD, Entry
from snn_tui.tui.runs.draw.columns import COLUMNS, DATA, NAME, STARTED, USUAL

_ORDERS = {True: "▲▼", False: "^v"}
_SHORTEST_NAME = 14
_SHORTEST_DATA = 8
_MARGIN = 3  # cells before the first column: cursor and letter

_BESTS = tuple(index for index in USUAL if COLUMNS[index].best)


def _usual(*headers: str) -> tuple[int, ...]:
    by_header = {COLUMNS[index].header: index for index in USUAL}
    return (by_header["trend"], *_BESTS, *(by_header[header] for header in headers))


_DROPPED_FIRST = _usual(
    *("F1", "bal", "spec", "kappa", "sens", "time"), *("data", "AUC", "epoch", "test", "started", "acc")
)
_OF_SEVERAL_SETS = _usual(
    *("F1", "bal", "spec", "kappa", "sens", "time"), *("epoch", "started", "test", "AUC", "data", "acc")
)
"""Without the name of its data set a score says little where there are several."""


@dataclass(frozen=True)
class ListView:
    """The list with its cursor, its marks and its order.

    Args:
        entries: The runs, filtered and sorted.
        cursor: Index of the run that keys act on.
        top: Index of the first run in view.
        marks: Index of each marked run's letter in `MARKS`, by the path of its directory.
        column: Index in `COLUMNS` of the column that sorts.
        rising: Whether the smallest value comes first.
        indented: Paths of the runs that a row of several above them was opened to.
        chosen: Indices in `COLUMNS` of the columns that the user chose, in their order; empty for the usual.
    """

    entries: Sequence[Entry]
    cursor: int = 0
    top: int = 0
    marks: dict[str, int] = field(default_factory=dict)
    column: int = STARTED
    rising: bool = False
    indented: frozenset[str] = frozenset()
    chosen: tuple[int, ...] = ()


@dataclass(frozen=True)
class Layout:
    """The columns that are drawn.

    Args:
        columns: Index in `COLUMNS` and width of each, from left to right.
        dropped: How many of those that the user chose there is no room for.
    """

    columns: tuple[tuple[int, int], ...]
    dropped: int = 0


def layout(view: ListView, canvas: Canvas) -> Layout:
    """The columns that fit; the name has the room that is left. The name and the column that sorts stay.

    Of columns that the user chose the last ones go first; of the usual ones, those that say least.
    """
    return _chosen(view, canvas) if view.chosen else Layout(tuple(_usual_layout(view, canvas)))


def _chosen(view: ListView, canvas: Canvas) -> Layout:
    columns = list(view.chosen)
    if NAME not in columns:
        columns.insert(0, NAME)
    if view.column not in columns:
        columns.append(view.column)
    widths = _widths(view, columns, canvas.terminal)
    dropped = 0
    for index in reversed(columns[:]):
        if _taken(columns, widths) + len(dropped_sign(dropped)) <= canvas.width:
            break
        if index not in (NAME, view.column):
            columns.remove(index)
            dropped += 1
    others = _taken([index for index in columns if index != NAME], widths) + len(dropped_sign(dropped))
    widths[NAME] = max(canvas.width - others - 1, 1)
    return Layout(tuple((index, widths[index]) for index in columns), dropped)


def dropped_sign(dropped: int) -> str:
    """What a header ends in where columns were dropped, such as ` +2`."""
    return f" +{dropped}" if dropped else ""


def _taken(columns: Sequence[int], widths: dict[int, int]) -> int:
    """Cells of a line with these columns."""
    return _MARGIN + sum(widths[index] + 1 for index in columns)


def _usual_layout(view: ListView, canvas: Canvas) -> list[tuple[int, int]]:
    columns = list(USUAL) + ([view.column] if view.column not in USUAL else [])
    cells = _measured(view.entries, tuple(columns), canvas.terminal)
    widths = _widths(view, columns, canvas.terminal)
    several = _several_sets(view.entries)
    chosen = COLUMNS[view.column].score or "accuracy"  # its best value stands beside the latest one
    blank = [
        index
        for index in columns
        if index not in (NAME, view.column)
        and (not cells[index] or (COLUMNS[index].best and COLUMNS[index].score != chosen))
    ]
    for index in (*blank, *(_OF_SEVERAL_SETS if several else _DROPPED_FIRST)):
        fits = _taken(columns, widths) <= canvas.width
        if index in columns and index != view.column and (index in blank or not fits):
            columns.remove(index)
    left = canvas.width - _taken(columns, widths) - 1
    if DATA not in columns and DATA not in blank and several and left >= _SHORTEST_DATA:
        widths[DATA] = left  # a part of its name tells runs of one name apart
        columns.append(DATA)
    others = _taken([index for index in columns if index != NAME], widths)
    widths[NAME] = max(canvas.width - others, 1)
    return [(index, widths[index]) for index in columns]


def _several_sets(entries: Sequence[Entry]) -> bool:
    """Whether runs are of different data sets; phantoms of a demo are marked anyway."""
    summaries = [entry.summary for entry in entries if entry.summary.dataset]
    names = {summary.dataset for summary in summaries if not summary.synthetic}
    return len(names) > 1 or len({summary.kind for summary in summaries}) > 1


def header_of(index: int, view: ListView, terminal: Terminal) -> str:
    """What stands above a column: its name, and of the one that sorts the order."""
    column = COLUMNS[index]
    header = (column.alone or column.header) if view.chosen else column.header
    return header + _ORDERS[terminal.unicode][0 if view.rising else 1] if index == view.column else header


def _widths(view: ListView, columns: Sequence[int], terminal: Terminal) -> dict[int, int]:
    cells = _measured(view.entries, tuple(columns), terminal)
    widths = {index: max(cells[index], cell_len(header_of(index, view, terminal))) for index in columns}
    widths[NAME] = max(min(cells[NAME], 24), _SHORTEST_NAME)
    return widths


_latest: tuple[tuple[Entry, ...], tuple[int, ...], Terminal, dict[int, int]] | None = None


def _measured(entries: Sequence[Entry], columns: tuple[int, ...], terminal: Terminal) -> dict[int, int]:
    """Width of each column's widest cell, over all runs, so that scrolling moves nothing.

    The latest result is kept: measuring takes most of the time, and nothing changes while a cursor moves.
    """
    global _latest
    if _latest is not None and _latest[0] is entries and _latest[1] == columns and _latest[2] == terminal:
        return _latest[3]
    rows = [_cell_widths(entry, columns, terminal) for entry in entries]
    widest = [max(column) for column in zip(*rows, strict=True)] if rows else [0] * len(columns)
    widths = dict(zip(columns, widest, strict=True))
    for key in set(_cells) - {(id(entry), columns, terminal) for entry in entries}:
        del _cells[key]
    if isinstance(entries, tuple):  # a list may change, so it is measured every time
        _latest = entries, columns, terminal, widths
    return widths


_cells: dict[tuple[int, tuple[int, ...], Terminal], tuple[Entry, tuple[int, ...]]] = {}
"""Widths of a run's cells, by its entry, which never changes; the entry is kept, so that its id stays its."""


def _cell_widths(entry: Entry, columns: tuple[int, ...], terminal: Terminal) -> tuple[int, ...]:
    """Width of the cell in each of some columns; 0 for a blank one."""
    kept = _cells.get((id(entry), columns, terminal))
    if kept is None:
        unread = entry.summary.state == UNREAD  # it has nothing but a name yet, and there may be thousands
        cells = ["" if unread else COLUMNS[index].cell(entry, terminal) for index in columns]
        cells[columns.index(NAME)] = clean(entry.title)
        kept = entry, tuple(cell_len(cell) if cell.strip() else 0 for cell in cells)
        _cells[id(entry), columns, terminal] = kept
    return kept[1]
