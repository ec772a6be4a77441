"""What a chart is made of, and where its axes lie on a canvas."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from snn_tui.render.axes import Limits, even_ticks, limits, number, numbers, share
from snn_tui.render.canvas import Canvas
from snn_tui.render.chart_view import AS_A_WHOLE, ChartView, without_outliers
from snn_tui.render.palette import Role

MIN_WIDTH, MIN_HEIGHT = 16, 5

LOWER = "▾"
"""Symbol of points that lie below the y axis; `v` in ASCII."""


@dataclass(frozen=True)
class Series:
    """One line, or one set of points, of a chart.

    Args:
        label: Name in the legend; with an empty one the series is left out of it.
        xs: `[N]` positions on the x axis, rising; kept as they are now: a run that goes on adds to its own.
        ys: `[N]` values, kept likewise; NaN and infinities are kept as None, which is not drawn.
        style: Role of its colour.
        dim: Whether it stays in the background.
        marker: `line` connects the values, `points` draws each by itself.
        symbol: Character of the points; empty for the next of a few.
        apart: Whether points move left where there is another one, so that both are seen.
    """

    label: str
    xs: Sequence[float | None]
    ys: Sequence[float | None]
    style: Role = "accent"
    dim: bool = False
    marker: Literal["line", "points"] = "line"
    symbol: str = ""
    apart: bool = False

    def __post_init__(self) -> None:
        """Keep copies, in which whatever cannot be drawn is the same."""
        object.__setattr__(self, "xs", numbers(self.xs))
        object.__setattr__(self, "ys", numbers(self.ys))


@dataclass(frozen=True)
class Rule:
    """A straight line across a chart, behind its series.

    Args:
        value: Its value; at the left end where it has another one at the right.
        label: Name in the legend.
        style: Role of its colour.
        end: Value at the right end of the x limits; None for a horizontal line.
    """

    value: float
    label: str = ""
    style: Role = "muted"
    end: float | None = None

    def between(self, full: Limits, window: Limits) -> Rule:
        """The part of it in a window of the x axis.

        Args:
            full: The x limits that it goes across.
            window: The window.
        """
        if self.end is None:
            return self
        low, high = (self.value + (self.end - self.value) * share(x, full) for x in window)
        return replace(self, value=low, end=high)


@dataclass(frozen=True)
class Chart:
    """All that decides a chart but its canvas.

    Args:
        series: The lines and points.
        x_label: Name of the x axis.
        y_label: Name of the y axis.
        x_limits: Limits of the x axis; None for those of the data.
        y_limits: Limits of the y axis; None for those of the data.
        rules: Straight lines across the chart.
        empty: The note where there is nothing to draw; without words the axes are drawn all the same.
        view: How it is looked at.
        x_text: How a position on the x axis is written; by default the number.
    """

    series: Sequence[Series]
    x_label: str
    y_label: str
    x_limits: Limits | None = None
    y_limits: Limits | None = None
    rules: Sequence[Rule] = ()
    empty: str = "nothing to draw"
    view: ChartView = AS_A_WHOLE
    x_text: Callable[[float], str] | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Frame:
    """Where the axes of a chart lie, in cells, and what they span.

    Args:
        gutter: Cells left of the y axis.
        columns: Cells between the axis and the right edge.
        rows: Lines between legend and x axis.
        full: The x axis of the whole chart.
        known: The part of it in which something is drawn; less, say, of a run that has just begun.
        across: What the x axis spans.
        up: What the y axis spans; logarithms to the base of ten on a logarithmic one.
        x_ticks: Column and label of the ticks of the x axis.
        y_ticks: Row, from below, and label of those of the y axis.
        right: The right end of the x limits, before it was moved for the ticks.
    """

    gutter: int
    columns: int
    rows: int
    full: Limits
    known: Limits
    across: Limits
    up: Limits
    x_ticks: Sequence[tuple[int, str]]
    y_ticks: Sequence[tuple[int, str]]
    right: float

    @property
    def column_width(self) -> float:
        """What a column spans on the x axis."""
        return (self.across[1] - self.across[0]) / max(self.columns - 1, 1)

    @property
    def middle(self) -> float:
        """The middle of the window, moved to the first or the last value where it is beyond them."""
        low, high = max(self.across[0], self.known[0]), min(self.right, self.known[1])
        middle = (self.across[0] + self.right) / 2
        return min(max(middle, low), high) if low <= high else middle

    def about(self, view: ChartView) -> float:
        """What zooming is about: the cursor, or the middle where that is not in the window."""
        cursor = view.cursor
        return cursor if cursor is not None and self.across[0] <= cursor <= self.right else self.middle

    def position(self, chart: Chart) -> str:
        """Where the chart's cursor is; empty where it has none or it is beyond the window."""
        cursor = chart.view.cursor
        if cursor is None or not self.across[0] <= cursor <= self.across[1]:
            return ""
        return chart.x_text(cursor) if chart.x_text else f"{chart.x_label} {cursor:.4g}"

    def x_at(self, column: int) -> float | None:
        """The position on the x axis of a column of the canvas; None beside the plot."""
        index = column - self.gutter - 1
        return self.across[0] + index * self.column_width if 0 <= index < self.columns else None


