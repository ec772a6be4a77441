"""The list of runs, for keys and mouse."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import RenderableType
from textual import events
from textual.message import Message

from snn_tui.render.canvas import Canvas
from snn_tui.tui.runs.draw import run_list
from snn_tui.tui.runs.state import RunListState
from snn_tui.tui.shared.drawing import canvas_of
from snn_tui.tui.shared.panel import Panel


class RunList(Panel):
    """Shows a `RunListState`; it sends clicks and the wheel to the screen as messages."""

    WHEEL = 3

    @dataclass
    class Pointed(Message):
        """A run was clicked on, or the wheel turned to it; `twice` opens it."""

        index: int
        twice: bool = False

    @dataclass
    class Sorted(Message):
        """A column's header was clicked on."""

        column: int

    def __init__(self, state: RunListState, *, id: str) -> None:
        super().__init__(_draw, "Runs", empty="looking for runs...", id=id)
        self._state = state

    @property
    def rows(self) -> int:
        """Runs there is room for."""
        return max(1, self.content_size.height - 1)

    def on_click(self, event: events.Click) -> None:
        """Send the screen the run or the column that was clicked."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y == 0:
            column = run_list.column_at(self._state.view(self.rows), offset.x, canvas_of(self))
            if column is not None:
                self.post_message(self.Sorted(column))
        elif self._state.top + offset.y - 1 < len(self._state.visible):
            self.post_message(self.Pointed(self._state.top + offset.y - 1, twice=event.chain > 1))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move down."""
        self._turn(self.WHEEL, event)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move up."""
        self._turn(-self.WHEEL, event)

    def _turn(self, by: int, event: events.MouseEvent) -> None:
        event.stop()
        self.post_message(self.Pointed(self._state.index + by))


def _draw(state: RunListState, canvas: Canvas) -> RenderableType:
    return run_list.run_list(state.view(max(1, canvas.height - 1)), canvas)
