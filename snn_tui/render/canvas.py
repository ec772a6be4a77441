"""What a drawing gets to draw on: its size, the terminal's capabilities and the theme, as one value."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rich.color import Color
from rich.style import Style

from snn_tui.render import palette
from snn_tui.render.palette import Role, Theme
from snn_tui.render.terminal import Terminal


@dataclass(frozen=True)
class Canvas:
    """A rectangle of cells and what may be drawn in it.

    Args:
        width: Cells a line.
        height: Lines.
        terminal: Colours and characters that the terminal has.
        theme: Whether its background is dark or light.
    """

    width: int
    height: int
    terminal: Terminal
    theme: Theme = "dark"

    def resized(self, width: int | None = None, height: int | None = None) -> Canvas:
        """The same canvas in another size; a side that is not given stays, none is below zero."""
        return replace(
            self,
            width=max(0, self.width if width is None else width),
            height=max(0, self.height if height is None else height),
        )

    def in_ascii(self) -> Canvas:
        """The same canvas for ASCII art, whatever else the terminal can show."""
        return replace(self, terminal=replace(self.terminal, unicode=False))

    @property
    def unicode(self) -> bool:
        """Whether blocks, braille and box characters arrive; otherwise all output is ASCII."""
        return self.terminal.unicode

    def style(self, role: Role, *, bold: bool = False, dim: bool = False) -> Style:
        """The style of a role; empty where the terminal has no colours, and for `text`."""
        return palette.style(role, self.terminal, self.theme, bold=bold, dim=dim)

    def colour(self, role: Role) -> Color | None:
        """The colour of a role, for pixels; None where the terminal has none."""
        return self.style(role).color

    def symbol(self, name: str) -> str:
        """The character that says without colour what `name` means; see `palette.symbol`."""
        return palette.symbol(name, self.terminal)
