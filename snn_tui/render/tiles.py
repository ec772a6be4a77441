"""Drawings side by side and below each other."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from snn_tui.render.frame import joined


def beside(drawings: Sequence[Text], gaps: Sequence[int] = ()) -> Text:
    """Drawings in a row. Shorter ones are filled up with spaces.

    Args:
        drawings: Each of some lines.
        gaps: Cells between each and the next; 1 where not given.
    """
    columns = [list(one.split("\n", allow_blank=True)) for one in drawings]
    widths = [max(line.cell_len for line in lines) for lines in columns]
    rows = []
    for row in range(max(map(len, columns), default=0)):
        line = Text()
        for index, (lines, width) in enumerate(zip(columns, widths, strict=True)):
            cells = lines[row].copy() if row < len(lines) else Text()
            last = index == len(columns) - 1
            cells.pad_right(0 if last else width - cells.cell_len + (gaps[index] if index < len(gaps) else 1))
            line.append_text(cells)
        rows.append(line)
    return joined(rows)


def stacked(drawings: Sequence[Text], gap: int = 0) -> Text:
    """Drawings below each other, `gap` empty lines between them."""
    return joined([line for one in drawings for line in [*[Text()] * gap, one]][gap:])
