"""Inspect: one picture through the network, step by step."""

from __future__ import annotations

import os

from textual import work
from textual.app import ComposeResult

from snn_tui.config.paths import typed_path
from snn_tui.errors import SnnTuiError
from snn_tui.inspector import run_messages
from snn_tui.render.text import clean
from snn_tui.runs.rundir import RunDir
from snn_tui.tui.inspect.keys import INSPECT
from snn_tui.tui.inspect.panels import InspectPanels
from snn_tui.tui.inspect.state import FILTERS, ImageList, LayerChoice
from snn_tui.tui.shared.ask import AskLine
from snn_tui.tui.shared.panel import Panel
from snn_tui.tui.shared.pending_request import PendingRequest
from snn_tui.tui.shared.player import Player
from snn_tui.tui.shared.screen import CheckpointScreen, dataset_name, error_text
from snn_tui.values.image_ref import ImageRef, PictureFile, SplitImage
from snn_tui.values.trace import Trace

SPREAD_DRAWS = 32

_SPLIT_ORDER = ("test", "val", "train")


class InspectScreen(CheckpointScreen):
    """Shows what a run's network does with a picture."""

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
        self._spread: list[float] | None = None
        self._layers = LayerChoice()
        self._player = Player(self, self._show)

    # What is drawn

    def compose_body(self) -> ComposeResult:
        """The picture, its spikes, both neurons, and the facts."""
        yield InspectPanels(id="inspect")

    @property
    def footer_state(self) -> tuple[object, ...]:
        """The keys of the channels are there where the layer has some."""
        return (*super().footer_state, self._layers.has_channels)

    @property
    def _panels(self) -> InspectPanels:
        return self.query_one(InspectPanels)

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
        self._panels.put_in_order(self.layout_class, layer_chosen=self._layers.chosen)

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
        return [self.run_label, data, f"epoch {self._epoch}"]

    def _show(self) -> None:
        """Draw the present step; the picture itself only when it changed."""
        trace = self._trace
        if trace is None or not self.query(InspectPanels):  # an answer may come while the screen closes
            return
        self._panels.show_step(trace, self._player.step, self._player.speed, self._spread, self._layers)

    def _show_picture(self) -> None:
        trace = self._trace
        if trace is None or not self.query(InspectPanels):
            return
        found = self._layers.evidence if self._layers.mapped else None
        self._panels.show_picture(trace, self._images, self._picture, found)

    # Talking to the inspector

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
        self._facts, self._epoch = facts, facts.epoch
        self._images = ImageList("test", facts.sizes["test"])
        self._picture, self._draw, self._inverted = None, 0, False
        self._traced = None
        self._take_pending_request()
        self.refresh_bindings()
        self.show_banner(synthetic=facts.synthetic, stand_in=facts.stand_in, differing=facts.differing)
        self.run_changed()
        self._look()

    def _take_pending_request(self) -> None:
        """Go to the image another screen asked for, if it did."""
        request, self._pending_request = self._pending_request, None
        if request is not None and self._facts is not None:
            if request.split != self._images.split:
                self._images = ImageList(request.split, self._facts.sizes[request.split])
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
        self._trace, self._spread = answer.trace, None
        self._layers.forget()
        file_before, self._traced = self._file_traced, question
        if file_before is not self._file_traced:
            self.refresh_bindings()  # esc leads back from a picture of one's own
        if answer.epoch != self._epoch:
            self._epoch = answer.epoch
            self._images.judge((), ())
        self._player.begin(answer.trace.num_steps, play=restart and not self.host.terminal.slow)
        self._show_picture()
        self.run_changed()
        self._ask_inside()
        self._ask_spread()

    @work(exclusive=True, group="inside")
    async def _ask_inside(self) -> None:
        """Ask for what was chosen and is not known yet of the traced image."""
        for question in self._layers.questions(self._traced) if self._traced else ():
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
        """Ask for the decision scores of the traced image in other draws."""
        if self._traced is None or self._coded_directly:
            return
        question = run_messages.ScoreDraws(self._traced.run, self._traced.image, SPREAD_DRAWS)
        try:
            answer = await self.host.inspector.ask(question)
        except SnnTuiError:
            return  # the image itself is drawn; the next one will tell what is wrong
        self._spread = answer.scores
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

    # What its keys do: time

    def action_step(self, by: int) -> None:
        """Go along the time steps."""
        self._player.go_to(self._player.step + by)

    def action_rewind(self) -> None:
        """To before the first step."""
        self._player.go_to(0)

    def action_finish(self) -> None:
        """To the last step."""
        self._player.go_to(self._player.num_steps)

    def action_play(self) -> None:
        """Play, from the beginning if at the end; or hold."""
        self._player.toggle()

    def action_speed(self, by: int) -> None:
        """Play faster or slower."""
        self._player.faster(by)

    # What its keys do: the inside

    def action_layer(self) -> None:
        """The next layer; where the input is not seen anyway, it is one of them."""
        self._layers.turn(input_apart=self.layout_class == "-cramped")
        self._show_inside()

    def action_channel(self, by: int) -> None:
        """The layer's next channel alone, or all of them."""
        self._layers.turn_channel(by)
        self._show()

    def action_click_channel(self, index: int) -> None:
        """A channel alone, or all of them again."""
        self._layers.click_channel(index)
        self._show()

    def action_raster(self) -> None:
        """The layer's neurons against time, or back."""
        self._layers.raster = not self._layers.raster
        self._show_inside()

    def action_map(self) -> None:
        """What moved the verdict, over the picture, or back."""
        self._layers.mapped = not self._layers.mapped
        self._show_inside()

    def _show_inside(self) -> None:
        self._arrange()
        self._show_all()
        self.refresh_footer()
        self.call_after_refresh(self._show_all)  # titles and legends are as long as there is room for
        self._ask_inside()

    def _show_all(self) -> None:
        self._show_picture()
        self._show()

    # What its keys do: pictures

    def action_move(self, by: int) -> None:
        """Next or previous image; from a picture of one's own, back to the images."""
        if self._picture is None:
            self._images.move(by)
        self._picture, self._draw, self._inverted = None, 0, False
        self._look()

    def action_back(self) -> None:
        """From a picture of one's own back to the images."""
        self._picture, self._draw, self._inverted = None, 0, False
        self._look()

    @work(exclusive=True, group="ask")
    async def action_jump(self) -> None:
        """Ask for an index and go there."""
        last = self._images.size - 1
        text = await self.app.push_screen_wait(AskLine(f"Index of the image, 0 to {last}:"))
        if text is None:
            return
        if not (text.isascii() and text.isdigit() and self._images.jump(int(text))):
            self.notify(f"{clean(text, 20)} is no index from 0 to {last}.", severity="error", markup=False)
            return
        self._picture, self._draw, self._inverted = None, 0, False
        self._look()

    @work(exclusive=True, group="ask")
    async def action_filter(self) -> None:
        """The next filter that has images."""
        images = self._images
        if not images.surveyed and not await self._survey():
            return
        current = FILTERS.index(images.filter)
        for name in (*FILTERS[current + 1 :], *FILTERS[:current]):
            if images.choose(name):
                break
            self.notify(f"There are no {name} in {images.split}.")
        self._picture, self._draw, self._inverted = None, 0, False
        self._look()

    async def _survey(self) -> bool:
        if self._ref is None:
            return False
        self.notify(f"Judging all {self._images.size} images of {self._images.split}, to find the mistakes.")
        try:
            answer = await self.host.inspector.ask(run_messages.ScoreSplit(self._ref, self._images.split))
        except SnnTuiError as error:
            self.host.show_error(error)
            return False
        self._images.judge(answer.positives, answer.scores)
        return True

    def action_split(self) -> None:
        """The next split."""
        if self._facts is None:
            return
        split = _SPLIT_ORDER[(_SPLIT_ORDER.index(self._images.split) + 1) % len(_SPLIT_ORDER)]
        self._images = ImageList(split, self._facts.sizes[split])
        self._picture, self._draw, self._inverted = None, 0, False
        self._look()

    def action_encode(self) -> None:
        """Another draw of the rate coding."""
        self._draw += 1
        self._look()

    def action_invert(self) -> None:
        """The picture inverted, black to white, or back."""
        self._inverted = not self._inverted
        self._look()

    def action_first_draw(self) -> None:
        """The draw that evaluation counts."""
        self._draw = 0
        self._look()

    @work(exclusive=True, group="ask")
    async def action_open(self) -> None:
        """Ask for a picture file and show it to the network."""
        path = await self.app.push_screen_wait(AskLine("Path of a PNG or JPEG file:", path=True))
        if path is not None:
            self._picture, self._draw = os.path.abspath(typed_path(path)), 0
            self._inverted = False
            self._look()

    @work(exclusive=True, group="open")
    async def action_download(self) -> None:
        """Get the real images, where phantoms stand in for them."""
        if self._ref is None:
            return
        try:
            facts = await self.host.inspector.ask(
                run_messages.OpenRun(self._ref, download=True), self.show_progress
            )
        except SnnTuiError as error:
            self.host.show_error(error)
            self._look()
            return
        self._take(facts)

    @property
    def _coded_directly(self) -> bool:
        """Whether the run's coding draws nothing at random."""
        return self._facts is not None and self._facts.coding == "direct"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys make sense now."""
        if action in ("encode", "first_draw") and self._coded_directly:
            return False
        if action == "channel":
            return self._layers.has_channels
        if action == "download":
            return self._facts is not None and self._facts.stand_in
        if action == "back":
            return self._file_traced
        if action == "filter" and self._file_traced:
            return False
        return self._facts is not None or action not in INSPECT.action_names
