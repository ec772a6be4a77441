"""The few colours and symbols of the program, each by the role it plays.

The first class is blue and the second orange, which every common kind of colour blindness tells apart, and so
are the others' colours, as far as eight can be (Okabe and Ito 2008); good and bad differ in lightness too.
Whatever a colour says, a symbol, a letter or a word says as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from rich.style import Style

from snn_tui.render.terminal import Colour, Terminal

ClassRole = Literal["class0", "class1", "class2", "class3", "class4", "class5", "class6", "class7"]
Role = ClassRole | Literal["accent", "second", "good", "bad", "warn", "muted", "text"]
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
    "class2": Shade("#3cc9a0", 79, "green"),
    "class3": Shade("#e0569f", 205, "bright_magenta"),
    "class4": Shade("#f0e442", 227, "bright_yellow"),
    "class5": Shade("#a08cff", 141, "bright_blue"),
    "class6": Shade("#ff8a6a", 209, "bright_red"),
    "class7": Shade("#c8ccd2", 252, "white"),
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
    "class2": Shade("#00755a", 29, "green"),
    "class3": Shade("#b0207a", 126, "magenta"),
    "class4": Shade("#756500", 94, "yellow"),
    "class5": Shade("#5a45c8", 62, "bright_blue"),
    "class6": Shade("#c02a1d", 160, "bright_red"),
    "class7": Shade("#555b63", 240, "bright_black"),
    "accent": Shade("#0068a8", 25, "blue"),
    "second": Shade("#a03a80", 126, "magenta"),
    "good": Shade("#007a55", 29, "green"),
    "bad": Shade("#bb2020", 124, "bright_red"),
    "warn": Shade("#b04a00", 130, "red"),
    "muted": Shade("#666c74", 242, "bright_black"),
}
"""Shades for a light background."""

_CLASS_ROLES: tuple[ClassRole, ...] = get_args(ClassRole)


def class_role(label: int) -> ClassRole:
    """The role of a class, in the order of a task's classes; after eight the colours begin anew."""
    return _CLASS_ROLES[label % len(_CLASS_ROLES)]


_SYMBOLS = {
    "class0": ("○", "o"),
    "class1": ("●", "#"),
    "best": ("★", "*"),
    "good": ("✓", "+"),
    "bad": ("✗", "x"),
    "warn": ("▲", "!"),
    "shipped": ("◆", "@"),
    "synthetic": ("◇", "~"),
    "queued": ("…", ":"),
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
