"""The end of what the trainer printed, followed as it grows."""

from __future__ import annotations

import asyncio

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from snn_tui.render.text import clean
from snn_tui.runs import process
from snn_tui.runs.rundir import RunDir
from snn_tui.tui.shared.steady import SteadyModal

LINES = 200
"""Lines of the log that are read."""

LOOK_SECONDS = 1.0


class TrainerLog(SteadyModal[None]):
    """Shows the last lines of a run's log, and stays at its end unless it was scrolled up.

    Args:
        run: The run.
    """

    AUTO_FOCUS = "VerticalScroll"
    BINDINGS = [Binding("escape,q,w", "dismiss(None)", "close")]  # noqa: RUF012

    def __init__(self, run: RunDir) -> None:
        super().__init__()
        self._run = run
        self._lines: list[str] | None = None

    def compose(self) -> ComposeResult:
        """The lines."""
        box = Vertical(classes="dialog", id="trainer-log")
        box.border_title = Text(f"worker.log of {clean(self._run.name)}: esc closes")
        with box, VerticalScroll():
            yield Static(markup=False)

    def on_mount(self) -> None:
        """Begin to follow it."""
        self._follow()

    @work(exclusive=True)
    async def _follow(self) -> None:
        while True:
            lines = await asyncio.to_thread(process.log_tail, self._run, LINES)
            if lines != self._lines:
                scroll = self.query_one(VerticalScroll)
                at_end = self._lines is None or scroll.scroll_offset.y >= scroll.max_scroll_y
                self._lines = lines
                words = "\n".join(lines) if lines else "The trainer has printed nothing."
                self.query_one(Static).update(Text(words))
                if at_end:
                    self.call_after_refresh(scroll.scroll_end, animate=False)
            await asyncio.sleep(LOOK_SECONDS)
