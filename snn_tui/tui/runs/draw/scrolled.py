"""Lines of which a part is shown, with a word on the others."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from snn_tui.render.canvas import Canvas
from snn_tui.render.frame import cropped
from snn_tui.render.text import first_that_fits


def last_first(lines: int, head: int, height: int) -> int:
    """The largest number of lines that can be scrolled away above, where `head` lines stay."""
    room = max(height - head, 1)
    return 0 if lines <= room else lines - max(room - 1, 1)


def scrolled(head: Sequence[Text], body: Sequence[Text], first: int, canvas: Canvas) -> Text:
    """Lines that stay, lines from `first` on, and how many others there are and which keys show them.

    Args:
        head: Lines that stay above the others.
        body: The lines that are scrolled.
        first: Index of the first of them; less where fewer lines are left than fit.
        canvas: What it is drawn on.
    """
    furthest = last_first(len(body), len(head), canvas.height)
    if not furthest:
        return cropped([*head, *body], canvas)
    first = min(max(first, 0), furthest)
    room = max(canvas.height - len(head) - 1, 1)
    below = len(body) - first - room
    counts = f"{first} above, {below} below" if first and below > 0 else ""
    counts = counts or (f"{first} lines above" if first else f"{below} more lines")
    words = first_that_fits((f"({counts}: J and K scroll)", f"({counts}: J K)", f"({counts})"), canvas.width)
    more = Text(words, canvas.style("muted"))
    return cropped([*head[: max(canvas.height - 2, 0)], *body[first : first + room], more], canvas)
