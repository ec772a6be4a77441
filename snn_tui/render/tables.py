"""Tables: epochs while training, the final scores beside the published ones, errors by class, runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from rich.box import SIMPLE_HEAD, Box
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from snn_tui.render import palette
from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import count, difference, fit, learning_rate, metric, seconds
from snn_tui.values.dataset import CLASSES
from snn_tui.values.scores import METRICS, Scores

_ASCII_HEAD = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
_GAP = 2
_CAPTION_WIDTH = 32


class Epoch(Protocol):
    """What a row of the epoch table needs; `snn_tui.runs.events.EpochEnded` has it."""

    @property
    def epoch(self) -> int:
        """Number of the epoch, counted from 1."""

    @property
    def train_loss(self) -> float | None:
        """Mean training loss."""

    @property
    def val(self) -> Scores:
        """Scores on val."""

    @property
    def lr(self) -> float:
        """Learning rate."""

    @property
    def seconds(self) -> float:
        """What the epoch took, in seconds."""


@dataclass(frozen=True)
class RunRow:
    """One run as `runs_table` shows it; accuracies from 0 to 1, None where there is none yet."""

    name: str
    state: str
    epoch: str
    val_accuracy: float | None
    test_accuracy: float | None
    started: str
    dataset: str
    shipped: bool = False
    synthetic: bool = False
    note: str = ""


@dataclass(frozen=True)
class _Column:
    """A column of the epoch table: its header, the short one, its cell, and its rank as of a `Metric`."""

    header: str
    short: str
    cell: Callable[[Epoch, Terminal], str]
    rank: float


def _scored(field: str) -> Callable[[Epoch, Terminal], str]:
    return lambda row, terminal: metric(getattr(row.val, field), terminal)


_EPOCH_COLUMNS = {
    "epoch": _Column("epoch", "epoch", lambda row, _: str(row.epoch), -1),
    "loss": _Column("loss", "loss", lambda row, terminal: metric(row.train_loss, terminal), 1.5),
    "val_loss": _Column("val loss", "val", _scored("loss"), 0),
    **{field: _Column(row.name, row.short, _scored(field), row.rank) for field, row in METRICS.items()},
    "lr": _Column("lr", "lr", lambda row, _: learning_rate(row.lr), 7.5),
    "time": _Column("time", "time", lambda row, _: seconds(row.seconds), 6.5),
}


def epoch_table(rows: Sequence[Epoch], best: int | None, canvas: Canvas) -> Table:
    """As many of the last epochs as there is room for, oldest first, with the scores on val.

    Where it is narrow, headers get short and then columns go, so that nothing is ever cut.

    Args:
        rows: Epochs so far, in order.
        best: Number of the epoch with the lowest val loss, to be marked; None for none.
        canvas: What it is drawn on; the header and its rule take two of its lines.
    """
    shown = rows[-max(1, canvas.height - 2) :]
    mark = canvas.symbol("best")
    cells = {
        name: [column.cell(row, canvas.terminal) for row in shown] for name, column in _EPOCH_COLUMNS.items()
    }
    cells["epoch"] = [
        f"{mark if row.epoch == best else ' '} {cell}"
        for row, cell in zip(shown, cells["epoch"], strict=True)
    ]
    headers = _headers_that_fit(cells, canvas.width)
    table = bare_table(canvas.terminal)
    for header in headers.values():
        table.add_column(header, justify="right", no_wrap=True)
    for place, row in enumerate(shown):
        style = canvas.style("good", bold=True) if row.epoch == best else None
        table.add_row(*(cells[name][place] for name in headers), style=style)
    return table


def _headers_that_fit(cells: Mapping[str, Sequence[str]], width: int) -> dict[str, str]:
    """Choose columns and their headers; cells never shrink, so every one in the table is whole."""
    full = {name: column.header for name, column in _EPOCH_COLUMNS.items()}
    distinct = {name: head for name, head in full.items() if name not in METRICS or not METRICS[name].same_as}
    choices = [full, distinct]
    left = sorted(_EPOCH_COLUMNS, key=lambda name: _EPOCH_COLUMNS[name].rank)
    while left:
        choices.append({name: column.short for name, column in _EPOCH_COLUMNS.items() if name in left})
        left.pop()

    def needed(headers: Mapping[str, str]) -> int:
        widths = (max(map(len, [header, *cells[name]])) for name, header in headers.items())
        return sum(widths) + _GAP * (len(headers) - 1)

    return next((headers for headers in choices if needed(headers) <= width), choices[-1])


def final_table(
    scores: Scores,
    published: Mapping[str, float] | None,
    synthetic: bool,
    canvas: Canvas,
    *,
    split: str = "test",
) -> Table:
    """The scores of a run, beside the published ones and the difference.

    Args:
        scores: The evaluation.
        published: The study's metrics by field of `Scores`; None leaves the comparison out.
        synthetic: Whether the images were phantoms: then there is nothing to compare with, and it says so.
        canvas: What it is drawn on.
        split: What it was judged by.
    """
    terminal = canvas.terminal
    compared = None if synthetic else published
    warned = canvas.style("warn", bold=True)
    table = bare_table(terminal)
    table.title = Text(f"Scores on {split}")
    table.title_justify = table.caption_justify = "left"
    if synthetic:
        table.min_width = _CAPTION_WIDTH
        mark = canvas.symbol("synthetic")
        table.title = Text.assemble(f"Scores on {split}  ", (f"{mark} synthetic", warned))
        table.caption = Text("Generated images: not comparable\nwith the published scores.")
    table.add_column("metric", no_wrap=True)
    table.add_column("this run", justify="right", no_wrap=True)
    if compared is not None:
        table.add_column("published", justify="right", no_wrap=True)
        table.add_column("difference", justify="right", no_wrap=True)
    for field, column in METRICS.items():
        value: float | None = getattr(scores, field)
        row = [Text(column.name), Text(metric(value, terminal))]
        if compared is not None and field in compared:
            theirs = compared[field]
            gap = None if value is None else round(value - theirs, 3)
            role: Literal["muted", "good", "bad"] = "muted" if not gap else "good" if gap > 0 else "bad"
            style = canvas.style(role)
            row += [Text(metric(theirs, terminal)), Text(difference(gap, terminal), style)]
        if column.formula is None:
            table.add_section()
        table.add_row(*row)
    table.add_row("loss", metric(scores.loss, terminal))
    table.add_row("images", count(scores.images))
    return table


def confusion_table(scores: Scores, canvas: Canvas) -> Table:
    """Images by true class (rows) and verdict (columns); right ones are ticked, wrong ones crossed."""
    table = bare_table(canvas.terminal)
    table.add_column("truth", no_wrap=True)
    for role, name in zip(palette.CLASS_ROLES, CLASSES, strict=True):
        style = canvas.style(role, bold=True)
        table.add_column(Text(f"says {name}", style), justify="right", no_wrap=True)
    table.add_column("images", justify="right", no_wrap=True)
    tn, fp, fn, tp = scores.confusion_matrix
    counts = ((tn, fp), (fn, tp))
    for truth, role in enumerate(palette.CLASS_ROLES):
        symbol = canvas.symbol(CLASSES[truth])
        row = [Text(f"{symbol} {CLASSES[truth]}", canvas.style(role))]
        for said in (0, 1):
            outcome: Literal["good", "bad"] = "good" if said == truth else "bad"
            shown = f"{canvas.symbol(outcome)} {count(counts[truth][said])}"
            row.append(Text(shown, canvas.style(outcome)))
        table.add_row(*row, count(sum(counts[truth])))
    return table


_RUN_HEADERS = ("", "run", "state", "epoch", "val acc", "test acc", "data", "started", "note")
# Places in `_RUN_HEADERS`, in the order they go where it is narrow.
_RUN_DROPPED_FIRST = (7, 6, 4, 3, 8)
_NOTE = 8
# Date, time, preset and seed: a name cut shorter says nothing.
_SHORTEST_NAME = 24
_SHORTEST_NOTE = 16


def runs_table(rows: Sequence[RunRow], canvas: Canvas) -> Table:
    """Runs, one a line: shipped ones and synthetic data marked, the state as symbol and word.

    Where it is narrow, columns go and then names are cut, with a mark.

    Args:
        rows: The runs, in the order to show.
        canvas: What it is drawn on.
    """
    cells = [_run_cells(row, canvas.terminal) for row in rows]
    columns = list(range(len(_RUN_HEADERS)))
    if not any(row.note for row in rows):
        columns.remove(_NOTE)
    widths = [max(map(cell_len, [header, *column])) for header, column in _by_column(cells)]
    named = min(widths[1], _SHORTEST_NAME)
    widths[_NOTE] = min(widths[_NOTE], _SHORTEST_NOTE)
    for gone in _RUN_DROPPED_FIRST:
        if (
            sum(widths[place] for place in columns) - widths[1] + named + _GAP * (len(columns) - 1)
            <= canvas.width
        ):
            break
        if gone in columns:
            columns.remove(gone)
    others = sum(widths[place] for place in columns if place != 1) + _GAP * (len(columns) - 1)
    room = max(canvas.width - others, 1)
    rooms = {1: room, _NOTE: widths[_NOTE] + max(room - widths[1], 0)}
    table = bare_table(canvas.terminal)
    for place in columns:
        table.add_column(_RUN_HEADERS[place], justify="right" if place in (3, 4, 5) else "left", no_wrap=True)
    for row, line in zip(rows, cells, strict=True):
        shown = [
            Text(fit(cell, rooms[place], canvas.terminal) if place in rooms else cell)
            for place, cell in enumerate(line)
        ]
        shown[2].stylize(canvas.style(palette.state_role(row.state)))
        if row.synthetic:
            shown[0].stylize(canvas.style("warn"))
        table.add_row(*(shown[place] for place in columns))
    flags = {"shipped": any(row.shipped for row in rows), "synthetic": any(row.synthetic for row in rows)}
    table.caption = Text("  ".join(f"{canvas.symbol(word)} {word}" for word, there in flags.items() if there))
    table.caption_justify = "left"
    return table


def _run_cells(row: RunRow, terminal: Terminal) -> list[str]:
    marks = [("shipped", row.shipped), ("synthetic", row.synthetic)]
    return [
        "".join(palette.symbol(mark, terminal) if given else " " for mark, given in marks),
        fit(row.name, 200, terminal),
        f"{palette.symbol(row.state, terminal)} {fit(row.state, 12, terminal)}",
        fit(row.epoch, 12, terminal),
        metric(row.val_accuracy, terminal),
        metric(row.test_accuracy, terminal),
        fit(row.dataset, 18, terminal),
        fit(row.started, 20, terminal),
        fit(row.note, 200, terminal),
    ]


def _by_column(cells: Sequence[Sequence[str]]) -> list[tuple[str, list[str]]]:
    return [(header, [line[place] for line in cells]) for place, header in enumerate(_RUN_HEADERS)]


def bare_table(terminal: Terminal) -> Table:
    return Table(
        box=SIMPLE_HEAD if terminal.unicode else _ASCII_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, _GAP - 1, 0, 0),
    )


def framed(title: str, table: Table, *captions: str) -> RenderableType:
    """A table between lines that may be wider than it."""
    lines = [Text(line, no_wrap=True, overflow="ellipsis") for line in (title, *captions)]
    lines[0].stylize("italic")
    for line in lines[1:]:
        line.stylize("dim italic")
    return Group(lines[0], table, *lines[1:])
