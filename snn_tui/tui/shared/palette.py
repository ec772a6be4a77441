"""The palette: any action by its name."""

from __future__ import annotations

from textual import on
from textual.command import CommandPalette
from textual.widgets import Input, OptionList

from snn_tui.tui.shared.steady import SteadyModal


class Palette(CommandPalette, SteadyModal[None]):
    """Textual's palette, which closes once, and does what was chosen once, however fast the keys come."""

    @on(Input.Submitted)
    @on(OptionList.OptionSelected)
    def _pass_over_later_answers(self, event: Input.Submitted | OptionList.OptionSelected) -> None:
        if self._was_dismissed:
            event.stop()
            event.prevent_default()  # keeps it from the handlers of `CommandPalette`
