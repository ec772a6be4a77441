"""What a terminal too small for the screens shows instead."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Static

from snn_tui.render.text import first_that_fits
from snn_tui.tui.shared.draw.strip import strip
from snn_tui.tui.shared.drawing import canvas_of
from snn_tui.tui.shared.host import host_of
from snn_tui.tui.shared.steady import SteadyModal


class TooSmall(SteadyModal[None]):
    """The followed run in a few lines, and how large the terminal has to be for the screens.

    Args:
        smallest: Columns and rows needed.
    """

    BINDINGS = [Binding("q", "app.leave", "leave", show=False)]  # noqa: RUF012 - a modal screen has none of the app's

    def __init__(self, smallest: tuple[int, int]) -> None:
        super().__init__()
        self._smallest = smallest

    def compose(self) -> ComposeResult:
        """The words."""
        yield Static(id="words", markup=False)

    def on_mount(self) -> None:
        """Follow the run, too."""
        host_of(self).run_observers.append(self)
        self.run_changed()

    def on_unmount(self) -> None:
        """Do so no more."""
        host_of(self).run_observers.remove(self)

    def on_resize(self, event: events.Resize) -> None:
        """Keep what is written true, and as wide as the terminal."""
        self.run_changed()

    def on_screen_resume(self) -> None:
        """A dialog on top of this one was closed: the terminal may have grown under it."""
        if self.app.size.width >= self._smallest[0] and self.app.size.height >= self._smallest[1]:
            self.dismiss()

    def run_changed(self) -> None:
        """Draw the followed run again; without one, say what is needed."""
        width, height = self.app.size
        needed = f"{self._smallest[0]}x{self._smallest[1]}"
        host = host_of(self)
        leave = f"{host.key_named('app.leave')} leaves"
        for words in self.query("#words").results(Static):  # none while it closes
            if host.followed is None:
                words.update(
                    f"This terminal is {width}x{height}.\n"
                    f"snn-tui needs {needed}:\nplease make it larger.\n({leave})"
                )
                return
            canvas = canvas_of(self).resized(width, max(1, height - 1))
            drawn = strip(host.followed.label, host.followed.word, host.followed.state, canvas)
            if height > 1:
                hints = (f"the screens need {needed}; {leave}", f"{needed} needed, {leave}", leave)
                drawn.append(f"\n{first_that_fits(hints, width)}", canvas.style("muted"))
            words.update(drawn)
