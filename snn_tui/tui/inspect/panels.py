"""The panels of Inspect: the picture, the spikes of a layer, the output neurons, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Container

from snn_tui.render import input_spikes, inspection, neurons
from snn_tui.render.canvas import Canvas
from snn_tui.render.text import clean
from snn_tui.tui.inspect.draw import decided, evidence, layers
from snn_tui.tui.inspect.images import ImageList
from snn_tui.tui.inspect.state import INPUT, LayerChoice
from snn_tui.tui.shared import graphics
from snn_tui.tui.shared.drawing import canvas_of
from snn_tui.tui.shared.host import host_of
from snn_tui.tui.shared.panel import Panel
from snn_tui.values.layer_spikes import Evidence
from snn_tui.values.trace import Trace

RUNS = ("first", "second")
"""Names of the panels of two runs that are compared."""


class InspectPanels(Container):
    """All panels of Inspect. While the screen closes there are none, and nothing is drawn.

    Attributes:
        ascii: Whether pictures are drawn as ASCII art, whatever the terminal can show.
    """

    ascii = False

    def compose(self) -> ComposeResult:
        """The picture, its spikes, the output neurons, and the facts."""
        images, steps = ("move(-1)", "move(1)"), ("step(-1)", "step(1)")
        yield Panel(evidence.image, "Image", empty="starting the inspector...", wheel=images, id="xray")
        yield Panel(decided.outputs, "Output neurons", wheel=steps, id="outputs")
        yield Panel(layers.spikes, "Spikes in", wheel=steps, id="spikes")
        yield Panel(inspection.facts, "Verdict", id="facts")
        for name in RUNS:
            yield Panel(decided.decided, "", wheel=steps, id=name)

    def put_in_order(self, layout: str, *, layer_chosen: bool, compared: bool) -> None:
        """Put the panels in order; a layer that was chosen has the picture's place, or the verdict's.

        Args:
            layout: CSS class of the layout, one of the screen's `LAYOUTS`.
            layer_chosen: Whether another layer than the input is looked at.
            compared: Whether there is a second run, so that each has a panel of its own.
        """
        self.set_class(layer_chosen, "-inside")
        self.set_class(compared, "-compared")
        order = ["#xray", "#outputs", "#spikes", "#facts"]
        if layout == "-tight" or compared:
            order = ["#xray", "#spikes", "#facts", "#outputs"]
        elif layer_chosen:
            order = ["#spikes", "#outputs", "#xray", "#facts"]
        for name, before in zip(order[1:], order, strict=False):
            self.move_child(self.query_one(name), after=self.query_one(before))

    def clear(self) -> None:
        """Empty all panels."""
        titles = {"outputs": None, "facts": None, "spikes": "Spikes in", "xray": "Image"}
        for name, title in (titles | dict.fromkeys(RUNS)).items():
            panel = self.query_one(f"#{name}", Panel)
            panel.show(None, title)
            panel.show_subtitle("")
        self._show_graphics(None, None)

    def show_step(
        self,
        trace: Trace,
        step: int,
        speed: int,
        spread: Sequence[tuple[int, ...]] | None,
        choice: LayerChoice,
        scrolled: int = 0,
    ) -> None:
        """Draw what changes from step to step.

        Args:
            trace: The image's trace.
            step: The present step, from 0.
            speed: Steps a second, when playing.
            spread: Classes predicted for the image in other draws, None until they are known.
            choice: The layer to look at.
            scrolled: How far the output neurons are scrolled, see `neurons.outputs`.
        """
        if not self.query("#spikes"):
            return
        at = f"{step}/{trace.num_steps}"
        self._show_layer(trace, step, choice)
        title = f"Step {at}" if self.has_class("-cramped") and trace.spiking else "Output neurons"
        panel = self.query_one("#outputs", Panel)
        panel.show((trace, step, scrolled), f"{title} · {speed} steps/s" if trace.spiking else title)
        marks = neurons.marks(trace, canvas_of(panel).resized(panel.size.width - 4))
        panel.show_subtitle(marks)
        self.query_one("#facts", Panel).show((trace, step, spread))

    def show_runs(self, traces: Mapping[str, Trace | None], step: int) -> None:
        """Draw what two runs make of the same image, each at its last step where it has fewer.

        Args:
            traces: The trace of each by what the run is called; None while it is not known.
            step: The present step, from 0.
        """
        if not self.query(f"#{RUNS[0]}"):
            return
        for name, (label, trace) in zip(RUNS, traces.items(), strict=True):
            panel, title = self.query_one(f"#{name}", Panel), clean(label, 60)
            if trace is None:
                panel.show(None, title)
                panel.say("asking the inspector...")
                continue
            at = min(step, trace.num_steps)
            panel.show((trace, at), f"{title} · {at}/{trace.num_steps}" if trace.spiking else title)
            panel.show_subtitle(neurons.marks(trace, canvas_of(panel).resized(panel.size.width - 4)))

    def neuron_positions(self, trace: Trace) -> int:
        """How far the output neurons can be scrolled; 0 where all fit."""
        panels = self.query("#outputs")
        if self.has_class("-compared"):
            return 0
        return neurons.positions(trace, canvas_of(panels.first())) if panels else 0

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
            noun = "Phantom" if trace.synthetic else clean(trace.task.title_noun, 30)
            index = f" {images.index} of {images.size} · {images.split}"
            room = self.query_one("#xray", Panel).size.width - 4
            title = (noun if len(noun + index) <= room or trace.synthetic else "Image") + index
            if images.filter != "all":
                position = "-" if images.position is None else images.position + 1
                title += f" · {clean(images.filter, 30)} {position}/{len(images.matches)}"
        title += " · inverted" if trace.inverted else ""
        panel = self.query_one("#xray", Panel)
        panel.show((trace, found, self.ascii), title)
        self._show_graphics(trace, found)
        legend = (
            evidence.legend(found, trace.task, self._canvas(panel).resized(panel.size.width - 4))
            if found
            else ""
        )
        panel.show_subtitle(legend)

    def _show_layer(self, trace: Trace, step: int, choice: LayerChoice) -> None:
        panel = self.query_one("#spikes", Panel)
        title, legend, layer = choice.name(trace), "", choice.layer(trace)
        title += f" · {step}/{trace.num_steps}" if trace.spiking else ""
        if layer is None:
            panel.say("asking the inspector...")
        elif choice.index == INPUT and (not choice.raster or trace.coding == "direct"):
            title += self._about_input(trace, step, panel, len(title))
        else:
            room = panel.size.width - 4
            raster = choice.raster and trace.spiking
            less = "" if raster else layers.reduced(layer, self._canvas(panel))
            if less and len(title) + len(less) + 3 > room:
                title = choice.name(trace)  # the step is said elsewhere
            for more in (less, f"{layer.neurons} neurons"):
                if more and len(title) + len(more) + 3 <= room:
                    title += f" · {more}"
            legend = layers.legend(
                self._canvas(panel).resized(room), layer, raster=raster, membranes=choice.draws_membranes
            )
        constant = choice.index == INPUT and trace.coding == "direct"  # the same current at every step
        value = None if layer is None else (trace, step, layer, choice, self.ascii)
        panel.show(value, title, key=(trace, min(step, 1), self.ascii) if constant else None)
        panel.show_subtitle(legend)

    def _about_input(self, trace: Trace, step: int, panel: Panel, used: int) -> str:
        """What the title says of the input's drawing, after so many characters."""
        canvas, more = canvas_of(panel), []
        if input_spikes.mean_fits(trace, step, canvas):
            more.append("their mean so far")
        rows, columns = input_spikes.size(trace.picture, canvas)
        if rows < trace.picture.height:
            more.append(f"{rows}x{columns} of {trace.picture.height}x{trace.picture.width}")
        words = ""
        for part in more:
            if used + len(words) + len(part) + 3 <= panel.size.width - 4:
                words += f" · {part}"
        return words

    def _canvas(self, panel: Panel) -> Canvas:
        """What pictures in a panel are drawn on."""
        return canvas_of(panel).in_ascii() if self.ascii else canvas_of(panel)

    def _show_graphics(self, trace: Trace | None, found: Evidence | None) -> None:
        """The same picture once more over the panel's own, where the terminal shows real pictures."""
        new = host_of(self).graphics
        if new is None:
            return
        panel = self.query_one("#xray", Panel)
        images = panel.query(".graphics")
        if trace is None or self.ascii:
            images.remove()
            return
        tinted = evidence.tinted(trace.picture, found, trace.task) if found else trace.picture
        file = graphics.picture_file(tinted)
        if images:
            images.first().image = file  # type: ignore[attr-defined]
            return
        image = new()
        image.add_class("graphics")
        image.image = file  # type: ignore[attr-defined]
        panel.mount(image)
