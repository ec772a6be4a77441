"""What a terminal too small for the screens shows instead."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Static

from snn_tui.tui.shared.steady import SteadyModal


class TooSmall(SteadyModal[None]):
    """Says how large the terminal is and has to be.

    Args:
        smallest: Columns and rows needed.
    """

    BINDINGS = [Binding("q", "app.leave", "leave", show=False)]  # noqa: RUF012 - a modal screen has none of the app's

    def __init__(self, smallest: tuple[int, int]) -> None:
        super().__init__()
        self._smallest = smallest

    def compose(self) -> ComposeResult:
        """The words."""
        yield Static(id="words")

    def on_mount(self) -> None:
        """Say it."""
        self._say()

    def on_resize(self, event: events.Resize) -> None:
        """Keep the figures true."""
        self._say()

    def on_screen_resume(self) -> None:
        """A dialog on top of this one was closed: the terminal may have grown under it."""
        if self.app.size.width >= self._smallest[0] and self.app.size.height >= self._smallest[1]:
            self.dismiss()

    def _say(self) -> None:
        width, height = self.app.size
        needed = f"{self._smallest[0]}x{self._smallest[1]}"
        self.query_one("#words", Static).update(
            f"This terminal is {width}x{height}.\nsnn-tui needs {needed}:\nplease make it larger.\n(q leaves)"
        )
