"""Which of Textual's themes the screens wear."""

from __future__ import annotations

import difflib

from textual.theme import BUILTIN_THEMES, Theme

from snn_tui.errors import UsageError
from snn_tui.render.terminal import Terminal

_RICH = {"dark": "textual-dark", "light": "textual-light"}
_ANSI = {"dark": "ansi-dark", "light": "ansi-light"}
"""Without colours of its own: those of the terminal. Others would come out as whatever of the 16 is near."""


def choose(wanted: str | None, terminal: Terminal, *, where: str = "--theme") -> str:
    """The theme of a name.

    Args:
        wanted: dark, light or a theme of Textual's; None for dark.
        terminal: What may be drawn.
        where: What named it, for the error.

    Raises:
        UsageError: There is none of that name.
    """
    own = _RICH if terminal.many_colours else _ANSI
    name = own.get(wanted or "dark", wanted or "")
    if name in BUILTIN_THEMES:
        return name
    near = difflib.get_close_matches(wanted or "", [*_RICH, *BUILTIN_THEMES], 1)
    raise UsageError(
        f"{wanted!r} is no theme" + (f"; did you mean {near[0]!r}?" if near else ""),
        where=where,
        remedy=f"give dark, light, {', '.join(sorted(BUILTIN_THEMES))}",
    )


def opposite(theme: Theme) -> str:
    """The light theme where it is dark and the dark one where it is light, of the same kind."""
    return (_ANSI if theme.ansi else _RICH)["light" if theme.dark else "dark"]
