"""Tables: epochs while training, the final scores beside the published ones, errors by class."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD, Box
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from snn_tui.render.canvas import Canvas
from snn_tui.render.classes import class_name, class_style, class_word
from snn_tui.render.palette import Role
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import count, dash, difference, fit, learning_rate, metric, seconds
from snn_tui.runs.events import EpochEnded
from snn_tui.values.scores import METRICS, Scores, metrics_for
from snn_tui.values.task import PNEUMONIA, Task, TaskKind

_ASCII_HEAD = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
_LONGEST_CLASS = 24
GAP = 2
"""Cells between two columns."""
_CAPTION_WIDTH = 32


@dataclass(frozen=True)
class _Column:
    """A column of the epoch table: its header, the short one, its cell, and its rank as of a `Metric`."""

    header: str
    short: str
    cell: Callable[[EpochEnded, Terminal], str]
    rank: float


def _scored(field: str) -> Callable[[EpochEnded, Terminal], str]:
    return lambda row, terminal: metric(getattr(row.val, field), terminal)


def _lr(row: EpochEnded, terminal: Terminal) -> str:
    return dash(terminal) if row.lr is None else learning_rate(row.lr)


_FIRST_COLUMNS = {
    "epoch": _Column("epoch", "epoch", lambda row, _: str(row.epoch), -1),
    "loss": _Column("loss", "loss", lambda row, terminal: metric(row.train_loss, terminal), 1.5),
    "val_loss": _Column("val loss", "val", _scored("loss"), 0),
}
_LAST_COLUMNS = {
    "lr": _Column("lr", "lr", _lr, 7.5),
    "time": _Column("time", "time", lambda row, _: seconds(row.seconds), 6.5),
}


def _epoch_columns(kind: TaskKind) -> dict[str, _Column]:
    scores = {
        field: _Column(row.name, row.short, _scored(field), row.rank)
        for field, row in metrics_for(kind).items()
    }
    return _FIRST_COLUMNS | scores | _LAST_COLUMNS


def _logged_columns(rows: Sequence[EpochEnded], kind: TaskKind, terminal: Terminal) -> dict[str, _Column]:
    """The columns in which a loop of the user's own logged anything, numbers of any name last."""
    columns = {
        name: column
        for name, column in _epoch_columns(kind).items()
        if any(column.cell(row, terminal).strip() not in ("", dash(terminal)) for row in rows)
    }
    names = dict.fromkeys(name for row in rows for name in row.metrics)
    return columns | {
        f"logged.{name}": _Column(fit(name, 16, terminal), fit(name, 8, terminal), _logged(name), 8.0 + index)
        for index, name in enumerate(names)
    }


def _logged(name: str) -> Callable[[EpochEnded, Terminal], str]:
    def cell(row: EpochEnded, terminal: Terminal) -> str:
        value = row.metrics.get(name)
        return dash(terminal) if value is None else f"{value:.4g}"

    return cell


def epoch_table(
    rows: Sequence[EpochEnded],
    best: int | None,
    canvas: Canvas,
    kind: TaskKind = "binary",
    *,
    own_loop: bool = False,
) -> Table:
    """As many of the last epochs as there is room for, oldest first, with the scores on val.

    Where it is narrow, headers get short and then columns go, so that nothing is ever cut.

    Args:
        rows: Epochs so far, in order.
        best: Number of the epoch with the lowest val loss, to be marked; None for none.
        canvas: What it is drawn on; the header and its rule take two of its lines.
        kind: The kind of task, which decides the metrics.
        own_loop: Whether a loop of the user's own logged them: then there are columns of what it logged.
    """
    columns = _logged_columns(rows, kind, canvas.terminal) if own_loop else _epoch_columns(kind)
    latest = rows[-max(1, canvas.height - 2) :]
    cells = {name: [column.cell(row, canvas.terminal) for row in latest] for name, column in columns.items()}
    marks = (canvas.symbol("best") if row.epoch == best else " " for row in latest)
    cells["epoch"] = [f"{mark} {cell}" for mark, cell in zip(marks, cells["epoch"], strict=True)]
    headers = _headers_that_fit(columns, cells, canvas.width)
    table = bare_table(canvas.terminal)
    for header in headers.values():
        table.add_column(Text(header), justify="right", no_wrap=True)  # a plain str would be read as markup
    for row, line in zip(latest, zip(*(cells[name] for name in headers), strict=True), strict=True):
        table.add_row(*line, style=canvas.style("good", bold=True) if row.epoch == best else None)
    return table


def _headers_that_fit(
    columns: Mapping[str, _Column], cells: Mapping[str, Sequence[str]], width: int
) -> dict[str, str]:
    """Choose columns and their headers; cells never shrink, so every one in the table is whole."""
    full = {name: column.header for name, column in columns.items()}
    distinct = {name: head for name, head in full.items() if name not in METRICS or not METRICS[name].same_as}
    choices = [full, distinct]
    left = sorted(columns, key=lambda name: columns[name].rank)
    while left:
        choices.append({name: column.short for name, column in columns.items() if name in left})
        left.pop()

    def needed(headers: Mapping[str, str]) -> int:
        widths = (max(map(cell_len, [header, *cells[name]])) for name, header in headers.items())
        return sum(widths) + GAP * (len(headers) - 1)

    return next((headers for headers in choices if needed(headers) <= width), choices[-1])


