"""Model: the network with its costs and its firing, its neuron, and its first kernels."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Footer

from snn_tui.errors import SnnTuiError
from snn_tui.inspector import messages
from snn_tui.render.text import clean
from snn_tui.runs.events import CheckpointSaved
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.summary import summaries
from snn_tui.tui.model.draw import kernels, network, neuron
from snn_tui.tui.model.instrument import Instrument
from snn_tui.tui.shared import keys
from snn_tui.tui.shared.follower import Followed
from snn_tui.tui.shared.header import Header
from snn_tui.tui.shared.panel import Panel
from snn_tui.tui.shared.steady import SteadyScreen

if TYPE_CHECKING:
    from snn_tui.tui.app import SnnTuiApp

ROOMY = (112, 36)
"""Columns and rows from which there is room for all at once."""

RECORDED_IMAGES = 128
"""Images of val the firing is counted over."""

VIEWS = ("network", "neuron", "kernels")

_OF_THE_NEURON = {"choose", "turn", "set", "input", "reset", "defaults"}


class ModelScreen(SteadyScreen[None]):
    """Shows what the network is made of."""

    BINDINGS = keys.bindings(keys.MODEL)
    CSS_PATH = "style.tcss"
    app: SnnTuiApp

    def __init__(self) -> None:
        super().__init__()
        self._run: RunDir | None = None  # whose network is shown; None for one that was never trained
        self._facts: messages.ModelFacts | None = None
        self._activity: messages.Activity | None = None
        self._checkpoint: CheckpointSaved | None = None  # what the firing was counted with
        self._asking = False
        self._instrument = Instrument()
        self._view = VIEWS[0]
        self._roomy = True
        self._narrow = False  # as the footer has it

    # What it looks like

    def compose(self) -> ComposeResult:
        """The network above, the neuron and the kernels below it."""
        yield Header("model")
        with Container(id="model", classes="-roomy -network"):
            yield Panel(network.network, "Network", empty="starting the tracer...", id="network")
            yield Panel(neuron.instrument, "Leaky neuron", id="neuron")
            yield Panel(kernels.kernels, "Kernels", id="kernels")
        yield Footer(show_command_palette=False)

    def on_resize(self) -> None:
        """With room all at once, else one at a time."""
        width, height = self.app.size
        self._roomy = width >= ROOMY[0] and height >= ROOMY[1]
        box = self.query_one("#model")
        box.set_class(self._roomy, "-roomy")
        box.set_class(not self._roomy, "-tight")
        self.call_after_refresh(self._show_footer)

    def _show_footer(self) -> None:
        """The footer is denser where it is narrow, and has no views where all is seen."""
        self._narrow = self.has_class("-narrow")
        self.refresh_bindings()

    def on_mount(self) -> None:
        """Hear of the followed run."""
        self.app.viewers.append(self)
        self._show_neuron()

    def on_screen_resume(self) -> None:
        """Coming here: the header may be behind, and Train may show another run by now."""
        self.run_changed(self.app.followed, self.app.word)
        self._load()

    def run_changed(self, followed: Followed | None, word: str) -> None:
        """The followed run moved on; with a new checkpoint its firing is counted again."""
        if not self.query(Header):  # before it is there, or while it leaves
            return
        facts = []
        if self._facts is not None:
            facts = [RunDir(Path(self._facts.name)).title if self._facts.name else "not trained"]
            facts += [f"epoch {self._facts.epoch}"] if self._facts.name else []
        same = followed is not None and self._run is not None and followed.run == self._run
        self.query_one(Header).show(facts, word if same else "idle")
        new = same and followed is not None and followed.state.checkpoint is not self._checkpoint
        if new and self.is_current and not self._asking:
            self._load()

    def _show(self) -> None:
        told = self._facts
        if told is None:
            return
        name = RunDir(Path(told.name)).title if told.name else ""
        title = f"Network · {clean(name, 40)} · epoch {told.epoch}" if name else "Network · not trained"
        self.query_one("#network", Panel).show((told, self._activity), title)
        largest = max(abs(weight) for kernel in told.kernels for weight in kernel)
        title = f"Kernels of {told.layers[0].name} · -{largest:.2f} to +{largest:.2f}"
        self.query_one("#kernels", Panel).show(told.kernels, title)

    def _show_neuron(self) -> None:
        played = self._instrument.play()
        title = f"Leaky neuron · fires in {sum(played.spikes)} of {len(played.spikes)} steps"
        self.query_one("#neuron", Panel).show(played, title)

    # Talking to the inspector

    @work(exclusive=True, group="load")
    async def _load(self) -> None:
        """Get to know the network of the run that Train shows, and how it fires."""
        self._asking = True
        try:
            run = await self._choose()
            followed = self.app.followed
            self._checkpoint = followed.state.checkpoint if followed and followed.run == run else None
            ref = messages.RunRef(str(run.path.absolute()), self.app.config.data) if run else None
            config = (followed.state.config if followed else None) or self.app.config
            facts = await self.app.inspector.ask(messages.DescribeModel(config, ref), self._working)
            if run != self._run:
                self._activity = None
            self._run, self._facts = run, facts
            self._instrument.set_network(facts.beta, facts.threshold)
            self._show()
            self._show_neuron()
            self.run_changed(self.app.followed, self.app.word)
            if ref is not None:
                activity = await self.app.inspector.ask(messages.MeasureActivity(ref, RECORDED_IMAGES))
                self._activity = activity
                self._show()
        except SnnTuiError as error:
            self.app.complain(error)
            if self._facts is None:
                words = "; ".join(part for part in (str(error), error.remedy) if part)
                self.query_one("#network", Panel).say(clean(words, 400))
        finally:
            self._asking = False

    async def _choose(self) -> RunDir | None:
        """The run that Train shows, if it has a checkpoint, else the newest that has one."""
        followed = self.app.followed
        if followed is not None and await asyncio.to_thread(followed.run.weights.exists):
            return followed.run
        if self._run is not None:
            return self._run
        rows = await asyncio.to_thread(summaries, self.app.root)
        trained = [row for row in rows if row.trained]
        return RunDir(Path(trained[0].path)) if trained else None

    def _working(self, working: messages.Working) -> None:
        if self._facts is None:
            self.query_one("#network", Panel).say(clean(working.what))

    # What its keys do

    def action_choose(self, by: int) -> None:
        """Another slider."""
        self._instrument.choose(by)
        self._show_neuron()

    def action_turn(self, by: int) -> None:
        """Move the slider."""
        self._instrument.turn(by)
        self._moved()

    def action_set(self, end: int) -> None:
        """The slider to one of its ends."""
        self._instrument.set(float("inf") if end else float("-inf"))
        self._moved()

    def action_input(self) -> None:
        """A current, or spikes."""
        self._instrument.cycle("input")
        self._moved()

    def action_reset(self) -> None:
        """Another kind of reset."""
        self._instrument.cycle("reset")
        self._moved()

    def action_draw(self) -> None:
        """Another train of spikes."""
        self._instrument.draw += 1
        self._show_neuron()

    def action_defaults(self) -> None:
        """All sliders back."""
        self._instrument.defaults()
        self._moved()

    def _moved(self) -> None:
        self._show_neuron()
        self.refresh_bindings()  # another train is drawn only where there is one

    def action_view(self) -> None:
        """The next panel."""
        self._view = VIEWS[(VIEWS.index(self._view) + 1) % len(VIEWS)]
        box = self.query_one("#model")
        for name in VIEWS:
            box.set_class(name == self._view, f"-{name}")
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys make sense now."""
        if action == "view":
            return not self._roomy
        neuron_shown = self._roomy or self._view == "neuron"
        if action == "draw":
            return neuron_shown and self._instrument.spikes_in
        return neuron_shown or action not in _OF_THE_NEURON
