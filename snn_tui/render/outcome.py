"""Classes of an image in one line, and whether those predicted are right."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from snn_tui.render.canvas import Canvas
from snn_tui.render.classes import class_name, class_style, class_symbol
from snn_tui.render.palette import Role
from snn_tui.render.text import first_that_fits
from snn_tui.values.task import Task


def listed_classes(labels: Sequence[int], task: Task, canvas: Canvas, width: int) -> Text:
    """The symbols and names of classes in at most `width` cells; symbols alone where the names do not fit."""
    if not labels:
        return Text("no label", canvas.style("muted"))
    if len(labels) == 1:
        return class_name(labels[0], task, canvas, width=width)
    named, bare = Text(), Text()
    for label in labels:
        style = class_style(label, canvas)
        named.append("  " if named else "").append_text(class_name(label, task, canvas))
        bare.append(" " if bare else "").append(class_symbol(label, task, canvas), style)
    if named.cell_len <= width:
        return named
    return bare if bare.cell_len <= width else Text(f"{len(labels)} labels")


def outcome(right: bool, canvas: Canvas, word: str = "") -> Text:
    """A mark and a word for right or wrong, or other words in its place."""
    role: Role = "good" if right else "bad"
    word = word or ("right" if right else "wrong")
    return Text(f"{canvas.symbol(role)} {word}", canvas.style(role, bold=True))


def outcome_of_labels(predicted: Sequence[int], true: Sequence[int], canvas: Canvas, width: int) -> Text:
    """How many of an image's labels are predicted, and how many that it has not: `2 of 3 labels, 1 wrong`."""
    found, wrong = len(set(predicted) & set(true)), len(set(predicted) - set(true))
    more = f"{wrong} wrong" if wrong else ""
    if not true:
        words = [more or "right: it has none", more or "right"]
    else:
        labels = f"{found} of {len(true)} label{'s' if len(true) != 1 else ''}"
        words = [", ".join(filter(None, (part, more))) for part in (labels, f"{found} of {len(true)}")]
    return outcome(set(predicted) == set(true), canvas, first_that_fits(words, width - 2) or words[-1])
