"""Faults of Textual 8, mended here until Textual mends them.

They end the program, lose what was typed, or send what is on the screen already.
"""

from __future__ import annotations

import codecs
import functools

from rich.console import Console
from rich.control import Control
from textual import events
from textual._compositor import ChopsUpdate
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
    ChopsUpdate.render_segments = _only_what_changed  # type: ignore[method-assign] # likewise


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


def _only_what_changed(self: ChopsUpdate, console: Console) -> str:
    """The escape sequences of an update, of exactly the parts of lines that it is of.

    Textual sends a line from the left edge of the widget on, up to a part that changed: of a chart whose
    newest column changes, nearly all of it. Lines with characters of other than one cell are sent as Textual
    does: half of one would be lost.
    """
    sent: list[str] = []
    for row, first, end in self.spans:
        for stop, (start, strip) in zip(self.chop_ends[row], self.chops[row].items(), strict=True):
            left, right = max(first, start), min(end, stop)
            if strip is not None and left < right:
                if any(segment.cell_length != len(segment.text) for segment in strip):
                    left = start
                part = strip.crop(left - start, right - start)
                sent += [Control.move_to(left, row).segment.text, part.render(console)]
    return "".join(sent)
