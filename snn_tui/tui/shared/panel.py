"""A bordered box that draws one value with one function of `render`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from operator import is_
from typing import Any, Self

from rich.console import RenderableType
from rich.segment import Segment
from textual import events
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from snn_tui.render.canvas import Canvas
from snn_tui.render.frame import note
from snn_tui.render.lines import segments
from snn_tui.render.text import plain
from snn_tui.tui.shared.draw.click import CLICK, DRAG
from snn_tui.tui.shared.drawing import canvas_of

Draw = Callable[..., RenderableType]
"""Takes a value and a `Canvas`, and gives the drawing; the parts of a tuple become arguments of their own."""


class _AsciiTitle(Content):
    """A title that is cut in ASCII: Textual marks a cut with an ellipsis, which is not."""

    def truncate(self, max_width: int, *, ellipsis: bool = False, pad: bool = False) -> Content:
        """Cut to a width in cells; one that is wide enough changes nothing."""
        if not ellipsis or self.cell_length <= max_width:
            return super().truncate(max_width, ellipsis=ellipsis, pad=pad)
        mark = "..."[:max_width]
        return Content(self.plain[: max_width - len(mark)].rstrip() + mark)


class Panel(Widget):
    """Draws its value again when the value, the size or the theme changes, and at no other time.

    Args:
        draw: How the value is drawn.
        title: The title in the border.
        empty: Words to show while there is no value.
        wheel: The screen's actions of the mouse wheel, up and down.
        double: The screen's action of a double click on a marked part of the drawing, see `draw.click`.
    """

    DEFAULT_CSS = """
    Panel {
        border: round $foreground 25%;
        border-title-color: $text-muted;
        padding: 0 1;
    }
    """

    def __init__(
        self,
        draw: Draw,
        title: str,
        *,
        empty: str = "",
        wheel: tuple[str, str] | None = None,
        double: str = "",
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._wheel = wheel
        self._double = double
        self._draw = draw
        self._empty = empty
        self._value: Any = None
        self._title = title
        self._key: tuple[Any, ...] | None = None
        self._drawn: _Drawn | None = None
        self._border_row: int | None = None

    def on_mount(self) -> None:
        """Put the title into the border."""
        self._show_title()

    def show(self, value: Any, title: str | None = None, *, key: tuple[Any, ...] | None = None) -> None:
        """Show a value; the same object again is taken to have changed.

        Args:
            value: What `draw` takes.
            title: The new title; None keeps the one before.
            key: All that the drawing depends on: with the very same parts it is not drawn again.
        """
        known, self._key = self._key, key
        same_key = key is not None and known is not None and all(map(is_, key, known))
        self._value = value
        if title is not None and title != self._title:
            self._title = title
            self._show_title()
        if same_key:
            return
        before, self._drawn = self._drawn, None
        same = before is not None and before.canvas == canvas_of(self)
        if before is None or not same or self.styles.content_align_vertical != "top":
            self.refresh()  # lines that are centred do not lie where they are counted
            return
        # Over a slow line every cell counts: only the parts of lines that differ are sent again.
        lines = self._draw_now().lines
        width = self.content_size.width
        changed = [
            Region(first, row, end - first, 1)
            for row, (old, new) in enumerate(zip(before.lines, lines, strict=True))
            for first, end in changed_cells(old, new, width)
        ]
        if changed:
            self.refresh(*changed)

    def show_subtitle(self, text: str) -> None:
        """Show a text in the border below."""
        if text != getattr(self._border_subtitle, "plain", ""):
            with self._border_alone(self.outer_size.height - 1):
                self.border_subtitle = Content(text)

    def _show_title(self) -> None:
        terminal = canvas_of(self).terminal
        title = plain(self._title, terminal).plain
        with self._border_alone(0):
            # A plain str would be read as markup.
            self.border_title = Content(title) if terminal.unicode else _AsciiTitle(title)

    @contextmanager
    def _border_alone(self, row: int) -> Iterator[None]:
        """Have only this row painted again: Textual would paint all of the panel for a title."""
        self._border_row = row
        yield
        self._border_row = None

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:
        """See `Widget.refresh`."""
        if self._border_row is not None and not (regions or layout or recompose):
            row = Region(0, self._border_row, self.outer_size.width, 1)
            regions = (row.translate((-self.content_offset.x, -self.content_offset.y)),)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def say(self, words: str) -> None:
        """Show words in place of a value."""
        self._empty = words
        self.show(None)

    async def on_click(self, event: events.Click) -> None:
        """Do what a click on this part of the drawing does."""
        action = event.style.meta.get(CLICK)
        if action is not None:
            event.stop()
            await self._act(action)
            if event.chain > 1 and self._double:
                await self._act(self._double)

    async def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of a slider, at the cell under the pointer."""
        await self._drag(event)

    async def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag a slider while the button is pressed."""
        if event.button:
            await self._drag(event)

    async def _drag(self, event: events.MouseEvent) -> None:
        action = event.style.meta.get(DRAG)
        if action is not None:
            await self._act(action)

    async def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Do what the wheel does here."""
        await self._turn_wheel(event, 0)

    async def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Do what the wheel does here."""
        await self._turn_wheel(event, 1)

    async def _turn_wheel(self, event: events.MouseEvent, direction: int) -> None:
        if self._wheel is not None:
            event.stop()
            await self._act(self._wheel[direction])

    async def _act(self, action: str) -> None:
        await self.app.run_action(action, self.screen)

    def render_line(self, y: int) -> Strip:
        """A line as it is sent: neighbours of the same style become one, which has its colours once.

        Every cell of a table has its own style, which made a row of the epoch table 1.7 KB instead of 0.2.
        Lines that lie where they were drawn are not rendered a second time.
        """
        if self.styles.content_align != ("left", "top"):
            return super().render_line(y).simplify()
        lines, width, style = self._present().lines, self.size.width, self.visual_style.rich_style
        if y >= len(lines):
            return Strip.blank(width, style)
        return Strip(lines[y]).crop(0, width).apply_style(style).simplify()

    def render(self) -> RenderableType:
        """The value as `draw` draws it."""
        return self._present().content

    def _present(self) -> _Drawn:
        drawn = self._drawn
        if drawn is None or drawn.canvas != canvas_of(self):
            drawn = self._draw_now()
        return drawn

    def _draw_now(self) -> _Drawn:
        canvas, value = canvas_of(self), self._value
        width, muted = canvas.width, canvas.style("muted")
        content: RenderableType
        if value is None and len(self._empty) <= width:
            content = note(plain(self._empty, canvas.terminal).plain, canvas, muted)
        elif value is None:
            content = plain(self._empty, canvas.terminal, muted, limit=400)
        else:
            content = self._draw(*(value if isinstance(value, tuple) else (value,)), canvas)
        console = self.app.console
        lines = segments(content, width)
        if lines is None:
            options = console.options.update(width=max(1, width), height=max(1, canvas.height))
            lines = console.render_lines(content, options, pad=False)
        lines += [[] for _ in range(len(lines), canvas.height)]
        self._drawn = _Drawn(canvas, content, lines[: canvas.height])
        return self._drawn


_NEAR = 8
"""Cells that stay the same between two that differ, up to which moving the cursor there costs more."""


def changed_cells(old: Sequence[Segment], new: Sequence[Segment], width: int) -> list[tuple[int, int]]:
    """The parts of a line that differ, each as its first column and the one behind its last.

    Args:
        old: The line before.
        new: The line now.
        width: Columns of the line; of what has wider or narrower characters than one cell, all may differ.
    """
    if old == new:
        return []
    if any(segment.control or segment.cell_length != len(segment.text) for segment in (*old, *new)):
        return [(0, width)]
    before, after = ([(char, part.style) for part in line for char in part.text] for line in (old, new))
    spans: list[tuple[int, int]] = []
    for column, (was, now) in enumerate(zip_longest(before[:width], after[:width])):
        if was == now:
            continue
        if spans and column - spans[-1][1] <= _NEAR:
            spans[-1] = spans[-1][0], column + 1
        else:
            spans.append((column, column + 1))
    return spans


@dataclass(frozen=True)
class _Drawn:
    """The latest drawing, its canvas, and the lines that it was rendered to."""

    canvas: Canvas
    content: RenderableType
    lines: list[list[Segment]]
