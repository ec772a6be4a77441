"""How a chart is looked at: the window into it, its scales and its cursor, as one value that never changes.

The window is None as long as nobody zoomed: the chart then follows the data. A window stays where it is when
data come.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from snn_tui.render.axes import Limits, number, numbers

XUnit = Literal["epoch", "step", "time"]
X_UNITS: tuple[XUnit, ...] = ("epoch", "step", "time")

ZOOM = 2.0
"""How much narrower the window is after zooming in once."""

_MOST_ZOOM = 1e6
_PAN = 0.25  # of the window
_OUTLIERS = 0.02  # share of the values that may lie beyond the axis on either side


@dataclass(frozen=True)
class ChartView:
    """How a chart is looked at.

    Args:
        x: The window on the x axis, in its unit; None for all there is.
        y: The window on the y axis; None for what the values in the x window take up.
        unit: What the x axis counts.
        log_y: Whether the y axis is logarithmic; values that are not above 0 are then left out.
        clip: Whether the y axis may leave out a few values on either side.
        cursor: Position on the x axis at which values are read; None for no cursor.
    """

    x: Limits | None = None
    y: Limits | None = None
    unit: XUnit = "epoch"
    log_y: bool = False
    clip: bool = False
    cursor: float | None = None

    @property
    def zoomed(self) -> bool:
        """Whether less than everything may be in the window."""
        return self.x is not None or self.y is not None


AS_A_WHOLE = ChartView()
"""A chart nobody has zoomed, against epochs."""


def zoom(view: ChartView, full: Limits, factor: float, at: float) -> ChartView:
    """The view with the x window narrower about a position, which keeps its place on the screen.

    Args:
        view: The view before.
        full: The x axis of the whole chart.
        factor: How much narrower; below 1 wider. A window as wide as the chart becomes none.
        at: The position, in the window.
    """
    low, high = view.x or full
    width = (high - low) / factor
    if width >= (full[1] - full[0]) * 0.999:
        return replace(view, x=None)
    width = max(width, (full[1] - full[0]) / _MOST_ZOOM)
    low = at - width * (at - low) / (high - low)
    return replace(view, x=_within(low, width, full))


def zoom_y(view: ChartView, shown: Limits, factor: float) -> ChartView:
    """The view with the y window narrower about its middle.

    Args:
        view: The view before.
        shown: Limits of the y axis as it is drawn.
        factor: How much narrower; below 1 wider.
    """
    low, high = view.y or shown
    middle, half = (low + high) / 2, (high - low) / 2 / factor
    return replace(view, y=(middle - half, middle + half)) if half > 0 else view


def pan(view: ChartView, full: Limits, by: int) -> ChartView:
    """The view with its window moved by quarters of itself; a window that holds all stays."""
    if view.x is None:
        return view
    low, high = view.x
    return replace(view, x=_within(low + by * _PAN * (high - low), high - low, full))


def move_cursor(view: ChartView, full: Limits, to: float | None) -> ChartView:
    """The view with the cursor at a position; where that lies beyond the window, the window follows."""
    if to is None:
        return replace(view, cursor=None)
    to = min(max(to, full[0]), full[1])
    view = replace(view, cursor=to)
    if view.x is not None and not view.x[0] <= to <= view.x[1]:
        low, high = view.x
        width = high - low
        view = replace(view, x=_within(to if to < low else to - width, width, full))
    return view


def reset(view: ChartView) -> ChartView:
    """The view of everything, without a cursor; the scales stay."""
    return replace(view, x=None, y=None, cursor=None)


def next_unit(view: ChartView, units: Sequence[XUnit] = X_UNITS) -> ChartView:
    """The view with the next unit on the x axis, and everything in its window."""
    index = units.index(view.unit) + 1 if view.unit in units else 0
    return replace(reset(view), unit=units[index % len(units)])


def without_outliers(values: Sequence[float]) -> Limits | None:
    """Limits that leave out the lowest and the highest 2 % of some values; None without any value."""
    known = sorted(value for value in numbers(values) if value is not None)
    if not known:
        return None
    beyond = int(len(known) * _OUTLIERS)
    return known[beyond], known[len(known) - 1 - beyond]


def value_at(xs: Sequence[float | None], ys: Sequence[float | None], x: float, slack: float) -> float | None:
    """The value of a line nearest to a position; None beyond its ends, or where it has no value.

    Args:
        xs: `[N]` positions, rising.
        ys: `[N]` values.
        x: The position.
        slack: How far beyond the line's ends the position may be.
    """
    if not len(xs):
        return None
    known = [position for position in xs if position is not None]
    if len(known) < len(xs) or not known[0] - slack <= x <= known[-1] + slack:
        return None
    right = min(bisect_left(known, x), len(known) - 1)
    left = max(right - 1, 0)
    nearest = left if x - known[left] <= known[right] - x else right
    return number(ys[nearest])


def _within(low: float, width: float, full: Limits) -> Limits:
    low = min(max(low, full[0]), full[1] - width)
    return low, low + width
