"""Screens that survive a terminal window being dragged to another size."""

from __future__ import annotations

from typing import Any

from textual import events
from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, Screen, ScreenResultType


def pass_over_stale(screen: Screen[Any], event: events.Resize) -> None:
    """Keep a screen from news of a size the terminal no longer has.

    Textual 8 lays a screen out anew for each, and tells the screen of the size it was laid out in, which is
    news again: of two sizes that wait at the same time each brings back the other, for ever.
    """
    if event.size != screen.app.size:
        event.prevent_default()


class SteadyScreen(Screen[ScreenResultType]):
    """A screen that knows news from old."""

    AUTO_FOCUS = ""
    """Coming back to a screen, Textual would focus its first field, hidden or not, which then takes keys."""

    _styled_for: tuple[object, ...] = ()

    def _on_screen_resume(self, event: events.ScreenResume) -> None:
        """Before Textual styles every widget anew, which is half of the work of changing the screen: see if
        anything can look different."""
        app = self.app
        looks = (app.theme, app.size, frozenset(app.classes), app.app_focus)
        if looks == self._styled_for:
            event.refresh_styles = False
        self._styled_for = looks

    async def _on_resize(self, event: events.Resize) -> None:
        pass_over_stale(self, event)


class SteadyModal(ModalScreen[ScreenResultType]):
    """A dialog that does; styles are inherited from the first base only, hence apart."""

    _was_dismissed = False

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close the dialog with a result, once.

        A second answer on its heels, or one that comes when another screen lies on top, changes nothing:
        Textual would close whatever screen is the topmost, or fail where there is none. An answer that comes
        before the dialog is there waits for it: what a dialog does at first fails once it is closed.
        """
        if not self.is_mounted:
            self.call_later(self._dismiss_later, result)
            return AwaitComplete()
        if self._was_dismissed or self.app.screen is not self:
            return AwaitComplete()
        self._was_dismissed = True
        return super().dismiss(result)

    def _dismiss_later(self, result: ScreenResultType | None) -> None:
        self.dismiss(result)  # not returned: a dialog must not wait for its own end

    async def _on_resize(self, event: events.Resize) -> None:
        pass_over_stale(self, event)
