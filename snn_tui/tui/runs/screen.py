"""Runs: all runs at a glance, their curves over each other, what differs between them, and tidying up."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any

from rich.console import RenderableType
from textual import on, work
from textual.app import ComposeResult
from textual.widgets import Input

from snn_tui.render.canvas import Canvas
from snn_tui.render.copied import COLUMNS as TABLE_WIDTH
from snn_tui.render.copied import as_text, runs_tsv
from snn_tui.render.runs import runs_table
from snn_tui.render.text import clean
from snn_tui.runs.catalogue import Catalogue
from snn_tui.runs.history import Histories, History
from snn_tui.runs.rundir import RunDir
from snn_tui.tui.runs.comparison import RunComparison
from snn_tui.tui.runs.draw.run_list import COLUMNS, MARKS, run_list
from snn_tui.tui.runs.keys import RUNS
from snn_tui.tui.runs.state import RunListState
from snn_tui.tui.runs.tidying import ask_delete, ask_name, ask_note, rename
from snn_tui.tui.shared.chart_keys import CHART_ACTIONS
from snn_tui.tui.shared.chart_screen import ChartScreen
from snn_tui.tui.shared.copying import Copyable, choose_and_copy, of_run
from snn_tui.tui.shared.drawing import canvas_of
from snn_tui.tui.shared.panel import Panel

REFRESH_SECONDS = 1.0
SLOW_REFRESH_SECONDS = 2.0
BUDGET_SECONDS = 0.2
"""After this long what was read so far is shown, and reading goes on; later, if showing it takes long."""

_SHOWING_SHARE = 1 / 8  # of the time, so that keys are answered while thousands of runs are read

STEADY_SECONDS = 0.05
"""A cursor that moves on sooner does not make its runs be read."""

_SMALLEST_LIST = 7
_OF_A_RUN = {"again", "copy", "open", "mark", "cursor", "page", "sort", "turn"}


class RunsScreen(ChartScreen):
    """Lists the runs of the folder and the shipped ones, and keeps the list true while it is looked at."""

    INFO = RUNS
    BINDINGS = RUNS.bindings

    def __init__(self) -> None:
        super().__init__()
        self._state = RunListState()
        self._catalogue: Catalogue | None = None
        self._histories = Histories()
        self._read: dict[RunDir, History] = {}
        self._here = asyncio.Event()
        self._news = asyncio.Event()  # something else is to be read, sooner than the next look
        self._showing_seconds = 0.0  # how long it took to show the runs the last time
        self._due = 0.0  # when the runs are looked at next
        self._still = asyncio.Lock()  # a run that gets another name is not looked at half-way

    # What is drawn

    def compose_body(self) -> ComposeResult:
        """The list, and below it curves and facts."""
        yield Panel(
            _list,
            "Runs",
            empty="looking for runs...",
            wheel=("cursor(-3)", "cursor(3)"),
            double="open",
            id="runs",
        )
        yield Input(
            placeholder="words in name or note, or acc>0.9 lr<1e-3 tag:x: enter keeps, esc drops",
            compact=True,
            id="filter",
        )
        yield RunComparison()

    def on_mount(self) -> None:
        """Begin to read the runs."""
        self._catalogue = Catalogue(self.host.root)
        kept = self.host.memory.state
        self._state.restore(kept.runs_sort, kept.runs_rising)
        if self.host.followed is not None:
            self._state.point_at(str(self.host.followed.run.path))
        self._watch()

    def entered(self) -> None:
        """Read the runs at once: the list may be out of date."""
        self._here.set()
        self._look_now()

    def lay_out(self) -> None:
        """The list takes the rows it needs, half of them at most."""
        if not self.query("#runs"):
            return
        room = max(1, self.app.size.height - 2)
        rows = max(self._state.total, len(self._state.visible))  # a row of several is one more
        height = min(max(rows + 3, _SMALLEST_LIST), (room + 1) // 2)
        self.query_one("#runs").styles.height = height

    def _show(self) -> None:
        """Draw everything as it is now; panels send only lines that changed."""
        self._show_list()
        self._show_below()
        self.refresh_footer()

    def _show_list(self) -> None:
        state = self._state
        if not self.query("#runs"):
            return
        visible, total = state.found, state.total
        title = f"Runs · {visible} of {total}" if state.words else f"Runs · {total}"
        details = [state.problem or f'with "{clean(state.words, 20)}"'] if state.words else []
        details += ["seeds folded"] if state.folded else []
        details += [f"{len(state.marks)} marked"] if state.marks else []
        for more in (*details, f"by {COLUMNS[state.column].name}"):
            if len(title) + len(more) + 3 <= self.app.size.width - 6:  # else the border cuts it
                title += f" · {more}"
        panel = self.query_one("#runs", Panel)
        if not state.visible:
            panel.say("no run has all of this" if total else "no run yet: n on Train starts one")
        panel.show(state if state.visible else None, title)

    def _show_below(self) -> None:
        if not self.query(RunComparison):  # the screen is leaving, and a worker has read one more run
            return
        self.query_one(RunComparison).show(self._state.marked, self._state.current, self._read)

    @property
    def footer_state(self) -> tuple[object, ...]:
        """The keys depend on the run of the cursor."""
        entry = self._state.current
        return (
            *super().footer_state,
            entry and (entry.resumable, entry.changeable, entry.summary.trained),
        )

    # Looking

    def _look_now(self) -> None:
        self._due = 0.0
        self._news.set()

    @work(exclusive=True, group="watch")
    async def _watch(self) -> None:
        """Look at the runs as long as the screen is there, but only while it is looked at."""
        assert self._catalogue is not None
        interval = SLOW_REFRESH_SECONDS if self.host.terminal.slow else REFRESH_SECONDS
        while True:
            if self.app.current_mode != "runs":
                self._here.clear()
                await self._here.wait()
            self._news.clear()
            if time.monotonic() >= self._due:
                self._due = time.monotonic() + interval
                async with self._still:
                    await self._look(self._catalogue)
            current = self._state.current
            rows = [entry for entry, _ in self._state.marked] + ([current] if current else [])
            wanted = [entry.run for row in rows for entry in (row, *row.members)]
            read = await asyncio.to_thread(self._histories.read, wanted)
            if read != self._read:
                self._read = read
                self._show_below()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), max(0.0, self._due - time.monotonic()))
                await asyncio.sleep(STEADY_SECONDS)

    async def _look(self, catalogue: Catalogue) -> None:
        budget = max(BUDGET_SECONDS, self._showing_seconds / _SHOWING_SHARE)
        entries = await asyncio.to_thread(catalogue.refresh, budget)
        begun = time.monotonic()
        if not catalogue.complete:
            self._due = 0.0
        before = self._state.total
        if self._state.take(entries) or not entries:
            self._show()
        if self._state.total != before:
            self.lay_out()
        self._showing_seconds = time.monotonic() - begun

    # What its keys do

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys make sense now."""
        if not self.is_mounted:
            return True
        entry, typing = self._state.current, isinstance(self.focused, Input)
        if typing and action in ("filter", "smooth", "curve", "view", "scroll", "fold"):
            return False
        if typing and action in CHART_ACTIONS:
            return False
        if action in _OF_A_RUN:
            return entry is not None
        if action == "resume":
            return entry is not None and entry.resumable
        if action == "note":
            return entry is not None and not entry.shipped and not entry.members
        if action in ("rename", "delete"):
            return entry is not None and entry.changeable
        if action == "inspect":
            return entry is not None and entry.summary.trained
        if action == "results":
            return entry is not None and entry.summary.trained
        if action == "unmark":
            return bool(self._state.marks)
        if action == "back":
            return bool(self._state.marks or self._state.words or typing)
        if action == "view":
            return self.has_class("-narrow")
        return True

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
        self.action_cursor(by * _rows(self.query_one("#runs", Panel).content_size.height))

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
            self.notify(f"At most {len(MARKS)} runs can be marked: u unmarks all.", severity="warning")
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

    def action_curve(self, by: int) -> None:
        """Draw another curve."""
        self.query_one(RunComparison).next_curve(by)

    def view_changed(self) -> None:
        """Draw the curves again."""
        self.query_one(RunComparison).look(self.view)

    def action_smooth(self, by: int) -> None:
        """Smooth the curve more or less."""
        self.query_one(RunComparison).smooth(by)

    def action_scroll(self, by: int) -> None:
        """Scroll the facts, or what differs."""
        self.query_one(RunComparison).scroll_facts(by)

    def action_view(self) -> None:
        """Where there is room for one panel only: show the other."""
        self.query_one(RunComparison).toggle_class("-facts")

    def action_fold(self) -> None:
        """Fold the seeds of each recipe into one row, or list all runs again."""
        self._then(self._state.fold)
        self.lay_out()

    async def action_open(self) -> None:
        """Go to Train with the run; open a row of several to its runs, or close it."""
        if self._state.unfold():
            self._then(self.lay_out)
        else:
            await self._follow("train")

    async def action_inspect(self) -> None:
        """Go to Inspect with the run."""
        await self._follow("inspect")

    async def action_again(self) -> None:
        """Go to Train with the options of the run."""
        if self._state.current is not None:
            await self.host.run_again(self._state.current.run)

    async def action_results(self) -> None:
        """Go to Results with the run."""
        await self._follow("results")

    async def _follow(self, screen: str) -> None:
        """Go to a screen, all of which show the followed run."""
        if self._state.current is not None:
            self.host.watch_run(self._state.current.run)
            await self.host.go(screen)

    def action_resume(self) -> None:
        """Go on with the run."""
        entry = self._state.current
        if entry is not None:
            self.host.resume(entry.run)
            self._look_now()

    @work(exclusive=True, group="ask")
    async def action_note(self) -> None:
        """Write a note on the run."""
        if self._state.current is not None:
            await ask_note(self, self._state.current)
            self._look_now()

    @work(exclusive=True, group="ask")
    async def action_copy(self) -> None:
        """Copy the run's path or command, or the table."""
        entry = self._state.current
        if entry is None:
            return
        rows = [each.summary for each in self._state.visible]
        canvas = canvas_of(self).resized(TABLE_WIDTH)
        choices = (
            *(() if entry.members else of_run(entry.run, entry.resumable)),
            Copyable("t", "table as text", lambda: as_text(runs_table(rows, canvas))),
            Copyable("v", "table as TSV", lambda: runs_tsv(rows)),
        )
        await choose_and_copy(self.app, choices)

    @work(exclusive=True, group="ask")
    async def action_rename(self) -> None:
        """Rename the run."""
        entry = self._state.current
        name = await ask_name(self, entry) if entry is not None else None
        if entry is None or name is None:
            return
        async with self._still:
            renamed = await rename(self, entry, name)
            if renamed is not None:
                self._state.renamed(entry.summary.path, str(renamed.path))
        self._look_now()

    @work(exclusive=True, group="ask")
    async def action_delete(self) -> None:
        """Delete the run, after asking."""
        if self._state.current is not None:
            await ask_delete(self, self._state.current)
            self._look_now()


def _rows(height: int) -> int:
    """Runs there is room for in a list of that many lines."""
    return max(1, height - 1)


def _list(state: RunListState, canvas: Canvas) -> RenderableType:
    return run_list(state.view(_rows(canvas.height)), canvas)
