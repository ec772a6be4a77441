"""The list of all runs, to sort, mark and choose from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from snn_tui.render import palette
from snn_tui.render.canvas import Canvas
from snn_tui.render.frame import joined
from snn_tui.render.local_time import local_time
from snn_tui.render.meters import bars
from snn_tui.render.palette import Role, Shade, Theme, state_role
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import clean, fit, seconds
from snn_tui.runs.catalogue import UNREAD, Entry
from snn_tui.runs.notes import first_line
from snn_tui.tui.runs.draw.seeds import with_spread
from snn_tui.tui.shared.draw.click import clickable
from snn_tui.values.scores import METRICS, Scores, shared_metrics
from snn_tui.values.task import TaskKind

MARKS = "ABCDEF"
"""Marked runs bear these letters, in the list, in the chart and in the comparison."""

MARK_ROLES: tuple[Role, ...] = ("accent", "class1", "good", "second", "bad", "text")
"""Colours of the marked runs."""

_CURSOR: dict[Theme, Shade] = {"dark": Shade("#2b3a4a", 237, ""), "light": Shade("#d4e2ee", 254, "")}
_POINTER = {True: "▶", False: ">"}
_ORDERS = {True: "▲▼", False: "^v"}
_SHORTEST_NAME = 14
_SHORTEST_DATA = 8
_STATES = ("training", "preparing", "paused", "stopped", "failed", "crashed", "broken", "finished", UNREAD)


@dataclass(frozen=True)
class Column:
    """A column of the list.

    Args:
        name: Its name in a sentence.
        header: Its name above the cells.
        value: The value that runs are sorted by; None goes last, rising or falling.
        cell: The text of a run's cell.
        role: The colour of a run's cell.
        right: Whether the cells are aligned on the right.
        rising: Whether sorting by it begins with the smallest value.
        kinds: Kinds of task whose runs have it; empty for all.
        score: The field of `Scores` that it is of; empty for none.
        best: Whether it is the best value of that score instead of the latest.
    """

    name: str
    header: str
    value: Callable[[Entry], Any]
    cell: Callable[[Entry, Terminal], str] = lambda entry, terminal: ""
    role: Callable[[Entry], Role] = lambda entry: "text"
    right: bool = False
    rising: bool = False
    kinds: tuple[TaskKind, ...] = ()
    score: str = ""
    best: bool = False

    def fits(self, entry: Entry) -> bool:
        """Whether a run has it, as far as that depends on its task."""
        return not self.kinds or (entry.summary.kind or "binary") in self.kinds


def _metric(split: Literal["val", "best", "test"], field: str, header: str) -> Column:
    kinds = METRICS[field].tasks

    def fits(entry: Entry) -> bool:
        return (entry.summary.kind or "binary") in kinds

    def value(entry: Entry) -> float | None:
        if split == "best":
            return entry.summary.best.get(field) if fits(entry) else None
        scores: Scores | None = getattr(entry.summary, split)
        return getattr(scores, field) if scores and fits(entry) else None

    def cell(entry: Entry, terminal: Terminal) -> str:
        return with_spread(value(entry), entry.spread.get((split, field)), terminal) if fits(entry) else ""

    best = split == "best"
    name = f"best {METRICS[field].name} on val" if best else f"{METRICS[field].name} on {split}"
    return Column(name, header, value, cell, right=True, kinds=kinds, score=field, best=best)


def _latest_and_best(field: str) -> tuple[Column, Column]:
    return _metric("val", field, METRICS[field].short), _metric("best", field, "best")


def _state_rank(entry: Entry) -> int:
    state = entry.summary.state
    return _STATES.index(state) if state in _STATES else len(_STATES)


def _epochs(entry: Entry, terminal: Terminal) -> str:
    summary = entry.summary
    return f"{summary.epoch}/{summary.epochs}" if summary.epochs else ""


def _started(entry: Entry, terminal: Terminal) -> str:
    return "" if entry.started_at is None else local_time(entry.started_at, "%m-%d %H:%M")


def _state(entry: Entry, terminal: Terminal) -> str:
    state = entry.summary.state
    return f"{palette.symbol(state, terminal)} {fit(state, 10, terminal)}"


def _data(entry: Entry, terminal: Terminal) -> str:
    mark = palette.symbol("synthetic", terminal) + " " if entry.summary.synthetic else ""
    return mark + fit(entry.summary.dataset, 18, terminal)


def _muted(entry: Entry) -> Role:
    return "muted"


COLUMNS = (
    Column("state", "state", _state_rank, _state, lambda entry: state_role(entry.summary.state), rising=True),
    Column("name", "run", lambda entry: entry.title.lower(), rising=True),
    Column("epochs done", "epoch", lambda entry: entry.summary.epoch, _epochs, _muted, right=True),
    Column(
        "progress",
        "trend",
        lambda entry: entry.fraction,
        lambda entry, terminal: trend(entry.trend, terminal),
        lambda entry: "good" if entry.summary.state == "finished" else "accent",
    ),
    *(column for field in shared_metrics(get_args(TaskKind)) for column in _latest_and_best(field)),
    _metric("test", "accuracy", "test"),
    Column(
        "time spent",
        "time",
        lambda entry: entry.summary.seconds or None,
        lambda entry, _: seconds(entry.summary.seconds) if entry.summary.seconds else "",
        _muted,
        right=True,
    ),
    Column("start", "started", lambda entry: entry.started_at, _started, _muted),
    Column(
        "data",
        "data",
        lambda entry: entry.summary.dataset.lower() or None,
        _data,
        lambda entry: "warn" if entry.summary.synthetic else "muted",
        rising=True,
    ),
)
"""All columns, from left to right; of those of best scores only that of one score is drawn."""

_INDEX = {column.header: index for index, column in enumerate(COLUMNS)}
NAME, STARTED, DATA = _INDEX["run"], _INDEX["started"], _INDEX["data"]
"""Indices of the columns of the name, of the start and of the data set."""

_BESTS = tuple(index for index, column in enumerate(COLUMNS) if column.best)

_DROPPED_FIRST = (
    _INDEX["trend"],
    *_BESTS,
    *(
        _INDEX[header]
        for header in (
            *("F1", "bal", "spec", "kappa", "sens", "time"),
            *("data", "AUC", "epoch", "test", "started", "acc"),
        )
    ),
)
_OF_SEVERAL_SETS = (
    _INDEX["trend"],
    *_BESTS,
    *(
        _INDEX[header]
        for header in (
            *("F1", "bal", "spec", "kappa", "sens", "time"),
            *("epoch", "started", "test", "AUC", "data", "acc"),
        )
    ),
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
    """

    entries: Sequence[Entry]
    cursor: int = 0
    top: int = 0
    marks: dict[str, int] = field(default_factory=dict)
    column: int = STARTED
    rising: bool = False
    indented: frozenset[str] = frozenset()


