"""Lines as one text, and the surroundings of a chart: legend, x axis, and the note in its stead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.style import Style
from rich.text import Text

from snn_tui.render.canvas import Canvas
from snn_tui.render.text import clean, plain

_MANY_LABELS = 4  # from which on an axis can do without one

Key = tuple[str, str, Style]
"""An entry of the legend: label, glyph and the glyph's style."""


def note(words: str, canvas: Canvas, style: Style | str = "") -> Text:
    """A few words in the middle of a canvas."""
    lines = [Text() for _ in range(canvas.height)]
    if lines:
        words = words[: canvas.width]
        lines[(canvas.height - 1) // 2] = Text(" " * ((canvas.width - len(words)) // 2) + words, style)
    return joined(lines)


def joined(lines: Sequence[Text]) -> Text:
    """Lines as one text that is never wrapped."""
    text = Text("\n", no_wrap=True, end="").join(lines)
    text.no_wrap, text.end = True, ""
    return text


def cropped(lines: Iterable[Text], canvas: Canvas) -> Text:
    """As much of some lines as a canvas has room for, at least one cell, as one text."""
    kept = list(lines)[: max(canvas.height, 1)]
    for line in kept:
        line.truncate(max(canvas.width, 1))
    return joined(kept)


def legend(y_label: str, keys: Sequence[Key], canvas: Canvas, values: Sequence[str] = ()) -> Text:
    """The line above a chart, `loss  ━ batch  ━ EMA  • val`; entries that do not fit are left out.

    Entries of the same label share one, with all their glyphs; entries without a label are not shown.

    Args:
        y_label: Name of the y axis.
        keys: The entries.
        canvas: What it is drawn on.
        values: Value of each of the first entries; with any, labels are cut before entries are left out.
    """
    width = canvas.width
    line = plain(y_label, canvas.terminal, canvas.style("muted"), limit=width)
    grouped: dict[str, list[tuple[str, Style]]] = {}
    read: dict[str, str] = {}
    known = [*values, *[""] * (len(keys) - len(values))]
    for (label, glyph, style), value in zip(keys, known, strict=True):
        if label:
            grouped.setdefault(label, []).append((glyph, style))
            read[label] = read.get(label) or value
    if any(values):  # only what has a value is of interest at the cursor
        grouped = {label: glyphs for label, glyphs in grouped.items() if read[label]}
    for longest in range(24, 1, -1) if any(values) else (24,):
        gap = "  " if line.cell_len else ""
        entries: list[Text] = []
        for label, glyphs in grouped.items():
            name = clean(label, 24)[:longest].rstrip()
            words = " ".join(filter(None, (name, read[label])))
            entries.append(Text.assemble(gap, *glyphs, " ", plain(words, canvas.terminal)))
            gap = "  "
        if line.cell_len + sum(entry.cell_len for entry in entries) <= width:
            break
    for entry in entries:
        if line.cell_len + entry.cell_len > width:
            break
        line.append_text(entry)
    line.truncate(width)
    return line


def x_axis(
    ticks: Sequence[tuple[int, str]], columns: int, gutter: int, x_label: str, canvas: Canvas
) -> list[Text]:
    """Both lines below a chart: the axis, and its labels with the axis' name in a gap between them.

    Args:
        ticks: Cell and label of each tick.
        columns: Cells of the axis.
        gutter: Cells on its left.
        x_label: Its name; for it the label before the last may go, and without room even so, it is left out.
        canvas: What it is drawn on; its size does not matter.
    """
    muted = canvas.style("muted")
    corner, bar, tick = ("└", "─", "┬") if canvas.unicode else ("+", "-", "+")
    axis, labels = [bar] * columns, [" "] * columns
    starts = []
    for column, label in ticks:
        start = min(max(column - len(label) // 2, 0), columns - len(label))
        around = labels[max(start - 1, 0) : start + len(label) + 1]
        if start >= 0 and not "".join(around).strip():
            labels[start : start + len(label)] = label
            axis[column] = tick
            starts.append((start, len(label)))
    name = clean(x_label, columns)
    name = name if canvas.unicode or name.isascii() else ""
    needed = " " * (len(name) + 4)
    gap = "".join(labels).rfind(needed)
    if name and gap < 0 and len(starts) >= _MANY_LABELS:
        start, length = starts[-2]
        fewer = [*labels[:start], *" " * length, *labels[start + length :]]
        gap = "".join(fewer).rfind(needed)
        labels = fewer if gap >= 0 else labels
    if name and gap >= 0:
        start = gap + 2
        labels[start : start + len(name)] = name
    return [
        Text(" " * gutter + corner + "".join(axis), style=muted),
        Text(" " * (gutter + 1) + "".join(labels).rstrip(), style=muted),
    ]
