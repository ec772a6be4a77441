"""The panels of Inspect: the picture, the spikes of a layer, both output neurons, and the verdict."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content

from snn_tui.render import inspection
from snn_tui.render.text import clean
from snn_tui.tui.inspect.draw import evidence, layers
from snn_tui.tui.inspect.state import INPUT, ImageList, LayerChoice
from snn_tui.tui.shared import graphics
from snn_tui.tui.shared.drawing import canvas_of
from snn_tui.tui.shared.host import host_of
from snn_tui.tui.shared.panel import Panel
from snn_tui.values.layer_spikes import Evidence
from snn_tui.values.trace import Trace


class InspectPanels(Container):
    """All panels of Inspect. While the screen closes there are none, and nothing is drawn."""

    def compose(self) -> ComposeResult:
        """The picture, its spikes, both neurons, and the facts."""
        images, steps = ("move(-1)", "move(1)"), ("step(-1)", "step(1)")
        yield Panel(evidence.image, "Image", empty="starting the inspector...", wheel=images, id="xray")
        yield Panel(inspection.outputs, "Output neurons", wheel=steps, id="outputs")
        yield Panel(layers.spikes, "Spikes in", wheel=steps, id="spikes")
        yield Panel(inspection.facts, "Verdict", id="facts")

    def put_in_order(self, layout: str, *, layer_chosen: bool) -> None:
        """Put the panels in order; a layer that was chosen has the picture's place, or the verdict's.

        Args:
            layout: CSS class of the layout, one of the screen's `LAYOUTS`.
            layer_chosen: Whether another layer than the input is looked at.
        """
        self.set_class(layer_chosen, "-inside")
        order = ["#xray", "#outputs", "#spikes", "#facts"]
        if layout == "-tight":
            order = ["#xray", "#spikes", "#facts", "#outputs"]
        elif layer_chosen:
            order = ["#spikes", "#outputs", "#xray", "#facts"]
        for name, before in zip(order[1:], order, strict=False):
            self.move_child(self.query_one(name), after=self.query_one(before))

    def clear(self) -> None:
        """Empty all panels."""
        for name, title in (("outputs", None), ("facts", None), ("spikes", "Spikes in"), ("xray", "Image")):
            self.query_one(f"#{name}", Panel).show(None, title)
        self._show_graphics(None, None)

    def show_step(
        self, trace: Trace, step: int, speed: int, spread: list[float] | None, choice: LayerChoice
    ) -> None:
        """Draw what changes from step to step.

        Args:
            trace: The image's trace.
            step: The present step, from 0.
            speed: Steps a second, when playing.
            spread: Decision scores of the image in other draws, None until they are known.
            choice: The layer to look at.
        """
        if not self.query("#spikes"):
            return
        at = f"{step}/{trace.num_steps}"
        self._show_layer(trace, step, choice)
        title = f"Step {at}" if self.has_class("-cramped") else "Output neurons"
        self.query_one("#outputs", Panel).show((trace, step), f"{title} · {speed} steps/s")
        self.query_one("#facts", Panel).show((trace, step, spread))

    def show_picture(self, trace: Trace, images: ImageList, file: str | None, found: Evidence | None) -> None:
        """Draw the picture.

        Args:
            trace: The picture's trace.
            images: The list it is of, where it is an image of the data set.
            file: Its path, where it is a file of the user's own.
            found: What moved the verdict, drawn over it; None for the picture alone.
        """
        if not self.query("#xray"):
            return
        if file is not None:
            title = f"Your picture · {clean(Path(file).name, 30)}"
        else:
            noun = "Phantom" if trace.synthetic else trace.task.title_noun
            title = f"{noun} {images.index} of {images.size} · {images.split}"
            if images.filter != "all":
                position = "-" if images.position is None else images.position + 1
                title += f" · {images.filter} {position}/{len(images.matches)}"
        title += " · inverted" if trace.inverted else ""
        panel = self.query_one("#xray", Panel)
        panel.show((trace, found), title)
        self._show_graphics(trace, found)
        legend = (
            evidence.legend(found, trace.task, canvas_of(panel).resized(panel.size.width - 4))
            if found
            else ""
        )
        panel.border_subtitle = Content(legend)

    def _show_layer(self, trace: Trace, step: int, choice: LayerChoice) -> None:
        panel = self.query_one("#spikes", Panel)
        title, legend, layer = f"{choice.name(trace)} · {step}/{trace.num_steps}", "", choice.layer(trace)
        if layer is None:
            panel.say("asking the inspector...")
        elif choice.index == INPUT and (not choice.raster or trace.coding == "direct"):
            if inspection.mean_fits(trace, step, canvas_of(panel)):
                title += " · their mean so far"
        else:
            room = panel.size.width - 4
            less = "" if choice.raster else layers.reduced(layer, canvas_of(panel))
            if less and len(title) + len(less) + 3 > room:
                title = choice.name(trace)  # the step is said elsewhere
            for more in (less, f"{layer.neurons} neurons"):
                if more and len(title) + len(more) + 3 <= room:
                    title += f" · {more}"
            legend = layers.legend(canvas_of(panel).resized(room), raster=choice.raster)
        panel.show(None if layer is None else (trace, step, layer, choice), title)
        panel.border_subtitle = Content(legend)

    def _show_graphics(self, trace: Trace | None, found: Evidence | None) -> None:
        """The same picture once more over the panel's own, where the terminal shows real pictures."""
        new = host_of(self).graphics
        if new is None:
            return
        panel = self.query_one("#xray", Panel)
        images = panel.query(".graphics")
        if trace is None:
            images.remove()
            return
        if found is None:
            file = graphics.grey_file(trace.picture)
        else:
            pixels = bytes(part for rgb in evidence.tinted(trace.picture, found, trace.task) for part in rgb)
            file = graphics.colour_file(pixels, trace.picture.height, trace.picture.width)
        if images:
            images.first().image = file  # type: ignore[attr-defined]
            return
        image = new()
        image.add_class("graphics")
        image.image = file  # type: ignore[attr-defined]
        panel.mount(image)
