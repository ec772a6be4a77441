"""Line charts. plotext draws each line; what lies above what, axes, labels and legend are decided here.

Lines that share a cell stay visible: their dots are added, and their colours or characters alternate. plotext
keeps one figure for the whole process. It is cleared before and after every drawing and held by a
lock meanwhile, so a chart depends on nothing but its arguments. It is imported with the first chart.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import cycle

from rich.style import Style
from rich.text import Text

from snn_tui.render.axes import Limits, Run, bucket, cell, limits, share
from snn_tui.render.canvas import Canvas
from snn_tui.render.cells import FIRST_BRAILLE, Cells, Level, Mark
from snn_tui.render.chart_view import value_at
from snn_tui.render.frame import joined, legend, note, x_axis
from snn_tui.render.palette import class_role
from snn_tui.render.series import (
    LOWER,
    MIN_HEIGHT,
    MIN_WIDTH,
    Chart,
    Frame,
    Rule,
    Series,
    frame_of,
    scaled,
    within,
)

_BRAILLE = "braille"
# Lines and points are told apart by these where colours cannot do it.
_LINES = {True: (_BRAILLE, "+", "x", "*"), False: ("*", "+", "x", "%")}
_DIM_LINE = {True: "·", False: "."}
_POINTS = {True: ("•", "◆", "▲", "■"), False: ("o", "@", "&", "$")}
_RULE = {True: "╌", False: "-"}
_lock = threading.Lock()


@dataclass(frozen=True)
class _Ink:
    """A series or rule as it is drawn: plotext's marker, and a rich style."""

    marker: str
    style: Style

    @property
    def glyph(self) -> str:
        """Its character in the legend."""
        return "━" if self.marker == _BRAILLE else self.marker


def line_chart(
    series: Sequence[Series],
    canvas: Canvas,
    *,
    x_label: str,
    y_label: str,
    x_limits: Limits | None = None,
    y_limits: Limits | None = None,
    rules: Sequence[Rule] = (),
    empty: str = "nothing to draw",
) -> Text:
    """A chart of one or more series; points lie on top of lines, later points on top of earlier ones.

    Without limits the axes span the data. So that ticks stand evenly, the end of an axis may lie a little
    beyond its limit. Values beyond the y axis are drawn at its edge, points beyond the x axis not at all.
    Where nothing can be drawn, or the size is below 16 x 5, there is a note.

    Args:
        series: The lines and points.
        canvas: What it is drawn on.
        x_label: Name of the x axis.
        y_label: Name of the y axis.
        x_limits: Limits of the x axis.
        y_limits: Limits of the y axis.
        rules: Straight lines across the chart.
        empty: The note where there is nothing to draw.
    """
    return draw(Chart(series, x_label, y_label, x_limits, y_limits, rules, empty), canvas)


def draw(chart: Chart, canvas: Canvas) -> Text:
    """A chart as it is looked at. With a cursor, the legend has the values there."""
    return Plotted(chart, canvas).text(chart.view.cursor)


