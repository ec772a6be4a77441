"""The list of all runs, to sort, mark and choose from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from snn_tui.render import palette
from snn_tui.render.canvas import Canvas, Theme
from snn_tui.render.frame import joined
from snn_tui.render.local_time import local_time
from snn_tui.render.meters import bars
from snn_tui.render.palette import Role, Shade, state_role
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import clean, fit, metric, seconds
from snn_tui.runs.catalog import UNREAD, Entry
from snn_tui.values.scores import MAIN_METRICS, METRICS, Scores

MARKS = "ABCDEF"
"""Marked runs bear these letters, in the list, in the chart and in the comparison."""

MARK_ROLES: tuple[Role, ...] = ("accent", "pneumonia", "good", "second", "bad", "text")
"""Colours of the marked runs."""

_CURSOR: dict[Theme, Shade] = {"dark": Shade("#2b3a4a", 237, ""), "light": Shade("#d4e2ee", 254, "")}
_POINTER = {True: "▶", False: ">"}
_WAYS = {True: "▲▼", False: "^v"}
_SHORTEST_NAME = 14
_STATES = ("training", "preparing", "paused", "stopped", "failed", "crashed", "broken", "finished", UNREAD)


@dataclass(frozen=True)
class Column:
    """One column.

    Args:
        name: What it is called where there is room.
        header: What stands above it.
        value: What runs are sorted by; None goes last, whichever the way.
        cell: What is shown of a run.
        right: Whether cells end below each other.
        rising: Which way is more useful at first.
    """

    name: str
    header: str
    value: Callable[[Entry], Any]
    cell: Callable[[Entry, Terminal], str] = lambda entry, terminal: ""
    right: bool = False
    rising: bool = False


def _score(which: Literal["val", "test"], name: str) -> Callable[[Entry], float | None]:
    def value(entry: Entry) -> float | None:
        scores: Scores | None = getattr(entry.summary, which)
        return getattr(scores, name) if scores else None

    return value


def _scored(which: Literal["val", "test"], field: str, header: str) -> Column:
    value, name = _score(which, field), f"{METRICS[field].name} on {which}"
    return Column(name, header, value, lambda entry, terminal: metric(value(entry), terminal), right=True)


def _state_rank(entry: Entry) -> int:
    state = entry.summary.state
    return _STATES.index(state) if state in _STATES else len(_STATES)


def _epochs(entry: Entry, terminal: Terminal) -> str:
    done = entry.summary
    return f"{done.epoch}/{done.epochs}" if done.epochs else ""


def _started(entry: Entry, terminal: Terminal) -> str:
    return "" if entry.started_at is None else local_time(entry.started_at, "%m-%d %H:%M")


def _state(entry: Entry, terminal: Terminal) -> str:
    state = entry.summary.state
    return f"{palette.symbol(state, terminal)} {fit(state, 10, terminal)}"


def _data(entry: Entry, terminal: Terminal) -> str:
    mark = palette.symbol("synthetic", terminal) + " " if entry.summary.synthetic else ""
    return mark + fit(entry.summary.dataset, 18, terminal)


COLUMNS = (
    Column("state", "state", _state_rank, _state, rising=True),
    Column("name", "run", lambda entry: entry.run.title.lower(), rising=True),
    Column("epochs done", "epoch", lambda entry: entry.summary.epoch, _epochs, right=True),
    Column("progress", "trend", lambda entry: entry.fraction, lambda entry, it: trend(entry.trend, it)),
    *(_scored("val", field, METRICS[field].short) for field in MAIN_METRICS),
    _scored("test", "accuracy", "test"),
    Column(
        "time spent",
        "time",
        lambda entry: entry.summary.seconds or None,
        lambda entry, _: seconds(entry.summary.seconds) if entry.summary.seconds else "",
        right=True,
    ),
    Column("start", "started", lambda entry: entry.started_at, _started),
    Column("data", "data", lambda entry: entry.summary.dataset.lower() or None, _data, rising=True),
)
"""All columns, from left to right."""

_INDEX = {column.header: index for index, column in enumerate(COLUMNS)}
NAME, STARTED = _INDEX["run"], _INDEX["started"]
"""Places of two of them."""

_DROPPED_FIRST = [
    _INDEX[header]
    for header in ("trend", "spec", "sens", "time", "data", "AUC", "epoch", "test", "started", "acc")
]


@dataclass(frozen=True)
class ListView:
    """The list as it is looked at.

    Args:
        entries: The runs, filtered and sorted.
        cursor: Place of the run that keys act on.
        top: Place of the first run that is shown.
        marks: Place of each marked run's letter in `MARKS`, by the path of its directory.
        column: Place of the column that sorts, in `COLUMNS`.
        rising: Whether the smallest comes first.
    """

    entries: Sequence[Entry]
    cursor: int = 0
    top: int = 0
    marks: dict[str, int] = field(default_factory=dict)
    column: int = STARTED
    rising: bool = False


def run_list(view: ListView, canvas: Canvas) -> Text:
    """A header and one line a run, `height` lines at most.

    A broken run says what is wrong with it, where others have their scores. Where it is narrow columns go,
    but never the one that sorts; then names are cut, with a mark.

    Args:
        view: What to show.
        canvas: What it is drawn on.
    """
    shown = view.entries[view.top : view.top + max(0, canvas.height - 1)]
    columns = layout(view, canvas)
    muted = canvas.style("muted")
    accent = canvas.style("accent", bold=True)
    header = Text("   ", no_wrap=True)
    for place, room in columns:
        label = _header(place, view, canvas.terminal)
        style = accent if place == view.column else muted
        header.append(_cell(label, room, COLUMNS[place].right), style).append(" ")
    lines = [header]
    for place, entry in enumerate(shown, view.top):
        line = _line(entry, view, columns, place == view.cursor, canvas)
        if place == view.cursor:
            line.pad_right(max(0, canvas.width - line.cell_len))
            if canvas.terminal.many_colours:
                line.stylize_before(Style(bgcolor=_CURSOR[canvas.theme].named(canvas.terminal.colour)))
            else:  # colours turned round make a patchwork
                line = Text(line.plain, Style(reverse=True))
        lines.append(line)
    return joined(lines)


def layout(view: ListView, canvas: Canvas) -> list[tuple[int, int]]:
    """Place in `COLUMNS` and width of each column that fits, from left to right; the name has the rest."""
    cells = _measured(view.entries, canvas.terminal)
    widths = [max(room, cell_len(_header(place, view, canvas.terminal))) for place, room in enumerate(cells)]
    widths[NAME] = max(min(cells[NAME], 24), _SHORTEST_NAME)
    columns = list(range(len(COLUMNS)))
    blank = [place for place in columns if not cells[place] and place not in (NAME, view.column)]
    for gone in (*blank, *_DROPPED_FIRST):
        fits = 3 + sum(widths[place] + 1 for place in columns) <= canvas.width
        if (fits and gone not in blank) or gone == view.column or gone not in columns:
            continue
        columns.remove(gone)
    others = 3 + sum(widths[place] + 1 for place in columns if place != NAME)
    widths[NAME] = max(canvas.width - others, 1)
    return [(place, widths[place]) for place in columns]


def column_at(view: ListView, x: int, canvas: Canvas) -> int | None:
    """The column at a cell of the header, for the mouse."""
    left = 3
    for place, room in layout(view, canvas):
        if left <= x <= left + room:
            return place
        left += room + 1
    return None


def trend(values: Sequence[float | None], terminal: Terminal) -> str:
    """How a score went, `▁▄▆▇█`, between its lowest and highest value; blank where it is undefined."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, span = min(known), max(known) - min(known)
    places = (None if value is None else (value - low) / span if span else 0.5 for value in values)
    # `bars` rounds down; this is the nearest of seven heights.
    return bars((None if place is None else (6 * place + 0.5) / 7 for place in places), terminal, 7)


