"""A chart over all of the screen: it is made for as much room as there is."""

from __future__ import annotations

from snn_tui.render.canvas import Canvas
from snn_tui.render.series import Chart, Series
from snn_tui.tui.shared.large_charts import LargeCharts
from tui.conftest import NewApp
from tui.driving import NARROW, WIDE, opened


def roomy(canvas: Canvas) -> Chart:
    """A chart that says how wide it is meant to be."""
    return Chart([Series(f"for {canvas.width}", [0.0, 1.0], [0.0, 1.0])], "x", "")


async def test_it_is_made_for_the_present_size(new_app: NewApp) -> None:
    async with opened(new_app(), size=WIDE) as user:
        user.app.push_screen(LargeCharts([("ROC", roomy)]))
        await user.until_sees("─ ROC ─")
        await user.until_sees(f"━ for {user.widget('#large-chart').content_size.width}")
        await user.resize(*NARROW)
        await user.until_sees(f"━ for {user.widget('#large-chart').content_size.width}")
        assert user.widget("#large-chart").content_size.width < NARROW[0]
