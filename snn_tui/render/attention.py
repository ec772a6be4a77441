"""What makes a terminal call its user: the bell, and notices for the desktop.

There are two sequences for notices of the desktop: OSC 9 (iTerm2, Windows Terminal, ConEmu) and OSC 777
(rxvt-unicode, and after it foot, VTE, Ghostty, WezTerm). Terminals ignore the one they do not know. Those
that know both are named here, since they would show the notice twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from snn_tui.render.text import clean

BELL = "\a"
LIMIT = 200
"""Longest text of a notice, in characters."""

_KNOWS_BOTH = re.compile(r"ghostty|wezterm|foot|kitty|warp", re.IGNORECASE)
_BELL_ONLY = re.compile(r"linux|vt\d|cons\d|sun")
_SCREEN_LIMIT = 240
"""GNU screen cuts what is passed through it after some 250 bytes."""


def notice(title: str, text: str, environ: Mapping[str, str]) -> str:
    """The bell and a notice for the desktop; empty for a terminal that knows no bell.

    Args:
        title: What it is about, such as the program's name.
        text: One line.
        environ: The environment: `TERM`, `TERM_PROGRAM`, `TMUX`, `STY`.
    """
    term = environ.get("TERM", "").lower()
    if term in ("", "dumb", "unknown"):
        return ""
    tmux, screen = bool(environ.get("TMUX")), bool(environ.get("STY"))
    if _BELL_ONLY.match(term):
        return BELL
    # A semicolon separates fields, and begins the progress bar of ConEmu after a digit.
    bare = [clean(part, LIMIT).replace(";", ",") for part in (title, text)]
    wide = f"\x1b]777;notify;{bare[0]};{bare[1]}{BELL}"
    plain = f"\x1b]9;{bare[0]}: {bare[1]}{BELL}"
    both = _KNOWS_BOTH.search(f"{term} {environ.get('TERM_PROGRAM', '')}") is not None
    return BELL + "".join(passed_through(part, tmux, screen) for part in ((wide,) if both else (plain, wide)))


def passed_through(sequence: str, tmux: bool, screen: bool) -> str:
    """A sequence as tmux (with `allow-passthrough on`) or GNU screen hands it to the terminal outside."""
    if tmux:
        return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if screen:
        return f"\x1bP{sequence}\x1b\\" if len(sequence.encode()) <= _SCREEN_LIMIT else ""
    return sequence
