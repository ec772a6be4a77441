"""The encoder of Data: the coding that the user chose, its time steps, and the keys for both."""

from __future__ import annotations

from textual import work

from snn_tui.inspector import data_messages
from snn_tui.inspector.data_messages import EncodedImage
from snn_tui.render.text import clean
from snn_tui.tui.data.state import CodingChoice
from snn_tui.tui.shared.ask import AskLine
from snn_tui.tui.shared.player import Player
from snn_tui.tui.shared.screen import AppScreen

_OF_CODING = {"rate": {"encode", "first_draw"}, "latency": {"linear", "tau", "threshold", "clip"}}


def kind_of(action: str) -> str | None:
    """The kind of coding that an action changes; None for an action that is not of one kind."""
    return next((kind for kind, actions in _OF_CODING.items() if action in actions), None)


class CodingScreen(AppScreen):
    """A screen that codes an image into spikes and plays them step by step."""

    def __init__(self) -> None:
        super().__init__()
        self._choice = CodingChoice()
        self._encoded: EncodedImage | None = None
        self._errors: list[float] = []
        self._player = Player(self, self._show_step)

    def _show_step(self) -> None:
        """Draw the present step of the coding."""
        raise NotImplementedError

    def _look(self) -> object:
        """Get what is in view, and the coding if that is."""
        raise NotImplementedError

    def action_play(self) -> None:
        """Play, or hold."""
        self._player.toggle()

    def action_rewind(self) -> None:
        """To before the first step."""
        self._player.go_to(0)

    def action_finish(self) -> None:
        """To the last step."""
        self._player.go_to(self._player.num_steps)

    def action_speed(self, by: int) -> None:
        """Play faster or slower."""
        self._player.faster(by)

    def action_coding(self) -> None:
        """The next coding."""
        self._choice.next_kind()
        self._look()

    def action_linear(self) -> None:
        """Logarithmic or linear latency."""
        self._choice.toggle("linear")
        self._look()

    def action_clip(self) -> None:
        """Whether dark pixels spike."""
        self._choice.toggle("clip")
        self._look()

    def action_tau(self) -> None:
        """The next time constant."""
        self._choice.next_tau()
        self._look()

    def action_threshold(self) -> None:
        """The next threshold."""
        self._choice.next_threshold()
        self._look()

    def action_encode(self) -> None:
        """Another draw."""
        self._choice.draw += 1
        self._look()

    def action_first_draw(self) -> None:
        """The draw that evaluation counts."""
        self._choice.draw = 0
        self._look()

    def action_steps(self, by: int) -> None:
        """More or fewer steps."""
        self._choice.steps(self._choice.num_steps + by)
        self._look()

    @work(exclusive=True, group="ask")
    async def action_ask_steps(self) -> None:
        """Ask for the number of steps."""
        most = data_messages.MOST_STEPS
        text = await self.app.push_screen_wait(AskLine(f"Time steps, 1 to {most}:"))
        if text is None:
            return
        if text.isascii() and text.isdigit() and 1 <= int(text) <= most:
            self._choice.steps(int(text))
            self._look()
        else:
            self.notify(f"{clean(text, 20)} is no number from 1 to {most}.", severity="error", markup=False)
