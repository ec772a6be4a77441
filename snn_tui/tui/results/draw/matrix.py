"""The matrix of several classes or labels, with one cell chosen."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text

from snn_tui.analysis.task_results import OUTCOMES
from snn_tui.render.canvas import Canvas
from snn_tui.render.classes import class_name, class_style, class_symbol
from snn_tui.render.frame import cropped
from snn_tui.render.palette import Role
from snn_tui.render.text import side_by_side, wrapped
from snn_tui.tui.results.matrix_choice import MatrixChoice
from snn_tui.tui.shared.draw.click import clickable
from snn_tui.values.task import Task

_NAMES = 8
"""Cells from which on the names of classes are worth a column beside the matrix."""

_LONGEST_NAME = 26


def matrix(choice: MatrixChoice, canvas: Canvas) -> Text:
    """Images by true class (rows) and predicted class (columns), or by label and outcome.

    Rows and columns that do not fit are scrolled, so that the chosen cell is always there. Below it are the
    words of the chosen cell, and the names of the classes where the rows have no room for them.
    """
    results, task = choice.results, choice.results.task
    counts, muted = results.matrix, canvas.style("muted")
    labels = task.kind == "multilabel"
    longest = min(max(map(cell_len, task.classes)), _LONGEST_NAME) + 2
    digits = max(len(str(count)) for row in counts for count in row)
    roomy = longest + (digits + 2) * len(counts[0]) < canvas.width
    width = max(digits + (2 if roomy else 1), 4 if labels else 3)
    spare = canvas.width - width * len(counts[0])
    first = min(longest, spare - 1) if spare > _NAMES else 2
    columns = _window(len(counts[0]), max((canvas.width - first - 1) // width, 1), choice.column)
    below = [Text(line.plain, canvas.style("accent", bold=True)) for line in _words(choice, canvas)]
    if first < _NAMES:
        below += [Text(line, muted) for line in _legend(task, canvas)]
    cut_columns = len(columns) < len(counts[0])
    room = max(canvas.height - 1 - min(len(below), max(canvas.height - 4, 0)), 1)
    rows = _window(len(counts), room, choice.row)
    corner = "label" if labels else "truth"
    head = Text(corner[:first].ljust(first), muted)
    for column in columns:
        name = OUTCOMES[column] if labels else class_symbol(column, task, canvas)
        style = muted if labels else class_style(column, canvas)
        head.append(f"{name:>{width}}", style)
    if cut_columns:
        head.append(">" if columns[-1] + 1 < len(counts[0]) else " ", muted)
    lines = [head]
    for row in rows:
        name_text = class_name(row, task, canvas, bold=row == choice.row, width=first)
        name_text.pad_right(first - name_text.cell_len)
        for column in columns:
            cell = _cell(counts[row][column], row, column, labels, width, canvas)
            if (row, column) == (choice.row, choice.column):
                cell.stylize("bold underline" if canvas.terminal.colour == "none" else "reverse", 1)
            name_text.append_text(clickable(cell, f"cell({row}, {column})"))
        lines.append(name_text)
    if len(lines) + len(below) < canvas.height:
        lines.append(Text())
    return cropped([*lines, *below], canvas)


def _cell(count: int, row: int, column: int, labels: bool, width: int, canvas: Canvas) -> Text:
    right = column in (0, 3) if labels else row == column
    role: Role = ("good" if right else "bad") if count else "muted"
    nothing = "·" if canvas.unicode else "."
    return Text(f"{count or nothing:>{width}}", canvas.style(role, bold=bool(count) and right))


def _words(choice: MatrixChoice, canvas: Canvas) -> list[Text]:
    return wrapped(choice.words, canvas, most=2)


def _legend(task: Task, canvas: Canvas) -> list[str]:
    """The names of the classes with what stands for them."""
    width = max(canvas.width, 1)
    names = [
        class_name(label, task, canvas, bold=False, width=min(width, _LONGEST_NAME)).plain
        for label in range(task.outputs)
    ]
    return side_by_side(names, width)


def _window(total: int, room: int, chosen: int) -> range:
    """As many indices as there is room for, the chosen one among them."""
    room = min(max(room, 1), total)
    start = min(max(chosen - room // 2, 0), total - room)
    return range(start, start + room)
