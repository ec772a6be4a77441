"""Choosing which run to look at."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from snn_tui.render.runs import marks, run_line
from snn_tui.runs.summary import RunSummary
from snn_tui.tui.shared.drawing import canvas_of
from snn_tui.tui.shared.steady import SteadyModal


class ChooseRun(SteadyModal[str | None]):
    """Lists runs, newest first and shipped ones last; gives the path of the chosen one.

    Args:
        rows: The runs.
        current: Path of the run that the cursor is on at first; by default the first one.
        more: Whether there are others, which are on Runs.
    """

    BINDINGS = [Binding("escape,q,l", "dismiss(None)", "close")]  # noqa: RUF012

    def __init__(self, rows: Sequence[RunSummary], current: str = "", *, more: bool = False) -> None:
        super().__init__()
        self._current = current
        self._more = more
        self._rows = rows

    def compose(self) -> ComposeResult:
        """The list, or that there is none."""
        box = Vertical(classes="dialog")
        box.border_title = "Runs: enter opens, esc closes" + (", 6 has all" if self._more else "")
        canvas = canvas_of(self).resized(max(20, min(self.app.size.width * 9 // 10 - 8, 96)))
        if any(row.shipped or row.synthetic for row in self._rows):
            box.border_subtitle = marks(canvas)
        with box:
            if self._rows:
                yield OptionList(
                    *(
                        Option(
                            run_line(row, canvas),
                            id=str(index),
                        )
                        for index, row in enumerate(self._rows)
                    )
                )
            else:
                yield Static(Text("There are no runs yet: n on Train starts one."))

    def on_mount(self) -> None:
        """Put the cursor on the present run."""
        paths = [row.path for row in self._rows]
        if self._current in paths:
            self.query_one(OptionList).highlighted = paths.index(self._current)

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._rows[event.option_index].path)
