"""Letters and colours of marked runs: the same in the list, in charts and in the comparison."""

from __future__ import annotations

from rich.style import Style

from snn_tui.render.canvas import Canvas
from snn_tui.render.palette import Role

MARKS = "ABCDEF"
"""Letters of the marked runs."""

MARK_ROLES: tuple[Role, ...] = ("accent", "class1", "good", "second", "bad", "text")
"""Colours of the marked runs, by the index of their letter."""


def mark_style(mark: int | None, canvas: Canvas) -> Style:
    """The style of a run with this letter; none without one."""
    return Style() if mark is None else canvas.style(MARK_ROLES[mark])
