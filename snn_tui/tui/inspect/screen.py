"""Inspect: one picture through the network, step by step."""

from __future__ import annotations

import asyncio
import os
import time

from textual import work

from snn_tui.config.paths import typed_path
from snn_tui.errors import SnnTuiError
from snn_tui.inspector import messages, run_messages
from snn_tui.render.text import MESSAGE_LIMIT, clean
from snn_tui.runs.store import label
from snn_tui.tui.inspect.exporting import write_animation
from snn_tui.tui.inspect.images import ImageList
from snn_tui.tui.inspect.keys import INSPECT, TIME_ACTIONS
from snn_tui.tui.inspect.second import SecondRun, refusal
from snn_tui.tui.inspect.traced import TracedScreen
from snn_tui.tui.shared.ask import AskLine
from snn_tui.values.image_ref import PICTURE_KINDS

_SPLIT_ORDER = ("test", "val", "train")
_OF_A_NETWORK = ("split", "map", "invert", "open", "compare", "download")
"""What cannot be done with stored traces."""


class InspectScreen(TracedScreen):
    """What the keys of Inspect do."""

    # Time

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

    # The inside

    def action_layer(self) -> None:
        """The next layer; where the input is not seen anyway, it is one of them."""
        self._layers.turn(input_apart=self.layout_class == "-cramped")
        self._show_inside()

    def action_channel(self, by: int) -> None:
        """The layer's next channel alone, or all of them; without channels further output neurons."""
        if self._layers.has_channels:
            self._layers.turn_channel(by)
        else:
            self._scrolled = min(max(self._scrolled + by, 0), self._neuron_positions)
        self._show()

    def action_click_channel(self, index: int) -> None:
        """A channel alone, or all of them again."""
        self._layers.click_channel(index)
        self._show()

    def action_raster(self) -> None:
        """The layer's neurons against time, or back."""
        self._layers.raster = not self._layers.raster
        self._show_inside()

    def action_membranes(self) -> None:
        """The layer's membranes, or its spikes again."""
        self._layers.membranes = not self._layers.membranes
        self._show_inside()

    def action_map(self) -> None:
        """What moved the verdict, over the picture, class by class where there are several, or back."""
        if self._trace is not None:
            self._layers.turn_map(self._trace)
            self._show_inside()

    def action_ascii(self) -> None:
        """Pictures as ASCII art, or in half blocks again."""
        self._ascii = self._panels.ascii = not self._ascii
        self.host.memory.remember(inspect_ascii=self._ascii)
        self._show_all()
        self.refresh_footer()

    @work(exclusive=True, group="export")
    async def action_export(self) -> None:
        """Write the decision's time steps as a cast and as a picture that moves."""
        trace, question, facts = self._trace, self._traced, self._facts
        if trace is None or question is None or facts is None:
            return
        unicode = self.host.terminal.unicode and not self._ascii
        try:
            cast, svg = await asyncio.to_thread(
                write_animation,
                trace,
                question.image,
                facts.name,
                facts.dataset,
                self._player.speed,
                unicode=unicode,
            )
        except SnnTuiError as error:
            self.host.show_error(error)
            return
        words = f"Written: {clean(str(cast.absolute()), MESSAGE_LIMIT)} and {clean(svg.name)}"
        self.notify(words, markup=False)

    @work(exclusive=True, group="compare")
    async def action_compare(self) -> None:
        """Choose a second run and show what it makes of the same image, or show one run again."""
        if self._second is not None:
            self._compare(None)
            self._look(restart=False)
            return
        first, run = self._facts, await self.host.chosen_run()
        if run is None or first is None:
            return
        if run == self.run:
            self.notify("That is the run that is open: choose another one.", severity="error")
            return
        ref = run_messages.RunRef(str(run.path.absolute()), self.host.config.data)
        self.show_notice("second", "opening the second run")
        try:
            facts = await self.host.inspector.ask(run_messages.OpenRun(ref))
        except SnnTuiError as error:
            self.host.show_error(error)
            return
        finally:
            self.show_notice("second", "")
        name = await asyncio.to_thread(label, run)
        if self._facts is not first:
            return  # another run was opened meanwhile
        if words := refusal(first, facts):
            self.notify(words, severity="error", markup=False)
            return
        self._compare(SecondRun(ref, name))
        self._look(restart=False)

    # Pictures

    def action_move(self, by: int) -> None:
        """Next or previous image; from a picture of one's own, back to the images."""
        if self._picture is None:
            self._images.move(by)
        self._picture, self._draw, self._inverted = None, 0, False
        self._look()

    def action_back(self) -> None:
        """Stop judging a split; else from a picture of one's own back to the images."""
        if self._surveying:
            self.workers.cancel_group(self, "ask")
            return
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
        if not self._images.surveyed and not await self._survey():
            return
        images = self._images
        current = images.filters.index(images.filter)
        for name in (*images.filters[current + 1 :], *images.filters[:current]):
            if images.choose(name):
                break
            if not images.of_class(name):
                self.notify(f"There are no {name} in {images.split}.")
        self._picture, self._draw, self._inverted = None, 0, False
        self._look()

    async def _survey(self) -> bool:
        """Get the predictions for all images of the split; False if there are none to be had."""
        ref, images = self._ref, self._images
        if ref is None:
            return False
        self.notify(f"Judging all {images.size} images of {images.split}, to find the mistakes.")

        began, self._surveying = time.monotonic(), True

        def on_working(working: messages.Working) -> None:
            share = "" if working.share is None else f" {working.share:.0%}"
            if time.monotonic() - began > 1.0:  # a notice moves all that is below it
                self.show_notice("survey", f"{clean(working.what)}{share}")

        try:
            answer = await self.host.inspector.ask(run_messages.PredictSplit(ref, images.split), on_working)
        except SnnTuiError as error:
            self.host.show_error(error)
            return False
        finally:
            self._surveying = False
            self.show_notice("survey", "")
        if images is not self._images:
            return False  # another split or another run was chosen meanwhile
        try:
            images.judge(answer.truth, answer.predicted, answer.margins)
        except ValueError:
            self.notify("The images are others than before: open the run again with l.", severity="error")
            return False
        return True

    def action_split(self) -> None:
        """The next split."""
        if self._facts is None:
            return
        if self._stored:
            return
        split = _SPLIT_ORDER[(_SPLIT_ORDER.index(self._images.split) + 1) % len(_SPLIT_ORDER)]
        self._images = ImageList(split, self._facts.sizes[split], self._facts.task)
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
        path = await self.app.push_screen_wait(AskLine(f"Path of a {PICTURE_KINDS} file:", path=True))
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

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys make sense now."""
        if action in ("encode", "first_draw") and self._coded_directly:
            return False
        if action in _OF_A_NETWORK and self._stored:
            return False
        if action in TIME_ACTIONS and self._timeless:
            return False
        if action == "membranes":
            return self._layers.has_both
        if action == "ascii":
            return self._has_blocks
        if action == "channel":
            return self._layers.has_channels or self._neuron_positions > 0
        if action == "download":
            return self._facts is not None and self._facts.stand_in
        if action == "back":
            return self._file_traced or self._surveying
        if action == "filter" and self._file_traced:
            return False
        return self._facts is not None or action not in INSPECT.action_names