def final_table(
    scores: Scores,
    published: Mapping[str, float] | None,
    synthetic: bool,
    canvas: Canvas,
    *,
    split: str = "test",
    task: Task = PNEUMONIA,
) -> Table:
    """The scores of a run, beside the published ones and the difference.

    Of a binary task the title names the positive class, which sensitivity, precision and F1 are of.

    Args:
        scores: The evaluation.
        published: The study's metrics by field of `Scores`; None leaves the comparison out.
        synthetic: Whether the images were phantoms: then there is nothing to compare with, and it says so.
        canvas: What it is drawn on.
        split: The split that was evaluated.
        task: What was asked, which decides the metrics.
    """
    terminal = canvas.terminal
    compared = None if synthetic else published
    table = bare_table(terminal)
    table.title = Text(f"Scores on {split}")
    table.title_justify = table.caption_justify = "left"
    if synthetic:
        table.min_width = _CAPTION_WIDTH
        mark = f"{canvas.symbol('synthetic')} synthetic"
        table.title = Text.assemble(f"Scores on {split}  ", (mark, canvas.style("warn", bold=True)))
        table.caption = Text("Generated images: not comparable\nwith the published scores.")
    if task.positive is not None:
        table.min_width = _CAPTION_WIDTH
        positive = class_word(task.positive, task, canvas, _CAPTION_WIDTH - len("positive: "))
        table.title.append(f"\npositive: {positive}")
    table.add_column("metric", no_wrap=True)
    table.add_column("this run", justify="right", no_wrap=True)
    if compared is not None:
        table.add_column("published", justify="right", no_wrap=True)
        table.add_column("difference", justify="right", no_wrap=True)
    for field, column in metrics_for(task.kind).items():
        value: float | None = getattr(scores, field)
        row = [Text(column.name), Text(metric(value, terminal))]
        if compared is not None and field in compared:
            gap = None if value is None else round(value - compared[field], 3)
            role: Role = "muted" if not gap else "good" if gap > 0 else "bad"
            row += [
                Text(metric(compared[field], terminal)),
                Text(difference(gap, terminal), canvas.style(role)),
            ]
        if field == "auc":
            table.add_section()
        table.add_row(*row)
    table.add_row("loss", metric(scores.loss, terminal))
    table.add_row("images", count(scores.images))
    return table


def confusion_table(scores: Scores, task: Task, canvas: Canvas) -> Table:
    """Images by true class (rows) and predicted class (columns), right ones ticked and wrong ones crossed.

    With several labels an image, a row for each label: how often it was predicted rightly and wrongly.
    """
    if task.kind == "multilabel":
        return _label_table(scores, task, canvas)
    table = bare_table(canvas.terminal)
    if task.kind != "binary":
        return _class_confusion(table, scores, task, canvas)
    table.add_column("truth", no_wrap=True)
    positive, negative = task.signs
    for label in (negative, positive):
        head = f"says {class_word(label, task, canvas, _LONGEST_CLASS)}"
        table.add_column(Text(head, class_style(label, canvas)), justify="right", no_wrap=True)
    table.add_column("images", justify="right", no_wrap=True)
    tn, fp, fn, tp = scores.confusion_matrix
    counts = ((tn, fp), (fn, tp))
    for truth, by_prediction in zip((negative, positive), counts, strict=True):
        row = [class_name(truth, task, canvas, bold=False)]
        for predicted, images in zip((negative, positive), by_prediction, strict=True):
            outcome: Role = "good" if predicted == truth else "bad"
            row.append(Text(f"{canvas.symbol(outcome)} {count(images)}", canvas.style(outcome)))
        table.add_row(*row, count(sum(by_prediction)))
    return table


def _class_confusion(table: Table, scores: Scores, task: Task, canvas: Canvas) -> Table:
    """Columns bear the letters of the classes, so that those of 14 classes fit."""
    table.add_column("truth", no_wrap=True)
    for label, letter in enumerate(task.letters):
        table.add_column(Text(letter, class_style(label, canvas)), justify="right", no_wrap=True)
    table.add_column("images", justify="right", no_wrap=True)
    for truth, by_prediction in enumerate(scores.confusion):
        row = [class_name(truth, task, canvas, bold=False)]
        for predicted, images in enumerate(by_prediction):
            outcome: Role = "good" if predicted == truth else "bad"
            style = canvas.style(outcome if images else "muted", bold=predicted == truth)
            row.append(Text(count(images), style))
        table.add_row(*row, count(sum(by_prediction)))
    return table


def _label_table(scores: Scores, task: Task, canvas: Canvas) -> Table:
    table = bare_table(canvas.terminal)
    table.add_column("label", no_wrap=True)
    for head in ("images", "right", "missed", "wrong", "AUC"):
        table.add_column(head, justify="right", no_wrap=True)
    for label, row in enumerate(scores.classes):
        matrix = row.matrix
        table.add_row(
            class_name(label, task, canvas, bold=False),
            count(row.images),
            Text(count(matrix.tp), canvas.style("good")),
            Text(count(matrix.fn), canvas.style("bad")),
            Text(count(matrix.fp), canvas.style("bad")),
            metric(row.auc, canvas.terminal),
        )
    return table


def bare_table(terminal: Terminal) -> Table:
    """An empty table with a rule below its header and no other lines."""
    return Table(
        box=SIMPLE_HEAD if terminal.unicode else _ASCII_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, GAP - 1, 0, 0),
    )


def framed(title: str, table: Table, *captions: str) -> RenderableType:
    """A table between lines that may be wider than it."""
    lines = [Text(line, no_wrap=True, overflow="ellipsis") for line in (title, *captions)]
    lines[0].stylize("italic")
    for line in lines[1:]:
        line.stylize("dim italic")
    return Group(lines[0], table, *lines[1:])
