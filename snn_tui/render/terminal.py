"""What the terminal can show, found out once at the start and passed to everything that draws."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Colour = Literal["truecolor", "256", "16", "none"]

SLOW_FRAMES = 15
"""Frames a second at most, where every byte travels."""


@dataclass(frozen=True)
class Terminal:
    """What may be drawn.

    Args:
        colour: How many colours there are.
        unicode: Whether blocks, braille and box characters arrive; otherwise all output is ASCII.
        slow: Whether every byte travels (SSH): no animation, few frames.
    """

    colour: Colour
    unicode: bool
    slow: bool

    @property
    def many_colours(self) -> bool:
        """Whether there are 256 colours or more, enough for shades of one."""
        return self.colour in ("truecolor", "256")

    @property
    def pixels(self) -> bool:
        """Whether coloured half blocks can stand for pixels."""
        return self.unicode and self.many_colours


_MONOCHROME = re.compile(r"vt\d|.*-m(ono)?$")
"""Terminals of before colour, and those whose name says that they have none."""

_MANY_COLOURS = re.compile(r"(xterm-)?(kitty|ghostty)|alacritty|foot|wezterm|contour|rio\b")
"""Terminals with all colours; over SSH, which does not carry COLORTERM, 256 are taken for granted."""

_LEVELS: dict[str, Colour] = {"2": "256", "3": "truecolor"}
"""Values of FORCE_COLOR that name a number of colours; with any other it goes by the terminal."""

_COERCED = ("C.UTF-8", "C.UTF8", "UTF-8")


def probe(environ: Mapping[str, str], encoding: str, isatty: bool, ascii: bool = False) -> Terminal:
    """Find out what the terminal can show.

    Args:
        environ: The environment: `NO_COLOR`, `FORCE_COLOR`, `TERM`, `COLORTERM`, `LC_ALL`, `LC_CTYPE`,
            `LANG`, `SSH_*`.
        encoding: The output stream's encoding.
        isatty: Whether output goes to a terminal; to anything else no colour is sent, unless it is forced.
        ascii: Whether the user asked for ASCII only (`--ascii`).
    """
    return Terminal(
        colour=_colour(environ) if isatty or forced(environ) else "none",
        unicode=not ascii and _unicode(environ, encoding),
        slow=bool(environ.get("SSH_CONNECTION") or environ.get("SSH_TTY")),
    )


def forced(environ: Mapping[str, str]) -> bool:
    """Whether colours are asked for wherever output goes; `NO_COLOR` and `FORCE_COLOR=0` say they are not."""
    return environ.get("FORCE_COLOR", "") not in ("", "0") and not environ.get("NO_COLOR")


def _colour(environ: Mapping[str, str]) -> Colour:
    colour = _capable(environ)
    if not forced(environ):
        return colour
    return _LEVELS.get(environ["FORCE_COLOR"], "16" if colour == "none" else colour)


def _capable(environ: Mapping[str, str]) -> Colour:
    term = environ.get("TERM", "").lower()
    if environ.get("NO_COLOR") or term in ("", "dumb", "unknown") or _MONOCHROME.match(term):
        return "none"
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit") or term.endswith("-direct"):
        return "truecolor"
    return "256" if "256color" in term or _MANY_COLOURS.match(term) else "16"


def _unicode(environ: Mapping[str, str], encoding: str) -> bool:
    if environ.get("TERM", "").lower() in ("dumb", "linux") or not _is_utf(encoding):
        return False
    # The first of these that is set decides, as in setlocale(3); with none set the stream's encoding has.
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        locale = environ.get(name, "")
        if name == "LC_CTYPE" and locale.upper() in _COERCED and environ.get("LANG") in ("C", "POSIX"):
            continue  # set by Python itself, which does not like C (PEP 538)
        if locale:
            if locale in ("C", "POSIX"):
                return False
            codeset = locale.partition("@")[0].partition(".")[2]
            return not codeset or _is_utf(codeset)
    return True


def _is_utf(encoding: str) -> bool:
    return encoding.lower().replace("-", "").replace("_", "").startswith("utf")
