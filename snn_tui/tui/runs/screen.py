"""Runs: all runs at a glance, their curves over each other, what differs between them, and tidying up."""

from __future__ import annotations

from rich.console import RenderableType
from textual import work
from textual.app import ComposeResult
from textual.widgets import Input

from snn_tui.config.own_network import flag_words
from snn_tui.render.canvas import Canvas
from snn_tui.render.copied import COLUMNS as TABLE_WIDTH
from snn_tui.render.copied import as_text, runs_tsv
from snn_tui.render.runs import runs_table
from snn_tui.render.text import clean
from snn_tui.runs.catalogue import Catalogue
from snn_tui.runs.sweep import SweepRecord
from snn_tui.tui.runs.comparison import RunComparison
from snn_tui.tui.runs.draw.columns import COLUMNS
from snn_tui.tui.runs.draw.run_axes import run_axes
from snn_tui.tui.runs.draw.run_list import run_list
from snn_tui.tui.runs.keys import RUNS
from snn_tui.tui.runs.list_screen import ListScreen, rows_in
from snn_tui.tui.runs.state import RunListState
from snn_tui.tui.runs.tidying import ask_delete, ask_name, ask_note, rename
from snn_tui.tui.shared.chart_keys import CHART_ACTIONS
from snn_tui.tui.shared.copying import Copyable, choose_and_copy, of_run
from snn_tui.tui.shared.drawing import canvas_of
from snn_tui.tui.shared.panel import Panel

_SMALLEST_LIST = 7
_OF_A_RUN = {"copy", "open", "mark", "cursor", "page", "sort", "turn", "columns", "across", "sweep"}
_OF_CURVES = {"curve", "view", "scroll", "equal", *CHART_ACTIONS} - {"chart_cursor"}
_NOT_WHILE_TYPING = {*_OF_CURVES, "chart_cursor", "filter", "fold", "columns", "across", "sweep"}


class RunsScreen(ListScreen):
    """Lists the runs of the folder and the shipped ones, and keeps the list true while it is looked at."""

    INFO = RUNS
    BINDINGS = RUNS.bindings

    def __init__(self) -> None:
        super().__init__()
        self._sweeping = False  # whether the sweep of the cursor's run is wanted below the list
        self._axis = 0  # the one that colours runs across their options, counted from the right

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
        self._state.restore(kept.runs_sort, kept.runs_rising, kept.runs_columns, kept.runs_folded)
        if self.host.followed is not None:
            self._state.point_at(str(self.host.followed.run.path))
        self._watch()

    def lay_out(self) -> None:
        """The list takes the rows it needs, half of them at most."""
        if not self.query("#runs"):
            return
        room = max(1, self.app.size.height - 2)
        rows = max(self._state.total, len(self._state.visible))  # a row of several is one more
        most = room // 3 if self.query_one(RunComparison).across else (room + 1) // 2
        height = min(max(rows + 3, _SMALLEST_LIST), max(most, _SMALLEST_LIST))
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
            new = self.host.key_named("train.new")
            panel.say("no run has all of this" if total else f"no run yet: {new} on Train starts one")
        panel.show(state if state.visible else None, title)

    def _show_below(self) -> None:
        if not self.query(RunComparison):  # the screen is leaving, and a worker has read one more run
            return
        below, state = self.query_one(RunComparison), self._state
        below.set_class(self._sweeping and self._record is not None, "-sweep")
        if below.sweeping and self._record is not None and state.current is not None:
            below.show_sweep(self._record, state.current.run)
            return
        if not below.across:
            below.show(state.marked, state.current, self._read)
            return
        marked = [entry for entry, _ in state.marked]
        runs = marked if len(marked) > 1 else state.visible
        record = self._record if isinstance(self._record, SweepRecord) else None
        axes = run_axes(runs, state.marks, state.current, state.column, self._axis, record)
        below.show_across(axes, len(runs))

    def _show_sweep(self) -> None:
        self._show_below()
        self.refresh_footer()

    @property
    def footer_state(self) -> tuple[object, ...]:
        """The keys depend on the run of the cursor."""
        entry = self._state.current
        return (
            *super().footer_state,
            entry and (entry.resumable, entry.changeable, entry.summary.trained),
            self._has_sweep,
        )

    # What its keys do

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys make sense now."""
        if not self.is_mounted:
            return True
        entry, typing = self._state.current, isinstance(self.focused, Input)
        if typing and action in _NOT_WHILE_TYPING:
            return False
        below = self.query_one(RunComparison)
        if action in _OF_CURVES - {"view", "scroll"} and below.sweeping:
            return False
        if action in _OF_CURVES and below.across and not below.sweeping:
            return False
        if action == "sweep":
            return self._has_sweep
        if action in _OF_A_RUN:
            return entry is not None
        if action == "again":  # of a loop of the user's own no option says how
            return entry is not None and not (entry.summary.config and entry.summary.config.own_loop)
        if action == "resume":
            return entry is not None and entry.resumable
        if action == "note":
            return entry is not None and not entry.shipped and not entry.members
        if action in ("rename", "delete"):
            return entry is not None and entry.changeable
        if action == "inspect":
            return entry is not None and (entry.summary.trained or entry.summary.traced)
        if action == "results":
            return entry is not None and entry.summary.trained
        if action == "unmark":
            return bool(self._state.marks)
        if action == "back":
            return bool(self._state.marks or self._state.words or typing)
        if action == "view":
            return self.has_class("-narrow")
        return True

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

    def action_equal(self) -> None:
        """List options that are equal, too, or only those that differ."""
        self.query_one(RunComparison).toggle_options()

    def action_across(self) -> None:
        """Draw the runs across their options, or their curves again."""
        self._sweeping &= self._record is None  # of a run without a sweep it is not seen
        self.query_one(RunComparison).toggle_class("-across")
        self.lay_out()
        self._show()

    def action_sweep(self) -> None:
        """Draw the sweep of the run, or what was there before."""
        self._sweeping = not self._sweeping
        self._show()

    def action_chart_cursor(self, by: int) -> None:
        """Read the curves at another place, or colour by another axis."""
        if self.query_one(RunComparison).across:
            self._axis -= by
            self._show_below()
        else:
            super().action_chart_cursor(by)

    def action_view(self) -> None:
        """Where there is room for one panel only: show the other."""
        self.query_one(RunComparison).toggle_class("-facts")

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
        words = flag_words(entry.summary.config)
        choices = (
            *(() if entry.members else of_run(entry.run, entry.resumable, words)),
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


def _list(state: RunListState, canvas: Canvas) -> RenderableType:
    return run_list(state.view(rows_in(canvas.height)), canvas)
