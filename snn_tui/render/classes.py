"""The classes of the images, each with its colour, its symbol and its name."""

from __future__ import annotations

from rich.style import Style
from rich.text import Text

from snn_tui.render.canvas import Canvas
from snn_tui.render.palette import class_role
from snn_tui.render.text import fit
from snn_tui.values.task import Task


def class_style(label: int, canvas: Canvas, *, bold: bool = True) -> Style:
    """The colour of a class; empty where the terminal has no colours."""
    return canvas.style(class_role(label), bold=bold)


def class_symbol(label: int, task: Task, canvas: Canvas) -> str:
    """The character that stands for a class, with or without colours.

    Of two classes the positive one has the full circle, whichever index it has; of more, each has a letter.
    """
    if task.outputs != 2:
        return task.letters[label]
    positive = 1 if task.positive is None else task.positive
    return canvas.symbol("class1" if label == positive else "class0")


def class_word(label: int, task: Task, canvas: Canvas, width: int = 40) -> str:
    """The name of a class, harmless for a terminal, in at most `width` cells; a cut is marked."""
    return fit(task.classes[label], width, canvas.terminal)


def class_name(label: int, task: Task, canvas: Canvas, *, bold: bool = True, width: int = 42) -> Text:
    """Symbol and name of a class in its colour, in at most `width` cells: `● pneumonia`."""
    symbol, word = class_symbol(label, task, canvas), class_word(label, task, canvas, max(width - 2, 1))
    words = word if word == symbol else f"{symbol} {word}"  # a grade's name is its letter
    return Text(words, class_style(label, canvas, bold=bold))
