"""Straight strokes between columns of cells: of braille dots, or of a letter."""

from __future__ import annotations

from collections.abc import Iterable

from snn_tui.render.dots import BRAILLE, DOT_BITS

Part = tuple[int, int, int, int]
"""A stroke: the column of its first cell and the dot there, counted from the top, and those of its last."""


class Strokes:
    """Draws strokes into cells.

    Args:
        unicode: Whether a cell has two by four dots of braille; otherwise one, a letter.

    Attributes:
        wide: Dots of a cell beside each other.
        tall: Dots of a cell above each other.
    """

    def __init__(self, unicode: bool) -> None:
        self.wide, self.tall = (2, 4) if unicode else (1, 1)
        self._unicode = unicode

    def cells(self, parts: Iterable[Part], letter: str, *, thick: bool = False) -> dict[tuple[int, int], str]:
        """The character of each cell that the strokes go through, by row and column.

        Args:
            parts: The strokes.
            letter: What they are drawn in without unicode.
            thick: Whether they are two dots thick.
        """
        bits: dict[tuple[int, int], int] = {}
        for part in parts:
            for x, y in self._dots(*part):
                for dot in (y, y + 1) if thick and self._unicode else (y,):
                    cell = dot // self.tall, x // self.wide
                    bits[cell] = bits.get(cell, 0) | DOT_BITS[dot % self.tall][x % self.wide]
        return {cell: chr(BRAILLE + dots) if self._unicode else letter for cell, dots in bits.items()}

    def _dots(self, first: int, top: int, last: int, bottom: int) -> Iterable[tuple[int, int]]:
        """The dots of a stroke; where it is steep there are several in a column, without a gap."""
        left, right = first * self.wide, last * self.wide
        before = top
        for x in range(left, right + 1):
            y = round(top + (bottom - top) * (x - left) / max(right - left, 1))
            low, high = sorted((before, y))
            for dot in range(low + (low < high and y > before), high + 1 - (low < high and y < before)):
                yield x, dot
            before = y
