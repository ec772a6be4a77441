"""How widgets find out what they may draw with."""

from __future__ import annotations

from dataclasses import dataclass

from textual.scrollbar import ScrollBarRender
from textual.widget import Widget

from snn_tui.render.terminal import Terminal


@dataclass(frozen=True)
class Look:
    """What may be drawn, and on which background."""

    terminal: Terminal
    light: bool

    @classmethod
    def of(cls, widget: Widget) -> Look:
        """The look of the application a widget is in."""
        terminal: Terminal = widget.app.terminal  # type: ignore[attr-defined]
        return cls(terminal, not widget.app.current_theme.dark)


class AsciiScrollBar(ScrollBarRender):
    """A scroll bar without the blocks that make its ends smooth."""

    VERTICAL_BARS = [" "] * 8
    HORIZONTAL_BARS = [" "] * 8
