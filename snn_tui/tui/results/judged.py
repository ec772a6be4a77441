"""What Results holds and draws: a run judged by val or test, and what the inspector answers about it."""

from __future__ import annotations

import asyncio

from textual import work
from textual.app import ComposeResult
from textual.containers import Container

from snn_tui.analysis.judgement import Judgement, unpacked
from snn_tui.analysis.results import DRAWS
from snn_tui.analysis.task_results import AnyResults, TaskResults
from snn_tui.errors import SnnTuiError
from snn_tui.export.report.contents import has_test_scores
from snn_tui.inspector import messages, run_messages
from snn_tui.runs.rundir import RunDir
from snn_tui.tui.results.keys import RESULTS
from snn_tui.tui.results.panels import BinaryPanels, Panels
from snn_tui.tui.results.state import Measured, ResultsState, prepared
from snn_tui.tui.results.task_panels import TaskPanels
from snn_tui.tui.shared.screen import CheckpointScreen, dataset_name, error_text
from snn_tui.values.energy import Energy

LOW, SLIM = 23, 76
"""Rows and columns below which panels are smaller."""

HIGH = 50
"""Rows from which the upper panels grow, too."""

COSTED = 48
"""Images that what an image costs is measured on: a second or two."""


class JudgedScreen(CheckpointScreen):
    """Shows what a run's network is worth; what its keys do is added by `ResultsScreen`."""

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
        epoch = [f"epoch {judgement.epoch}"] if judgement.epoch else []  # a graph has none
        return [self.run_label, data, judgement.split, *epoch]

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
            remedy=f"; {self.host.key_named('inspect.download')} on Inspect gets it.",
        )
        self.show_other_code(self._facts.other_code if self._facts else "")
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
            question = run_messages.MeasureEnergy(ref, judgement.split, COSTED)
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
