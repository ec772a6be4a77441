"""The list of images on Results: mistakes, or those of a cell of the matrix."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

from snn_tui.analysis.task_results import JudgedImage
from snn_tui.render.canvas import Canvas
from snn_tui.render.classes import class_name, class_style, class_symbol
from snn_tui.render.frame import cropped
from snn_tui.tui.results.matrix_choice import MatrixChoice
from snn_tui.tui.shared.draw.click import clickable
from snn_tui.values.task import Task

_FIRST = 8
_FIRED, _MARGIN = 8, 7


def task_images(choice: MatrixChoice, canvas: Canvas) -> Text:
    """The listed images, one of them chosen; a click chooses another."""
    images, task = choice.images, choice.results.task
    muted = canvas.style("muted")
    if not images:
        words = "no image is in this cell" if choice.filtered else "no mistakes"
        return cropped([Text(words, muted)], canvas)
    labels = task.kind == "multilabel"
    rows = max(canvas.height - 1, 1)
    start = min(max(choice.index - rows // 2, 0), max(len(images) - rows, 0))
    column = _column(task, canvas)
    head = _head_of_labels() if labels else _head_of_classes(column, canvas, spiking=bool(images[0].fired))
    lines = [Text(head, muted)]
    for index in range(start, min(start + rows, len(images))):
        image, chosen = images[index], index == choice.index
        pointer = ("▸" if canvas.unicode else ">") if chosen else " "
        line = Text(f"{pointer} {image.index:>5} ")
        line.append_text(_labels(image, task, canvas) if labels else _classes(image, task, column, canvas))
        if chosen:
            line.stylize("bold" if canvas.terminal.colour == "none" else "reverse", 0, _FIRST)
        lines.append(clickable(line, f"choose({index - choice.index})"))
    return cropped(lines, canvas)


def _column(task: Task, canvas: Canvas) -> int:
    """Cells of the name of a class."""
    longest = max(map(cell_len, task.classes)) + 3
    room = canvas.width - _FIRST - 2
    whole = min(longest, max((room - _FIRED - _MARGIN) // 2, 4))
    return whole if whole >= min(longest, 10) else min(longest, max(room // 2, 4))


def _wide(column: int, canvas: Canvas) -> bool:
    return canvas.width >= _FIRST + 2 * column + 2 + _FIRED + _MARGIN


def _head_of_classes(column: int, canvas: Canvas, *, spiking: bool) -> str:
    arrow = "→" if canvas.unicode else ">"
    head = f"  {'image':>5} {'truth':<{column}}{f'{arrow} said':<{column + 2}}"
    fired = "fired" if spiking else ""
    return head + (f"{fired:>{_FIRED}}{'margin':>{_MARGIN}}" if _wide(column, canvas) else "")


def _classes(image: JudgedImage, task: Task, column: int, canvas: Canvas) -> Text:
    (truth,), (predicted,) = image.truth, image.predicted
    line = _name(truth, task, column, canvas)
    line.append("→ " if canvas.unicode else "> ", canvas.style("muted"))
    line.append_text(_name(predicted, task, column, canvas))
    if _wide(column, canvas):
        fired = f"{image.fired[truth]}:{image.fired[predicted]}" if image.fired else ""
        line.append(f"{fired:>{_FIRED}}")
        line.append(f"{image.margin:>{_MARGIN}.1f}")
    return line


def _name(label: int, task: Task, column: int, canvas: Canvas) -> Text:
    name = class_name(label, task, canvas, bold=False, width=column - 1)
    name.pad_right(column - name.cell_len)
    return name


def _head_of_labels() -> str:
    return f"  {'image':>5} wrong  missed / false / right labels"


def _labels(image: JudgedImage, task: Task, canvas: Canvas) -> Text:
    """How many labels are wrong, and what stands for the missed, the false and the right ones."""
    line = Text(f"{image.wrong_labels:>5}  ")
    truth, predicted = set(image.truth), set(image.predicted)
    groups: Sequence[tuple[str, set[int]]] = (
        ("-", truth - predicted),
        ("+", predicted - truth),
        ("=", truth & predicted),
    )
    for sign, labels in groups:
        if labels:
            line.append(f"{sign}", canvas.style("good" if sign == "=" else "bad"))
            for label in sorted(labels):
                line.append(class_symbol(label, task, canvas), class_style(label, canvas))
            line.append(" ")
    return line
