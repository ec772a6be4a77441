"""Results: a run judged by val or test, with a threshold that moves, and how far to trust it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Static

from snn_tui.analysis.judgement import unpacked
from snn_tui.analysis.results import DRAWS, Results
from snn_tui.errors import SnnTuiError
from snn_tui.export.report.contents import has_test_scores
from snn_tui.inspector import messages
from snn_tui.render.energy import energy as draw_energy
from snn_tui.render.text import clean
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.summary import summaries
from snn_tui.tui.results.draw import charts, tables
from snn_tui.tui.results.draw.tables import ScoresShown
from snn_tui.tui.results.exporting import Export
from snn_tui.tui.results.state import Judging, Measured
from snn_tui.tui.shared import keys
from snn_tui.tui.shared.ask import AskLine, Confirm
from snn_tui.tui.shared.follower import Followed
from snn_tui.tui.shared.header import Header
from snn_tui.tui.shared.key_line import KeyLine
from snn_tui.tui.shared.panel import Panel
from snn_tui.tui.shared.pending_request import Wish
from snn_tui.tui.shared.steady import SteadyScreen

if TYPE_CHECKING:
    from snn_tui.tui.app import SnnTuiApp

ROOMY = (112, 38)
"""Columns and rows from which everything is shown at once."""

LOW = 23
"""Rows below which every line counts."""

PAGES = ("scores", "threshold", "curves", "mistakes", "energy")
"""What is shown together where there is no room for all."""

_MOST_DRAWS = 64
_COSTED = 48  # images that what an image costs is measured on: a second or two


class ResultsScreen(SteadyScreen[None]):
    """Shows what a run's network is worth."""

    BINDINGS = keys.bindings(keys.RESULTS)
    app: SnnTuiApp

    def __init__(self) -> None:
        super().__init__()
        self._run: RunDir | None = None
        self._sought: RunDir | None = None  # the run last asked for, opened or not
        self._ref: messages.RunRef | None = None  # what questions about the run name it by
        self._facts: messages.RunFacts | None = None
        self._costed: tuple[RunDir | None, int, str] | None = None  # whose cost is shown
        self._judging = Judging()
        self._measuring = False
        self._page = 0
        self._paged = False  # as the footer has it

    # What it looks like

    def compose(self) -> ComposeResult:
        """All panels; where there is no room for all, some of them at a time."""
        yield Header("results")
        yield Static(id="banner", markup=False)
        with Container(id="results", classes="-roomy"):
            yield Panel(tables.scores, "Scores", empty="starting the tracer...", id="scores")
            yield Panel(charts.roc, "ROC", id="roc")
            yield Panel(tables.confusion, "Confusion", id="confusion")
            yield Panel(charts.calibration, "Reliability", id="reliability")
            yield Panel(charts.steps, "Verdict after t steps", id="steps")
            yield Panel(tables.mistakes, "Worst mistakes", id="mistakes")
            yield Panel(tables.draws, "Re-encoding", id="draws")
            yield Panel(draw_energy, "One image costs", id="energy")
        yield KeyLine()

    def on_resize(self) -> None:
        """Everything at once with room, else page by page."""
        width, height = self.app.size
        roomy = width >= ROOMY[0] and height >= ROOMY[1]
        box = self.query_one("#results")
        box.set_class(roomy, "-roomy")
        box.set_class(not roomy, "-paged")
        box.set_class(height < LOW, "-low")
        box.set_class(width < 76, "-slim")
        self._show_page()
        self.call_after_refresh(self._show_footer)

    def _show_page(self) -> None:
        box = self.query_one("#results")
        for place, name in enumerate(PAGES):
            box.set_class(place == self._page, f"-{name}")
        paged = box.has_class("-paged")
        words = f"page {self._page + 1} of {len(PAGES)}, tab" if paged else ""
        for name in ("scores", "roc", "reliability", "mistakes", "energy"):
            self.query_one(f"#{name}", Panel).border_subtitle = words

    def _show_footer(self) -> None:
        """The footer has `tab` where there are pages."""
        paged = self.query_one("#results").has_class("-paged")
        if self._paged is not paged:
            self._paged = paged
            self.refresh_bindings()

    def on_mount(self) -> None:
        """Hear of the followed run."""
        self.app.viewers.append(self)

    def on_screen_resume(self) -> None:
        """Coming here: Train may show another run by now, or this one may have another checkpoint."""
        self.run_changed(self.app.followed, self.app.word)
        self._choose()

    def run_changed(self, followed: Followed | None, word: str) -> None:
        """The followed run moved on: only the header shows it, until `u`."""
        if not self.query(Header):  # not there yet, or leaving already
            return
        results, facts = self._judging.results, []
        if self._run is not None and results is not None:
            judgement = results.judgement
            dataset = judgement.dataset + (" (synthetic)" if judgement.synthetic else "")
            facts = [self._run.title, dataset, judgement.split, f"epoch {judgement.epoch}"]
        same = followed is not None and followed.run == self._run
        self.query_one(Header).show(facts, word if same else "idle")

    def _say(self, words: str) -> None:
        """Words in place of results."""
        self._judging.forget()
        for panel in self.query(Panel):
            panel.show(None)
        self._show_titles()
        self._tell(words)
        self.refresh_bindings()

    def _tell(self, words: str) -> None:
        for panel in self.query("#scores").results(Panel):
            panel.say(words)

    # What is drawn, all of it or what a threshold changes

    def _show(self) -> None:
        judging = self._judging
        results = judging.results
        if results is None:
            return
        self._show_titles()
        self._panel("reliability", results.reliability)
        self._show_threshold()
        self._banner()
        self.run_changed(self.app.followed, self.app.word)
        self.refresh_bindings()

    def _show_threshold(self) -> None:
        """All that depends on the threshold. The scores follow with their intervals, a moment later."""
        judging = self._judging
        results = judging.results
        if results is None:
            return
        value = judging.threshold.value
        self._panel("roc", (results, value), f"ROC · threshold {judging.threshold.text}")
        self._panel(
            "confusion",
            (
                results.confusion_matrix(value),
                judging.threshold,
                results.judgement.split,
                results.judgement.num_steps,
            ),
        )
        settled = judging.measured.settled if judging.measured and not judging.stale else None
        self._panel("steps", (results.steps(value), settled))
        self._show_mistakes()
        self._show_draws()
        if judging.measured is None:
            self._show_scores()
        if judging.stale and not self._measuring:
            self._measure()

    def _show_scores(self) -> None:
        """Values and intervals of the same threshold, always."""
        judging = self._judging
        results, measured = judging.results, judging.measured
        if results is None:
            return
        threshold = measured.threshold if measured else judging.threshold
        self._panel(
            "scores",
            ScoresShown(
                values=results.values(threshold.value),
                intervals=measured.intervals if measured else None,
                published=results.published,
                threshold=threshold,
                split=results.judgement.split,
                synthetic=results.judgement.synthetic,
            ),
        )
        if measured and not judging.stale:
            self._panel("steps", (results.steps(threshold.value), measured.settled))

    def _show_mistakes(self) -> None:
        judging = self._judging
        if judging.results is not None:
            count = f"{len(judging.mistakes)} of {len(judging.results.judgement)}"
            self._panel(
                "mistakes", (judging.mistakes, judging.place), f"Worst mistakes · {count} · enter inspects"
            )

    def _show_draws(self) -> None:
        judging = self._judging
        if judging.results is not None:
            done = len(judging.results.redraws)
            count = f"{done} draws" if done == judging.wanted else f"{done} of {judging.wanted}"
            shown = (judging.results.spreads(judging.threshold.value), done, judging.wanted)
            constant = judging.wanted == 1
            self._panel("draws", shown, "Re-encoding · none" if constant else f"Re-encoding · {count}")

    def _show_titles(self) -> None:
        results = self._judging.results
        title = "Scores"
        if results is not None:
            judgement = results.judgement
            kept = "balanced" if judgement.balanced else "all"
            title = f"Scores · {judgement.split} · {len(judgement)} images, {kept}"
        self._panel("scores", None, title)

    def _panel(self, name: str, value: object, title: str | None = None) -> None:
        for panel in self.query(f"#{name}").results(Panel):  # none while the screen is leaving
            panel.show(value, title)

    def _banner(self) -> None:
        results, words = self._judging.results, ""
        if results is not None and results.judgement.synthetic:
            words = "SYNTHETIC phantoms, no x-rays."
            if self._facts is not None and self._facts.stand_in:
                words = "SYNTHETIC phantoms: PneumoniaMNIST is not on this machine; w on Inspect gets it."
        for banner in self.query("#banner").results(Static):
            banner.update(words)
            banner.set_class(bool(words), "shown")

    # Talking to the inspector

    @work(exclusive=True, group="choose")
    async def _choose(self) -> None:
        """Judge the run that Train shows, once it has a checkpoint; until then the newest that has one."""
        followed = self.app.followed
        other = followed is not None and followed.run != self._sought
        if followed is not None and other and await asyncio.to_thread(followed.run.weights.exists):
            self.open_run(followed.run)
            return
        if self._sought is not None:
            self.open_run(self._sought)
            return
        rows = await asyncio.to_thread(summaries, self.app.root)
        trained = [row for row in rows if row.trained]
        if trained:
            self.open_run(RunDir(Path(trained[0].path)))
        else:
            self._say("No run has a checkpoint yet: start one on Train (1), its first epoch saves one.")

    @work(exclusive=True, group="judge")
    async def open_run(self, run: RunDir) -> None:
        """Judge a run: by test if it is finished, else by val. One that is open already is judged again."""
        self._sought = run
        if run != self._run:
            self._say("opening the run...")
            ref = messages.RunRef(str(run.path.absolute()), self.app.config.data)
            try:
                facts = await self.app.inspector.ask(messages.OpenRun(ref), self._working)
            except SnnTuiError as error:
                self._fail(error)
                return
            self._run, self._ref, self._facts = run, ref, facts
            try:
                split = "test" if await asyncio.to_thread(has_test_scores, run) else "val"
            except SnnTuiError as error:
                self._fail(error)
                return
            self._judging = Judging(split, wanted=DRAWS if facts.coding == "rate" else 1)
        await self._judge_now()

    @work(exclusive=True, group="judge")
    async def _judge(self) -> None:
        await self._judge_now()

    async def _judge_now(self) -> None:
        """Ask for the judgement in view; nothing changes if it is the one that is there."""
        judging = self._judging
        if self._ref is None:
            return
        question = messages.JudgeSplit(self._ref, judging.split, judging.balanced)
        try:
            answer = await self.app.inspector.ask(question, self._working)
        except SnnTuiError as error:
            self._fail(error)
            return
        if judging.results is None or judging.results.judgement != answer.judgement:
            judging.take(Results(answer.judgement))
            self._show()
        self._redraw()

    @work(exclusive=True, group="redraw")
    async def _redraw(self) -> None:
        """Ask for further draws of the coding, one by one, so that other questions come in between."""
        judging, results, ref = self._judging, self._judging.results, self._ref
        if results is None or ref is None or not await self._cost(results, ref):
            return
        while results is judging.results and len(results.redraws) < judging.wanted:
            judgement = results.judgement
            question = messages.RedrawSplit(ref, judgement.split, len(results.redraws), judging.balanced)
            try:
                answer = await self.app.inspector.ask(question)
            except SnnTuiError as error:
                self.app.complain(error)
                return
            if results is not judging.results:
                return
            scores = unpacked("d", answer.scores)
            if answer.epoch != judgement.epoch or len(scores) != len(judgement):
                self._judge()  # the trainer has put other weights there, or Inspect other images
                return
            results.add_draw(scores)
            self._show_draws()

    async def _cost(self, results: Results, ref: messages.RunRef) -> bool:
        """Ask what an image costs these weights, once; whether there was an answer."""
        split = results.judgement.split
        if self._costed != (self._run, results.judgement.epoch, split):
            try:
                answer = await self.app.inspector.ask(messages.MeasureEnergy(ref, split, _COSTED))
            except SnnTuiError as error:
                self.app.complain(error)
                return False
            self._costed = self._run, answer.epoch, split
            self._panel("energy", answer.energy)
        return True

    @work(exclusive=True, group="measure")
    async def _measure(self) -> None:
        """The slow parts, in a thread; for the newest threshold again, until none came meanwhile."""
        self._measuring = True
        try:
            while (results := self._judging.results) is not None and self._judging.stale:
                judging = self._judging
                measured = await asyncio.to_thread(Measured.of, results, judging.threshold)
                judging.remember(measured)
                if judging is self._judging:
                    self._show_scores()
        finally:
            self._measuring = False

    def _working(self, working: messages.Working) -> None:
        if self._judging.results is None:
            share = f" {working.share:.0%}" if working.share is not None else ""
            self._tell(f"{clean(working.what)}{share}")

    def _fail(self, error: SnnTuiError) -> None:
        self._say("; ".join(part for part in (str(error), error.remedy) if part))
        self._run = None
        self.app.complain(error)
        self.run_changed(self.app.followed, self.app.word)

    # What its keys do

    def action_threshold(self, direction: int) -> None:
        """Move the threshold by half a spike."""
        if self._judging.move(direction):
            self._show_threshold()

    def action_next_image(self, direction: int) -> None:
        """Move the threshold past one image."""
        if self._judging.next_image(direction):
            self._show_threshold()

    def action_best(self) -> None:
        """The best threshold on this split."""
        if not self._judging.best():
            self.notify("This is the best threshold here already.")
        self._show_threshold()

    def action_evaluated(self) -> None:
        """The threshold that evaluation uses."""
        if self._judging.evaluated():
            self._show_threshold()

    def action_choose(self, by: int) -> None:
        """Choose another mistake."""
        self._judging.choose(by)
        self._show_mistakes()

    async def action_inspect(self) -> None:
        """Look inside the chosen mistake."""
        mistake, results = self._judging.mistake, self._judging.results
        if mistake is not None and results is not None and self._run is not None:
            self.app.wish = Wish(self._run, results.judgement.split, mistake.index)
            await self.app.action_go("inspect")

    def action_split(self) -> None:
        """The other split; the threshold stays."""
        self._judging.other_split()
        self._judge()

    def action_balance(self) -> None:
        """All images, or those that balancing keeps."""
        self._judging.balanced = not self._judging.balanced
        self._judge()

    def action_redraw(self) -> None:
        """More draws of the coding."""
        if self._judging.wanted == 1:
            self.notify("Direct coding draws nothing: every draw is the same.")
            return
        self._judging.wanted = min(self._judging.wanted + DRAWS, _MOST_DRAWS)
        self._show_draws()
        self._redraw()

    def action_update(self) -> None:
        """Judge again, by the newest weights."""
        self._judge()

    def action_page(self, by: int) -> None:
        """Another page."""
        self._page = (self._page + by) % len(PAGES)
        self._show_page()

    @work(exclusive=True, group="export")
    async def action_export(self) -> None:
        """Write the report, after asking where to."""
        judging, run, ref = self._judging, self._run, self._ref
        if judging.results is None or run is None or ref is None:
            return
        export = Export(run, judging.results, judging.threshold)
        name = await self.app.push_screen_wait(AskLine("Write the report (.csv beside it) to:", export.name))
        if name is None:
            return
        export.aim(name)
        if export.exists:
            question = f"{clean(export.shown)} exists already.\nWrite over it?"
            if not await self.app.push_screen_wait(Confirm(question)):
                return
        try:
            answer = await self.app.inspector.ask(export.pictures(ref))
            await asyncio.to_thread(export.write, answer.files)
        except SnnTuiError as error:
            self.app.complain(error)
            return
        self.notify(f"Written: {clean(export.shown)}", markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys make sense now."""
        if action == "page":
            return bool(self.query("#results.-paged"))
        if action in ("choose", "inspect"):
            return self._judging.mistake is not None
        if action == "evaluated":
            return self._judging.results is not None
        own = {key.action.partition("(")[0] for key in keys.RESULTS}
        return self._judging.results is not None or action not in own