_latest: tuple[tuple[Entry, ...], Terminal, list[int]] | None = None


def _measured(entries: Sequence[Entry], terminal: Terminal) -> list[int]:
    """Width of each column's widest cell, over all runs, so that scrolling moves nothing.

    The latest answer is remembered: it takes most of the time, and is the same while a cursor moves.
    """
    global _latest
    if _latest is not None and _latest[0] is entries and _latest[1] == terminal:
        return _latest[2]
    widths = []
    for column in COLUMNS:
        cells = (column.cell(entry, terminal) for entry in entries)
        widths.append(max((cell_len(cell) for cell in cells if cell.strip()), default=0))
    widths[NAME] = max((cell_len(clean(entry.run.title)) for entry in entries), default=0)
    if isinstance(entries, tuple):  # what may change is measured anew
        _latest = entries, terminal, widths
    return widths


def _header(place: int, view: ListView, terminal: Terminal) -> str:
    header = COLUMNS[place].header
    return header + _WAYS[terminal.unicode][0 if view.rising else 1] if place == view.column else header


def _cell(words: str, room: int, right: bool) -> str:
    gap = " " * max(0, room - cell_len(words))
    return gap + words if right else words + gap


def _line(
    entry: Entry, view: ListView, columns: Sequence[tuple[int, int]], pointed: bool, canvas: Canvas
) -> Text:
    muted = canvas.style("muted")
    summary = entry.summary
    mark = view.marks.get(summary.path)
    line = Text(_POINTER[canvas.unicode] if pointed else " ", no_wrap=True)
    line.append(MARKS[mark] if mark is not None else " ", _mark_style(mark, canvas)).append(" ")
    unscored = entry.problem and summary.val is None
    for place, room in columns:
        if place == NAME:
            line.append_text(_name(entry, room, mark, pointed, canvas)).append(" ")
            if unscored:
                problem = fit(entry.problem, canvas.width - line.cell_len, canvas.terminal)
                return line.append(problem, canvas.style("bad"))
            continue
        column = COLUMNS[place]
        style: Style | str = ""
        if place == 0:
            style = canvas.style(state_role(summary.state))
        elif column.header == "trend":
            style = canvas.style("good" if summary.state == "finished" else "accent")
        elif column.header in ("started", "epoch", "time", "data"):
            style = canvas.style("warn") if (column.header == "data" and summary.synthetic) else muted
        line.append(_cell(column.cell(entry, canvas.terminal), room, column.right), style).append(" ")
    line.rstrip()
    return line


def _name(entry: Entry, room: int, mark: int | None, pointed: bool, canvas: Canvas) -> Text:
    """The name, and as much of the note as there is room for."""
    words = fit(entry.run.title, room, canvas.terminal)
    style = _mark_style(mark, canvas) + Style(bold=pointed or mark is not None)
    name = Text(words, style)
    left = room - name.cell_len
    if entry.shipped and left >= 3:
        name.append(f" {canvas.symbol('shipped')}", canvas.style("warn"))
        left -= 2
    if entry.summary.note and left >= 8:
        muted = canvas.style("muted")
        name.append("  ").append(
            fit(entry.summary.note, left - 2, canvas.terminal), muted + Style(italic=True)
        )
    return name.append(" " * max(0, room - name.cell_len))


def _mark_style(mark: int | None, canvas: Canvas) -> Style:
    return Style() if mark is None else canvas.style(MARK_ROLES[mark])
