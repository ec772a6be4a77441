"""Results: a run judged by val or test, with a threshold that moves, and how far to trust it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from textual import work
from textual.app import ComposeResult
from textual.containers import Container
from textual.worker import Worker

from snn_tui.analysis.judgement import Judgement, unpacked
from snn_tui.analysis.results import DRAWS
from snn_tui.analysis.task_results import AnyResults, TaskResults
from snn_tui.errors import SnnTuiError
from snn_tui.export.report.contents import has_test_scores
from snn_tui.inspector import messages, run_messages
from snn_tui.render.text import clean
from snn_tui.runs.rundir import RunDir
from snn_tui.tui.results.exit_view import ExitView
from snn_tui.tui.results.exporting import Export
from snn_tui.tui.results.keys import RESULTS
from snn_tui.tui.results.large import large_charts
from snn_tui.tui.results.panels import BinaryPanels, Panels
from snn_tui.tui.results.state import Measured, ResultsState, prepared
from snn_tui.tui.results.task_panels import TaskPanels
from snn_tui.tui.shared.ask import AskLine, Confirm
from snn_tui.tui.shared.large_charts import LargeCharts
from snn_tui.tui.shared.pending_request import PendingRequest
from snn_tui.tui.shared.screen import CheckpointScreen, dataset_name, error_text
from snn_tui.values.energy import Energy

LOW, SLIM = 23, 76
"""Rows and columns below which panels are smaller."""

HIGH = 50
"""Rows from which the upper panels grow, too."""

_MOST_DRAWS = 64
_COSTED = 48  # images that what an image costs is measured on: a second or two


class ResultsScreen(CheckpointScreen):
    """Shows what a run's network is worth."""

    INFO = RESULTS
    BINDINGS = RESULTS.bindings
    LAYOUTS = (("-roomy", 112, 38), ("-halved", 100, 28), ("-paged", 0, 0))
    MESSAGE_PANEL = "#scores"

    def __init__(self) -> None:
        super().__init__()
        self._ref: run_messages.RunRef | None = None  # what questions about the run name it by
        self._facts: run_messages.RunFacts | None = None
        self._costed: tuple[object, ...] | None = None  # what `_energy` was measured on
        self._energy: Energy | None = None
        self._exits: run_messages.ExitResult | None = None  # of the run that is open
        self._state = ResultsState()
        self._binary, self._several = BinaryPanels(id="binary"), TaskPanels(id="several")
        self._body = Container(self._binary, self._several, id="results")
        self._measuring = False
        self._page = 0

    # What is drawn

    def compose_body(self) -> ComposeResult:
        """All panels; where there is no room for all, some of them at a time."""
        yield self._body

    @property
    def _panels(self) -> Panels:
        """The panels of the kind of task that is in view; without results those of a binary one."""
        return self._binary if self._state.matrix is None else self._several

    def lay_out(self) -> None:
        """Everything at once where there is room, else in two halves or page by page."""
        super().lay_out()
        self._body.set_class(self.app.size.height < LOW, "-low")
        self._body.set_class(self.app.size.width < SLIM, "-slim")
        self._body.set_class(self.app.size.height >= HIGH, "-high")
        self._show_page()

    def _show_page(self) -> None:
        panels, pages = self._panels, self._pages
        self._page = self._page % len(pages) if pages else 0
        self._binary.display, self._several.display = panels is self._binary, panels is self._several
        panels.show_page(self._page, self.layout_class)

    @property
    def _pages(self) -> tuple[str, ...]:
        """Names of the pages to turn; none where there is room for everything."""
        return self._panels.pages(self.layout_class)

    @property
    def key_labels(self) -> dict[str, str]:
        """The arrows move in the matrix of several classes or labels, and reset lists all mistakes."""
        if self._state.matrix is None:
            return {}
        return {"across(-1)": "matrix", "across(1)": "matrix", "evaluated": "mistakes"}

    @property
    def header_facts(self) -> list[str]:
        """The judged run, its data and split, and the epoch of its checkpoint."""
        results = self._state.results
        if self.run is None or results is None:
            return []
        judgement = results.judgement
        data = dataset_name(judgement.dataset, judgement.synthetic)
        return [self.run_label, data, judgement.split, f"epoch {judgement.epoch}"]

    def show_message(self, text: str) -> None:
        """Show a text in place of the results."""
        self._state.forget()
        self._several.clear()
        self._binary.clear()
        self._binary.show("scores", None, "Scores")
        self._show_page()
        super().show_message(text)
        self.refresh_bindings()

    def show_progress(self, working: messages.Working) -> None:
        """Show what the inspector is busy with, unless there are results to look at."""
        if self._state.results is None:
            super().show_progress(working)

    def _show(self) -> None:
        """Draw a judgement that is new."""
        results = self._state.results
        if results is None:
            return
        self._show_page()
        self._panels.show_judgement(self._state)
        self._show_threshold()
        self.show_banner(
            synthetic=results.judgement.synthetic,
            stand_in=results.judgement.synthetic and self._facts is not None and self._facts.stand_in,
            task=results.judgement.task,
            missing=self._facts.missing if self._facts else "",
            differing=self._facts.differing if self._facts else (),
            remedy="; w on Inspect gets it.",
        )
        self.run_changed()
        self.refresh_bindings()

    def _show_threshold(self) -> None:
        """Draw what depends on the threshold, and compute its intervals if they are not known."""
        self._panels.show_threshold(self._state)
        if self._state.results is not None and self._state.stale and not self._measuring:
            self._measure()

    # Talking to the inspector

    def reopen_run(self, run: RunDir) -> None:
        """Judge the run again: it may have another checkpoint by now."""
        self.open_run(run)

    @work(exclusive=True, group="judge")
    async def open_run(self, run: RunDir) -> None:
        """Judge a run: by test if it is finished, else by val. One that is open already is judged again."""
        self.requested_run = run
        if run != self.run:
            self.show_message("opening the run...")
            ref = run_messages.RunRef(str(run.path.absolute()), self.host.config.data)
            try:
                facts = await self.host.inspector.ask(run_messages.OpenRun(ref), self.show_progress)
            except SnnTuiError as error:
                self._fail(error)
                return
            await self.set_run(run)
            self._ref, self._facts, self._exits = ref, facts, None
            try:
                split = "test" if await asyncio.to_thread(has_test_scores, run) else "val"
            except SnnTuiError as error:
                self._fail(error)
                return
            self._state = ResultsState(split, num_draws=DRAWS if facts.coding == "rate" else 1)
        await self._judge_now()

    @work(exclusive=True, group="judge")
    async def _judge(self) -> None:
        await self._judge_now()

    async def _judge_now(self) -> None:
        """Ask for the judgement in view; nothing changes if it is the one that is there."""
        state = self._state
        if self._ref is None:
            return
        question = run_messages.JudgeSplit(self._ref, state.split, state.balanced)
        try:
            answer = await self.host.inspector.ask(question, self.show_progress)
        except SnnTuiError as error:
            self._fail(error)
            return
        if state.results is None or state.results.judgement != answer.judgement:
            state.take(await asyncio.to_thread(prepared, answer.judgement))
            self._show()
        self._redraw()

    @work(exclusive=True, group="redraw")
    async def _redraw(self) -> None:
        """Ask for further draws of the coding, one by one, so that other questions come in between."""
        state, results, ref = self._state, self._state.results, self._ref
        if results is None or ref is None or not await self._cost(results, ref):
            return
        while results is state.results and len(results.redraws) < state.num_draws:
            judgement = results.judgement
            question = run_messages.RedrawSplit(
                ref, judgement.split, len(results.redraws), judgement.balanced
            )
            try:
                answer = await self.host.inspector.ask(question)
            except SnnTuiError as error:
                self.host.show_error(error)
                return
            if results is not state.results:
                return
            if answer.epoch != judgement.epoch or not _add_draw(results, answer):
                self._judge()  # the trainer has put other weights there, or Inspect other images
                return
            self._panels.show_draws(self._state)

    async def _cost(self, results: AnyResults, ref: run_messages.RunRef) -> bool:
        """Show what an image costs these weights, for which is asked once; whether there was an answer."""
        judgement = results.judgement
        if self._costed != self._measured_on(judgement, judgement.epoch):
            question = run_messages.MeasureEnergy(ref, judgement.split, _COSTED)
            try:
                answer = await self.host.inspector.ask(question)
            except SnnTuiError as error:
                self.host.show_error(error)
                self._panels.say_energy(str(error))
                return False
            self._costed = self._measured_on(judgement, answer.epoch)
            self._energy = answer.energy
        if self._energy is not None:
            self._panels.show_energy(self._energy)
        return True

    def _measured_on(self, judgement: Judgement, epoch: int) -> tuple[object, ...]:
        """What the cost of an image depends on: the weights, which are of an epoch, and the images."""
        return self.run, epoch, judgement.split, judgement.source

    @work(exclusive=True, group="measure")
    async def _measure(self) -> None:
        """The slow parts, in a thread; for the newest threshold again, until none came meanwhile."""
        self._measuring = True
        try:
            while (results := self._state.results) is not None and self._state.stale:
                state = self._state
                measured = await asyncio.to_thread(Measured.of, results, state.threshold)
                state.remember(measured)
                if state is self._state:
                    self._panels.show_scores(self._state)
        finally:
            self._measuring = False

    def _fail(self, error: SnnTuiError) -> None:
        self.show_message(error_text(error))
        self.run = None
        self.host.show_error(error)
        self.run_changed()

    # What its keys do

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
            await asyncio.to_thread(export.write, answer.files)
        except SnnTuiError as error:
            self.host.show_error(error)
            return
        self.notify(f"Written: {clean(export.file_names)}", markup=False)

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


def _add_draw(results: AnyResults, answer: run_messages.RedrawResult) -> bool:
    """Take in a further draw of the coding; whether it is of the images that were judged."""
    if isinstance(results, TaskResults):
        if answer.scored is None or answer.scored.images != len(results.judgement):
            return False
        results.add_draw(answer.scored)
        return True
    scores = unpacked("d", answer.scores)
    if len(scores) != len(results.judgement):
        return False
    results.add_draw(scores)
    return True
