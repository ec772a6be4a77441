"""Faults of Textual 8 that end the program or lose what was typed, mended here until Textual mends them."""

from __future__ import annotations

import codecs
import functools

from textual import events
from textual.drivers import linux_driver
from textual.widgets import Input, OptionList

_move_page = OptionList._move_page
_paste = Input._on_paste


def mend() -> None:
    """Mend them; a second time changes nothing."""
    # The driver's thread dies of a byte that is no UTF-8: a terminal set to Latin-1 sends one for each
    # letter with an accent. It is read as the replacement character now.
    vars(linux_driver)["getincrementaldecoder"] = _lenient_decoder
    OptionList._move_page = _move_page_once_laid_out  # type: ignore[method-assign] # mended in place, see there
    Input._on_paste = _paste_first_line  # type: ignore[method-assign] # likewise


def _lenient_decoder(encoding: str) -> functools.partial[codecs.IncrementalDecoder]:
    return functools.partial(codecs.getincrementaldecoder(encoding), errors="replace")


def _move_page_once_laid_out(self: OptionList, direction: int) -> None:
    """Move by a page, or stay where the list has no lines yet.

    A key may come between a list's being opened or filled and its layout: Textual looks for the line of the
    highlighted option then, and fails. Lists that Textual makes itself, in the palette and in fields with
    choices, have this fault, too; hence no class of one's own.
    """
    if self._lines:
        _move_page(self, direction)  # type: ignore[arg-type] # 1 or -1


def _paste_first_line(self: Input, event: events.Paste) -> None:
    """Take the first line that is not empty; Textual takes the first, and an empty one empties the field.

    And show its end, where the cursor is: Textual scrolls before there is room for the new text.
    """
    lines = [line for line in event.text.splitlines() if line.strip()]
    _paste(self, events.Paste(lines[0] if lines else ""))
    self.call_after_refresh(self._watch_selection, self.selection)
    event.stop()
