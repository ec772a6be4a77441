"""Results: what its keys do with a judged run, its threshold that moves, and the report."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from textual import work
from textual.worker import Worker

from snn_tui.analysis.results import DRAWS
from snn_tui.errors import SnnTuiError
from snn_tui.inspector import run_messages
from snn_tui.render.text import clean
from snn_tui.tui.results.exit_view import ExitView
from snn_tui.tui.results.exporting import Export
from snn_tui.tui.results.judged import COSTED, JudgedScreen
from snn_tui.tui.results.keys import RESULTS
from snn_tui.tui.results.large import large_charts
from snn_tui.tui.shared.ask import AskLine, Confirm
from snn_tui.tui.shared.large_charts import LargeCharts
from snn_tui.tui.shared.pending_request import PendingRequest
from snn_tui.values.early_exit import EarlyExit

_MOST_DRAWS = 64


class ResultsScreen(JudgedScreen):
    """What the keys of Results do."""

    def action_across(self, direction: int) -> None:
        """Move the threshold by half a spike, or to another column of the matrix."""
        if self._state.matrix is not None:
            self._move_cell(0, direction)
        elif self._state.move(direction):
            self._show_threshold()

    def action_along(self, direction: int) -> None:
        """Choose another mistake; of several classes or labels, another row of the matrix."""
        if self._state.matrix is not None:
            self._move_cell(direction, 0)
        else:
            self.action_choose(direction)

    def _move_cell(self, down: int, right: int) -> None:
        if (matrix := self._state.matrix) is not None:
            self.action_cell(matrix.row + down, matrix.column + right)

    def _turned_to(self, panel: str, instead: Sequence[str]) -> bool:
        """Turn to the page of a panel, unless one of others is in view; whether the page was turned.

        So no key moves or opens what cannot be seen.
        """
        panels = self._panels
        if not self._pages or panels.in_view(instead):
            return False
        self._page = panels.page_of(panel, self.layout_class)
        self._show_page()
        return True

    def action_cell(self, row: int, column: int) -> None:
        """Choose a cell of the matrix; where none is in view, bring it into view first."""
        if self._state.matrix is not None and not self._turned_to("task-matrix", self._several.CELL):
            self._state.matrix.choose(row, column)
            self._several.show_cell(self._state)
            self.refresh_bindings()

    def action_threshold_at(self, value: float) -> None:
        """Move the threshold to a value, to half a spike."""
        if self._state.move_to(value):
            self._show_threshold()

    def action_next_image(self, direction: int) -> None:
        """Move the threshold past one image."""
        if self._state.next_image(direction):
            self._show_threshold()

    def action_best(self) -> None:
        """The best threshold on this split."""
        if not self._state.best():
            self.notify("This is the best threshold here already.")
        self._show_threshold()

    def action_evaluated(self) -> None:
        """The threshold that evaluation uses; of several classes or labels, the list of all mistakes."""
        if self._state.matrix is not None:
            self._turned_to("task-images", self._several.CHOOSING)
            self._state.matrix.all_mistakes()
            self._panels.show_mistakes(self._state)
            self.refresh_bindings()
        elif self._state.evaluated():
            self._show_threshold()

    def action_choose(self, by: int) -> None:
        """Choose another image of the list; where it is not in view, bring it into view first."""
        if self._turned_to(self._panels.CHOOSING[0], self._panels.CHOOSING[:1]):
            return
        self._state.choose(by)
        self._panels.show_mistakes(self._state)

    async def action_inspect(self) -> None:
        """Look inside the chosen image; where nothing in view shows it, bring the list into view first."""
        if self._turned_to(self._panels.CHOOSING[0], self._panels.CHOOSING):
            return
        image, results = self._state.image, self._state.results
        if image is not None and results is not None and self.run is not None:
            split, listed = results.judgement.split, self._state.listed
            self.host.pending_request = PendingRequest(self.run, split, image, listed)
            await self.host.go("inspect")

    def action_split(self) -> None:
        """The other split; the threshold stays."""
        self._state.other_split()
        self._judge()

    def action_balance(self) -> None:
        """All images, or those that balancing keeps."""
        self._state.balanced = not self._state.balanced
        self._judge()

    def action_redraw(self) -> None:
        """More draws of the coding."""
        if self._state.num_draws == 1:
            self.notify("Direct coding draws nothing: every draw is the same.")
            return
        self._state.num_draws = min(self._state.num_draws + DRAWS, _MOST_DRAWS)
        self._panels.show_draws(self._state)
        self._redraw()

    def action_update(self) -> None:
        """Judge again, by the newest weights."""
        if self.requested_run is not None and self.requested_run != self.run:
            self.open_run(self.requested_run)
        else:
            self._judge()

    @work(exclusive=True, group="exits")
    async def action_exits(self) -> None:
        """Show what early exit gives on val, whatever early exit the run itself has."""
        if self._ref is None:
            return
        exits = self._exits_in_view
        if exits is None:
            self.notify("Choosing the lead for early exit on val.")
            try:
                exits = await self.host.inspector.ask(run_messages.MeasureExit(self._ref))
            except SnnTuiError as error:
                self.host.show_error(error)
                return
            self._exits = exits
            self.app.clear_notifications()  # this one would hide the last lines of the chart
        await self.app.push_screen_wait(ExitView(exits))

    def action_large(self) -> None:
        """Look at the charts one by one."""
        charts = large_charts(self._state, self._exits_in_view)
        if charts:
            self.app.push_screen(LargeCharts(charts))

    @property
    def _exits_in_view(self) -> run_messages.ExitResult | None:
        """What early exit gives the judged weights; None where it was not asked for, or of others."""
        results, exits = self._state.results, self._exits
        return exits if results and exits and exits.epoch == results.judgement.epoch else None

    def action_stop(self) -> None:
        """Stop judging; results that are in view stay."""
        self.workers.cancel_group(self, "judge")
        if (results := self._state.results) is None:
            self.show_message("Judging was stopped; u begins again.")
        else:
            self._state.split, self._state.balanced = results.judgement.split, results.judgement.balanced
            self.notify("Judging was stopped; u begins again.")

    @property
    def _judging(self) -> bool:
        return any(worker.group == "judge" and worker.is_running for worker in self.workers)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Judging may be stopped from when it begins until it ends."""
        if event.worker.group == "judge":
            self.refresh_bindings()

    def action_page(self, by: int) -> None:
        """Another page."""
        self._page += by
        self._show_page()

    @work(exclusive=True, group="export")
    async def action_export(self) -> None:
        """Write the report, after asking where to."""
        state, run, ref = self._state, self.run, self._ref
        if state.results is None or run is None or ref is None:
            return
        judgement = state.results.judgement
        energy = self._energy if self._costed == self._measured_on(judgement, judgement.epoch) else None
        export = Export(run, state.results, state.threshold, energy)
        name = await self.app.push_screen_wait(AskLine("Write the report (.csv beside it) to:", export.name))
        if name is None:
            return
        try:
            export.aim(name)
        except SnnTuiError as error:
            self.host.show_error(error)
            return
        if export.exists:
            question = f"{clean(export.file_names)} exists already.\nWrite over it?"
            if not await self.app.push_screen_wait(Confirm(question)):
                return
        try:
            answer = await self.host.inspector.ask(export.pictures(ref))
            exits = await self._early_exit(ref)
            await asyncio.to_thread(export.write, answer.files, exits)
        except SnnTuiError as error:
            self.host.show_error(error)
            return
        self.notify(f"Written: {clean(export.file_names)}", markup=False)

    async def _early_exit(self, ref: run_messages.RunRef) -> EarlyExit | None:
        """The early exit that the run is judged by, or that the user has looked at; None without either."""
        judgement = present.judgement if (present := self._state.results) is not None else None
        if judgement is None or (judgement.exit is None and self._exits_in_view is None):
            return None
        loss = judgement.exit.loss if judgement.exit is not None else 0.0
        question = run_messages.MeasureEarlyExit(ref, judgement.split, COSTED, judgement.balanced, loss)
        answer = await self.host.inspector.ask(question)
        return answer.exits if answer.epoch == judgement.epoch else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys make sense now."""
        if action == "page":
            return bool(self._pages)
        if action == "exits":
            return self._state.results is not None and self._state.results.judgement.num_steps > 1
        if action == "stop":
            return self._judging
        if action == "update":
            return self.requested_run is not None
        if action in ("along", "cell") and self._state.matrix is not None:
            return True
        if action in ("along", "choose", "inspect"):
            return self._state.image is not None
        if action in ("next_image", "best"):
            return self._state.binary is not None
        if action == "evaluated":
            return self._state.results is not None
        return self._state.results is not None or action not in RESULTS.action_names