def frame_of(chart: Chart, canvas: Canvas) -> Frame | None:
    """The axes of a chart on a canvas; None where nothing can be drawn, or on less than 16 x 5 cells."""
    if canvas.width < MIN_WIDTH or canvas.height < MIN_HEIGHT:
        return None
    view = chart.view
    drawable = [
        (x, y)
        for one in chart.series
        for x, y in zip(one.xs, scaled(one.ys, view), strict=True)
        if x is not None and y is not None
    ]
    # Given limits pass through `limits` too: where both are the same it sets them apart.
    full = limits(chart.x_limits or [x for x, _ in drawable], margin=0.0)
    if full is None or (not drawable and chart.empty):
        return None
    window = view.x or full
    up = _up(chart, full, window, [y for x, y in drawable if view.x is None or window[0] <= x <= window[1]])
    if up is None:
        return None
    rows = canvas.height - 3  # a line of legend above, the axis and its labels below
    both_ends = chart.y_limits is None or view.log_y
    up, y_ticks = even_ticks(up, rows, max(2, min(rows // 2 + 1, 9)), both_ends=both_ends)
    if view.log_y:
        y_ticks = tuple((row, _power(float(label))) for row, label in y_ticks)
    gutter = max((len(label) for _, label in y_ticks), default=0)
    if gutter > canvas.width // 3:
        y_ticks, gutter = (), 0
    columns = canvas.width - gutter - 1
    most = max(4 if columns >= 24 else 2, columns // 8)
    across, x_ticks = even_ticks(window, columns, most, whole=window[1] - window[0] >= 2)
    known = (min(x for x, _ in drawable), max(x for x, _ in drawable)) if drawable else full
    return Frame(gutter, columns, rows, full, known, across, up, x_ticks, y_ticks, window[1])


def _power(exponent: float) -> str:
    """A power of ten as a label; one that a number cannot be is not computed."""
    if abs(exponent) > 300:
        return f"1e{exponent:.0f}"
    return f"{10**exponent:.3g}".replace("e-0", "e-")


def _up(chart: Chart, full: Limits, window: Limits, values: Sequence[float]) -> Limits | None:
    """Limits of the y axis: those that were chosen, else those of the values in the x window."""
    view = chart.view
    if view.y is not None:
        chosen = [y for y in scaled(view.y, view) if y is not None]
        return limits(chosen, margin=0.0)
    if chart.y_limits is not None and not (view.log_y or view.zoomed):
        return limits(chart.y_limits, margin=0.0)
    if view.clip:
        return limits(without_outliers(values) or chart.y_limits or ())
    straight = [rule.between(full, window) for rule in chart.rules if rule.end is None or not view.log_y]
    ends = [end for rule in straight for end in scaled((rule.value, rule.end), view)]
    return limits([*values, *ends]) or limits(chart.y_limits or ())


def scaled(values: Sequence[float | None], view: ChartView) -> Sequence[float | None]:
    """Values as they lie on the y axis; None where they are no numbers or, for logarithms, not above 0."""
    known = numbers(values)
    if not view.log_y:
        return known
    return [math.log10(value) if value is not None and value > 0 else None for value in known]


def within(series: Series, across: Limits) -> Series:
    """A line with only its part between two positions, cut off exactly there."""
    xs, ys = series.xs, series.ys
    if series.marker != "line" or len(xs) < 2 or any(x is None for x in xs):
        return series
    known = [x for x in xs if x is not None]
    first, last = bisect_left(known, across[0]), bisect_right(known, across[1])
    kept_x: list[float | None] = list(known[first:last])
    kept_y = list(ys[first:last])
    if 0 < first < len(known):
        kept_x.insert(0, across[0])
        kept_y.insert(0, _between(known, ys, first, across[0]))
    if 0 < last < len(known):
        kept_x.append(across[1])
        kept_y.append(_between(known, ys, last, across[1]))
    return replace(series, xs=kept_x, ys=kept_y)


def _between(xs: Sequence[float], ys: Sequence[float | None], right: int, x: float) -> float | None:
    """The value of a line at a position between a point and the one before."""
    low, high = number(ys[right - 1]), number(ys[right])
    if low is None or high is None or xs[right] == xs[right - 1]:
        return None
    return low + (high - low) * share(x, (xs[right - 1], xs[right]))