class Plotted:
    """A chart with all but its cursor: that can be moved without drawing the rest again.

    Args:
        chart: What is drawn.
        canvas: What it is drawn on.

    Attributes:
        frame: Where its axes lie; None where there is nothing to draw, or no room.
    """

    def __init__(self, chart: Chart, canvas: Canvas) -> None:
        self.chart, self._canvas = _without_cursor(chart), canvas
        self.frame = frame = frame_of(chart, canvas)
        self._inks = _inks(chart.series, canvas)
        self._rule_inks = [_rule_ink(rule, canvas) for rule in chart.rules]
        if frame is None:
            return
        view = chart.view
        self._plot = plot = _Plot(frame)
        for rule, ink in zip(chart.rules, self._rule_inks, strict=True):
            if rule.end is not None and view.log_y:
                continue  # it would be no straight line
            rule = rule.between(frame.full, (frame.across[0], frame.right))
            value = scaled((rule.value,), view)[0]
            if value is not None:
                plot.add_rule(replace(rule, value=value), frame.right, ink)
        for one, ink in zip(chart.series, self._inks, strict=True):
            one = replace(one, ys=scaled(one.ys, view))
            plot.add(within(one, frame.across) if view.x else one, ink)

    def differs_by_cursor(self, chart: Chart, canvas: Canvas) -> bool:
        """Whether another chart would look the same, on this canvas, but for its cursor."""
        return self._canvas == canvas and self.chart == _without_cursor(chart)

    def text(self, cursor: float | None = None) -> Text:
        """The drawing, with the cursor at a position on the x axis."""
        chart, canvas, frame = self.chart, self._canvas, self.frame
        if canvas.width < MIN_WIDTH or canvas.height < MIN_HEIGHT:
            return note("too small", canvas)
        if frame is None:
            return note(_why_empty(chart, canvas), canvas, canvas.style("muted"))
        muted = canvas.style("muted")
        plot, values = self._plot, []
        if cursor is not None and frame.across[0] <= cursor <= frame.across[1]:
            plot = plot.copy()
            values = _read(chart, frame, plot, self._inks, cursor, canvas)
        keys = [(one.label, ink.glyph, ink.style) for one, ink in zip(chart.series, self._inks, strict=True)]
        keys += [
            (rule.label, ink.glyph, ink.style) for rule, ink in zip(chart.rules, self._rule_inks, strict=True)
        ]
        lines = [legend(chart.y_label, keys, canvas, values)]
        labels = {frame.rows - 1 - row: label for row, label in frame.y_ticks}
        wall, ticked = ("│", "┤") if canvas.unicode else ("|", "+")
        drawn = plot.cells.lines()
        for row in range(frame.rows):
            label = labels.get(row, "")
            edge = Text(f"{label:>{frame.gutter}}{ticked if label else wall}", style=muted)
            lines.append(edge + drawn[row])
        lines += x_axis(frame.x_ticks, frame.columns, frame.gutter, chart.x_label, canvas)
        return joined(lines)


def _without_cursor(chart: Chart) -> Chart:
    return replace(chart, view=replace(chart.view, cursor=None))


def _why_empty(chart: Chart, canvas: Canvas) -> str:
    """Why nothing is drawn: there is nothing, or the way in which the chart is looked at hides it."""
    view = chart.view
    if view.zoomed and frame_of(replace(chart, view=replace(view, x=None, y=None)), canvas):
        return "nothing in the part that is zoomed into: zoom out"
    if view.log_y and frame_of(replace(chart, view=replace(view, log_y=False)), canvas):
        return "no value is above 0, as the logarithmic axis needs"
    return chart.empty


def _read(
    chart: Chart, frame: Frame, plot: _Plot, inks: Sequence[_Ink], cursor: float, canvas: Canvas
) -> list[str]:
    """Draw the cursor, and give each series' value at it, empty where it has none."""
    values = []
    for one, ink in zip(chart.series, inks, strict=True):
        value = value_at(one.xs, one.ys, cursor, frame.column_width) if one.label else None
        values.append("" if value is None else f"{value:.4g}")
        on_axis = scaled((value,), chart.view)[0]
        if on_axis is not None and not one.dim:
            plot.mark(cursor, on_axis, Mark("●" if canvas.unicode else "O", ink.style, "points"))
    plot.add_cursor(
        cursor,
        Mark("│" if canvas.unicode else ":", canvas.style("muted"), "cursor"),
        ends_only=canvas.terminal.slow,
    )
    return values


