"""A bordered box that draws one value with one function of `render`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich.console import RenderableType
from rich.text import Text
from textual.widget import Widget

from snn_tui.render.terminal import Terminal
from snn_tui.tui.look import Look

Draw = Callable[[Any, int, int, Terminal, bool], RenderableType]
"""From (value, width, height, terminal, light) to what is shown."""


class Panel(Widget):
    """Draws its value again when the value, the size or the theme changes, and at no other time.

    Args:
        draw: How the value is drawn.
        title: What stands in the border.
        empty: Words to show while there is no value.
    """

    DEFAULT_CSS = """
    Panel {
        border: round $panel-lighten-2;
        border-title-color: $text-muted;
        padding: 0 1;
    }
    """

    def __init__(self, draw: Draw, title: str, *, empty: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self._draw = draw
        self._empty = empty
        self._value: Any = None
        self.border_title = title

    def show(self, value: Any, title: str | None = None) -> None:
        """Show a value; the same object again is taken to have changed."""
        self._value = value
        if title is not None and title != self.border_title:
            self.border_title = title
        self.refresh()

    def say(self, words: str) -> None:
        """Show words in place of a value."""
        self._empty = words
        self.show(None)

    def render(self) -> RenderableType:
        """The value as `draw` draws it."""
        if self._value is None:
            return Text(self._empty, style="dim")
        look = Look.of(self)
        width, height = self.content_size
        return self._draw(self._value, width, height, look.terminal, look.light)
