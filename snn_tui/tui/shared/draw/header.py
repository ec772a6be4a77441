"""The header line: the screens and their keys, and the run that is open."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from snn_tui.render.canvas import Canvas
from snn_tui.render.palette import state_role
from snn_tui.render.text import plain


def header(tabs: Sequence[tuple[str, str, bool]], facts: Sequence[str], word: str, canvas: Canvas) -> Text:
    """The top line: the screens with their keys on the left, the run on the right.

    Args:
        tabs: Key, name, and whether it is the present one, of each screen.
        facts: Run, data, device, as far as known; the last go first where it is narrow.
        word: State of the run in one word; `idle` without a run.
        canvas: What it is drawn on; one line of it is used.
    """
    status = f"{canvas.symbol(word)} {word} " if word != "idle" else ""
    left = _tabs(tabs, canvas)
    if left.cell_len + len(status) >= canvas.width:
        # Only the present screen keeps its name, the others their keys.
        left = _tabs([(key, name if present else "", present) for key, name, present in tabs], canvas)
    shown = [plain(fact, canvas.terminal, limit=40).plain for fact in facts if fact]
    while True:
        words = " · ".join([*shown, ""] if shown and status else shown)
        right = plain(words if status else f"{words} ", canvas.terminal)
        right.append(status, canvas.style(state_role(word, otherwise="muted"), bold=True))
        gap = canvas.width - left.cell_len - right.cell_len
        if gap >= 1 or not shown:
            break
        shown.pop()
    line = Text.assemble(left, " " * max(gap, 1), right)
    line.no_wrap = True
    return line


def _tabs(tabs: Sequence[tuple[str, str, bool]], canvas: Canvas) -> Text:
    line = Text(" snn-tui ", style="bold")
    for key, name, present in tabs:
        line.append(f" {key} ", canvas.style("accent", bold=True))
        if name:
            line.append(name, "bold underline" if present else "").append(" ")
    return line