def membrane_chart(
    membranes: Sequence[Sequence[float]],
    spikes_out: Sequence[Sequence[int]],
    threshold: float | None,
    upto: int,
    names: Mapping[int, str],
    letters: Sequence[str],
    canvas: Canvas,
    marks: Sequence[str],
) -> Text:
    """The membranes of output neurons over the steps, the threshold, and where each neuron fired.

    The axes are those of all steps, so nothing moves while steps are added.

    Args:
        membranes: `[T, K]` membranes, in units of the input current.
        spikes_out: `[T, K]` spikes, 0 or 1.
        threshold: The membrane above which a neuron fires; None where there is none to draw.
        upto: Number of the last step drawn, from 0 to T.
        names: Name of the class of each neuron that is drawn, by the neuron's index.
        letters: A letter for each of the K, which the last step drawn bears.
        canvas: What it is drawn on.
        marks: A character for each of the K, which its spikes bear.
    """
    if canvas.width < MIN_WIDTH or canvas.height < MIN_HEIGHT:
        return note("too small", canvas)
    drawn = [] if threshold is None else [threshold]
    up = limits([*drawn, *(row[neuron] for row in membranes for neuron in names)], margin=0.0)
    if not membranes or up is None:
        return note("no step yet", canvas, canvas.style("muted"))
    steps = range(1, min(upto, len(membranes)) + 1)
    lines = [
        Series(name, steps, [membranes[step - 1][neuron] for step in steps], class_role(neuron))
        for neuron, name in names.items()
    ]
    fired = [
        Series(
            "fired" if len(letters) == 2 else "",
            [step for step in steps if spikes_out[step - 1][neuron]],
            [membranes[step - 1][neuron] for step in steps if spikes_out[step - 1][neuron]],
            class_role(neuron),
            marker="points",
            symbol=marks[neuron],
        )
        for neuron in names
    ]
    # The last step drawn bears the class's letter, so that the lines are told apart without colour. By the
    # same label it stands beside the line's own glyph in the legend.
    heads = [
        Series(
            "" if one.label == letters[neuron] else one.label,  # a name that is its letter stands once
            steps[-1:],
            one.ys[-1:],
            one.style,
            marker="points",
            symbol=_head(letters, neuron),
        )
        for one, neuron in zip(lines, names, strict=True)
    ]
    across = (1.0, float(max(len(membranes), 2)))
    rules = [Rule(value, "threshold") for value in drawn]
    return draw(Chart([*lines, *heads, *fired], "step", "membrane", across, up, rules, empty=""), canvas)


def _head(letters: Sequence[str], neuron: int) -> str:
    """A neuron's letter, a capital where no other neuron has that one."""
    capital = letters[neuron].upper()
    return letters[neuron] if capital in letters else capital


def _inks(series: Sequence[Series], canvas: Canvas) -> list[_Ink]:
    by_colour = _by_colour(canvas)
    lines: Iterator[str] = cycle([_BRAILLE] if by_colour else _LINES[canvas.unicode])
    points = cycle(_POINTS[canvas.unicode])
    inks = []
    for one in series:
        if one.marker == "points":
            marker = one.symbol or next(points)
            marker = "v" if marker == LOWER and not canvas.unicode else marker
        elif one.dim and not by_colour:
            marker = _DIM_LINE[canvas.unicode]
        else:
            marker = next(lines)
        inks.append(_Ink(marker, canvas.style(one.style)))
    return inks


def _by_colour(canvas: Canvas) -> bool:
    """Whether lines are told apart by their colours."""
    return canvas.unicode and canvas.terminal.colour != "none"


def _rule_ink(rule: Rule, canvas: Canvas) -> _Ink:
    if rule.end is None:
        return _Ink(_RULE[canvas.unicode], canvas.style(rule.style))
    marker = _BRAILLE if _by_colour(canvas) else _DIM_LINE[canvas.unicode]
    return _Ink(marker, canvas.style(rule.style))


