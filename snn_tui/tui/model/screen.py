"""Model: the network with its costs and its firing, its neuron, and its first kernels."""

from __future__ import annotations

from pathlib import Path

from textual import work
from textual.app import ComposeResult
from textual.containers import Container

from snn_tui.errors import SnnTuiError
from snn_tui.inspector import model_messages, run_messages
from snn_tui.render.text import clean
from snn_tui.runs.events import CheckpointSaved
from snn_tui.runs.rundir import RunDir
from snn_tui.tui.model.draw import kernels, network, neuron
from snn_tui.tui.model.keys import MODEL
from snn_tui.tui.model.state import Instrument
from snn_tui.tui.shared.panel import Panel
from snn_tui.tui.shared.screen import CheckpointScreen, error_text

RECORDED_IMAGES = 128
"""Images of val the firing is counted over."""

VIEWS = ("network", "neuron", "kernels")

_OF_THE_NEURON = {"choose", "turn", "set", "input", "reset", "defaults"}


class ModelScreen(CheckpointScreen):
    """Shows what the network is made of."""

    INFO = MODEL
    BINDINGS = MODEL.bindings
    LAYOUTS = (("-roomy", 112, 36), ("-halved", 100, 28), ("-tight", 0, 0))
    MESSAGE_PANEL = "#network"

    def __init__(self) -> None:
        super().__init__()
        self._facts: model_messages.ModelFacts | None = None
        self._activity: model_messages.Activity | None = None
        self._checkpoint: CheckpointSaved | None = None  # what the firing was counted with
        self._asking = False
        self._instrument = Instrument()
        self._view = VIEWS[0]

    # What is drawn

    def compose_body(self) -> ComposeResult:
        """The network above, the neuron and the kernels below it."""
        with Container(id="model", classes="-network"):
            yield Panel(network.network, "Network", empty="starting the inspector...", id="network")
            yield Panel(neuron.instrument, "Leaky neuron", id="neuron")
            yield Panel(kernels.kernels, "Kernels", id="kernels")

    def on_mount(self) -> None:
        """Show the neuron, which needs no network."""
        self._show_neuron()

    def entered(self) -> None:
        """Show the network of the run that Train shows."""
        self._load()

    def open_run(self, run: RunDir) -> None:
        """Show the network of a run that the user chose, which Train shows too."""
        self._load()

    @property
    def header_facts(self) -> list[str]:
        """The run and the epoch of its checkpoint."""
        facts = self._facts
        if facts is None:
            return []
        return (
            [self.run_label, "NIR graph" if facts.graph else f"epoch {facts.epoch}"]
            if facts.name
            else ["not trained"]
        )

    def show_run(self) -> None:
        """Count the firing again when the run has a new checkpoint."""
        followed = self.host.followed
        if followed is None or not self.shows_followed_run:
            return
        if followed.state.checkpoint is not self._checkpoint and self.is_current and not self._asking:
            self._load()

    def _show(self) -> None:
        facts = self._facts
        if facts is None or not self.query(Panel):  # an answer may come while the screen closes
            return
        name = RunDir(Path(facts.name)).title if facts.name else ""
        title = f"Network · {clean(name, 40)} · {_weights_of(facts)}" if name else "Network · not trained"
        self.query_one("#network", Panel).show((facts, self._activity), title)
        largest = max((abs(weight) for kernel in facts.kernels for weight in kernel), default=0.0)
        channels = facts.input[0]
        colours = "" if channels == 1 else " · RGB"
        title = f"Kernels of {facts.layers[0].name}{colours} · -{largest:.2f} to +{largest:.2f}"
        self.query_one("#kernels", Panel).show((facts.kernels, channels), title)

    def _show_neuron(self) -> None:
        played = self._instrument.play()
        title = f"Leaky neuron · fires in {sum(played.spikes)} of {len(played.spikes)} steps"
        if self._facts is not None and (self._facts.own or self._facts.neuron != "leaky"):
            title = f"{title} · not in this network"
        self.query_one("#neuron", Panel).show(played, title)

    # Talking to the inspector

    @work(exclusive=True, group="load")
    async def _load(self) -> None:
        """Get to know the network of the run that Train shows, and how it fires."""
        self._asking = True
        try:
            run = await self.run_to_open()
            followed = self.host.followed
            self._checkpoint = followed.state.checkpoint if followed and followed.run == run else None
            ref = run_messages.RunRef(str(run.path.absolute()), self.host.config.data) if run else None
            config = await self.followed_config()
            facts = await self.host.inspector.ask(
                model_messages.DescribeModel(config, ref), self.show_progress
            )
            if run != self.run:
                self._activity = None
            await self.set_run(run)
            self.requested_run = run
            self._facts = facts
            self.show_other_code(facts.other_code)
            self._instrument.set_network(facts.beta, facts.threshold)
            self._show()
            self._show_neuron()
            self.run_changed()
            if ref is not None:
                activity = await self.host.inspector.ask(model_messages.MeasureActivity(ref, RECORDED_IMAGES))
                self._activity = activity
                self._show()
        except SnnTuiError as error:
            self.host.show_error(error)
            if self._facts is None:
                self.show_message(clean(error_text(error), 400))
        finally:
            self._asking = False

    def show_message(self, text: str) -> None:
        """Show a text in place of the network, unless there is one to draw."""
        if self._facts is None:
            super().show_message(text)

    # What its keys do

    def action_choose(self, by: int) -> None:
        """Another slider."""
        self._instrument.choose(by)
        self._show_neuron()

    def action_turn(self, by: int) -> None:
        """Move the slider."""
        self._instrument.turn(by)
        self._moved()

    def action_dial(self, name: str, value: float) -> None:
        """A slider, by its name, to a value."""
        self._instrument.chosen = name
        self._instrument.set(value)
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
        views = VIEWS if self.layout_class == "-tight" else VIEWS[:2]  # the neuron brings the kernels along
        self._view = views[(VIEWS.index(self._view) + 1) % len(VIEWS) % len(views)]
        box = self.query_one("#model")
        for name in VIEWS:
            box.set_class(name == self._view, f"-{name}")
        self.refresh_bindings()

    @property
    def _views_of_the_neuron(self) -> tuple[str, ...]:
        return VIEWS[1:] if self.layout_class == "-halved" else VIEWS[1:2]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys make sense now."""
        if action == "view":
            return self.layout_class != "-roomy"
        neuron_shown = self.layout_class == "-roomy" or self._view in self._views_of_the_neuron
        if action == "draw":
            return neuron_shown and self._instrument.spikes_in
        return neuron_shown or action not in _OF_THE_NEURON


def _weights_of(facts: model_messages.ModelFacts) -> str:
    return "NIR graph" if facts.graph else f"epoch {facts.epoch}"
