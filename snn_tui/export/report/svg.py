"""Small SVG drawings for a page, as markup. Colours are classes of the page's style sheet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from snn_tui.render.axes import Limits, share, ticks

_LEFT, _RIGHT, _TOP, _BOTTOM = 46.0, 12.0, 10.0, 38.0
_LETTER = 6.2
"""Approximate width of a letter of the axes, in pixels."""


@dataclass(frozen=True)
class Line:
    """A line of a chart.

    Args:
        label: Its name in the legend; empty to leave it out there.
        points: Coordinates; the line is interrupted where y is None.
        colour: Style class of its colour.
        dashed: Whether it is dashed and thinner, for the background.
    """

    label: str
    points: Sequence[tuple[float, float | None]]
    colour: str
    dashed: bool = False


@dataclass(frozen=True)
class Mark:
    """A point of a chart, drawn as a disc or a diamond.

    Args:
        label: Its name in the legend; empty to leave it out there.
        x: Horizontal coordinate.
        y: Vertical coordinate.
        colour: Style class of its colour.
        diamond: Whether it is a diamond.
    """

    label: str
    x: float
    y: float
    colour: str
    diamond: bool = False


def chart(
    lines: Sequence[Line],
    marks: Sequence[Mark],
    *,
    title: str,
    x_label: str,
    y_label: str,
    x_limits: Limits,
    y_limits: Limits,
    bars: Sequence[tuple[float, float, float]] = (),
    width: float = 440,
    height: float = 320,
) -> Markup:
    """A chart with axes and a legend below it.

    Args:
        lines: Lines, the later ones on top.
        marks: Points on top of the lines.
        title: Description for screen readers.
        x_label: Name of the horizontal axis.
        y_label: Name of the vertical axis.
        x_limits: Lowest and highest x.
        y_limits: Lowest and highest y.
        bars: Bars behind everything: left end, right end, and height as a share of a fifth of the chart.
        width: Width of the drawing in pixels.
        height: Height of the drawing without its legend, in pixels.
    """
    across, up = width - _LEFT - _RIGHT, height - _TOP - _BOTTOM

    def x_at(value: float) -> float:
        return _LEFT + across * min(max(share(value, x_limits), 0.0), 1.0)

    def y_at(value: float) -> float:
        return _TOP + up * (1 - min(max(share(value, y_limits), 0.0), 1.0))

    parts = []
    for value, label in ticks(y_limits, 6):
        y = _number(y_at(value))
        parts.append(f'<path class="grid" d="M{_number(_LEFT)} {y}h{_number(across)}"/>')
        parts.append(
            f'<text class="tick" x="{_number(_LEFT - 6)}" y="{y}" dy="4" text-anchor="end">{label}</text>'
        )
    bottom = _TOP + up
    for value, label in ticks(x_limits, 8, whole=x_limits[1] - x_limits[0] >= 2):
        x = _number(x_at(value))
        parts.append(f'<path class="grid" d="M{x} {_number(_TOP)}v{_number(up)}"/>')
        parts.append(
            f'<text class="tick" x="{x}" y="{_number(bottom + 16)}" text-anchor="middle">{label}</text>'
        )
    for low, high, part in bars:
        tall = up / 5 * part
        parts.append(
            f'<rect class="bar" x="{_number(x_at(low) + 1)}" y="{_number(bottom - tall)}" '
            f'width="{_number(max(x_at(high) - x_at(low) - 2, 0))}" height="{_number(tall)}"/>'
        )
    for line in lines:
        for segment in _segments(line.points):
            points = " ".join(f"{_number(x_at(x))},{_number(y_at(y))}" for x, y in segment)
            dashed = " dashed" if line.dashed else ""
            parts.append(f'<polyline class="line {line.colour}{dashed}" points="{points}"/>')
    parts += [_mark(x_at(mark.x), y_at(mark.y), mark.colour, mark.diamond) for mark in marks]
    middle = _number(_LEFT + across / 2)
    parts.append(
        f'<text class="axis" x="{middle}" y="{_number(height - 4)}" text-anchor="middle">'
        f"{escape(x_label)}</text>"
    )
    turned = f"rotate(-90 12 {_number(_TOP + up / 2)})"
    parts.append(
        f'<text class="axis" x="12" y="{_number(_TOP + up / 2)}" text-anchor="middle" '
        f'transform="{turned}">{escape(y_label)}</text>'
    )
    legend = _legend(lines, marks, width)
    for row, entries in enumerate(legend):
        left, middle_of_row = _LEFT, height + 12 + 20 * row
        for label, colour, kind in entries:
            parts.append(_key(left, middle_of_row, colour, kind))
            position = f'x="{_number(left + 22)}" y="{_number(middle_of_row + 4)}"'
            parts.append(f'<text class="tick" {position}>{escape(label)}</text>')
            left += 34 + _LETTER * len(label)
    return _svg(parts, width, height + 20 * len(legend), title)


def roc(
    lines: Sequence[Line], marks: Sequence[Mark], title: str, width: float = 440, height: float = 320
) -> Markup:
    """A chart with the axes of an ROC curve."""
    return chart(
        lines,
        marks,
        title=title,
        x_label="false positive rate",
        y_label="sensitivity",
        x_limits=(0.0, 1.0),
        y_limits=(0.0, 1.0),
        width=width,
        height=height,
    )


def whisker(
    value: float | None,
    interval: tuple[float, float] | None,
    other: float | None,
    limits: Limits,
    *,
    width: float = 280,
) -> Markup:
    """A value on a scale with its interval, and another value as a diamond to compare it with."""
    height = 16.0

    def at(number: float) -> float:
        return 6 + (width - 12) * min(max(share(number, limits), 0.0), 1.0)

    parts = [f'<path class="grid" d="M6 8H{_number(width - 6)}"/>']
    if interval is not None:
        low, high = (_number(at(end)) for end in interval)
        parts.append(f'<path class="line accent" d="M{low} 8H{high}M{low} 4v8M{high} 4v8"/>')
    if value is not None:
        parts.append(_mark(at(value), 8, "accent", diamond=False))
    if other is not None:
        parts.append(_mark(at(other), 8, "second", diamond=True))
    return _svg(parts, width, height, "interval")


def dots(values: Sequence[float], limits: Limits, *, width: float = 280) -> Markup:
    """Values on a scale, each as a faint disc."""
    parts = [f'<path class="grid" d="M6 8H{_number(width - 6)}"/>']
    for value in values:
        x = 6 + (width - 12) * min(max(share(value, limits), 0.0), 1.0)
        parts.append(f'<circle class="faint accent" cx="{_number(x)}" cy="8" r="4"/>')
    return _svg(parts, width, 16.0, "draws")


def _svg(parts: Sequence[str], width: float, height: float, title: str) -> Markup:
    wide, tall = _number(width), _number(height)
    size = f'viewBox="0 0 {wide} {tall}" width="{wide}" height="{tall}"'
    # The parts are markup whose texts were escaped as they were made.
    return Markup(f'<svg {size} role="img" aria-label="{escape(title)}">{"".join(parts)}</svg>')


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _segments(points: Sequence[tuple[float, float | None]]) -> list[list[tuple[float, float]]]:
    """The parts of a line between its gaps."""
    segments: list[list[tuple[float, float]]] = [[]]
    for x, y in points:
        if y is None or not math.isfinite(y):
            segments.append([])
        else:
            segments[-1].append((x, y))
    return [segment for segment in segments if segment]


def _mark(x: float, y: float, colour: str, diamond: bool) -> str:
    if diamond:
        return f'<path class="mark {colour}" d="M{_number(x)} {_number(y - 6)}l6 6l-6 6l-6 -6z"/>'
    return f'<circle class="mark {colour}" cx="{_number(x)}" cy="{_number(y)}" r="4.5"/>'


def _key(x: float, y: float, colour: str, kind: str) -> str:
    if kind in ("line", "dashed"):
        dashed = " dashed" if kind == "dashed" else ""
        return f'<path class="line {colour}{dashed}" d="M{_number(x)} {_number(y)}h16"/>'
    return _mark(x + 8, y, colour, kind == "diamond")


def _legend(lines: Sequence[Line], marks: Sequence[Mark], width: float) -> list[list[tuple[str, str, str]]]:
    """Entries (label, colour, kind) in rows that fit, one entry for each label."""
    entries = [(line.label, line.colour, "dashed" if line.dashed else "line") for line in lines]
    entries += [(mark.label, mark.colour, "diamond" if mark.diamond else "disc") for mark in marks]
    rows: list[list[tuple[str, str, str]]] = []
    seen, used = set(), math.inf
    for entry in entries:
        label = entry[0]
        if not label or label in seen:
            continue
        seen.add(label)
        needed = 34 + _LETTER * len(label)
        if used + needed > width - _LEFT:
            rows.append([])
            used = 0.0
        rows[-1].append(entry)
        used += needed
    return rows
