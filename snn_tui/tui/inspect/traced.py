"""What Inspect holds and draws: a run, the traced image, and what the inspector answers about it."""

from __future__ import annotations

import msgspec
from textual import work
from textual.app import ComposeResult

from snn_tui.errors import SnnTuiError
from snn_tui.inspector import run_messages
from snn_tui.render import picture
from snn_tui.render.text import clean
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.traces import traces_of
from snn_tui.tui.inspect.images import ImageList
from snn_tui.tui.inspect.keys import INSPECT, WITHOUT_STEPS
from snn_tui.tui.inspect.panels import InspectPanels
from snn_tui.tui.inspect.second import SecondRun, other_image
from snn_tui.tui.inspect.state import LayerChoice
from snn_tui.tui.shared.keys import ScreenInfo
from snn_tui.tui.shared.panel import Panel
from snn_tui.tui.shared.pending_request import PendingRequest
from snn_tui.tui.shared.player import Player
from snn_tui.tui.shared.screen import CheckpointScreen, Layout, dataset_name, error_text
from snn_tui.values.image_ref import ImageRef, PictureFile, SplitImage
from snn_tui.values.trace import Trace

SPREAD_DRAWS = 32

_MOST_BESIDE = 3
"""Output neurons that have room in the low panel of the layout `-tight`."""


