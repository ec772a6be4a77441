"""Small questions: yes or no, or one line of text."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input, Static

from snn_tui.tui.shared.path_suggester import PathSuggester
from snn_tui.tui.shared.steady import SteadyModal


class Confirm(SteadyModal[bool]):
    """Asks before something that cannot be taken back.

    Args:
        question: What would be done.
    """

    BINDINGS = [  # noqa: RUF012
        Binding("y,enter", "answer(True)", "yes"),
        Binding("n,escape,q", "answer(False)", "no"),
    ]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """The question and its keys."""
        with Vertical(classes="dialog"):
            yield Static(self._question, markup=False)
            yield Static("\ny yes    n no", markup=False)

    def action_answer(self, yes: bool) -> None:
        """Give the answer."""
        self.dismiss(yes)


class AskLine(SteadyModal[str | None]):
    """Asks for one line of text; the answer is None if the user closes the dialog.

    Args:
        question: What is asked for.
        value: What the line says at first.
        path: Whether a path is asked for, which is completed.
    """

    BINDINGS = [Binding("escape", "dismiss(None)", "cancel")]  # noqa: RUF012

    def __init__(self, question: str, value: str = "", *, path: bool = False) -> None:
        super().__init__()
        self._question = question
        self._value = value
        self._path = path

    def compose(self) -> ComposeResult:
        """The question and the line."""
        with Vertical(classes="dialog"):
            yield Static(self._question, markup=False)
            yield Input(self._value, compact=True, suggester=PathSuggester() if self._path else None)
            yield Static("\nenter accepts    esc cancels", markup=False)

    @on(Input.Submitted)
    def _answered(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip() or None)