class _Plot:
    """Series and rules as marks in cells."""

    def __init__(self, frame: Frame) -> None:
        """Nothing is drawn yet."""
        self.cells = Cells(frame.columns, frame.rows)
        self.across, self.up = frame.across, frame.up

    def copy(self) -> _Plot:
        """Another one with the same marks."""
        other = copy(self)
        other.cells = self.cells.copy()
        return other

    def add_rule(self, rule: Rule, right: float, ink: _Ink) -> None:
        """Draw a rule; a slanted one ends at `right` on the x axis."""
        level = share(rule.value, self.up)
        if rule.end is not None:
            self._connect([[(self.across[0], rule.value), (right, rule.end)]], ink, "rule")
        elif 0.0 <= level <= 1.0:
            for column in range(self.cells.columns):
                self.cells.put(column, cell(level, self.cells.rows), Mark(ink.marker, ink.style, "rule"))

    def add(self, series: Series, ink: _Ink) -> None:
        """Draw a series."""
        runs = bucket(series.xs, series.ys, self.cells.columns, self.across)
        if series.marker == "line":
            self._connect(runs, ink, "dim" if series.dim else "line")
            return
        for x, y in (point for run in runs for point in run):
            column, row = self._dot(x, y, 1, 1)
            while series.apart and column > 0 and self.cells.has_point(column, row):
                column -= 1
            self.cells.put(column, row, Mark(ink.marker, ink.style, "points"))

    def mark(self, x: float, y: float, mark: Mark) -> None:
        """Put a mark at a value."""
        self.cells.put(*self._dot(x, y, 1, 1), mark)

    def add_cursor(self, x: float, mark: Mark, *, ends_only: bool) -> None:
        """Draw a line from below to above at a position, or the two ends of it."""
        for row in (0, self.cells.rows - 1) if ends_only else range(self.cells.rows):
            self.cells.put(cell(share(x, self.across), self.cells.columns), row, mark)

    def _dot(self, x: float, y: float, across: int, down: int) -> tuple[int, int]:
        """Column and row of a value's dot, where a cell has `across` times `down` of them."""
        column = cell(share(x, self.across), self.cells.columns, across)
        return column, cell(share(y, self.up), self.cells.rows, down)

    def _connect(self, runs: Sequence[Run], ink: _Ink, level: Level) -> None:
        columns, rows = self.cells.columns, self.cells.rows
        dots_a_cell = (2, 4) if ink.marker == _BRAILLE else (1, 1)
        dots = tuple(tuple(self._dot(x, y, *dots_a_cell) for x, y in run) for run in runs)
        for line, glyphs in enumerate(_connected(dots, (columns, rows), dots_a_cell, ink.marker)):
            for column, glyph in enumerate(glyphs):
                if glyph not in (" ", FIRST_BRAILLE):
                    self.cells.put(column, rows - 1 - line, Mark(glyph, ink.style, level))


@lru_cache(maxsize=128)
def _connected(
    runs: tuple[tuple[tuple[int, int], ...], ...],
    cells: tuple[int, int],
    dots_a_cell: tuple[int, int],
    marker: str,
) -> list[str]:
    """Dots connected by plotext, run by run, as lines of characters, the uppermost first.

    The latest are kept: going through steps draws the same lines again and again.

    Args:
        runs: Column and row of each dot, counted from the lower left.
        cells: Columns and rows of characters.
        dots_a_cell: Columns and rows of dots in each.
        marker: plotext's marker.
    """
    import plotext  # takes a tenth of a second, so only the first chart waits for it

    with _lock:
        plotext.clear_figure()
        plotext.limit_size(False, False)
        plotext.plot_size(*cells)
        plotext.theme("clear")
        plotext.frame(False)
        plotext.xfrequency(0)
        plotext.yfrequency(0)
        # In these limits plotext has nothing left to round. An axis of one dot needs limits that differ.
        plotext.xlim(0, max(cells[0] * dots_a_cell[0] - 1, 1))
        plotext.ylim(0, max(cells[1] * dots_a_cell[1] - 1, 1))
        for run in runs:
            plotext.plot([x for x, _ in run], [y for _, y in run], marker=marker)
        drawn = plotext.uncolorize(plotext.build()) if runs else ""
    return drawn.split("\n")[: cells[1]]
