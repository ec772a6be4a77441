"""What early exit would give: a chart in front of Results."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding

from snn_tui.inspector.run_messages import ExitResult
from snn_tui.tui.results.draw.exits import exits
from snn_tui.tui.shared.panel import Panel
from snn_tui.tui.shared.steady import SteadyModal


class ExitView(SteadyModal[None]):
    """Accuracy against energy on val for each lead from which on verdicts may fall.

    Args:
        result: The thresholds, and the chosen one.
    """

    BINDINGS = [Binding("escape,x,q", "dismiss", "close")]  # noqa: RUF012

    def __init__(self, result: ExitResult) -> None:
        super().__init__()
        self._result = result

    def compose(self) -> ComposeResult:
        """The chart."""
        images = self._result.rule.images
        title = f"Early exit · chosen on {self._result.rule.split}, {images:,} images: esc closes"
        yield Panel(exits, title, id="exits")

    def on_mount(self) -> None:
        """Draw it."""
        self.query_one("#exits", Panel).show((self._result.rule, self._result.points))