def run_list(view: ListView, canvas: Canvas) -> Text:
    """A header and one line a run, as many as the canvas has.

    A broken run says what is wrong with it, where others have their scores. Where it is narrow columns go,
    but never the one that sorts; then names are cut, with a mark.

    Args:
        view: The list.
        canvas: What it is drawn on.
    """
    columns = layout(view, canvas)
    muted, accent = canvas.style("muted"), canvas.style("accent", bold=True)
    header = Text("   ", no_wrap=True)
    for index, width in columns:
        label = _cell(_header(index, view, canvas.terminal), width, COLUMNS[index].right)
        start = len(header)
        header.append(label, accent if index == view.column else muted).append(" ")
        clickable(header, f"sort_by({index})", start)
    lines = [header]
    in_view = view.entries[view.top : view.top + max(0, canvas.height - 1)]
    for index, entry in enumerate(in_view, view.top):
        line = _line(entry, view, columns, index == view.cursor, canvas)
        if index == view.cursor:
            line.pad_right(max(0, canvas.width - line.cell_len))
            if canvas.terminal.many_colours:
                line.stylize_before(Style(bgcolor=_CURSOR[canvas.theme].named(canvas.terminal.colour)))
            else:  # reversing each colour of the line would make a patchwork
                line = Text(line.plain, Style(reverse=True))
        line.pad_right(max(0, canvas.width - line.cell_len))
        lines.append(clickable(line, f"point({index})"))
    return joined(lines)


def layout(view: ListView, canvas: Canvas) -> list[tuple[int, int]]:
    """Index in `COLUMNS` and width of each column that fits, from left to right; the name has the rest."""
    cells = _measured(view.entries, canvas.terminal)
    widths = [
        max(width, cell_len(_header(index, view, canvas.terminal))) for index, width in enumerate(cells)
    ]
    widths[NAME] = max(min(cells[NAME], 24), _SHORTEST_NAME)
    columns = list(range(len(COLUMNS)))
    several = _several_sets(view.entries)
    chosen = COLUMNS[view.column].score or "accuracy"  # its best value stands beside the latest one
    blank = [
        index
        for index in columns
        if index not in (NAME, view.column)
        and (not cells[index] or (COLUMNS[index].best and COLUMNS[index].score != chosen))
    ]
    for index in (*blank, *(_OF_SEVERAL_SETS if several else _DROPPED_FIRST)):
        fits = 3 + sum(widths[kept] + 1 for kept in columns) <= canvas.width
        if index in columns and index != view.column and (index in blank or not fits):
            columns.remove(index)
    left = canvas.width - 3 - sum(widths[index] + 1 for index in columns) - 1
    if DATA not in columns and DATA not in blank and several and left >= _SHORTEST_DATA:
        widths[DATA] = left  # a part of its name tells runs of one name apart
        columns.append(DATA)
    others = 3 + sum(widths[index] + 1 for index in columns if index != NAME)
    widths[NAME] = max(canvas.width - others, 1)
    return [(index, widths[index]) for index in columns]


