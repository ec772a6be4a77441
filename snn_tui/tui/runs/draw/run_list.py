"""The list of all runs, to sort, mark and choose from."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from snn_tui.render.canvas import Canvas
from snn_tui.render.frame import joined
from snn_tui.render.palette import Shade, Theme
from snn_tui.render.text import fit
from snn_tui.runs.catalogue import Entry
from snn_tui.runs.notes import first_line
from snn_tui.tui.runs.draw.columns import COLUMNS, NAME
from snn_tui.tui.runs.draw.layout import ListView, dropped_sign, header_of, layout
from snn_tui.tui.runs.draw.marks import MARKS, mark_style
from snn_tui.tui.shared.draw.click import clickable

_CURSOR: dict[Theme, Shade] = {"dark": Shade("#2b3a4a", 237, ""), "light": Shade("#d4e2ee", 254, "")}
_POINTER = {True: "▶", False: ">"}


def run_list(view: ListView, canvas: Canvas) -> Text:
    """A header and one line a run, as many as the canvas has.

    A broken run says what is wrong with it, where others have their scores. Where it is narrow columns go,
    but never the one that sorts (of chosen ones the header says how many); then names are cut, with a mark.

    Args:
        view: The list.
        canvas: What it is drawn on.
    """
    laid_out = layout(view, canvas)
    columns = laid_out.columns
    muted, accent = canvas.style("muted"), canvas.style("accent", bold=True)
    header = Text("   ", no_wrap=True)
    for index, width in columns:
        label = _cell(header_of(index, view, canvas.terminal), width, COLUMNS[index].right)
        start = len(header)
        header.append(label, accent if index == view.column else muted).append(" ")
        clickable(header, f"sort_by({index})", start)
    if laid_out.dropped:
        header.rstrip()
        sign = dropped_sign(laid_out.dropped)
        header.append(" " * max(0, canvas.width - header.cell_len - len(sign)) + sign, muted)
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


def _cell(words: str, width: int, right: bool) -> str:
    gap = " " * max(0, width - cell_len(words))
    return gap + words if right else words + gap


def _line(
    entry: Entry, view: ListView, columns: Sequence[tuple[int, int]], pointed: bool, canvas: Canvas
) -> Text:
    mark = view.marks.get(entry.summary.path)
    line = Text(_POINTER[canvas.unicode] if pointed else " ", no_wrap=True)
    line.append(MARKS[mark] if mark is not None else " ", mark_style(mark, canvas)).append(" ")
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
    style = mark_style(mark, canvas) + Style(bold=pointed or mark is not None)
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
