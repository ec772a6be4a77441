"""A screen with charts whose curves are smoothed as the user likes."""

from __future__ import annotations

from snn_tui.render.smoothing import next_smoothing
from snn_tui.tui.shared.charts import Charts
from snn_tui.tui.shared.screen import AppScreen


class ChartScreen(AppScreen, Charts):
    """One of the application's screens with charts."""

    def smoothing_of(self, curve: str, usual: float = 0.0) -> float:
        """How much a curve is smoothed: as the user left it, else as preferred, else as is usual for it."""
        preferred = self.host.preferences.smoothing
        return self.host.memory.state.smoothing.get(curve, usual if preferred is None else preferred)

    def smooth_by(self, curve: str, by: int, usual: float = 0.0) -> None:
        """Smooth a curve by some levels more or less, and remember it."""
        memory = self.host.memory
        level = next_smoothing(self.smoothing_of(curve, usual), by)
        memory.remember(smoothing=memory.state.smoothing | {curve: level})
