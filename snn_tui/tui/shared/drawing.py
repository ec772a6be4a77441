"""The canvas of a widget, and scroll bars in ASCII."""

from __future__ import annotations

from textual.scrollbar import ScrollBarRender
from textual.widget import Widget

from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal


def canvas_of(widget: Widget) -> Canvas:
    """The canvas of a widget: the size of its content, and the terminal and theme of its application."""
    terminal: Terminal = widget.app.terminal  # type: ignore[attr-defined]
    size = widget.content_size
    return Canvas(size.width, size.height, terminal, "dark" if widget.app.current_theme.dark else "light")


class AsciiScrollBar(ScrollBarRender):
    """A scroll bar without the blocks that make its ends smooth."""

    VERTICAL_BARS = [" "] * 8
    HORIZONTAL_BARS = [" "] * 8
