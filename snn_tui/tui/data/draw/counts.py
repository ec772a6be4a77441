"""How many images of each class a data set has, before and after balancing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rich.style import Style
from rich.text import Text

from snn_tui.render import palette
from snn_tui.render.canvas import Canvas
from snn_tui.render.classes import class_symbol, class_word
from snn_tui.render.energy import amount
from snn_tui.render.frame import joined
from snn_tui.render.meters import bars
from snn_tui.render.text import count
from snn_tui.values.dataset import SPLITS, Counts, DatasetSummary
from snn_tui.values.task import Task

_NAME_WIDTH = 6
_SHORTEST_BAR = 3

_BySplit = Mapping[str, Sequence[int]]
"""Images of each class, in their order, by split."""


def classes(summary: DatasetSummary, split: str, canvas: Canvas) -> Text:
    """Images of each class before and after balancing, a line a split; the present one only if it is all.

    A bar is as long as the class was, its solid part as long as what balancing keeps. All bars of a split
    share a scale.

    Args:
        summary: What there is.
        split: The present split.
        canvas: What it is drawn on.
    """
    names = [name for name in SPLITS if name in summary.after]
    before = {name: _counts(summary.before.get(name, summary.after[name])) for name in names}
    after = {name: _counts(summary.after[name]) for name in names}
    cells = (_pair if summary.task.outputs == 2 else _cells)(before, after, summary.task, canvas)
    lines = []
    for name in names if canvas.height >= len(SPLITS) else [split]:
        if name in cells:
            lines.append(
                Text.assemble(f"{name:<{_NAME_WIDTH}}", *cells[name], style=Style(bold=name == split))
            )
            lines[-1].truncate(max(canvas.width, 1))
    return joined(lines)


def _counts(counts: Counts) -> list[int]:
    return list(counts.values())


def _pair(before: _BySplit, after: _BySplit, task: Task, canvas: Canvas) -> dict[str, list[Text]]:
    """Two classes: symbol, name where there is room, a bar and the numbers of each."""
    arrow = ">" if not canvas.unicode else "→"
    wide = canvas.width >= 100
    numbers = {
        name: [_numbers(*pair, arrow, wide) for pair in zip(before[name], after[name], strict=True)]
        for name in before
    }
    longest = [max((len(both[label]) for both in numbers.values()), default=0) for label in (0, 1)]
    marks = [
        f"{class_symbol(label, task, canvas)} {class_word(label, task, canvas) + ' ' if wide else ''}"
        for label in (0, 1)
    ]
    bar = (canvas.width - _NAME_WIDTH - sum(longest) - sum(map(len, marks)) - 4) // 2
    lines = {}
    for name, were in before.items():
        line = []
        for label in (0, 1):
            style = canvas.style(palette.class_role(label))
            line.append(Text(marks[label], style))
            line.append(_bar(were[label], after[name][label], max(were), canvas.resized(bar), style))
            line.append(Text(f" {numbers[name][label]:>{longest[label]}}{'' if label else '  '}"))
        lines[name] = line
    return lines


def _cells(before: _BySplit, after: _BySplit, task: Task, canvas: Canvas) -> dict[str, list[Text]]:
    """Any number of classes: of each its letter, a bar and numbers, as far as there is room for them.

    With the least room, a bar of one cell a class, as high as there are images.
    """
    width = max((canvas.width - _NAME_WIDTH) // task.outputs, 1)
    arrow = ">" if not canvas.unicode else "→"
    pairs = [pair for name in before for pair in zip(before[name], after[name], strict=True)]
    forms: tuple[Callable[[int, int], str], ...] = (
        lambda were, are: _numbers(were, are, arrow, wide=False),
        lambda were, are: str(are),
        lambda were, are: amount(are),
    )
    longest = [max((len(form(*pair)) for pair in pairs), default=0) for form in forms]
    # Symbol, bar, number, and the gaps behind each.
    fitting = [index for index, length in enumerate(longest) if 2 + _SHORTEST_BAR + 1 + length + 1 <= width]
    small = next((index for index, length in enumerate(longest) if index and 3 + length + 1 <= width), None)
    bare = next((index for index, length in enumerate(longest) if index and 1 + length + 1 <= width), None)
    lines = {}
    for name, were in before.items():
        line = []
        for label, pair in enumerate(zip(were, after[name], strict=True)):
            style = canvas.style(palette.class_role(label))
            symbol = Text(class_symbol(label, task, canvas), style)
            share = pair[1] / max(*after[name], 1) if pair[1] else None
            height = Text(bars([share], canvas.terminal), style)
            if fitting:
                number = forms[fitting[0]](*pair)
                room = width - 2 - 2 - longest[fitting[0]]
                bar = _bar(*pair, max(were), canvas.resized(room), style)
                cell = Text.assemble(symbol, f" {number:>{longest[fitting[0]]}} ", bar)
            elif small is not None:
                cell = Text.assemble(symbol, height, f" {forms[small](*pair):>{longest[small]}}")
            elif bare is not None:
                cell = Text.assemble(symbol, forms[bare](*pair))
            else:
                cell = Text.assemble(symbol, height) if width >= 3 else height
            cell.pad_right(width - cell.cell_len)
            line.append(cell)
        lines[name] = line
    return lines


def _numbers(before: int, after: int, arrow: str, wide: bool) -> str:
    if before == after:
        return count(before)
    return f"{count(before)} {arrow} {count(after)}" if wide else f"{before}{arrow}{after}"


def _bar(before: int, after: int, largest: int, canvas: Canvas, style: Style) -> Text:
    """Solid for what is kept, light for what is left out."""
    width = canvas.width
    if width < 1 or largest < 1:
        return Text(" " * max(width, 0))
    whole = max(round(width * before / largest), min(before, 1))
    solid = max(round(width * after / largest), min(after, 1))
    full, left = ("█", "░") if canvas.unicode else ("#", ".")
    return Text.assemble((full * solid + left * (whole - solid), style), " " * (width - whole))
