"""Charts of a screen one by one, as large as the terminal, to zoom into and to read values from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from snn_tui.render.canvas import Canvas
from snn_tui.render.chart_view import ChartView, reset
from snn_tui.render.series import Chart
from snn_tui.tui.shared.chart_keys import CHART_KEYS
from snn_tui.tui.shared.chart_panel import ChartPanel
from snn_tui.tui.shared.charts import Charts, view_words
from snn_tui.tui.shared.drawing import canvas_of
from snn_tui.tui.shared.steady import SteadyModal

NamedChart = tuple[str, Callable[[Canvas], Chart]]
"""The title of a chart, and what makes it with words as long as a canvas allows."""

_HINTS = (
    "esc closes · tab next chart · ←→ read · z Z zoom · <> pan · [] y axis · g log · 0 all",
    "esc closes · tab next · ←→ read · z Z zoom · <> pan · 0 all",
)
_ASCII = str.maketrans({"·": "-", "←": "<", "→": ">"})


class LargeCharts(SteadyModal[None], Charts):
    """Shows a chart; tab is the next one.

    Args:
        charts: The charts, one at least.
        first: Index of the one to begin with.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "close"),
        Binding("tab", "next_chart(1)", "next"),
        Binding("shift+tab", "next_chart(-1)", "previous"),
        *[Binding(key.keys, key.action, key.label) for key in CHART_KEYS if key.action != "chart_unit"],
    ]

    def __init__(self, charts: Sequence[NamedChart], first: int = 0) -> None:
        super().__init__()
        self._charts, self._index = charts, first

    def compose(self) -> ComposeResult:
        """The chart."""
        yield ChartPanel(self._chart, "", id="large-chart")

    def _chart(self, make: Callable[[Canvas], Chart], view: ChartView) -> Chart:
        return replace(make(canvas_of(self._panel)), view=view)

    @property
    def _panel(self) -> ChartPanel:
        return self.query_one("#large-chart", ChartPanel)

    def on_mount(self) -> None:
        """Draw the first chart."""
        self.view_changed()

    def view_changed(self) -> None:
        """Draw the chart in view; its title says which, and how it is looked at."""
        name, make = self._charts[self._index]
        number = f" · {self._index + 1} of {len(self._charts)}" if len(self._charts) > 1 else ""
        self._panel.show((make, self.view), f"{name}{number}{view_words(self.view)}")
        if self.view.cursor is None:
            self.call_after_refresh(self._hint)

    def _hint(self) -> None:
        """The keys, where the position of the cursor stands once there is one."""
        if self.view.cursor is None:
            room = self.size.width - 6
            hint = next((hint for hint in _HINTS if len(hint) <= room), "esc closes · tab next")
            self._panel.show_subtitle(hint if canvas_of(self._panel).unicode else hint.translate(_ASCII))

    def action_next_chart(self, by: int) -> None:
        """Another chart, all of it."""
        self._index = (self._index + by) % len(self._charts)
        self.view = reset(self.view)
        self.view_changed()
