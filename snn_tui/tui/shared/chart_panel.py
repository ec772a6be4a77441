"""A panel with a chart that the mouse can look into: the wheel zooms, and values are read where it points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rich.text import Text
from textual import events
from textual.message import Message
from textual.timer import Timer

from snn_tui.render.canvas import Canvas
from snn_tui.render.chart import Plotted
from snn_tui.render.chart_view import ZOOM
from snn_tui.render.series import Chart, Frame
from snn_tui.render.text import plain
from snn_tui.tui.shared.drawing import canvas_of
from snn_tui.tui.shared.panel import Panel

POINT_SECONDS, SLOW_POINT_SECONDS = 0.05, 0.5
"""Least time between two positions that the pointer reads values at; the second one over a slow line."""


class ChartPanel(Panel):
    """Draws a chart.

    Args:
        chart: Makes the chart of what `show` is given; the parts of a tuple are arguments of their own.
        title: The title in the border.
        empty: Words to show while there is no value.
    """

    @dataclass
    class Pointed(Message):
        """The pointer is at a position of the x axis, None beside it."""

        at: float | None

    @dataclass
    class Wheel(Message):
        """The wheel was turned: zoom by a factor about a position; None beside the plot."""

        panel: ChartPanel
        factor: float
        at: float | None

    def __init__(self, chart: Callable[..., Chart], title: str, *, empty: str = "", id: str) -> None:
        super().__init__(self._draw_chart, title, empty=empty, id=id)
        self._make = chart
        self._chart: tuple[Canvas, Chart] | None = None  # made of the value, and for which canvas
        self._plotted: Plotted | None = None
        self._column: int | None = None  # where the pointer is
        self._timer: Timer | None = None

    def show(self, value: Any, title: str | None = None, *, key: tuple[Any, ...] | None = None) -> None:
        """Show a value; the cursor's position stands in the border below."""
        self._chart = None
        super().show(value, title, key=key)
        frame = self.frame
        position = frame.position(self._made()) if frame is not None else ""
        self.show_subtitle(plain(position, canvas_of(self).terminal).plain)

    @property
    def frame(self) -> Frame | None:
        """Where its axes lie; None while nothing is drawn."""
        return self._plot().frame if self._value is not None and self.content_size.width else None

    def _draw_chart(self, *_value: Any) -> Text:
        return self._plot().text(self._made().view.cursor)

    def _made(self) -> Chart:
        """The chart of the value, which may depend on how much room there is."""
        canvas = canvas_of(self)
        if self._chart is None or self._chart[0] != canvas:
            value = self._value if isinstance(self._value, tuple) else (self._value,)
            self._chart = canvas, self._make(*value)
        return self._chart[1]

    def _plot(self) -> Plotted:
        """The chart as it is plotted; again only where more than the cursor changed."""
        chart, canvas = self._made(), canvas_of(self)
        if self._plotted is None or not self._plotted.differs_by_cursor(chart, canvas):
            self._plotted = Plotted(chart, canvas)
        return self._plotted

    async def on_mouse_move(self, event: events.MouseMove) -> None:
        """Read the values where the pointer is, not more often than the line can carry."""
        offset = event.get_content_offset(self)
        self._column = offset.x if offset is not None else None
        if self._column is not None and self._timer is None:
            slow: bool = canvas_of(self).terminal.slow
            self._timer = self.set_timer(SLOW_POINT_SECONDS if slow else POINT_SECONDS, self._point)

    def _point(self) -> None:
        self._timer = None
        frame, column = self.frame, self._column
        at = frame.x_at(column) if frame is not None and column is not None else None
        if at is not None:
            self.post_message(self.Pointed(at))

    async def _turn_wheel(self, event: events.MouseEvent, direction: int) -> None:
        event.stop()
        offset, frame = event.get_content_offset(self), self.frame
        at = frame.x_at(offset.x) if offset is not None and frame is not None else None
        self.post_message(self.Wheel(self, 1 / ZOOM if direction else ZOOM, at))
