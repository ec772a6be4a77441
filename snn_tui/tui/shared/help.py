"""What `?` shows: what the screen is for, and every key it has."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Static

from snn_tui.tui.shared.keys import APP, Place
from snn_tui.tui.shared.steady import SteadyModal


class Help(SteadyModal[None]):
    """Explains one screen.

    Args:
        place: The screen.
    """

    BINDINGS = [Binding("escape,question_mark,q", "dismiss", "close")]  # noqa: RUF012

    def __init__(self, place: Place) -> None:
        super().__init__()
        self._place = place

    def compose(self) -> ComposeResult:
        """The words and the keys."""
        box = VerticalScroll(classes="dialog", id="help")
        box.border_title = f"{self._place.title}: esc closes"
        with box:
            yield Static(Text(self._place.words + "\n"), id="help-words")
            yield Static(self._keys(), id="help-keys")

    def _keys(self) -> Table:
        table = Table.grid(padding=(0, 2))
        table.add_column(justify="right", style="bold", no_wrap=True)
        table.add_column()
        for key in self._place.keys:
            table.add_row(self.app.get_key_display(key.binding()), key.help)
        table.add_row("", "")
        for key in APP:
            table.add_row(self.app.get_key_display(key.binding()), key.help)
        return table
