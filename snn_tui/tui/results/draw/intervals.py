"""One-line scales: a value within its interval, and a cloud of values."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style
from rich.text import Text

from snn_tui.render.axes import Limits, cell, share
from snn_tui.render.canvas import Canvas

_INTERVAL = {True: ("─", "├", "┤", "●", "◇", "◈"), False: ("-", "[", "]", "o", "+", "*")}
_CLOUD = {True: ("∙", "•", "●"), False: (".", "o", "O")}
_GROUND = {True: "·", False: " "}


def ruler(limits: Limits, width: int) -> str:
    """The ends of a scale: `0.7      1.0`."""
    low, high = (f"{limit:.1f}" for limit in limits)
    return low + " " * max(width - len(low) - len(high), 1) + high


def whisker(
    value: float | None,
    interval: tuple[float, float] | None,
    other: float | None,
    limits: Limits,
    canvas: Canvas,
    style: Style,
) -> Text:
    """A value as a dot, its interval as a line, and another value to compare it with: `··├──●─◇┤··`.

    The value lies on top of the interval, the other one on top of both; in the same cell they are `◈`.

    Args:
        value: What was measured; None where undefined.
        interval: Its interval; None where unknown.
        other: What it is compared with; None for nothing.
        limits: Ends of the scale.
        canvas: What it is drawn on.
        style: Style of value and interval.
    """
    width = canvas.width
    bar, left, right, dot, mark, both = _INTERVAL[canvas.unicode]
    muted = canvas.style("muted")
    cells: list[tuple[str, Style]] = [(_GROUND[canvas.unicode], muted)] * width
    if interval is not None:
        first, last = (cell(share(end, limits), width) for end in interval)
        for index in range(first, last + 1):
            cells[index] = (bar, style)
        if last > first:
            cells[first], cells[last] = (left, style), (right, style)
    if value is not None:
        cells[cell(share(value, limits), width)] = (dot, style)
    if other is not None:
        index = cell(share(other, limits), width)
        same = cells[index][0] == dot
        second = canvas.style("second", bold=True)
        cells[index] = (both, style) if same else (mark, second)
    return Text.assemble(*cells, no_wrap=True)


def cloud(values: Sequence[float], limits: Limits, canvas: Canvas, style: Style) -> Text:
    """Values as dots on a scale, heavier where several share a cell."""
    counts = [0] * canvas.width
    for value in values:
        counts[cell(share(value, limits), canvas.width)] += 1
    dots = _CLOUD[canvas.unicode]
    muted = canvas.style("muted")
    return Text.assemble(
        *(
            (dots[min(count, len(dots)) - 1], style) if count else (_GROUND[canvas.unicode], muted)
            for count in counts
        ),
        no_wrap=True,
    )
