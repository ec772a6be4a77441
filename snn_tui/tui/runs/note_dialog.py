"""Writing a note of several lines about a run."""

from __future__ import annotations

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Static, TextArea

from snn_tui.render.text import count
from snn_tui.runs.notes import NOTE_LIMIT, clean_note
from snn_tui.tui.shared.steady import SteadyModal


class NoteArea(TextArea):
    """A text area that takes no more than a note may hold, and nothing that could steer a terminal."""

    def on_paste(self, event: events.Paste) -> None:
        """Insert what was pasted, cleaned as a note is."""
        event.prevent_default()  # Textual would insert it as it is
        event.stop()
        self.replace(clean_note(event.text), *self.selection, maintain_selection_offset=False)


class NoteDialog(SteadyModal[str | None]):
    """Asks for a note; the answer is None if the user closes the dialog, and may be empty.

    Args:
        question: What the note is about.
        note: The note as it is.
    """

    BINDINGS = [  # noqa: RUF012
        Binding("ctrl+o", "keep", "keep", priority=True),
        Binding("escape", "leave", "leave", priority=True),
    ]
    AUTO_FOCUS = "NoteArea"

    def __init__(self, question: str, note: str) -> None:
        super().__init__()
        self._question = question
        self._note = note
        self._warned = False

    def compose(self) -> ComposeResult:
        """The question, the note and the keys."""
        with Vertical(classes="dialog", id="note"):
            yield Static(self._question, markup=False)
            yield NoteArea(self._note, theme="css", show_line_numbers=False, tab_behavior="indent")
            yield Static(id="note-keys", markup=False)

    def on_mount(self) -> None:
        """Put the cursor behind the last word."""
        area = self.query_one(NoteArea)
        area.move_cursor(area.document.end)
        self._say()

    @property
    def _written(self) -> str:
        return self.query_one(NoteArea).text

    def _say(self) -> None:
        """The keys, and how much room there is."""
        over = len(self._written) - NOTE_LIMIT
        words = "ctrl+o keeps it    esc drops what you changed"
        if over > 0:
            words = f"{count(over)} characters too many: {count(NOTE_LIMIT)} at most"
        elif self._warned:
            words = "esc again drops what you changed, ctrl+o keeps it"
        self.query_one("#note-keys", Static).update(words)

    @on(TextArea.Changed)
    def _typed(self) -> None:
        self._warned = False
        self._say()

    def action_keep(self) -> None:
        """Give the note as the answer, unless it is too long."""
        if len(self._written) <= NOTE_LIMIT:
            self.dismiss(self._written)

    def action_leave(self) -> None:
        """Close the dialog; where that would drop something, at the second time."""
        if self._written == self._note or self._warned:
            self.dismiss(None)
            return
        self._warned = True
        self._say()
