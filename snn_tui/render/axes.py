"""What a chart needs besides its lines: limits, round ticks with their labels, and few enough points."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

Limits = tuple[float, float]
Run = list[tuple[float, float]]

_LARGEST = 1e300
_SAME = 0.005  # of their size, below which values count as the same
_MARGIN = 0.04
_WELL_FILLED = 0.85  # share of an axis that the limits asked for should take up


def number(value: float | None) -> float | None:
    """A value that can be drawn, None where it is missing or not finite; beyond 1e300 it is 1e300."""
    if value is None or not math.isfinite(value):
        return None
    return min(max(float(value), -_LARGEST), _LARGEST)


def numbers(values: Iterable[float | None]) -> list[float | None]:
    """The `number` of each value; charts have thousands, and most are as they should be."""
    return [
        value if value is not None and -_LARGEST <= value <= _LARGEST else number(value) for value in values
    ]


def limits(values: Iterable[float | None], margin: float = _MARGIN) -> Limits | None:
    """Lower and upper limit around all values, with a margin; None without any value.

    Values that are all the same get limits around them.
    """
    known = [value for value in numbers(values) if value is not None]
    if not known:
        return None
    low, high = min(known), max(known)
    size = max(abs(low), abs(high))
    if high - low <= size * _SAME or size < 1 / _LARGEST:
        around = 0.1 * size if size > 1 / _LARGEST else 1.0
    else:
        around = margin * (high - low)
    return low - around, high + around


def scale(values: Iterable[float | None]) -> Limits:
    """Limits in tenths that hold all values and 1, within 0 and 1."""
    lowest = min((value for value in values if value is not None), default=0.0)
    tenths = int(max(lowest, 0.0) / 0.1 + 1e-9)
    return min(tenths, 9) * 0.1, 1.0


def share(value: float, bounds: Limits) -> float:
    """Position of a value between the limits: 0 at the lower one, 1 at the upper one, and beyond them."""
    low, high = bounds
    # Halved, so that the widest limits do not overflow.
    return (value / 2 - low / 2) / (high / 2 - low / 2)


def cell(position: float, cells: int, dots: int = 1) -> int:
    """Index of the cell of a position, or of its dot where a cell has several.

    The only rounding of charts: the dot of a position always lies in the cell of that position, so lines of
    dots, single characters and ticks agree. The limits are the middles of the first and the last cell.

    Args:
        position: From 0 to 1; beyond them it is 0 or 1.
        cells: Number of cells between the limits.
        dots: Dots a cell.
    """
    position = 0.0 if position < 0.0 else 1.0 if position > 1.0 else position
    # Rounded first, as 2.4999999999 is meant to be 2.5.
    return int(round(dots * ((cells - 1) * position + 0.5), 6))


def bucket(
    xs: Sequence[float | None], ys: Sequence[float | None], columns: int, x_limits: Limits
) -> list[Run]:
    """Thin a series to at most two points a column: the lowest and the highest, in the order they came.

    Points outside the limits and points that are no numbers are left out; a column that had only the latter
    breaks the line.

    Args:
        xs: `[N]` positions on the x axis.
        ys: `[N]` values.
        columns: Columns between the limits.
        x_limits: Limits of the x axis.

    Returns:
        The unbroken runs of the line, each a list of points from left to right.
    """
    lows: dict[int, int] = {}
    highs: dict[int, int] = {}
    broken: set[int] = set()
    points: list[tuple[float, float]] = []
    first, last = x_limits
    for x, y in zip(numbers(xs), numbers(ys), strict=True):
        if x is None or not first <= x <= last:
            continue
        column = cell(share(x, x_limits), columns)
        if y is None:
            broken.add(column)
            continue
        index = len(points)
        points.append((x, y))
        if column not in lows or y < points[lows[column]][1]:
            lows[column] = index
        if column not in highs or y > points[highs[column]][1]:
            highs[column] = index
    runs: list[Run] = [[]]
    for column in sorted(lows.keys() | broken):
        if column in lows:
            runs[-1] += [points[index] for index in sorted({lows[column], highs[column]})]
        else:
            runs.append([])
    return [run for run in runs if run]


def ticks(bounds: Limits, most: int, whole: bool = False) -> list[tuple[float, str]]:
    """At most `most` round numbers between the limits with their labels, lowest first.

    Args:
        bounds: Lower and upper limit.
        most: Largest number of ticks.
        whole: Only whole numbers, for epochs and steps.
    """
    low, high = bounds
    if most < 1:
        return []
    step = _round_step((high / 2 - low / 2) / most * 2)
    step = max(step, 1.0) if whole else step
    values = _multiples(low, high, step)
    while len(values) > most:
        step = _round_step(step * 1.01)
        values = _multiples(low, high, step)
    return list(zip(values, _labels(values, step), strict=True))


@lru_cache(maxsize=64)
def even_ticks(
    bounds: Limits, cells: int, most: int, whole: bool = False, both_ends: bool = False
) -> tuple[Limits, tuple[tuple[int, str], ...]]:
    """Ticks that stand equally many cells apart, and the limits under which they do.

    A step between ticks is made a whole number of cells, so the limits move apart: of the steps that are
    possible, the finest one is taken that leaves no more than a little of the cells empty.

    Args:
        bounds: Lower and upper limit.
        cells: Number of cells; the limits are the middles of the first and the last one.
        most: Largest number of ticks.
        whole: Only whole numbers, for epochs and steps.
        both_ends: Whether the lower limit may move too; otherwise the upper one moves alone.

    Returns:
        The limits, and cell and label of each tick, lowest first.
    """
    low, high = bounds
    best, stretched, chosen = 0.0, bounds, ticks(bounds, most, whole)[:1]
    usual = [ticks(bounds, count, whole) for count in range(most, 1, -1)]
    for found in [*usual, *_other_ticks(bounds, most, whole)]:
        if len(found) < 2 or best >= _WELL_FILLED:
            continue
        step_share = share(found[1][0], bounds) - share(found[0][0], bounds)
        apart = int((cells - 1) * step_share + 1e-6)
        used = apart / ((cells - 1) * step_share)
        if used > best + 1e-6:
            best, chosen = used, found
            beyond = (high - low) / used - (high - low)
            below = beyond / 2 if both_ends else 0.0
            stretched = low - below, high + beyond - below
    return stretched, tuple((cell(share(value, stretched), cells), label) for value, label in chosen)


def _other_ticks(bounds: Limits, most: int, whole: bool) -> Iterator[list[tuple[float, str]]]:
    """Ticks at less usual round steps, for axes that the usual ones fill badly."""
    low, high = bounds
    span = (high / 2 - low / 2) * 2
    power = 10.0 ** math.floor(math.log10(span))
    for step in (factor * power for factor in (0.15, 0.25, 0.3, 0.4, 1.5, 2.5, 3.0, 4.0)):
        if span / step <= most and (not whole or step == int(step)):
            values = _multiples(low, high, step)
            if len(values) <= most:
                yield list(zip(values, _labels(values, step), strict=True))


def _round_step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0, 20.0) if factor * power >= least * 0.999)


def _multiples(low: float, high: float, step: float) -> list[float]:
    # A multiple that misses a limit by a rounding error only is on it.
    slack = 1e-9
    first, last = math.ceil(low / step - slack), math.floor(high / step + slack)
    values = (multiple * step for multiple in range(first, last + 1))
    return [value for value in values if -slack <= share(value, (low, high)) <= 1 + slack]


def _labels(values: Sequence[float], step: float) -> list[str]:
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if abs(step * 10.0**decimals - round(step * 10.0**decimals)) > 1e-6:
        decimals += 1  # as of 0.25
    largest = max(map(abs, values), default=0.0)
    if largest < 1e5 and decimals <= 4:
        return [f"{value + 0.0:.{decimals}f}" for value in values]
    for digits in range(1, 7):
        labels = [f"{value + 0.0:.{digits}g}".replace("e+0", "e").replace("e-0", "e-") for value in values]
        if all(abs(float(label) - value) < step / 10 for label, value in zip(labels, values, strict=True)):
            break
    return [label.replace("e+", "e") for label in labels]
