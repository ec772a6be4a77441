"""Line charts. plotext draws the lines; axes, labels and legend are drawn here, in what the terminal has.

plotext keeps one figure for the whole process. It is cleared before and after every drawing and held by a
lock meanwhile, so a chart depends on nothing but its arguments. It is imported with the first chart.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Literal

from rich.style import Style
from rich.text import Text

from snn_tui.render.axes import Limits, bucket, clamped, limits, number, share, ticks
from snn_tui.render.canvas import Canvas
from snn_tui.render.frame import cell, joined, legend, note, x_axis
from snn_tui.render.palette import CLASS_ROLES, Role
from snn_tui.values.dataset import CLASSES

MIN_WIDTH, MIN_HEIGHT = 16, 5

_BRAILLE = "braille"
# Lines and points are told apart by these where colours cannot do it.
_LINES = {True: (_BRAILLE, "+", "x", "*"), False: ("*", "+", "x", "%")}
_DIM_LINE = {True: "·", False: "."}
_POINTS = {True: ("•", "◆", "▲", "■"), False: ("o", "@", "&", "$")}
_RULE = {True: "╌", False: "-"}
_FIRED = {True: ("○", "●"), False: ("o", "#")}
# plotext is given these numbers of the 256 colours as names, and they are put back into styles afterwards.
_FIRST_TAG = 16
_lock = threading.Lock()


@dataclass(frozen=True)
class Series:
    """One line, or one set of points, of a chart.

    Args:
        label: Name in the legend; with an empty one the series is left out of it.
        xs: `[N]` positions on the x axis, rising.
        ys: `[N]` values; None, NaN and infinities are not drawn.
        style: Role of its colour.
        dim: Whether it stays in the background.
        marker: `line` connects the values, `points` draws each by itself.
        symbol: Character of the points; empty for the next of a few.
    """

    label: str
    xs: Sequence[float | None]
    ys: Sequence[float | None]
    style: Role = "accent"
    dim: bool = False
    marker: Literal["line", "points"] = "line"
    symbol: str = ""


@dataclass(frozen=True)
class Rule:
    """A horizontal line across a chart at `value`, named `label` in the legend."""

    value: float
    label: str = ""
    style: Role = "muted"


@dataclass(frozen=True)
class _Ink:
    """A series or rule as it is drawn: plotext's marker, its glyph in the legend, and a rich style."""

    marker: str
    glyph: str
    style: Style


def line_chart(
    series: Sequence[Series],
    canvas: Canvas,
    *,
    x_label: str,
    y_label: str,
    x_limits: Limits | None = None,
    y_limits: Limits | None = None,
    hlines: Sequence[Rule] = (),
    empty: str = "nothing to draw",
) -> Text:
    """A chart of one or more series; later series lie on top.

    Without limits the axes span the data. Values beyond given `y_limits` are drawn at the edge, points beyond
    given `x_limits` not at all. Where nothing can be drawn, or the size is below 16 x 5, there is a note.

    Args:
        series: The lines and points.
        canvas: What it is drawn on.
        x_label: Name of the x axis.
        y_label: Name of the y axis.
        x_limits: Limits of the x axis.
        y_limits: Limits of the y axis.
        hlines: Horizontal lines across the chart.
        empty: The note where there is nothing to draw.
    """
    if canvas.width < MIN_WIDTH or canvas.height < MIN_HEIGHT:
        return note("too small", canvas)
    drawable = [(x, y) for one in series for x, y in zip(one.xs, one.ys, strict=True) if _both_known(x, y)]
    # Given limits pass through `limits` too: where both are the same it sets them apart.
    across = limits(x_limits or [x for x, _ in drawable], margin=0.0)
    if y_limits is not None:
        up = limits(y_limits, margin=0.0)
    else:
        up = limits([*(y for _, y in drawable), *(rule.value for rule in hlines)])
    if not drawable or across is None or up is None:
        return note(empty, canvas, canvas.style("muted"))
    return _chart(series, canvas, x_label, y_label, across, up, hlines)


def membrane_chart(
    membranes: Sequence[tuple[float, float]],
    spikes_out: Sequence[tuple[int, int]],
    threshold: float,
    upto: int,
    canvas: Canvas,
) -> Text:
    """The membranes of both output neurons over the steps, the threshold, and where each neuron fired.

    The axes are those of all steps, so nothing moves while steps are added.

    Args:
        membranes: `[T, 2]` membranes, in units of the input current.
        spikes_out: `[T, 2]` spikes, 0 or 1.
        threshold: The membrane above which a neuron fires.
        upto: Number of the last step drawn, from 0 to T.
        canvas: What it is drawn on.
    """
    if canvas.width < MIN_WIDTH or canvas.height < MIN_HEIGHT:
        return note("too small", canvas)
    up = limits([threshold, *(value for pair in membranes for value in pair)])
    if not membranes or up is None:
        return note("no step yet", canvas, canvas.style("muted"))
    steps = range(1, min(upto, len(membranes)) + 1)
    lines = [
        Series(CLASSES[neuron], steps, [membranes[step - 1][neuron] for step in steps], CLASS_ROLES[neuron])
        for neuron in (0, 1)
    ]
    fired = [
        Series(
            "fired",
            [step for step in steps if spikes_out[step - 1][neuron]],
            [membranes[step - 1][neuron] for step in steps if spikes_out[step - 1][neuron]],
            CLASS_ROLES[neuron],
            marker="points",
            symbol=_FIRED[canvas.unicode][neuron],
        )
        for neuron in (0, 1)
    ]
    # The last step drawn bears the class's letter, so that the lines are told apart without colour. By the
    # same label it stands beside the line's own glyph in the legend.
    heads = [
        Series(one.label, steps[-1:], one.ys[-1:], one.style, marker="points", symbol=one.label[0].upper())
        for one in lines
    ]
    across = (1.0, float(max(len(membranes), 2)))
    rules = [Rule(threshold, "threshold")]
    drawn = [lines[0], lines[1], heads[0], heads[1], fired[0], fired[1]]
    return _chart(drawn, canvas, "step", "membrane", across, up, rules)


