"""Choosing the columns of the list of runs, and their order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from snn_tui.tui.runs.draw.columns import COLUMNS, NAME
from snn_tui.tui.shared.steady import SteadyModal

_KEYS = (
    ("space", "choose"),
    ("K J", "move up, down"),
    ("u", "the usual ones"),
    ("enter", "keep"),
    ("esc", "cancel"),
)


class ColumnDialog(SteadyModal[tuple[int, ...] | None]):
    """Lists columns; gives the chosen ones in their order, none for the usual ones, None if it is cancelled.

    The name cannot be left out: without it no run is told from another.

    Args:
        offered: Indices in `COLUMNS` of the columns to choose from, in their order.
        chosen: Those that are chosen at first.
    """

    AUTO_FOCUS = "OptionList"
    BINDINGS = [  # noqa: RUF012
        Binding("escape,q", "dismiss(None)", "cancel"),
        Binding("space", "choose", "choose"),
        Binding("enter", "keep", "keep", priority=True),  # the list would select its row
        Binding("K", "move(-1)", "up"),
        Binding("J", "move(1)", "down"),
        Binding("u", "usual", "usual"),
    ]

    def __init__(self, offered: Sequence[int], chosen: Iterable[int]) -> None:
        super().__init__()
        self._offered = list(offered)
        self._chosen = {*chosen, NAME}

    def compose(self) -> ComposeResult:
        """The list and the keys."""
        box = Vertical(classes="dialog", id="columns")
        box.border_title = "Columns, from left to right"
        with box:
            yield OptionList(*self._options())
            yield Static("  ".join(f"{key} {label}" for key, label in _KEYS), markup=False)

    def _options(self) -> list[Option]:
        return [Option(self._line(index)) for index in self._offered]

    def _line(self, index: int) -> Text:
        return Text(f"[{'x' if index in self._chosen else ' '}] {COLUMNS[index].name}")

    @property
    def _list(self) -> OptionList:
        return self.query_one(OptionList)

    def action_choose(self) -> None:
        """Choose the column of the cursor, or leave it out."""
        at = self._list.highlighted
        if at is None or self._offered[at] == NAME:
            return
        self._chosen ^= {self._offered[at]}
        self._list.replace_option_prompt_at_index(at, self._line(self._offered[at]))

    def action_move(self, by: int) -> None:
        """Move the column of the cursor up or down."""
        at = self._list.highlighted
        if at is None or not 0 <= at + by < len(self._offered):
            return
        self._offered[at], self._offered[at + by] = self._offered[at + by], self._offered[at]
        for place in (at, at + by):
            self._list.replace_option_prompt_at_index(place, self._line(self._offered[place]))
        self._list.highlighted = at + by

    def action_keep(self) -> None:
        """Give the chosen columns as the answer."""
        self.dismiss(tuple(index for index in self._offered if index in self._chosen))

    def action_usual(self) -> None:
        """Give the usual columns as the answer."""
        self.dismiss(())
