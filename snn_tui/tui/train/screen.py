"""Train: the form for a new run, and a run as it goes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rich.table import Table
from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Input

from snn_tui.config.own_network import difference, flag_words
from snn_tui.config.run_config import OPTIONS, RunConfig
from snn_tui.errors import SnnTuiError
from snn_tui.render import tables
from snn_tui.render.canvas import Canvas
from snn_tui.render.chart_view import reset
from snn_tui.render.copied import COLUMNS, as_text, epochs_tsv
from snn_tui.render.text import clean
from snn_tui.runs import process
from snn_tui.runs.events import EpochEnded
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.state import RunState
from snn_tui.runs.store import read_config
from snn_tui.tui.shared.ask import Confirm
from snn_tui.tui.shared.chart_keys import CHART_ACTIONS
from snn_tui.tui.shared.chart_panel import ChartPanel
from snn_tui.tui.shared.chart_screen import ChartScreen
from snn_tui.tui.shared.charts import view_words
from snn_tui.tui.shared.copying import Copyable, choose_and_copy, of_run
from snn_tui.tui.shared.drawing import canvas_of
from snn_tui.tui.shared.follower import Followed
from snn_tui.tui.shared.panel import Panel
from snn_tui.tui.shared.positive import positive_title
from snn_tui.tui.train.all_options import AllOptions
from snn_tui.tui.train.draw.curves import validation_curves
from snn_tui.tui.train.draw.logged import (
    LOSS,
    MACHINE,
    USUAL_SMOOTHING,
    charts_of,
    logged_curves,
    machine_curves,
)
from snn_tui.tui.train.draw.outcome import RunKeys
from snn_tui.tui.train.draw.run_panel import run_panel
from snn_tui.tui.train.form import RunForm
from snn_tui.tui.train.keys import TRAIN
from snn_tui.tui.train.log import TrainerLog
from snn_tui.values.task import TaskKind

_NO_EPOCH = "no epoch has ended yet"
_NO_BEAT = "nothing is known of the machine yet"


class TrainScreen(ChartScreen):
    """Starts a run, and shows the one the application follows."""

    INFO = TRAIN
    BINDINGS = TRAIN.bindings

    def __init__(self) -> None:
        super().__init__()
        self._followed: Followed | None = None
        self._epochs_back = 0  # epochs scrolled back from the latest
        self._epochs_drawn: int | None = None
        self._chart = LOSS
        self._machine = False  # whether the page of the machine is shown
        self._loss_drawn: tuple[object, ...] = ()  # what the chart was drawn from

    # What is drawn

    def compose_body(self) -> ComposeResult:
        """The form, and behind it the panels of a run."""
        yield RunForm(self.host.config, self.host.network)
        with Container(id="watching", classes="hidden"):
            with Container(id="above"):
                yield ChartPanel(logged_curves, "Loss", id="loss")
                with Container(id="beside"):
                    yield Panel(run_panel, "Run", id="run")
                    yield ChartPanel(validation_curves, "Validation", empty=_NO_EPOCH, id="validation")
            with Container(id="machine"):
                for name, chart in MACHINE.items():
                    yield ChartPanel(machine_curves, chart.title, empty=_NO_BEAT, id=f"machine-{name}")
            yield Panel(
                _epoch_table,
                "Epochs (on val)",
                empty=_NO_EPOCH,
                wheel=("epochs(-1)", "epochs(1)"),
                id="epochs",
            )

    def on_mount(self) -> None:
        """Begin on the button, where every key works."""
        self.query_one(RunForm).focus_start()

    @property
    def footer_state(self) -> tuple[object, ...]:
        """`v` is there where there is room for one chart; other keys depend on the state of the run."""
        followed = self._followed
        shown = followed and (followed.active, followed.resumable, followed.paused)
        return (*super().footer_state, shown, self._machine)

    @property
    def key_labels(self) -> dict[str, str]:
        """The key that pauses a run lets a paused one go on."""
        return {"pause": "go on"} if self._followed is not None and self._followed.paused else {}

    def show_run(self) -> None:
        """Draw the followed run; without one, the form."""
        followed = self.host.followed
        if followed is None:
            if self._followed is not None:  # it was deleted
                self._followed = None
                self._show_form(True)
            return
        if self._followed is not followed:  # another run, or the same one chosen again
            self._followed, self._epochs_back, self._epochs_drawn = followed, 0, None
            self.view = reset(self.view)
            self._show_form(False)
        state = followed.state
        watching = self.query_one("#watching")
        watching.set_class(not followed.active, "-ended")
        watching.set_class(not state.has_gpu, "-no-gpu")
        # Nothing was trained: then why is all there is to say.
        watching.set_class(not followed.active and not state.losses, "-bare")
        drawn = (state, state.step, len(state.loss_steps), len(state.epochs_ended), state.epochs)
        beats = len(state.machine.times) if self._machine or self._chart in MACHINE else 0
        if (*drawn, beats) != self._loss_drawn:  # a heartbeat, say, is no reason to draw a chart of the loss
            self._loss_drawn = (*drawn, beats)
            self._show_logged(state)
        self.query_one("#run", Panel).show(
            (state, self.host.run_status, followed.log, self._run_keys), f"Run {followed.run.name}"
        )
        if self._epochs_drawn != len(state.epochs_ended):
            self._epochs_drawn = len(state.epochs_ended)
            self._show_epochs(state)
        self.refresh_footer()

    @property
    def _run_keys(self) -> RunKeys:
        named = self.host.key_named
        return RunKeys(named("train.resume"), named("train.stop"), named("app.choose_run"))

    def _show_epochs(self, state: RunState) -> None:
        ended = state.epochs_ended
        self._epochs_back = min(self._epochs_back, max(0, len(ended) - 1))
        visible = ended[: len(ended) - self._epochs_back]
        title = f"Epochs (on val){positive_title(state.task)}"
        title += f" · to {visible[-1].epoch} of {len(ended)}" if self._epochs_back else ""
        value = (visible, state.best_epoch, state.task.kind, state.own_loop) if ended else None
        self.query_one("#epochs", Panel).show(value, title)
        self._show_validation(state)

    def view_changed(self) -> None:
        """Draw all charts again."""
        if self._followed is not None:
            self._show_logged(self._followed.state)
            self._show_validation(self._followed.state)

    def _show_logged(self, state: RunState) -> None:
        """Draw the chart that was chosen, or those of the machine."""
        if self._machine:
            for name in MACHINE:
                panel = self.query_one(f"#machine-{name}", ChartPanel)
                value = (state, name, self.view, self.smoothing_of(name)) if state.machine.times else None
                panel.show(value, self._chart_title(name, MACHINE[name].title))
            return
        charts = charts_of(state)
        name = self._chart if self._chart in charts else LOSS
        value = (state, name, self.view, self.smoothing_of(name, USUAL_SMOOTHING.get(name, 0.0)))
        self.query_one("#loss", ChartPanel).show(value, self._chart_title(name, charts[name]))

    def _chart_title(self, name: str, title: str) -> str:
        usual = USUAL_SMOOTHING.get(name, 0.0)
        smoothing = self.smoothing_of(name, usual)
        return title + (f" · smoothing {smoothing:g}" if smoothing != usual else "") + view_words(self.view)

    def _show_validation(self, state: RunState) -> None:
        self.query_one("#validation", ChartPanel).show((state, self.view) if state.epochs_ended else None)

    def _show_form(self, form: bool) -> None:
        self.query_one(RunForm).set_class(not form, "hidden")
        self.query_one("#watching").set_class(form, "hidden")
        if form:
            self.query_one(RunForm).focus_start()
        else:
            self.set_focus(None)
        self.refresh_bindings()

    @property
    def _in_form(self) -> bool:
        return not self.query_one(RunForm).has_class("hidden")

    # What its keys do

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys make sense now."""
        if not self.is_mounted:
            return True
        active = self._followed is not None and self._followed.active
        if action in ("start", "options"):
            return self._in_form
        if action == "back":
            return self._in_form and (self._followed is not None or isinstance(self.focused, Input))
        if action == "chart":
            return not self._in_form and not self._machine and self.has_class("-narrow")
        if action in ("pause", "stop"):
            return active and not self._in_form
        if action == "resume":
            followed = self._followed
            return not self._in_form and followed is not None and followed.resumable
        if action == "again" and self._followed is not None and self._followed.state.own_loop:
            return False  # no option says how
        if action in ("copy", "inspect", "again", "log"):
            return self._followed is not None and not self._in_form
        if action == "logged":
            return not self._in_form and not self._machine
        if action in ("new", "epochs", "machine") or action in CHART_ACTIONS:
            return not self._in_form
        return True

    def action_start(self) -> None:
        """Train what the form says."""
        self.query_one(RunForm).submit()

    @on(RunForm.Submitted)
    def _submitted(self, message: RunForm.Submitted) -> None:
        self._start(message.config)

    @work(exclusive=True, group="start")
    async def _start(self, config: RunConfig) -> None:
        followed = self._followed
        if followed is not None and followed.active:
            question = f"{clean(followed.run.name)} is still being trained.\nStart another beside it?"
            if not await self.app.push_screen_wait(Confirm(question)):
                return
        self.host.launch(config)

    def action_new(self) -> None:
        """Show the form."""
        self._show_form(True)

    @work(exclusive=True, group="options")
    async def action_options(self) -> None:
        """Set any option."""
        form = self.query_one(RunForm)
        network = form.network
        values: dict[str, Any] = await self.app.push_screen_wait(AllOptions(form.values, network))
        form.take(values, own=network is not None)
        form.focus_start()

    async def action_again(self) -> None:
        """Show the form with the configuration of the run."""
        if self._followed is not None:
            await self.run_again(self._followed.run)

    async def run_again(self, run: RunDir) -> None:
        """Show the form with the configuration of a run, but for its name."""
        try:
            config = await asyncio.to_thread(read_config, run)
            other_code = await asyncio.to_thread(difference, config)
        except SnnTuiError as error:
            self.host.show_error(error)
            return
        self._show_form(True)
        values = {name: getattr(config, name) for name in OPTIONS} | {"name": None}
        self.query_one(RunForm).take(values, own=config.network is not None)
        if other_code:
            self.notify(clean(other_code, 400), severity="warning", timeout=10, markup=False)

    def action_log(self) -> None:
        """Show the end of the trainer's log."""
        if self._followed is not None:
            self.app.push_screen(TrainerLog(self._followed.run))

    def action_back(self) -> None:
        """From a field to the button, from there to the run."""
        if isinstance(self.focused, Input):
            self.query_one(RunForm).focus_start()
        elif self._followed is not None:
            self._show_form(False)

    async def action_pause(self) -> None:
        """Hold the run, or let it go on."""
        followed = self._followed
        if followed is None:
            return
        hold = not followed.paused
        try:
            await asyncio.to_thread(process.pause if hold else process.unpause, followed.run)
        except SnnTuiError as error:
            self.host.show_error(error)
            return
        followed.paused = hold
        self.host.run_changed()

    @work(exclusive=True, group="stop")
    async def action_stop(self) -> None:
        """Stop the run, after asking."""
        followed = self._followed
        if followed is None:
            return
        how = (
            "Its loop ends after the present batch."
            if followed.state.own_loop
            else "It saves a checkpoint first."
        )
        question = f"Stop {clean(followed.run.name)}?\n{how}"
        if not await self.app.push_screen_wait(Confirm(question)):
            return
        if not followed.active:
            self.notify("The run had ended before you answered.")
            return
        try:
            await asyncio.to_thread(process.stop, followed.run)  # of a cluster's job: as long as that takes
        except SnnTuiError as error:
            self.host.show_error(error)

    def action_resume(self) -> None:
        """Go on with the run."""
        if self._followed is not None:
            self.host.resume(self._followed.run)

    def action_chart(self) -> None:
        """Where there is room for one chart only: show the other."""
        self.query_one("#above").toggle_class("-validation")

    def action_smooth(self, by: int) -> None:
        """Smooth the chart, or those of the machine, more or less."""
        for name in MACHINE if self._machine else (self._chart,):
            self.smooth_by(name, by, USUAL_SMOOTHING.get(name, 0.0))
        self.view_changed()

    def action_logged(self, by: int) -> None:
        """Draw another of the numbers that the run logs."""
        if self._followed is not None:
            names = list(charts_of(self._followed.state))
            now = names.index(self._chart) if self._chart in names else 0
            self._chart = names[(now + by) % len(names)]
            self.view = replace(self.view, y=None)
            self._show_logged(self._followed.state)

    def action_machine(self) -> None:
        """Show the use of the machine in place of the charts of training, or those again."""
        self._machine = not self._machine
        self.query_one("#watching").set_class(self._machine, "-machine")
        self.view = replace(self.view, y=None)
        self.refresh_footer()
        self.call_after_refresh(self.view_changed)

    def action_epochs(self, by: int) -> None:
        """Scroll the epoch table."""
        if self._followed is not None:
            self._epochs_back = max(0, self._epochs_back - by)
            self._show_epochs(self._followed.state)

    @work(exclusive=True, group="copy")
    async def action_copy(self) -> None:
        """Copy the run's path or command, or its epochs."""
        followed = self._followed
        if followed is None:
            return
        state = followed.state
        choices = of_run(followed.run, followed.resumable, flag_words(state.config))
        ended, best, kind, own = list(state.epochs_ended), state.best_epoch, state.task.kind, state.own_loop
        if ended:
            canvas = canvas_of(self).resized(COLUMNS, len(ended) + 2)
            choices += [
                Copyable(
                    "t", "epochs as text", lambda: as_text(_epoch_table(ended, best, kind, own, canvas))
                ),
                Copyable("v", "epochs as TSV", lambda: epochs_tsv(ended, kind)),
            ]
        await choose_and_copy(self.app, choices)

    async def action_inspect(self) -> None:
        """Go to Inspect with this run."""
        if self._followed is not None:
            await self.host.go("inspect", self._followed.run)


def _epoch_table(
    rows: Sequence[EpochEnded], best: int | None, kind: TaskKind, own_loop: bool, canvas: Canvas
) -> Table:
    return tables.epoch_table(rows, best, canvas, kind, own_loop=own_loop)
