"""The header line: the screens and their keys, and the run that is open."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from snn_tui.render.canvas import Canvas
from snn_tui.render.palette import state_role
from snn_tui.render.text import fit, plain

_PROGRAM = " snn-tui "
_SHORTEST_NAME = 8


def header(tabs: Sequence[tuple[str, str, bool]], facts: Sequence[str], word: str, canvas: Canvas) -> Text:
    """The top line: the screens with their keys on the left, the run on the right.

    Args:
        tabs: Key, name, and whether it is the present one, of each screen.
        facts: Run, data, device, as far as known. Where it is narrow the last go first, then the program's
            name, then the gaps between the screens, then the names of the other screens.
        word: State of the run in one word; `idle` without a run.
        canvas: What it is drawn on; one line of it is used.
    """
    status = f"{canvas.symbol(word)} {word} " if word != "idle" else ""
    shown = [plain(fact, canvas.terminal, limit=40).plain for fact in facts if fact]
    run = f"{shown[0]}{' · ' if status else ' '}" if shown else ""
    left = _tabs(tabs, canvas)
    if left.cell_len + len(run) + len(status) >= canvas.width:
        left = left[len(_PROGRAM) :]
    if left.cell_len + len(run) + len(status) >= canvas.width:
        left = _tabs(tabs, canvas, gap="")[len(_PROGRAM) :]
    if left.cell_len + len(run) + len(status) >= canvas.width:
        # Only the present screen keeps its name, the others their keys.
        keys = [(key, name if present else "", present) for key, name, present in tabs]
        left = _tabs(keys, canvas)
        if left.cell_len + len(run) + len(status) >= canvas.width:
            left = left[len(_PROGRAM) :]
    if shown and (short := canvas.width - left.cell_len - len(status) - 4) >= _SHORTEST_NAME:
        shown[0] = fit(shown[0], short, canvas.terminal)
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


def _tabs(tabs: Sequence[tuple[str, str, bool]], canvas: Canvas, gap: str = " ") -> Text:
    line = Text(_PROGRAM, style="bold")
    for key, name, present in tabs:
        line.append(f" {key} ", canvas.style("accent", bold=True))
        if name:
            line.append(name, "bold underline" if present else "").append(gap)
    return line
