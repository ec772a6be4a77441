"""Train: the form for a new run, and a run as it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Input

from snn_tui.config.run_config import RunConfig
from snn_tui.errors import SnnTuiError
from snn_tui.render import tables
from snn_tui.render.text import clean
from snn_tui.runs import process
from snn_tui.runs.state import RunState
from snn_tui.tui.shared import keys
from snn_tui.tui.shared.ask import Confirm
from snn_tui.tui.shared.follower import Followed
from snn_tui.tui.shared.header import Header
from snn_tui.tui.shared.key_line import KeyLine
from snn_tui.tui.shared.panel import Panel
from snn_tui.tui.shared.steady import SteadyScreen
from snn_tui.tui.train.draw.curves import loss_chart, validation_chart
from snn_tui.tui.train.draw.run_panel import run_panel
from snn_tui.tui.train.form import RunForm

if TYPE_CHECKING:
    from snn_tui.tui.app import SnnTuiApp


_NO_EPOCH = "no epoch has ended yet"


class TrainScreen(SteadyScreen[None]):
    """Starts a run, and shows the one the application follows."""

    BINDINGS = keys.bindings(keys.TRAIN)
    app: SnnTuiApp

    def __init__(self) -> None:
        super().__init__()
        self._followed: Followed | None = None
        self._word = "idle"
        self._epochs_back = 0  # epochs scrolled back from the latest
        self._epochs_shown: int | None = None
        self._going: bool | None = None  # as the footer has it
        self._narrow = False  # likewise
        self._loss_drawn: tuple[object, ...] = ()  # what the chart shows

    # What it looks like

    def compose(self) -> ComposeResult:
        """The form, and behind it the panels of a run."""
        yield Header("train")
        yield RunForm(self.app.config)
        with Container(id="watching", classes="hidden"):
            with Container(id="above"):
                yield Panel(loss_chart, "Loss", id="loss")
                with Container(id="beside"):
                    yield Panel(run_panel, "Run", id="run")
                    yield Panel(validation_chart, "Validation", empty=_NO_EPOCH, id="validation")
            yield Panel(tables.epoch_table, "Epochs (on val)", empty=_NO_EPOCH, id="epochs")
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin on the button, where every key works."""
        self.app.viewers.append(self)
        self.query_one(RunForm).focus_start()
        self.run_changed(self.app.followed, self.app.word)

    def on_resize(self) -> None:
        """The footer has `v` only where there is room for one chart."""
        self.call_after_refresh(self._show_footer)

    def _show_footer(self) -> None:
        """Only on a change: drawing the footer may resize the screen."""
        if self._narrow is not self.has_class("-narrow"):
            self._narrow = not self._narrow
            self.refresh_bindings()

    def run_changed(self, followed: Followed | None, word: str) -> None:
        """Draw a run as it is now; called with the same run whenever something changed."""
        if not self.query(Header):  # not there yet, or leaving already
            return
        if followed is None:
            if self._followed is not None:  # it was deleted
                self._followed = None
                self.query_one(Header).show([], word)
                self._show_form(True)
            return
        if self._followed is not followed:  # another run, or the same one chosen again
            self._show_form(False)
            self._epochs_back, self._epochs_shown, self._going = 0, None, None
        self._followed, self._word = followed, word
        state = followed.state
        facts = [followed.run.title]
        if state.started:
            synthetic = " (synthetic)" if state.started.dataset.synthetic else ""
            facts = [followed.run.title, state.started.dataset.name + synthetic, state.started.device]
        self.query_one(Header).show(facts, word)
        watching = self.query_one("#watching")
        watching.set_class(not followed.going, "-ended")
        # Nothing was trained: then why is all there is to say.
        watching.set_class(not followed.going and not state.losses, "-bare")
        drawn = (state, state.step, len(state.loss_steps), len(state.epochs_ended), state.epochs)
        if drawn != self._loss_drawn:  # a heartbeat, say, is no reason to draw a chart
            self._loss_drawn = drawn
            self.query_one("#loss", Panel).show(state)
        self.query_one("#run", Panel).show((state, word, followed.log), f"Run {followed.run.name}")
        if self._epochs_shown != len(state.epochs_ended):
            self._epochs_shown = len(state.epochs_ended)
            self._show_epochs(state)
        if self._going is not followed.going:
            self._going = followed.going
            self.refresh_bindings()

    def _show_epochs(self, state: RunState) -> None:
        ended = state.epochs_ended
        self._epochs_back = min(self._epochs_back, max(0, len(ended) - 1))
        shown = ended[: len(ended) - self._epochs_back]
        title = f"Epochs (on val) · to {shown[-1].epoch} of {len(ended)}" if self._epochs_back else None
        value = (shown, state.best_epoch) if ended else None
        self.query_one("#epochs", Panel).show(value, title or "Epochs (on val)")
        self.query_one("#validation", Panel).show(state if ended else None)

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
        going = self._followed is not None and self._followed.going
        if action == "start":
            return self._in_form
        if action == "back":
            return self._in_form and (self._followed is not None or isinstance(self.focused, Input))
        if action == "chart":
            return not self._in_form and self.has_class("-narrow")
        if action in ("pause", "stop"):
            return going and not self._in_form
        if action == "resume":
            followed = self._followed
            return not self._in_form and followed is not None and followed.resumable
        if action == "inspect":
            return self._followed is not None and not self._in_form
        if action in ("new", "epochs"):
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
        if followed is not None and followed.going:
            question = f"{clean(followed.run.name)} is still being trained.\nStart another beside it?"
            if not await self.app.push_screen_wait(Confirm(question)):
                return
        self.app.launch(config)

    def action_new(self) -> None:
        """Show the form."""
        self._show_form(True)

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
        try:
            (process.resume if followed.paused else process.pause)(followed.run)
        except SnnTuiError as error:
            self.app.complain(error)
            return
        followed.paused = not followed.paused
        self.app.run_changed()

    @work(exclusive=True, group="stop")
    async def action_stop(self) -> None:
        """Stop the run, after asking."""
        followed = self._followed
        if followed is None:
            return
        question = f"Stop {clean(followed.run.name)}?\nIt saves a checkpoint first."
        if not await self.app.push_screen_wait(Confirm(question)):
            return
        if not followed.going:
            self.notify("The run had ended before you answered.")
            return
        try:
            process.stop(followed.run)
        except SnnTuiError as error:
            self.app.complain(error)

    def action_resume(self) -> None:
        """Go on with the run."""
        if self._followed is not None:
            self.app.resume(self._followed.run)

    def action_chart(self) -> None:
        """Where there is room for one chart only: show the other."""
        self.query_one("#above").toggle_class("-validation")

    def action_epochs(self, by: int) -> None:
        """Scroll the epoch table."""
        if self._followed is not None:
            self._epochs_back = max(0, self._epochs_back - by)
            self._show_epochs(self._followed.state)

    async def action_inspect(self) -> None:
        """Go to Inspect with this run."""
        await self.app.action_go("inspect")
        if self._followed:
            self.app.screen.open_run(self._followed.run)  # type: ignore[attr-defined]
