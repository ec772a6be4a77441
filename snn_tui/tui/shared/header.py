"""The top line: the screens and their keys, and the run being looked at."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.widget import Widget

from snn_tui.tui.shared.draw.header import header
from snn_tui.tui.shared.drawing import canvas_of
from snn_tui.tui.shared.host import host_of


class Header(Widget):
    """One line; a click on a screen's name goes there.

    Args:
        name: Name of the screen this header is on.
    """

    DEFAULT_CSS = "Header { height: 1; dock: top; background: $panel; }"

    def __init__(self, name: str) -> None:
        super().__init__()
        self._screen_name = name
        self._facts: tuple[str, ...] = ()
        self._status = "idle"

    def show(self, facts: Sequence[str], status: str) -> None:
        """Show what the screen is about: run, data, device, and the status of the run in one word."""
        if (tuple(facts), status) != (self._facts, self._status):
            self._facts, self._status = tuple(facts), status
            self.refresh()

    def render(self) -> Text:
        """The line."""
        tabs = [
            (info.digit, info.title, info.name == self._screen_name)
            for info in host_of(self).screen_infos.values()
        ]
        return header(tabs, self._facts, self._status, canvas_of(self))

    async def on_click(self, event: events.Click) -> None:
        """Go to the screen whose name was clicked."""
        line = self.render().plain
        for info in host_of(self).screen_infos.values():
            start = line.find(f" {info.digit} ")
            end = line.find(" ", start + 3)
            if 0 <= start <= event.x < end:
                await self.app.run_action(f"go('{info.name}')")
