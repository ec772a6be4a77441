"""The palette: any action by its name."""

from __future__ import annotations

from textual import on
from textual.await_complete import AwaitComplete
from textual.command import CommandPalette
from textual.widgets import Input, OptionList

from snn_tui.tui.shared.steady import SteadyModal


class Palette(CommandPalette, SteadyModal[None]):
    """Textual's palette, which closes once, and does what was chosen once, however fast the keys come."""

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Close the palette; a search that goes on would look for the list of it."""
        self._cancel_gather_commands()
        self._stop_no_matches_countdown()
        return super().dismiss(result)

    @on(Input.Changed)
    @on(Input.Submitted)
    @on(OptionList.OptionSelected)
    def _pass_over_later_answers(
        self, event: Input.Changed | Input.Submitted | OptionList.OptionSelected
    ) -> None:
        if self._was_dismissed:
            event.stop()
            event.prevent_default()  # keeps it from the handlers of `CommandPalette`
