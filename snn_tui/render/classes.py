"""The classes of the images, each with its colour, its symbol and its name."""

from __future__ import annotations

from rich.style import Style
from rich.text import Text

from snn_tui.render.canvas import Canvas
from snn_tui.render.palette import CLASS_ROLES
from snn_tui.values.dataset import CLASSES


def class_style(label: int, canvas: Canvas, *, bold: bool = True) -> Style:
    """The colour of a class; empty where the terminal has no colours."""
    return canvas.style(CLASS_ROLES[label], bold=bold)


def class_symbol(label: int, canvas: Canvas) -> str:
    """The character that stands for a class, with or without colours."""
    return canvas.symbol(CLASSES[label])


def class_name(label: int, canvas: Canvas, *, bold: bool = True) -> Text:
    """Symbol and name of a class in its colour: `● pneumonia`."""
    return Text(f"{class_symbol(label, canvas)} {CLASSES[label]}", class_style(label, canvas, bold=bold))
