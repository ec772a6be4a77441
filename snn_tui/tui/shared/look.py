"""How widgets find out what they may draw with."""

from __future__ import annotations

from textual.scrollbar import ScrollBarRender
from textual.widget import Widget

from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal


def canvas_of(widget: Widget) -> Canvas:
    """What a widget draws on: its content's size, the terminal and the theme of its application."""
    terminal: Terminal = widget.app.terminal  # type: ignore[attr-defined]
    size = widget.content_size
    return Canvas(size.width, size.height, terminal, "dark" if widget.app.current_theme.dark else "light")


class AsciiScrollBar(ScrollBarRender):
    """A scroll bar without the blocks that make its ends smooth."""

    VERTICAL_BARS = [" "] * 8
    HORIZONTAL_BARS = [" "] * 8
