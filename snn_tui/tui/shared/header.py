"""The top line: the screens and their keys, and the run being looked at."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.widget import Widget

from snn_tui.tui.shared import keys
from snn_tui.tui.shared.draw.header import header
from snn_tui.tui.shared.look import canvas_of


class Header(Widget):
    """One line; a click on a screen's name goes there.

    Args:
        mode: The screen this header is on.
    """

    DEFAULT_CSS = "Header { height: 1; dock: top; background: $panel; }"

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode
        self._facts: tuple[str, ...] = ()
        self._word = "idle"

    def show(self, facts: Sequence[str], word: str) -> None:
        """Say what is being looked at: run, data, device, and the word for where the run stands."""
        if (tuple(facts), word) != (self._facts, self._word):
            self._facts, self._word = tuple(facts), word
            self.refresh()

    def render(self) -> Text:
        """The line."""
        tabs = [(place.key, place.title, mode == self._mode) for mode, place in keys.PLACES.items()]
        return header(tabs, self._facts, self._word, canvas_of(self))

    async def on_click(self, event: events.Click) -> None:
        """Go to the screen whose name was clicked."""
        line = self.render().plain
        for mode, place in keys.PLACES.items():
            start = line.find(f" {place.key} ")
            end = line.find("  ", start + 1)
            if 0 <= start <= event.x < end:
                await self.app.run_action(f"go('{mode}')")
