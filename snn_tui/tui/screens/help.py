"""What `?` shows: what the screen is for, and every key it has."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Static

from snn_tui.tui.keys import APP, Key
from snn_tui.tui.screens.steady import SteadyModal

WORDS = {
    "train": (
        "Train starts a run and shows it as it goes. The trainer is a process of its own: leaving the "
        "screens does not stop it, and opening them again finds it. Loss: each batch is dim, their moving "
        "average bright, val loss one mark an epoch. Epochs: all scores are on val; the test split is read "
        "once, at the end. Pneumonia is the positive class. Firing: spikes a neuron and time step."
    ),
    "inspect": (
        "Inspect shows one picture to the network, step by step. At each step every pixel spikes with the "
        "probability of its brightness; the output neuron that fires more often in all steps is the "
        "verdict, and the membrane breaks ties. Draw 0 of the random spikes is the one that evaluation "
        "counts; r takes another. Spread: what 32 draws say. A membrane above the threshold fires, and is "
        "lowered by the threshold a step later."
    ),
}
"""What each screen is for, by mode."""


class Help(SteadyModal[None]):
    """Explains one screen.

    Args:
        mode: The screen's mode.
        own: Its own keys.
    """

    BINDINGS = [Binding("escape,question_mark,q", "dismiss", "close")]  # noqa: RUF012

    def __init__(self, mode: str, own: Sequence[Key]) -> None:
        super().__init__()
        self._mode = mode
        self._own = own

    def compose(self) -> ComposeResult:
        """The words and the keys."""
        box = VerticalScroll(classes="dialog", id="help")
        box.border_title = f"{self._mode.capitalize()}: esc closes"
        with box:
            yield Static(Text(WORDS[self._mode] + "\n"), id="help-words")
            yield Static(self._keys(), id="help-keys")

    def _keys(self) -> Table:
        table = Table.grid(padding=(0, 2))
        table.add_column(justify="right", style="bold", no_wrap=True)
        table.add_column()
        for key in (*self._own, *APP):
            table.add_row(self.app.get_key_display(key.binding()), key.help)
        return table
