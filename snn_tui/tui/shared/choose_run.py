"""Choosing which run to look at."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from snn_tui.render.runs import marks, run_line
from snn_tui.runs.summary import RunSummary
from snn_tui.tui.shared.drawing import canvas_of
from snn_tui.tui.shared.host import host_of
from snn_tui.tui.shared.steady import SteadyModal


class ChooseRun(SteadyModal[str | None]):
    """Lists runs, newest first and shipped ones last; gives the path of the chosen one.

    Args:
        rows: The runs.
        current: Path of the run that the cursor is on at first; by default the first one.
        more: Whether there are others, which are on Runs.
    """

    AUTO_FOCUS = "OptionList"
    BINDINGS = [  # noqa: RUF012
        Binding("escape,q,l", "dismiss(None)", "close"),
        Binding("slash", "filter", "filter", priority=True),  # before the next key goes anywhere
        Binding("down", "list", "list"),
    ]

    def __init__(self, rows: Sequence[RunSummary], current: str = "", *, more: bool = False) -> None:
        super().__init__()
        self._current = current
        self._more = more
        self._rows = rows
        self._lines: list[Text] = []

    def compose(self) -> ComposeResult:
        """The list, or that there is none."""
        box = Vertical(classes="dialog")
        named = host_of(self).key_named
        all_runs = f", {named('app.go.runs')} has all" if self._more else ""
        box.border_title = f"Runs: enter opens, / filters, esc closes{all_runs}"
        canvas = canvas_of(self).resized(max(20, min(self.app.size.width * 9 // 10 - 8, 96)))
        self._lines = [run_line(row, canvas) for row in self._rows]
        if any(row.shipped or row.synthetic for row in self._rows):
            box.border_subtitle = marks(canvas)
        with box:
            if self._rows:
                line = Input(placeholder="words of its line", compact=True)
                line.display = False
                yield line
                yield OptionList(*self._options(""))
            else:
                yield Static(Text(f"There are no runs yet: {named('train.new')} on Train starts one."))

    def on_mount(self) -> None:
        """Put the cursor on the present run."""
        paths = [row.path for row in self._rows]
        if self._current in paths:
            self.query_one(OptionList).highlighted = paths.index(self._current)

    def _options(self, words: str) -> list[Option]:
        """The runs whose line has all of the words."""
        wanted = words.lower().split()
        lines = enumerate(self._lines)
        return [
            Option(line, id=str(index))
            for index, line in lines
            if all(word in line.plain.lower() for word in wanted)
        ]

    def action_filter(self) -> None:
        """Let the user type words that the run's line has."""
        for line in self.query(Input):
            line.display = True
            self.set_focus(line)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the line of words a slash is one of them."""
        return action != "filter" or not isinstance(self.focused, Input)

    def action_list(self) -> None:
        """From the words to the list."""
        self.query(OptionList).focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(self._options(event.value))
        options.highlighted = 0 if options.option_count else None

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.query_one(OptionList).action_select()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._rows[int(event.option_id or 0)].path)
