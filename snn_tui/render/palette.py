"""The few colours and symbols of the program, each by the role it plays.

The first class is blue and the second orange, which every common kind of colour blindness tells apart; good
and bad differ in lightness too. Whatever a colour says, a symbol or a word says as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rich.style import Style

from snn_tui.render.terminal import Colour, Terminal

Role = Literal["class0", "class1", "accent", "second", "good", "bad", "warn", "muted", "text"]
Theme = Literal["dark", "light"]


@dataclass(frozen=True)
class Shade:
    """One colour in the three depths a terminal may have: `#rrggbb`, a number of 256, an ANSI name."""

    truecolor: str
    indexed: int
    ansi: str

    @property
    def rgb(self) -> tuple[int, int, int]:
        """Red, green and blue, 0 to 255."""
        red, green, blue = bytes.fromhex(self.truecolor[1:])
        return red, green, blue

    def named(self, colour: Colour) -> str | None:
        """The colour's name for rich, None where there are no colours."""
        named: dict[Colour, str] = {
            "truecolor": self.truecolor,
            "256": f"color({self.indexed})",
            "16": self.ansi,
        }
        return named.get(colour)


DARK: dict[Role, Shade] = {
    "class0": Shade("#56b4e9", 75, "cyan"),
    "class1": Shade("#e69f00", 214, "yellow"),
    "accent": Shade("#56b4e9", 75, "cyan"),
    "second": Shade("#d98cc0", 175, "bright_magenta"),
    "good": Shade("#33b58b", 79, "green"),
    "bad": Shade("#f07167", 203, "bright_red"),
    "warn": Shade("#e69f00", 214, "yellow"),
    "muted": Shade("#8b9199", 245, "bright_black"),
}
"""Shades for a dark background."""

LIGHT: dict[Role, Shade] = {
    "class0": Shade("#0068a8", 25, "blue"),
    "class1": Shade("#b04a00", 130, "red"),
    "accent": Shade("#0068a8", 25, "blue"),
    "second": Shade("#a03a80", 126, "magenta"),
    "good": Shade("#007a55", 29, "green"),
    "bad": Shade("#bb2020", 124, "bright_red"),
    "warn": Shade("#b04a00", 130, "red"),
    "muted": Shade("#666c74", 242, "bright_black"),
}
"""Shades for a light background."""

CLASS_ROLES: tuple[Role, ...] = ("class0", "class1")
"""The role of each class, in the order of a task's classes."""

_SYMBOLS = {
    "class0": ("○", "o"),
    "class1": ("●", "#"),
    "best": ("★", "*"),
    "good": ("✓", "+"),
    "bad": ("✗", "x"),
    "warn": ("▲", "!"),
    "shipped": ("◆", "@"),
    "synthetic": ("◇", "~"),
    "preparing": ("…", ":"),
    "training": ("●", ">"),
    "paused": ("‖", "="),
    "finished": ("✓", "+"),
    "stopped": ("■", "#"),
    "failed": ("✗", "x"),
    "crashed": ("✗", "x"),
    "gone": ("✗", "x"),
    "broken": ("✗", "x"),
    "reading": ("…", ":"),
}


_STATE_ROLES: dict[str, Role] = {
    "training": "accent",
    "finished": "good",
    "failed": "bad",
    "crashed": "bad",
    "gone": "bad",
    "broken": "bad",
    "paused": "warn",
    "pausing": "warn",
    "stopping": "warn",
    "stopped": "muted",
}


def state_role(state: str, otherwise: Role = "text") -> Role:
    """The role of the colour of a run's state; `otherwise` for a state without one."""
    return _STATE_ROLES.get(state, otherwise)


def style(
    role: Role, terminal: Terminal, theme: Theme = "dark", *, bold: bool = False, dim: bool = False
) -> Style:
    """The style of a role; empty where the terminal has no colours, and for `text`, the terminal's own."""
    if terminal.colour == "none":
        return Style.null()
    shade = (LIGHT if theme == "light" else DARK).get(role)
    named = None if shade is None else shade.named(terminal.colour)
    return Style(color=named, bold=bold or None, dim=dim or None)


def symbol(name: str, terminal: Terminal) -> str:
    """The one character that says without colour what `name` means: a class, a state, a mark.

    A name without a symbol gives a space.
    """
    unicode, ascii = _SYMBOLS.get(name, (" ", " "))
    return unicode if terminal.unicode else ascii
