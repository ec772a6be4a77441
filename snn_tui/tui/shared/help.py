"""What `?` shows: what the screen is for, and every key it has."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Static

from snn_tui.tui.shared.host import host_of
from snn_tui.tui.shared.keys import APP, Key, ScreenInfo
from snn_tui.tui.shared.steady import SteadyModal


class Help(SteadyModal[None]):
    """Explains one screen.

    Args:
        info: The screen.
        app_keys: The keys of every screen.
    """

    BINDINGS = [Binding("escape,question_mark,q", "dismiss", "close")]  # noqa: RUF012

    def __init__(self, info: ScreenInfo, app_keys: Sequence[Key]) -> None:
        super().__init__()
        self._info = info
        self._app_keys = app_keys

    def on_mount(self) -> None:
        """Close by the key that opened it, too, where the user prefers another one."""
        for key in self._app_keys:
            if key.action == "help":
                self._bindings.bind(host_of(self).keys_of(key, APP), "dismiss", "close")

    def compose(self) -> ComposeResult:
        """The text and the keys."""
        box = VerticalScroll(classes="dialog", id="help")
        box.border_title = f"{self._info.title}: esc closes"
        with box:
            yield Static(Text(self._info.help + "\n"), id="help-words")
            yield Static(self._keys(), id="help-keys")

    def _keys(self) -> Table:
        table = Table.grid(padding=(0, 2))
        table.add_column(justify="right", style="bold", no_wrap=True)
        table.add_column()
        host = host_of(self)
        for key in self._info.keys:
            table.add_row(host.key_written(key, self._info.name), key.help)
        table.add_row("", "")
        for key in self._app_keys:
            table.add_row(host.key_written(key, APP), key.help)
        return table
