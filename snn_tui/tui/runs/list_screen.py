"""What the keys of the list of runs do: cursor, order, columns, marks, filter, and the fold of seeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual import on, work
from textual.widgets import Input

from snn_tui.tui.runs.column_dialog import ColumnDialog
from snn_tui.tui.runs.draw.columns import COLUMNS, offered
from snn_tui.tui.runs.draw.layout import layout
from snn_tui.tui.runs.draw.marks import MARKS
from snn_tui.tui.runs.watching import WatchingScreen
from snn_tui.tui.shared.drawing import canvas_of
from snn_tui.tui.shared.panel import Panel

_ANY_WIDTH = 10_000  # cells in which every column has room


class ListScreen(WatchingScreen):
    """The list of runs, arranged as the user wants it."""

    def _then(self, change: Callable[[], Any]) -> None:
        """Change the state, show it, and read what is wanted now."""
        change()
        self._show()
        self._news.set()

    def action_cursor(self, by: int) -> None:
        """Move the cursor."""
        self._then(lambda: self._state.move(by))

    def action_page(self, by: int) -> None:
        """Move the cursor by pages."""
        self.action_cursor(by * rows_in(self.query_one("#runs", Panel).content_size.height))

    def action_point(self, index: int) -> None:
        """Put the cursor on a run, by its index in the list."""
        self._then(lambda: self._state.go(index))

    def _sort(self, change: Callable[[], None]) -> None:
        """Sort another way, and remember it for the next time."""
        self._then(change)
        state = self._state
        self.host.memory.remember(runs_sort=COLUMNS[state.column].name, runs_rising=state.rising)

    def action_sort_by(self, column: int) -> None:
        """Sort by a column, or the other way round."""
        self._sort(lambda: self._state.sort_by(column))

    def action_sort(self, by: int) -> None:
        """Sort by another column."""
        self._sort(lambda: self._state.sort_next(by))

    def action_turn(self) -> None:
        """Sort the other way round."""
        self._sort(self._state.turn)

    def action_mark(self) -> None:
        """Mark the run, or unmark it."""
        entry = self._state.current
        if entry is not None and not self._state.mark(entry):
            self.notify(
                f"At most {len(MARKS)} runs can be marked: {self.host.key_named('runs.unmark')} unmarks all.",
                severity="warning",
            )
        self._then(lambda: None)

    def action_unmark(self) -> None:
        """Unmark all runs."""
        self._then(self._state.marks.clear)

    def action_filter(self) -> None:
        """Let the user type what is looked for."""
        line = self.query_one("#filter", Input)
        line.add_class("open")
        self.set_focus(line)  # at once: `focus` waits until keys that came with this one went by
        self.refresh_bindings()

    @on(Input.Changed, "#filter")
    def _typed(self, event: Input.Changed) -> None:
        self._then(lambda: self._state.filter(event.value))

    @on(Input.Submitted, "#filter")
    def _close_filter(self) -> None:
        self._state.go(self._state.index)  # the run that was found stays the one of the cursor
        self.query_one("#filter").remove_class("open")
        self.set_focus(None)
        self.refresh_bindings()

    def action_back(self) -> None:
        """Drop the filter; without one, the marks."""
        line = self.query_one("#filter", Input)
        if line.has_focus or self._state.words:
            line.value = ""
            self._close_filter()
        else:
            self.action_unmark()

    def action_fold(self) -> None:
        """Fold the seeds of each recipe into one row, or list all runs again."""
        self._then(self._state.fold)
        self.lay_out()
        self.host.memory.remember(runs_folded=self._state.folded)

    @work(exclusive=True, group="ask")
    async def action_columns(self) -> None:
        """Choose the columns of the list."""
        state = self._state
        view = state.view(1)
        drawn = layout(view, canvas_of(self).resized(_ANY_WIDTH))
        now = state.chosen or tuple(index for index, _ in drawn.columns)
        chosen = await self.app.push_screen_wait(ColumnDialog(offered(state.visible, now), now))
        if chosen is not None:
            state.chosen = chosen
            self._then(lambda: None)
            self.host.memory.remember(runs_columns=tuple(COLUMNS[index].name for index in chosen))


def rows_in(height: int) -> int:
    """Runs there is room for in a list of that many lines."""
    return max(1, height - 1)
