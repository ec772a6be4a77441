"""The data set: how many images of each class there are, and what they look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.style import Style
from rich.text import Text

from snn_tui.inspector.data_messages import DatasetImage
from snn_tui.render import palette, picture
from snn_tui.render.canvas import Canvas
from snn_tui.render.classes import class_name, class_symbol, class_word
from snn_tui.render.frame import cropped, joined
from snn_tui.render.text import count
from snn_tui.render.tiles import beside, stacked
from snn_tui.tui.shared.draw.click import clickable
from snn_tui.values.dataset import SPLITS, Counts, DatasetSummary
from snn_tui.values.task import Task

SIDE = 28
"""Pixels of an image's side, and cells it takes across."""

_LINES = SIDE // 2 + 1  # of a picture and the words below it
_GAP, _MIDDLE = 1, 2
_NAME_WIDTH = 6


@dataclass(frozen=True)
class Page:
    """What of a split is to be seen at once.

    Args:
        columns: Pictures of each class in a row.
        indices: By class, first to last, the images' indices in the split.
        images: By index, those of them that are loaded.
        chosen: Index of the chosen one.
        sizes: Images of each class in the split.
        task: What the data set asks.
    """

    columns: int
    indices: tuple[Sequence[int], Sequence[int]]
    images: Mapping[int, DatasetImage]
    chosen: int | None
    sizes: tuple[int, int]
    task: Task


def page_size(width: int, height: int) -> tuple[int, int]:
    """Pictures of each class in a row, and rows, that fit; at least one of each."""
    columns = (width - _MIDDLE + 2 * _GAP) // (2 * (SIDE + _GAP))
    return max(columns, 1), max(height // _LINES, 1)


def gallery(page: Page, canvas: Canvas) -> Text:
    """Images of both classes side by side, the first class left, each with its index in the split below it.

    Args:
        page: What is to be seen.
        canvas: What it is drawn on.
    """
    height = canvas.height
    rows = max(height // _LINES, 1)
    across = page.columns * (SIDE + _GAP) - _GAP
    margin = max((canvas.width - 2 * across - _MIDDLE) // 4, 0)  # on either side of each class
    edge = [Text(" " * margin)] if margin else []
    inner = [_GAP] * (page.columns - 1)
    gaps = [*[0] * len(edge), *inner, _MIDDLE + 2 * margin, *inner]
    lines = []
    for row in range(rows):
        tiles = [
            _tile(page, label, row * page.columns + column, canvas)
            for label in (0, 1)
            for column in range(page.columns)
        ]
        lines.append(beside([*edge, *tiles], gaps))
    if height > rows * _LINES:
        heads = _heads(page, across, canvas)
        lines.insert(0, beside([*edge, *heads], [*[0] * len(edge), _MIDDLE + 2 * margin]))
    return cropped(stacked(lines).split("\n", allow_blank=True), canvas)


def _heads(page: Page, across: int, canvas: Canvas) -> list[Text]:
    heads = []
    for label in range(page.task.outputs):
        head = class_name(label, page.task, canvas)
        head.append(f"  {count(page.sizes[label])}", canvas.style("muted"))
        head.pad_right(across - head.cell_len)
        heads.append(head)
    return heads


def _tile(page: Page, label: int, position: int, canvas: Canvas) -> Text:
    indices = page.indices[label]
    empty = joined([Text(" " * SIDE) for _ in range(_LINES)])
    if position >= len(indices):
        return empty
    image = page.images.get(indices[position])
    if image is None:
        return empty
    grey = image.picture
    drawn = picture.grey(grey.pixels, grey.height, grey.width, canvas)
    caption = _caption(image, page.task, image.index == page.chosen, canvas)
    # Where a line is missing it is the picture's last: without the caption nobody knows which is chosen.
    lines = drawn.split("\n", allow_blank=True)[: max(canvas.height - 1, 1)]
    return clickable(stacked([*lines, caption]), f"go_to({image.index})")


def _caption(image: DatasetImage, task: Task, chosen: bool, canvas: Canvas) -> Text:
    label = image.picture.label or 0
    role = palette.class_role(label)
    mark = ("▸" if canvas.unicode else ">") if chosen else " "
    strong = canvas.style(role, bold=chosen)
    muted = canvas.style("muted")
    line = Text(f"{mark} {class_symbol(label, task, canvas)} {image.index}")
    if not image.kept:
        line.append("  left out")
    line.pad_right(SIDE - line.cell_len)
    line.stylize(strong + Style(reverse=True) if chosen and canvas.terminal.colour != "none" else muted)
    return line


def classes(summary: DatasetSummary, split: str, canvas: Canvas) -> Text:
    """Images of each class before and after balancing, a line a split; the present one only if it is all.

    A bar is as long as the class was, its solid part as long as what balancing keeps. Both bars of a split
    share a scale.

    Args:
        summary: What there is.
        split: The present split.
        canvas: What it is drawn on.
    """
    arrow = ">" if not canvas.unicode else "→"
    wide = canvas.width >= 100
    counts = {
        name: [
            _numbers(before, after, arrow, wide)
            for before, after in zip(_pair(summary.before.get(name, kept)), _pair(kept), strict=True)
        ]
        for name, kept in summary.after.items()
    }
    longest = [max((len(both[label]) for both in counts.values()), default=0) for label in (0, 1)]
    task = summary.task
    marks = [
        f"{class_symbol(label, task, canvas)} {class_word(label, task, canvas) + ' ' if wide else ''}"
        for label in range(task.outputs)
    ]
    bar = (canvas.width - _NAME_WIDTH - sum(longest) - sum(map(len, marks)) - 4) // 2
    lines = []
    for name in SPLITS if canvas.height >= len(SPLITS) else (split,):
        if name not in summary.after:
            continue
        kept = summary.after[name]
        before = _pair(summary.before.get(name, kept))
        line = Text(f"{name:<{_NAME_WIDTH}}", Style(bold=name == split))
        for label in (0, 1):
            style = canvas.style(palette.class_role(label))
            line.append(marks[label], style)
            line.append_text(_bar(before[label], _pair(kept)[label], max(before), canvas.resized(bar), style))
            line.append(f" {counts[name][label]:>{longest[label]}}{'' if label else '  '}")
        lines.append(line)
    return joined(lines)


def _pair(counts: Counts) -> tuple[int, int]:
    first, second = counts.values()
    return first, second


def _numbers(before: int, after: int, arrow: str, wide: bool) -> str:
    if before == after:
        return count(before)
    return f"{count(before)} {arrow} {count(after)}" if wide else f"{before}{arrow}{after}"


def _bar(before: int, after: int, largest: int, canvas: Canvas, style: Style) -> Text:
    """Solid for what is kept, light for what is left out."""
    width = canvas.width
    if width < 1 or largest < 1:
        return Text()
    whole = max(round(width * before / largest), min(before, 1))
    solid = max(round(width * after / largest), min(after, 1))
    full, left = ("█", "░") if canvas.unicode else ("#", ".")
    return Text.assemble((full * solid + left * (whole - solid), style), " " * (width - whole))