def _several_sets(entries: Sequence[Entry]) -> bool:
    """Whether runs are of different data sets; phantoms of a demo are marked anyway."""
    summaries = [entry.summary for entry in entries if entry.summary.dataset]
    names = {summary.dataset for summary in summaries if not summary.synthetic}
    return len(names) > 1 or len({summary.kind for summary in summaries}) > 1


def trend(values: Sequence[float | None], terminal: Terminal) -> str:
    """A score over the epochs, `▁▄▆▇`, from its lowest to its highest value; blank where it is undefined."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, span = min(known), max(known) - min(known)
    shares = (None if value is None else (value - low) / span if span else 0.5 for value in values)
    # `bars` rounds down; this is the nearest of seven heights.
    return bars((None if share is None else (6 * share + 0.5) / 7 for share in shares), terminal, 7)


_latest: tuple[tuple[Entry, ...], Terminal, list[int]] | None = None


def _measured(entries: Sequence[Entry], terminal: Terminal) -> list[int]:
    """Width of each column's widest cell, over all runs, so that scrolling moves nothing.

    The latest result is kept: measuring takes most of the time, and nothing changes while a cursor moves.
    """
    global _latest
    if _latest is not None and _latest[0] is entries and _latest[1] == terminal:
        return _latest[2]
    rows = [_cell_widths(entry, terminal) for entry in entries]
    widths = [max(column) for column in zip(*rows, strict=True)] if rows else [0] * len(COLUMNS)
    for key in set(_cells) - {(id(entry), terminal) for entry in entries}:
        del _cells[key]
    if isinstance(entries, tuple):  # a list may change, so it is measured every time
        _latest = entries, terminal, widths
    return widths


_cells: dict[tuple[int, Terminal], tuple[Entry, tuple[int, ...]]] = {}
"""Widths of a run's cells, by its entry, which never changes; the entry is kept, so that its id stays its."""


def _cell_widths(entry: Entry, terminal: Terminal) -> tuple[int, ...]:
    """Width of the cell in each of `COLUMNS`; 0 for a blank one."""
    kept = _cells.get((id(entry), terminal))
    if kept is None:
        unread = entry.summary.state == UNREAD  # it has nothing but a name yet, and there may be thousands
        cells = ["" if unread else column.cell(entry, terminal) for column in COLUMNS]
        cells[NAME] = clean(entry.title)
        kept = entry, tuple(cell_len(cell) if cell.strip() else 0 for cell in cells)
        _cells[id(entry), terminal] = kept
    return kept[1]


def _header(index: int, view: ListView, terminal: Terminal) -> str:
    header = COLUMNS[index].header
    return header + _ORDERS[terminal.unicode][0 if view.rising else 1] if index == view.column else header


def _cell(words: str, width: int, right: bool) -> str:
    gap = " " * max(0, width - cell_len(words))
    return gap + words if right else words + gap


def _line(
    entry: Entry, view: ListView, columns: Sequence[tuple[int, int]], pointed: bool, canvas: Canvas
) -> Text:
    mark = view.marks.get(entry.summary.path)
    line = Text(_POINTER[canvas.unicode] if pointed else " ", no_wrap=True)
    line.append(MARKS[mark] if mark is not None else " ", _mark_style(mark, canvas)).append(" ")
    for index, width in columns:
        if index == NAME:
            line.append_text(_name(entry, view, width, pointed, canvas)).append(" ")
            if entry.problem and entry.summary.val is None:
                problem = fit(entry.problem, canvas.width - line.cell_len, canvas.terminal)
                return line.append(problem, canvas.style("bad"))
            continue
        column = COLUMNS[index]
        cell = _cell(fit(column.cell(entry, canvas.terminal), width, canvas.terminal), width, column.right)
        line.append(cell, canvas.style(column.role(entry))).append(" ")
    line.rstrip()
    return line


def _name(entry: Entry, view: ListView, width: int, pointed: bool, canvas: Canvas) -> Text:
    """The name, and as much of the first line of the note as there is room for."""
    mark = view.marks.get(entry.summary.path)
    style = _mark_style(mark, canvas) + Style(bold=pointed or mark is not None)
    indent = "  " if entry.summary.path in view.indented else ""
    name = Text(fit(indent + entry.title, width, canvas.terminal), style)
    left = width - name.cell_len
    if entry.shipped and left >= 3:
        name.append(f" {canvas.symbol('shipped')}", canvas.style("warn"))
        left -= 2
    if entry.summary.note and left >= 8:
        note = fit(first_line(entry.summary.note), left - 2, canvas.terminal)
        name.append("  ").append(note, canvas.style("muted") + Style(italic=True))
    return name.append(" " * max(0, width - name.cell_len))


def _mark_style(mark: int | None, canvas: Canvas) -> Style:
    return Style() if mark is None else canvas.style(MARK_ROLES[mark])