class TracedScreen(CheckpointScreen):
    """Shows what a run's network does with a picture; what its keys do is added by `InspectScreen`."""

    INFO = INSPECT
    BINDINGS = INSPECT.bindings
    LAYOUTS = (("-roomy", 112, 36), ("-tight", 78, 23), ("-cramped", 0, 0))
    MESSAGE_PANEL = "#xray"

    def __init__(self) -> None:
        super().__init__()
        self._facts: run_messages.RunFacts | None = None
        self._ref: run_messages.RunRef | None = None  # what questions about the run name it by
        self._pending_request: PendingRequest | None = None
        self._images = ImageList()
        self._picture: str | None = None  # a file of the user's own, in place of the images
        self._draw = 0
        self._inverted = False
        self._traced: run_messages.TraceImage | None = None  # the question that the trace answers
        self._trace: Trace | None = None
        self._epoch = 0
        self._spread: list[tuple[int, ...]] | None = None
        self._layers = LayerChoice()
        self._scrolled = 0  # output neurons, where not all of them fit
        self._ascii = False  # whether pictures are drawn as ASCII art
        self._second: SecondRun | None = None  # the run that is compared with
        self._surveying = False  # whether a whole split is being judged
        self._player = Player(self, self._show)

    # What is drawn

    def compose_body(self) -> ComposeResult:
        """The picture, its spikes, the output neurons, and the facts."""
        panels = InspectPanels(id="inspect")
        panels.ascii = self._ascii = self.host.memory.state.inspect_ascii
        yield panels

    @property
    def footer_state(self) -> tuple[object, ...]:
        """The keys of the channels are there where the layer has some, those of time where steps are."""
        layers = self._layers
        return (*super().footer_state, layers.has_channels, layers.has_both, self._ascii, self._timeless)

    @property
    def explained(self) -> ScreenInfo:
        """What the help says: of a network without spikes nothing of time steps."""
        return WITHOUT_STEPS if self._timeless else INSPECT

    @property
    def _neuron_positions(self) -> int:
        """How far the output neurons can be scrolled; 0 where all fit."""
        if self._trace is None or not self.query(InspectPanels):
            return 0
        return self._panels.neuron_positions(self._trace)

    @property
    def _panels(self) -> InspectPanels:
        return self.query_one(InspectPanels)

    @property
    def layouts(self) -> tuple[Layout, ...]:
        """Several output neurons need more lines than there are below a picture."""
        many = self._facts is not None and self._facts.task.outputs > _MOST_BESIDE
        return tuple(layout for layout in self.LAYOUTS if not (many and layout[0] == "-tight"))

    def lay_out(self) -> None:
        """With room, a large picture beside the rest; with less, small panels in a row above both neurons."""
        before = self.layout_class
        super().lay_out()
        if self.layout_class != before:
            self._arrange()

    def fit(self) -> None:
        """Titles and pictures are as large as there is room for."""
        super().fit()
        self._show_all()

    def _arrange(self) -> None:
        self._panels.put_in_order(
            self.layout_class, layer_chosen=self._layers.chosen, compared=self._second is not None
        )

    def entered(self) -> None:
        """Open the image that another screen asked for, else the run that Train shows."""
        request, self.host.pending_request = self.host.pending_request, None
        if request is not None:
            self._pending_request = request
            self.open_run(request.run)
        else:
            self.choose_run()

    @property
    def header_facts(self) -> list[str]:
        """The open run, its data, and the epoch of its checkpoint."""
        facts = self._facts
        if facts is None:
            return []
        data = dataset_name(facts.dataset, facts.synthetic)
        return [self.run_label, data, *([f"epoch {self._epoch}"] if self._epoch else [])]  # a graph has none

    def _show(self) -> None:
        """Draw the present step; the picture itself only when it changed."""
        trace = self._trace
        if trace is None or not self.query(InspectPanels):  # an answer may come while the screen closes
            return
        self._scrolled = min(self._scrolled, self._neuron_positions)
        step = min(self._player.step, trace.num_steps)  # of two runs the other may have more
        self._panels.show_step(trace, step, self._player.speed, self._spread, self._layers, self._scrolled)
        if self._second is not None:
            runs = {f"1 {self.run_label}": trace, f"2 {self._second.label}": self._second.trace}
            self._panels.show_runs(runs, self._player.step)

    def _show_picture(self) -> None:
        trace = self._trace
        if trace is None or not self.query(InspectPanels):
            return
        found = self._layers.mapped_evidence(trace)
        self._panels.show_picture(trace, self._images, self._picture, found)

    def _show_inside(self) -> None:
        """Draw another layer or another evidence, and ask for it where it is not known."""
        self._arrange()
        self._show_all()
        self.refresh_footer()
        self.call_after_refresh(self._show_all)  # titles and legends are as long as there is room for
        self._ask_inside()

    def _show_all(self) -> None:
        self._show_picture()
        self._show()

    # Talking to the inspector

    def can_open(self, run: RunDir) -> bool:
        """Whether a run has weights, or traces that a loop of the user's own stored; called in a thread."""
        return super().can_open(run) or bool(traces_of(run))

    def reopen_run(self, run: RunDir) -> None:
        """Look whether a loop of the user's own has stored more."""
        if self._stored and self.run == run:
            index, self._facts = self._images.index, None
            self._pending_request = PendingRequest(run, self._images.split, index)
            self.open_run(run)

    @work(exclusive=True, group="open")
    async def open_run(self, run: RunDir) -> None:
        """Bring a run's network to life and show its first picture."""
        self.requested_run = run
        if self.run == run and self._facts is not None:
            self._take_pending_request()
            self._look()
            return
        self.query_one("#xray", Panel).show(None)
        ref = run_messages.RunRef(str(run.path.absolute()), self.host.config.data)
        try:
            facts = await self.host.inspector.ask(run_messages.OpenRun(ref), self.show_progress)
        except SnnTuiError as error:
            self.show_message(error_text(error))
            self.host.show_error(error)
            return
        await self.set_run(run)
        self._ref = ref
        self._take(facts)

    def _take(self, facts: run_messages.RunFacts) -> None:
        if self._second is not None:
            self._compare(None)
        self._facts, self._epoch = facts, facts.epoch
        split = "test" if "test" in facts.sizes else next(iter(facts.sizes))
        self._images = ImageList(split, facts.sizes[split], facts.task)
        self.lay_out()
        self._picture, self._draw, self._inverted = None, 0, False
        self._traced = None
        self._take_pending_request()
        self.refresh_bindings()
        self._show_images_banner(facts)
        self.run_changed()
        self._look()

    def _show_images_banner(self, facts: run_messages.RunFacts) -> None:
        """Say above the body what the images are; of a picture file, only if the run learnt from phantoms."""
        self.show_other_code(facts.other_code)
        own = self._file_traced
        self.show_banner(
            synthetic=facts.synthetic and not (own and facts.stand_in),
            stand_in=facts.stand_in and not own,
            task=facts.task,
            missing=facts.missing,
            differing=() if own else facts.differing,
        )

    def _take_pending_request(self) -> None:
        """Go to the image another screen asked for, if it did."""
        request, self._pending_request = self._pending_request, None
        if request is not None and self._facts is not None:
            if request.split != self._images.split and request.split in self._facts.sizes:
                size = self._facts.sizes[request.split]
                self._images = ImageList(request.split, size, self._facts.task)
            if request.listed:
                self._images.take_list(request.listed)
            self._images.jump(request.index)
            self._picture, self._draw, self._inverted = None, 0, False

    @work(exclusive=True, group="look")
    async def _look(self, restart: bool = True) -> None:
        """Trace the present image; a newer request takes this one's place."""
        if self._ref is None:
            return
        question = run_messages.TraceImage(self._ref, self._image, self._draw)
        try:
            answer = await self.host.inspector.ask(question)
        except SnnTuiError as error:
            self.host.show_error(error)
            image = self._traced.image if self._traced else None
            self._picture = image.path if isinstance(image, PictureFile) else None
            self._draw = self._traced.draw if self._traced else 0
            self._inverted = image is not None and image.inverted
            return
        self._trace, self._spread, self._scrolled = answer.trace, None, 0
        self._layers.forget()
        file_before, self._traced = self._file_traced, question
        if file_before is not self._file_traced:
            self.refresh_bindings()  # esc leads back from a picture of one's own
            if self._facts is not None:
                self._show_images_banner(self._facts)
        if answer.epoch != self._epoch:
            self._epoch = answer.epoch
            self._images.forget()
        if self._second is not None:
            await self._trace_second(self._second, question, answer.trace)
        play = restart and not self.host.terminal.slow and not self._timeless
        self._player.begin(max(trace.num_steps for trace in self._traces), play=play)
        self._show_picture()
        self.run_changed()
        self.refresh_footer()
        self._ask_inside()
        self._ask_spread()

    async def _trace_second(self, second: SecondRun, question: run_messages.TraceImage, first: Trace) -> None:
        """Trace the same image in the second run's network; where it cannot be, there is none any more."""
        second.trace = None
        try:
            answer = await self.host.inspector.ask(msgspec.structs.replace(question, run=second.ref))
        except SnnTuiError as error:
            self.host.show_error(error)
            self._compare(None)
            return
        if other_image(first, answer.trace):
            words = f"{clean(second.label, 60)} has other images than this run."
            self.notify(words, severity="error", markup=False)
            self._compare(None)
        else:
            second.trace = answer.trace

    def _compare(self, second: SecondRun | None) -> None:
        """Lay the panels out for a second run, or for the open one alone."""
        self._second = second
        self._arrange()
        self.call_after_refresh(self._show_all)

    @property
    def _traces(self) -> list[Trace]:
        """What is known of the image: the trace of the open run, and of the second one."""
        second = self._second.trace if self._second is not None else None
        return [trace for trace in (self._trace, second) if trace is not None]

    @work(exclusive=True, group="inside")
    async def _ask_inside(self) -> None:
        """Ask for what was chosen and is not known yet of the traced image."""
        if self._traced is None or self._trace is None:
            return
        for question in self._layers.questions(self._traced, self._trace):
            try:
                answer = await self.host.inspector.ask(question)
            except SnnTuiError as error:
                self.host.show_error(error)
                return
            self._layers.take(answer)
            self._show_all()
            self.refresh_footer()

    @work(exclusive=True, group="spread")
    async def _ask_spread(self) -> None:
        """Ask for the predictions for the traced image in other draws."""
        if self._traced is None or self._coded_directly:
            return
        question = run_messages.PredictDraws(self._traced.run, self._traced.image, SPREAD_DRAWS)
        try:
            answer = await self.host.inspector.ask(question)
        except SnnTuiError:
            return  # the image itself is drawn; the next one will tell what is wrong
        self._spread = answer.predicted
        self._show()

    @property
    def _image(self) -> ImageRef:
        """The image that is to be traced."""
        if self._picture is not None:
            return PictureFile(self._picture, self._inverted)
        return SplitImage(self._images.split, self._images.index, self._inverted)

    @property
    def _file_traced(self) -> bool:
        """Whether the traced image is a picture file."""
        return self._traced is not None and isinstance(self._traced.image, PictureFile)

    def show_message(self, text: str) -> None:
        """Show a text in place of the picture, and nothing in the other panels."""
        self._trace = None
        self._player.begin(0, play=False)
        self._panels.clear()
        super().show_message(text)

    @property
    def _has_blocks(self) -> bool:
        """Whether pictures can be drawn in half blocks, so that there is something to choose."""
        if self._facts is None:
            return False
        return picture.blocks_fit(self._facts.task.channels, self.host.terminal)

    @property
    def key_labels(self) -> dict[str, str]:
        """What the key between ASCII art and half blocks leads to; the output neurons' panel has its own."""
        hidden = {} if self._layers.has_channels else {"channel(-1)": "", "channel(1)": ""}
        return {"ascii": "blocks", **hidden} if self._ascii else hidden

    @property
    def _coded_directly(self) -> bool:
        """Whether the run's coding draws nothing at random, or there is no network to draw it for."""
        return self._facts is not None and self._facts.coding != "rate"

    @property
    def _stored(self) -> bool:
        """Whether there are traces that a loop of the user's own stored, and no network."""
        return self._facts is not None and self._facts.coding == "stored"

    @property
    def _timeless(self) -> bool:
        """Whether the traced image goes through the network once, so that there are no time steps to play."""
        return bool(self._traces) and not any(trace.spiking for trace in self._traces)
