"""What the keys and the mouse do with charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from textual.screen import Screen
from textual.widget import Widget

from snn_tui.render.chart_view import (
    AS_A_WHOLE,
    ZOOM,
    ChartView,
    move_cursor,
    next_unit,
    pan,
    reset,
    zoom,
    zoom_y,
)
from snn_tui.render.series import Frame
from snn_tui.tui.shared.chart_panel import ChartPanel


class Charts(Screen[None]):
    """A screen or dialog with charts that share a view: window and cursor of one are those of the others.

    Attributes:
        view: How the charts are looked at.
    """

    view: ChartView = AS_A_WHOLE

    def view_changed(self) -> None:
        """Draw the charts again."""
        raise NotImplementedError

    @property
    def chart_panels(self) -> Sequence[ChartPanel]:
        """The charts that are shown; the first one says what a column is."""
        return [
            panel
            for panel in self.query(ChartPanel)
            if all(node.display for node in panel.ancestors_with_self if isinstance(node, Widget))
        ]

    @property
    def _frame(self) -> Frame | None:
        return next((frame for panel in self.chart_panels if (frame := panel.frame) is not None), None)

    def set_view(self, view: ChartView) -> None:
        """Look at the charts in another way."""
        if view != self.view:
            self.view = view
            self.view_changed()

    def action_chart_cursor(self, by: int) -> None:
        """Move the cursor by columns; the first time it comes to the middle, or the value next to it."""
        frame = self._frame
        if frame is None:
            return
        cursor = self.view.cursor
        to = frame.middle if cursor is None else cursor + by * frame.column_width
        self.set_view(move_cursor(self.view, frame.full, to))

    def action_chart_zoom(self, by: int) -> None:
        """Zoom in or out; out of a part in which nothing is, all the way."""
        frame = self._frame
        if frame is not None:
            self.set_view(zoom(self.view, frame.full, ZOOM**by, frame.about(self.view)))
        elif by < 0:
            self.set_view(replace(self.view, x=None, y=None))

    def action_chart_zoom_y(self, by: int) -> None:
        """Zoom the y axis in or out."""
        frame = self._frame
        if frame is not None and not self.view.log_y:
            self.set_view(zoom_y(self.view, frame.up, ZOOM**by))

    def action_chart_pan(self, by: int) -> None:
        """Move the window."""
        frame = self._frame
        if frame is not None:
            self.set_view(pan(self.view, frame.full, by))

    def action_chart_reset(self) -> None:
        """All of the chart."""
        self.set_view(reset(self.view))

    def action_chart_unit(self) -> None:
        """The next unit of the x axis."""
        self.set_view(next_unit(self.view))

    def action_chart_log(self) -> None:
        """The other scale of the y axis."""
        self.set_view(replace(self.view, log_y=not self.view.log_y, y=None))

    def action_chart_outliers(self) -> None:
        """Clip outliers, or not."""
        self.set_view(replace(self.view, clip=not self.view.clip))

    def on_chart_panel_pointed(self, message: ChartPanel.Pointed) -> None:
        """Read the values where the pointer is."""
        frame = self._frame
        if frame is not None:
            self.set_view(move_cursor(self.view, frame.full, message.at))

    def on_chart_panel_wheel(self, message: ChartPanel.Wheel) -> None:
        """Zoom about the pointer."""
        frame = message.panel.frame
        if frame is not None:
            at = frame.about(self.view) if message.at is None else message.at
            self.set_view(zoom(self.view, frame.full, message.factor, at))


def view_words(view: ChartView) -> str:
    """What a chart's title says of an unusual view of it."""
    words = {"log y": view.log_y, "outliers clipped": view.clip, "zoomed": view.zoomed}
    return "".join(f" · {word}" for word, said in words.items() if said)
