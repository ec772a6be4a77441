"""The panels of Data: classes and gallery, and behind them the encoder with its raster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from textual.app import ComposeResult
from textual.containers import Container
from textual.geometry import Size

from snn_tui.inspector.data_messages import THUMBNAIL, DatasetImage, EncodedImage
from snn_tui.render.findings import findings
from snn_tui.render.text import MESSAGE_LIMIT, clean, first_that_fits
from snn_tui.tui.data.auditing import AuditView
from snn_tui.tui.data.draw import audit, counts, encoder, gallery, raster
from snn_tui.tui.data.draw.gallery import Page
from snn_tui.tui.data.state import ImageGrid
from snn_tui.tui.shared.drawing import canvas_of
from snn_tui.tui.shared.panel import Panel
from snn_tui.values.dataset import DatasetSummary
from snn_tui.values.words import counted

View = Literal["gallery", "encoder", "raster", "audit"]
"""What is in view: the images, the coding of one of them, its raster alone, or what an audit found."""


BORDER_ENDS = 6
"""Cells of a border that its title leaves free: a corner, a line and a space at either end."""


class DataPanels(Container):
    """All panels of Data. While the screen closes there are none, and nothing is drawn."""

    def compose(self) -> ComposeResult:
        """The classes and the gallery; behind them the encoder and the audit."""
        yield Panel(counts.classes, "Classes", id="classes")
        yield Panel(
            gallery.gallery,
            "Images",
            empty="starting the inspector...",
            wheel=("down(-1)", "down(1)"),
            double="open",
            id="gallery",
        )
        with Container(id="encoder"):
            yield Panel(encoder.image, "Image", id="coded-xray")
            yield Panel(encoder.average, "Average", id="coded-average")
            yield Panel(encoder.frame, "Spikes", id="coded-spikes")
            yield Panel(encoder.facts, "Coding", id="coded-facts")
            yield Panel(raster.raster, "Raster", id="raster")
        with Container(id="audit"):
            yield Panel(audit.finding_list, "Audit", wheel=("down(-1)", "down(1)"), id="findings")
            yield Panel(audit.pair, "Images", wheel=("across(-1)", "across(1)"), id="pair")

    def turn(self, view: View) -> None:
        """Bring the images, the encoder, the raster or the audit into view."""
        for name in get_args(View):
            self.set_class(name == view, f"-{name}")

    def move_raster(self, *, beside: bool) -> None:
        """Put the raster beside the pictures, or below them."""
        before = "average" if beside else "facts"
        self.query_one("#encoder").move_child(
            self.query_one("#raster"), after=self.query_one(f"#coded-{before}")
        )

    @property
    def room(self) -> tuple[int, int] | None:
        """Cells and lines that the gallery has, None before its size is known and while the screen closes."""
        size = self._room_of("gallery")
        return (size.width, size.height) if size.width else None

    def _room_of(self, name: str) -> Size:
        """The size of a panel's content; none of a panel that is not there."""
        return next((panel.content_size for panel in self.query(f"#{name}").results(Panel)), Size())

    def show_images(
        self, summary: DatasetSummary, split: str, grid: ImageGrid, images: Mapping[int, DatasetImage]
    ) -> None:
        """Draw the classes and the gallery.

        Args:
            summary: Counts of the data set.
            split: The split in view.
            grid: Its images in rows and columns, and the chosen one.
            images: The images that are loaded, by index.
        """
        for panel in self.query("#classes").results(Panel):
            title, below = classes_titles(summary, panel.size.width - BORDER_ENDS)
            panel.show((summary, split), title)
            panel.show_subtitle(below)
        page = Page(
            grid.layout,
            grid.first,
            grid.visible,
            dict(images),
            grid.chosen,
            grid.shelf,
            grid.sizes,
            summary.task,
        )
        noun = "Phantoms" if summary.synthetic else f"{summary.task.title_noun}s"
        position, size = grid.positions[grid.shelf] + 1, grid.sizes[grid.shelf]
        self._show("gallery", page, f"{noun} · {split} · {position} of {size}")

    def show_coded_image(self, summary: DatasetSummary, split: str, encoded: EncodedImage) -> None:
        """Draw the image that is coded."""
        noun = "Phantom" if summary.synthetic else summary.task.title_noun
        self._show("coded-xray", encoded, f"{noun} {encoded.image.index} · {split}")

    def show_step(self, encoded: EncodedImage, step: int, errors: Sequence[float], speed: int) -> None:
        """Draw a step of the coding, but for the average up to it.

        Args:
            encoded: The coded image.
            step: The step, from 1; 0 is before the first.
            errors: `[T]` error of the coding after each step.
            speed: Steps a second when playing.
        """
        position = f"{step}/{encoded.num_steps}"
        noun = "Spikes" if encoded.binary else "Current"
        self._show("coded-spikes", (encoded, step), f"{noun} {position}")
        self._show("coded-facts", (encoded, step, errors), f"{speed} steps/s")
        for panel in self.query("#raster").results(Panel):
            caption = raster.caption(encoded, panel.content_size.height)
            title = f"Raster · {encoder.title(encoded.coding)} · {caption} · {position}"
            panel.show((encoded, step), title)

    def show_average(self, encoded: EncodedImage, step: int) -> None:
        """Draw the average of the steps so far, or with latency coding how early each pixel spiked."""
        earlier = encoded.coding.kind == "latency"
        self._show(
            "coded-average", (encoded, step), "Earlier is brighter" if earlier else f"Average of {step}"
        )

    def show_audit(self, view: AuditView) -> None:
        """Draw the findings of an audit, in as many lines as they need, and the pair of images in view."""
        found = view.audit
        if found is None:
            return
        number = len(findings(found))
        for panel in self.query("#findings").results(Panel):
            canvas = canvas_of(panel)
            lines = audit.list_lines(found, view.chosen, canvas)
            panel.styles.height = min(lines + 2, max(self.size.height // 3, 5))
            panel.show((found, view.chosen), f"Audit · {counted(number, 'finding')}")
        example, finding = view.example, view.finding
        for panel in self.query("#pair").results(Panel):
            if example is None or finding is None:
                panel.say("nothing to show" if number else "no image makes a score too good")
                panel.show(None, "Images")
            else:
                panel.show((example, view.shown), audit.pair_title(finding, view.pair))

    def say_of_audit(self, text: str) -> None:
        """Show a text in place of the audit."""
        for panel in self.query("#findings").results(Panel):
            panel.say(text)
        for panel in self.query("#pair").results(Panel):
            panel.show(None, "Images")

    @property
    def pair_side(self) -> int:
        """Most pixels of a side that the pictures of a pair have room for."""
        size = self._room_of("pair")
        return max(min(size.width // 2, 2 * size.height), THUMBNAIL)

    def clear_images(self) -> None:
        """Empty the gallery."""
        self._show("gallery", None, "Images")

    def _show(self, name: str, value: object, title: str) -> None:
        for panel in self.query(f"#{name}").results(Panel):
            panel.show(value, title)


def classes_titles(summary: DatasetSummary, room: int) -> tuple[str, str]:
    """What stands above and below the classes: what the user should know, and if there is room the legend.

    Args:
        summary: The data set.
        room: Cells for each of them. A notice that needs more loses its details, what follows a colon.
    """
    balanced = summary.before != summary.after
    legend = "solid: kept, light: left out by undersampling" if balanced else ""
    notice = (
        "" if summary.synthetic else clean(summary.notice, MESSAGE_LIMIT)
    )  # of phantoms the banner speaks
    first, *more = notice.split("; ")
    if not first:
        first, legend = legend, ""

    def fitting(parts: Sequence[str], gap: str) -> str:
        brief = [part.partition(": ")[0] for part in parts]
        return first_that_fits((gap.join(parts), gap.join(brief)), room) or gap.join(brief)

    noun = "Labels" if summary.task.kind == "multilabel" else "Classes"
    return fitting([noun, *filter(None, [first])], " · "), fitting(more, "; ") or legend
