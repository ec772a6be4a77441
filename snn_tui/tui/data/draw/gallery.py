"""The images of a data set, on a shelf for each class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.style import Style
from rich.text import Text

from snn_tui.inspector.data_messages import DatasetImage
from snn_tui.render import palette, picture
from snn_tui.render.canvas import Canvas
from snn_tui.render.classes import class_name, class_symbol
from snn_tui.render.frame import cropped, joined
from snn_tui.render.text import count, dash, fit
from snn_tui.render.tiles import beside, stacked
from snn_tui.tui.data.layout import GAP, MIDDLE, GalleryLayout
from snn_tui.tui.shared.draw.click import clickable
from snn_tui.values.task import Task

_MOST_SYMBOLS = 4  # in a caption, of an image with several labels


@dataclass(frozen=True)
class Page:
    """What of a split is to be seen at once.

    Args:
        layout: Shelves and pictures that there is room for.
        first: First shelf in view.
        indices: By shelf, first to last, the indices in the split of the images in view.
        images: By index, those of them that are loaded.
        chosen: Index of the chosen one.
        shelf: Its shelf.
        sizes: Images of each shelf.
        task: What the data set asks.
    """

    layout: GalleryLayout
    first: int
    indices: tuple[Sequence[int], ...]
    images: Mapping[int, DatasetImage]
    chosen: int | None
    shelf: int
    sizes: tuple[int, ...]
    task: Task


def gallery(page: Page, canvas: Canvas) -> Text:
    """Shelves side by side in bands, the first class first, with each image's index in the split below it.

    Args:
        page: What is to be seen.
        canvas: What it is drawn on.
    """
    layout = page.layout
    last = min(page.first + layout.shelves, len(page.indices))
    in_view = min(layout.beside, last - page.first)
    spare = canvas.width - in_view * layout.across - (in_view - 1) * MIDDLE
    margin = max(spare // (2 * max(in_view, 1)), 0)  # on either side of each shelf
    lines = []
    for start in range(page.first, last, layout.beside):
        lines += _band(page, range(start, min(start + layout.beside, last)), margin, canvas)
    return cropped(stacked(lines).split("\n", allow_blank=True), canvas)


def _band(page: Page, shelves: Sequence[int], margin: int, canvas: Canvas) -> list[Text]:
    """Rows of pictures of some shelves, with the names of the shelves above them."""
    layout = page.layout
    edge = [Text(" " * margin)] if margin else []
    between = MIDDLE + 2 * margin
    inner = [GAP] * (layout.columns - 1)
    gaps = [*[0] * len(edge), *[gap for _ in shelves for gap in (*inner, between)]]
    lines = []
    if layout.heads:
        heads = [_head(page, shelf, canvas) for shelf in shelves]
        lines.append(beside([*edge, *heads], [*[0] * len(edge), *[between] * len(heads)]))
    for row in range(layout.rows):
        tiles = [
            _tile(page, shelf, row * layout.columns + column, canvas)
            for shelf in shelves
            for column in range(layout.columns)
        ]
        lines.append(beside([*edge, *tiles], gaps))
    return lines


def shelf_name(shelf: int, task: Task, canvas: Canvas) -> Text:
    """Symbol and name of a shelf's class; behind the last one are the images without a label."""
    if shelf < task.outputs:
        return class_name(shelf, task, canvas, width=max(canvas.width, 3))
    return Text(fit(f"{dash(canvas.terminal)} no label", canvas.width, canvas.terminal))


def _head(page: Page, shelf: int, canvas: Canvas) -> Text:
    across = page.layout.across
    number = count(page.sizes[shelf])
    gap = 2 if across >= 20 else 1
    head = shelf_name(shelf, page.task, canvas.resized(across - len(number) - gap))
    head.append(" " * gap + number, canvas.style("muted"))
    head.pad_right(across - head.cell_len)
    return head


def _tile(page: Page, shelf: int, position: int, canvas: Canvas) -> Text:
    side, indices = page.layout.side, page.indices[shelf]
    image = page.images.get(indices[position]) if position < len(indices) else None
    if image is None:
        return joined([Text(" " * side) for _ in range(page.layout.tile)])
    lines = _picture(image, side, canvas)
    chosen = image.index == page.chosen and shelf == page.shelf
    # Where a line is missing it is the picture's last: without the caption nobody knows which is chosen.
    lines = lines[: max(canvas.height - 1, 1)]
    tile = stacked([*lines, _caption(image, page.task, chosen, canvas.resized(side))])
    return clickable(tile, f"go_to({image.index}, {shelf})")


def _picture(image: DatasetImage, side: int, canvas: Canvas) -> list[Text]:
    """The lines of a picture in the middle of its square."""
    drawn = picture.in_size(image.picture, image.picture.height, image.picture.width, canvas)
    left = " " * ((side - image.picture.width) // 2)
    lines = [Text(left) + line if left else line for line in drawn.split("\n", allow_blank=True)]
    above = max((side + 1) // 2 - len(lines), 0) // 2
    lines = [Text() for _ in range(above)] + lines
    for line in lines:
        line.pad_right(side - line.cell_len)
    return lines + [Text(" " * side) for _ in range((side + 1) // 2 - len(lines))]


def _caption(image: DatasetImage, task: Task, chosen: bool, canvas: Canvas) -> Text:
    """Whether it is chosen, the symbols of its classes, its index, and whether balancing leaves it out."""
    labels = image.picture.labels or ()
    mark = ("▸" if canvas.unicode else ">") if chosen else " "
    symbols = "".join(class_symbol(label, task, canvas) for label in labels[:_MOST_SYMBOLS])
    symbols += "+" if len(labels) > _MOST_SYMBOLS else ""
    line = Text(f"{mark} {symbols or dash(canvas.terminal)} {image.index}")
    if not image.kept:
        line.append("  left out" if line.cell_len + 10 <= canvas.width else " out")
    line.truncate(canvas.width)
    line.pad_right(canvas.width - line.cell_len)
    strong = canvas.style(palette.class_role(labels[0]) if labels else "text", bold=chosen)
    reverse = chosen and canvas.terminal.colour != "none"
    line.stylize(strong + Style(reverse=True) if reverse else canvas.style("muted"))
    return line
