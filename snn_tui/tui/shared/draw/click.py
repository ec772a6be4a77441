"""What the mouse does on a part of a drawing: the action that a key of the screen would do.

A drawing marks its text, a panel runs the action of the cell under the pointer. So what is drawn where is
known in one place.
"""

from __future__ import annotations

from rich.text import Text

CLICK = "click"
"""Name of the mark for what a click does."""

DRAG = "drag"
"""Name of the mark for what pressing the button does, and moving the pointer while it is pressed."""


def clickable(text: Text, action: str, start: int = 0, end: int | None = None) -> Text:
    """Mark a part of a text, from `start` to `end`, with the screen's action of a click; gives the text."""
    text.apply_meta({CLICK: action}, start, end)
    return text


def draggable(text: Text, action: str, start: int = 0, end: int | None = None) -> Text:
    """Mark a part of a text, such as a cell of a slider, with the action of dragging to it."""
    text.apply_meta({DRAG: action}, start, end)
    return text
