"""A bordered box that draws one value with one function of `render`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from textual.content import Content
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from snn_tui.render import palette
from snn_tui.render.frame import note
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import plain
from snn_tui.tui.shared.look import Look

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
        border: round $foreground 25%;
        border-title-color: $text-muted;
        padding: 0 1;
    }
    """

    def __init__(self, draw: Draw, title: str, *, empty: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self._draw = draw
        self._empty = empty
        self._value: Any = None
        self._title = title
        self._drawn: tuple[Look, Size, RenderableType, list[list[Segment]]] | None = None

    def on_mount(self) -> None:
        """Put the title into the border."""
        self._show_title()

    def show(self, value: Any, title: str | None = None) -> None:
        """Show a value; the same object again is taken to have changed."""
        self._value = value
        if title is not None and title != self._title:
            self._title = title
            self._show_title()
        before, self._drawn = self._drawn, None
        same = before is not None and before[:2] == (Look.of(self), self.content_size)
        if before is None or not same or self.styles.content_align_vertical != "top":
            self.refresh()  # lines that are centred do not lie where they are counted
            return
        # Over a slow line every cell counts: only the lines that differ are sent again.
        lines = self._draw_now()[3]
        width = self.content_size.width
        changed = [
            place for place, pair in enumerate(zip(before[3], lines, strict=True)) if pair[0] != pair[1]
        ]
        if changed:
            self.refresh(*(Region(0, place, width, 1) for place in changed))

    def _show_title(self) -> None:
        terminal = Look.of(self).terminal
        title = self._title if terminal.unicode else self._title.replace("·", "-")
        self.border_title = Content(plain(title, terminal).plain)  # a plain str would be read as markup

    def say(self, words: str) -> None:
        """Show words in place of a value."""
        self._empty = words
        self.show(None)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines as they are sent: what looks alike side by side needs its colours only once.

        Every cell of a table comes with its own, which made a row of the epoch table 1.7 KB instead of 0.2.
        """
        return [strip.simplify() for strip in super().render_lines(crop)]

    def render(self) -> RenderableType:
        """The value as `draw` draws it."""
        drawn = self._drawn
        if drawn is None or drawn[:2] != (Look.of(self), self.content_size):
            drawn = self._draw_now()
        return _Lines(drawn[3]) if self.styles.content_align == ("left", "top") else drawn[2]

    def _draw_now(self) -> tuple[Look, Size, RenderableType, list[list[Segment]]]:
        look, size = Look.of(self), self.content_size
        muted = palette.style("muted", look.terminal, light=look.light)
        drawn: RenderableType
        if self._value is None and len(self._empty) <= size.width:
            drawn = note(plain(self._empty, look.terminal).plain, size.width, size.height, muted)
        elif self._value is None:
            drawn = plain(self._empty, look.terminal, muted, limit=400)
        else:
            drawn = self._draw(self._value, size.width, size.height, look.terminal, look.light)
        console = self.app.console
        options = console.options.update(width=max(1, size.width), height=max(1, size.height))
        self._drawn = look, size, drawn, console.render_lines(drawn, options, pad=False)
        return self._drawn


class _Lines:
    """Lines that were rendered already, so that showing them does not take a second time as long."""

    def __init__(self, lines: list[list[Segment]]) -> None:
        self._lines = lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in self._lines:
            yield from line
            yield Segment.line()
