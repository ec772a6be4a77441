"""Data: the images by class, and how one of them becomes spikes."""

from __future__ import annotations

from textual import work
from textual.app import ComposeResult

from snn_tui.config.run_config import RunConfig
from snn_tui.errors import SnnTuiError
from snn_tui.inspector import data_messages, messages
from snn_tui.inspector.data_messages import DatasetImage
from snn_tui.render.text import clean
from snn_tui.tui.data.auditing import AuditView
from snn_tui.tui.data.coding import CodingScreen, kind_of
from snn_tui.tui.data.keys import DATA
from snn_tui.tui.data.layout import GalleryLayout, gallery_layout
from snn_tui.tui.data.panels import DataPanels, View
from snn_tui.tui.data.state import ImageGrid, coding_errors
from snn_tui.tui.shared.ask import AskLine
from snn_tui.tui.shared.screen import error_text
from snn_tui.values.dataset import SPLITS, differing_splits

HIGH = 27
"""Rows from which all facts of the coding have room beside the pictures, above the raster."""

_MOST_IMAGES = 400  # images kept; more than any window shows

_IN_THE_GALLERY = {"open", "page", "split", "audit"}
_NOT_IN_THE_AUDIT = {"move", "class", "jump"}
_IN_THE_ENCODER = {"play", "rewind", "finish", "speed", "coding", "steps", "ask_steps", "zoom"}