def _both_known(x: float | None, y: float | None) -> bool:
    return number(x) is not None and number(y) is not None


def _chart(
    series: Sequence[Series],
    canvas: Canvas,
    x_label: str,
    y_label: str,
    across: Limits,
    up: Limits,
    hlines: Sequence[Rule],
) -> Text:
    rows = canvas.height - 3  # a line of legend above, the axis and its labels below
    muted = canvas.style("muted")
    y_ticks = ticks(up, max(2, min(rows // 2 + 1, 7)))
    gutter = max((len(label) for _, label in y_ticks), default=0)
    if gutter > canvas.width // 3:
        y_ticks, gutter = [], 0
    columns = canvas.width - gutter - 1
    inks = _inks(series, canvas)
    rule_inks = [_Ink(mark := _RULE[canvas.unicode], mark, canvas.style(rule.style)) for rule in hlines]
    plot = _plot(series, inks, hlines, rule_inks, columns, rows, across, up)
    keys = [(one.label, ink.glyph, ink.style) for one, ink in zip(series, inks, strict=True)]
    keys += [(rule.label, ink.glyph, ink.style) for rule, ink in zip(hlines, rule_inks, strict=True)]
    lines = [legend(y_label, keys, canvas)]
    labels = {rows - 1 - cell(share(value, up), rows): label for value, label in y_ticks}
    wall, ticked = ("│", "┤") if canvas.unicode else ("|", "+")
    for row in range(rows):
        label = labels.get(row, "")
        edge = Text(f"{label:>{gutter}}{ticked if label else wall}", style=muted)
        lines.append(edge + plot[row])
    lines += x_axis(across, columns, gutter, x_label, canvas)
    return joined(lines)


def _inks(series: Sequence[Series], canvas: Canvas) -> list[_Ink]:
    terminal = canvas.terminal
    by_colour = canvas.unicode and terminal.colour != "none"
    lines: Iterator[str] = cycle([_BRAILLE] if by_colour else _LINES[canvas.unicode])
    points = cycle(_POINTS[canvas.unicode])
    inks = []
    for one in series:
        if one.marker == "points":
            marker = one.symbol or next(points)
        elif one.dim and not by_colour:
            marker = _DIM_LINE[canvas.unicode]
        else:
            marker = next(lines)
        style = canvas.style(one.style)
        inks.append(_Ink(marker, "━" if marker == _BRAILLE else marker, style))
    return inks


def _plot(
    series: Sequence[Series],
    inks: Sequence[_Ink],
    hlines: Sequence[Rule],
    rule_inks: Sequence[_Ink],
    columns: int,
    rows: int,
    across: Limits,
    up: Limits,
) -> list[Text]:
    """The drawing without its axes: `rows` lines of `columns` cells.

    Everything is scaled to a unit square first, so that plotext sees neither huge nor undefined numbers.
    """
    import plotext  # takes a tenth of a second, so only the first chart waits for it

    styles = [ink.style for ink in (*rule_inks, *inks)]
    with _lock:
        plotext.clear_figure()
        plotext.limit_size(False, False)
        plotext.plot_size(columns, rows)
        plotext.theme("clear")
        plotext.frame(False)
        plotext.xfrequency(0)
        plotext.yfrequency(0)
        plotext.xlim(0, 1)
        plotext.ylim(0, 1)
        tags = iter(range(_FIRST_TAG, _FIRST_TAG + len(styles)))
        for rule, ink in zip(hlines, rule_inks, strict=True):
            tag, level = next(tags), share(rule.value, up)
            if 0.0 <= level <= 1.0:
                plotext.plot([0.0, 1.0], [level, level], marker=ink.marker, color=tag)
        for one, ink in zip(series, inks, strict=True):
            tag = next(tags)
            draw = plotext.scatter if one.marker == "points" else plotext.plot
            for run in bucket(one.xs, one.ys, columns, across):
                positions = [share(x, across) for x, _ in run]
                draw(positions, [clamped(share(y, up)) for _, y in run], marker=ink.marker, color=tag)
        drawn = plotext.build()
        plotext.clear_figure()
    lines = list(Text.from_ansi(drawn, no_wrap=True).split("\n", allow_blank=True))[:rows]
    lines += [Text() for _ in range(rows - len(lines))]
    return [_styled(line, styles) for line in lines]


def _styled(line: Text, styles: Sequence[Style]) -> Text:
    """Put the real styles in the place of plotext's numbers."""
    text = Text(line.plain)
    for span in line.spans:
        color = span.style.color if isinstance(span.style, Style) else None
        if color is not None and color.number is not None:
            text.stylize(styles[color.number - _FIRST_TAG], span.start, span.end)
    return text