class DataScreen(CodingScreen):
    """Shows what the network is trained on."""

    INFO = DATA
    BINDINGS = DATA.bindings
    LAYOUTS = (("-roomy", 120, 36), ("-tight", 76, 23), ("-tiny", 0, 0))
    MESSAGE_PANEL = "#gallery"

    def __init__(self) -> None:
        super().__init__()
        self._config: RunConfig | None = None  # whose images are shown
        self._facts: data_messages.DataFacts | None = None
        self._split = SPLITS[0]
        self._grid = ImageGrid()
        self._panels = DataPanels(id="data", classes="-gallery")
        self._images: dict[int, DatasetImage] = {}
        self._view: View = "gallery"
        self._audit = AuditView()

    # What is drawn

    def compose_body(self) -> ComposeResult:
        """The classes and the gallery; behind them the encoder."""
        yield self._panels

    def lay_out(self) -> None:
        """The raster stands beside the pictures where there is room, else below them."""
        super().lay_out()
        self._panels.set_class(self.app.size.height >= HIGH, "-high")
        self._panels.move_raster(beside=self.layout_class == "-roomy")

    def fit(self) -> None:
        """Show as many images as there is room for."""
        super().fit()
        room = self._panels.room
        if room is not None and self._view == "gallery":
            layout = gallery_layout(len(self._grid.shelves), *room)
            if layout != self._grid.layout:
                self._arrange(layout)
                self._look()
        self._show()  # the classes' titles are as long as there is room for
        self._show_step()  # and so are the raster's

    def entered(self) -> None:
        """Show the images of the run that Train shows."""
        self._load()

    @property
    def header_facts(self) -> list[str]:
        """The data set and the split."""
        return [clean(self._facts.summary.name), self._split] if self._facts else []

    def _show(self) -> None:
        """Draw everything but the steps."""
        if self._facts is None:
            return
        summary = self._facts.summary
        self._panels.show_images(summary, self._split, self._grid, self._images)
        if self._encoded is not None:
            self._panels.show_coded_image(summary, self._split, self._encoded)
        if self._view == "audit":
            self._panels.show_audit(self._audit)

    def _show_step(self) -> None:
        """Draw the present step of the coding."""
        encoded, player = self._encoded, self._player
        if encoded is None:
            return
        self._panels.show_step(encoded, player.step, self._errors, player.speed)
        # Over a slow line what changes everywhere is sent when it stands still.
        if not (self.host.terminal.slow and player.playing):
            self._panels.show_average(encoded, player.step)

    def _turn(self, view: View) -> None:
        self._view = view
        self._panels.turn(view)
        self.refresh_bindings()
        self.call_after_refresh(self.fit)

    # Talking to the inspector

    @work(exclusive=True, group="load")
    async def _load(self, download: bool = False) -> None:
        """Get to know the data set, if it is another one than is shown."""
        try:
            config = await self.followed_config()
        except SnnTuiError as error:
            self.show_message(error_text(error))
            return
        known = self._facts is not None and _images_of(config) == _images_of(self._config)
        if known and self._facts and not self._facts.stand_in and not download:
            self._config = config
            self._say_what_images()
            return
        try:
            answer = await self.host.inspector.ask(
                data_messages.DescribeData(config, download), self.show_progress
            )
        except SnnTuiError as error:
            self.host.show_error(error)
            if self._facts is None:
                self.show_message(error_text(error))
            else:
                self._show()
            return
        self._config, self._facts, self._audit = config, answer, AuditView()
        if self._view == "audit":
            self._turn("gallery")
        self._say_what_images()
        self.refresh_bindings()
        self._take_split(self._split)

    def _say_what_images(self) -> None:
        followed, facts = self.host.followed, self._facts
        if facts is None:
            return
        trained, now = followed.state.dataset if followed else None, facts.summary
        self.show_banner(
            synthetic=now.synthetic,
            stand_in=facts.stand_in,
            task=now.task,
            missing=facts.missing,
            differing=() if now.synthetic else differing_splits(trained, now.before, now.checksums),
        )

    def _take_split(self, split: str) -> None:
        assert self._facts is not None
        self._split = split
        self._images.clear()
        task = self._facts.summary.task
        several = task.kind == "multilabel"
        self._grid = ImageGrid(self._facts.labels[split], task.outputs, several, self._grid.layout)
        if (room := self._panels.room) is not None:
            self._arrange(gallery_layout(len(self._grid.shelves), *room))
        self.run_changed()
        self._look()
        self.call_after_refresh(self.fit)  # a banner that came or went leaves other room

    def _arrange(self, layout: GalleryLayout) -> None:
        """Take another layout; pictures of another size are not the same ones."""
        if layout.side != self._grid.layout.side:
            self._images.clear()
        self._grid.arrange(layout)

    @work(exclusive=True, group="look")
    async def _look(self) -> None:
        """Get the images of the window, and the coding of the chosen one; a newer request replaces this."""
        if self._facts is None or self._config is None:
            return
        wanted = [index for members in self._grid.visible for index in members]
        missing = [index for index in wanted if index not in self._images]
        self._show()
        try:
            if missing:
                answer = await self.host.inspector.ask(
                    data_messages.LoadImages(self._config, self._split, missing, self._grid.layout.side)
                )
                if len(self._images) > _MOST_IMAGES:
                    self._images = {index: self._images[index] for index in wanted if index in self._images}
                self._images |= {image.index: image for image in answer.images}
                self._show()
            if self._view in ("encoder", "raster"):
                await self._encode()
        except SnnTuiError as error:
            self.host.show_error(error)

    async def _encode(self) -> None:
        chosen = self._grid.chosen
        if chosen is None or self._config is None:
            return
        choice = self._choice
        question = data_messages.EncodeImage(
            self._config, self._split, chosen, choice.coding, choice.num_steps, choice.draw
        )
        answer = await self.host.inspector.ask(question)
        self._encoded, self._errors = answer, coding_errors(answer)
        self._show()
        self._player.begin(answer.num_steps, play=not self.host.terminal.slow)
        self.refresh_bindings()

    @work(exclusive=True, group="audit")
    async def _ask_audit(self) -> None:
        """Get what an audit finds, once for a data set, and the images of the pair in view."""
        config, view = self._config, self._audit
        if config is None:
            return
        try:
            if view.audit is None:
                self._panels.say_of_audit("comparing images")
                question = data_messages.AuditData(config)
                view.audit = (await self.host.inspector.ask(question, self._show_audit_progress)).audit
            self._show()
            missing = [key for key in view.keys if key not in view.pictures]
            if missing:
                load = data_messages.LoadAudited(config, missing, self._panels.pair_side)
                pictures = (await self.host.inspector.ask(load)).pictures
                view.pictures |= dict(zip(missing, pictures, strict=True))
                self._show()
        except SnnTuiError as error:
            self.host.show_error(error)
            if view.audit is None:
                self._panels.say_of_audit(error_text(error))

    def _show_audit_progress(self, working: messages.Working) -> None:
        share = f" {working.share:.0%}" if working.share is not None else ""
        self._panels.say_of_audit(f"{clean(working.what)}{share}")

    def show_message(self, text: str) -> None:
        """Show a text in place of the images."""
        self._panels.clear_images()
        super().show_message(text)

    # What its keys do: images

    def action_across(self, by: int) -> None:
        """In the gallery the image beside, in the encoder the step beside, in the audit the pair beside."""
        if self._view == "gallery":
            self._grid.across(by)
            self._look()
        elif self._view == "audit":
            self._audit.go(by)
            self._ask_audit()
        else:
            self._player.go_to(self._player.step + by)

    def action_down(self, rows: int) -> None:
        """Some rows down; in the audit some findings."""
        if self._view == "audit":
            self.action_finding(self._audit.chosen + rows)
            return
        self._grid.down(rows)
        self._look()

    def action_page(self, by: int) -> None:
        """A page down or up."""
        self.action_down(by * self._grid.layout.rows)

    def action_move(self, by: int) -> None:
        """Next or previous image of the class."""
        self._grid.move(by)
        self._look()

    def action_class(self) -> None:
        """The next class."""
        self._grid.other_class()
        self._look()

    @work(exclusive=True, group="ask")
    async def action_jump(self) -> None:
        """Ask for an index and go there."""
        last = len(self._grid) - 1
        text = await self.app.push_screen_wait(AskLine(f"Index of the image, 0 to {last}:"))
        if text is None:
            return
        if text.isascii() and text.isdigit() and int(text) <= last:
            self.action_go_to(int(text))
        else:
            self.notify(f"{clean(text, 20)} is no index from 0 to {last}.", severity="error", markup=False)

    def action_go_to(self, index: int, shelf: int | None = None) -> None:
        """Go to an image by its index in the split, on a certain shelf where it stands on several."""
        self._grid.jump(index, shelf)
        self._look()

    def action_split(self) -> None:
        """The next split."""
        self._take_split(SPLITS[(SPLITS.index(self._split) + 1) % len(SPLITS)])

    def action_open(self) -> None:
        """Code the chosen image."""
        self._turn("encoder")
        self._look()

    def action_back(self) -> None:
        """From the encoder or the audit to the images."""
        self._player.hold()
        self._turn("gallery")

    def action_audit(self) -> None:
        """Look for images that make a score too good."""
        self._turn("audit")
        self._ask_audit()

    def action_finding(self, index: int) -> None:
        """Choose a finding of the audit."""
        self._audit.choose(index)
        self._ask_audit()

    def action_zoom(self) -> None:
        """The raster alone, or with the rest."""
        self._turn("encoder" if self._view == "raster" else "raster")

    def action_download(self) -> None:
        """Get the real images, where phantoms stand in for them."""
        self._load(download=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys make sense now."""
        if action == "download":
            return self._facts is not None and self._facts.stand_in
        if action in _IN_THE_GALLERY:
            return self._facts is not None and self._view == "gallery"
        if action == "back":
            return self._view != "gallery"
        coded = self._view in ("encoder", "raster")
        if action in _NOT_IN_THE_AUDIT:
            return self._facts is not None and self._view != "audit"
        if action == "down":
            return self._facts is not None and not coded
        if action in _IN_THE_ENCODER:
            return coded
        if (kind := kind_of(action)) is not None:
            return coded and self._choice.coding.kind == kind
        return self._facts is not None or action not in DATA.action_names


def _images_of(config: RunConfig | None) -> tuple[object, ...]:
    """The options that decide which images there are in each split, and which of them balancing keeps."""
    names = ("dataset", "data", "labels", "size", "group_by", "fold", "balance", "seed")
    return tuple(getattr(config, name) for name in names) if config else ()
