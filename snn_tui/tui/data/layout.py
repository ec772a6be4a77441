"""How many shelves and pictures the gallery of Data has room for: a shelf holds the images of a class."""

from __future__ import annotations

from dataclasses import dataclass

SIDE = 28
"""Most pixels of a picture's side in the gallery, and cells that it takes across; larger ones are shrunk."""

GAP = 1
"""Cells between two pictures."""

MIDDLE = 2
"""Cells between two shelves."""

_GOOD = 20  # cells across from which on a picture can be told from others
_SMALLEST = 14


@dataclass(frozen=True)
class GalleryLayout:
    """Shelves in bands below each other, and pictures of each shelf in rows.

    Args:
        columns: Pictures of a shelf in a row.
        rows: Rows of a shelf.
        side: Cells a picture takes across; it takes half as many lines, and one more for its caption.
        beside: Shelves beside each other in a band.
        bands: Bands of shelves.
        heads: Whether a line above each shelf names it.
    """

    columns: int = 1
    rows: int = 1
    side: int = SIDE
    beside: int = 2
    bands: int = 1
    heads: bool = False

    @property
    def tile(self) -> int:
        """Lines of a picture and its caption."""
        return -(-self.side // 2) + 1

    @property
    def shelves(self) -> int:
        """Shelves in view."""
        return self.beside * self.bands

    @property
    def across(self) -> int:
        """Cells of a shelf."""
        return self.columns * (self.side + GAP) - GAP


def gallery_layout(shelves: int, width: int, height: int) -> GalleryLayout:
    """The layout in which all shelves are in view, with pictures as large as they may be.

    Few shelves stand beside each other, more of them in several bands. Where pictures would be too small to
    see anything, not all shelves are in view.

    Args:
        shelves: Number of shelves.
        width: Cells.
        height: Lines.
    """
    if shelves == 2:
        columns = max((width - MIDDLE + 2 * GAP) // (2 * (SIDE + GAP)), 1)
        rows = max(height // (SIDE // 2 + 1), 1)
        return GalleryLayout(columns, rows, heads=height > rows * (SIDE // 2 + 1))
    best = _in_bands(shelves, 1, width, height)
    for bands in range(2, shelves + 1):
        if best.side >= _GOOD:
            break
        more = _in_bands(shelves, bands, width, height)
        best = more if more.side > best.side else best
    if best.side < _SMALLEST:
        best = _in_bands(max((width + MIDDLE) // (_GOOD + MIDDLE), 1), 1, width, height)
    return best


def _in_bands(shelves: int, bands: int, width: int, height: int) -> GalleryLayout:
    beside = -(-shelves // bands)
    lines = height // bands - 1  # without the head
    room = (width + MIDDLE) // beside - MIDDLE
    side = max(min(SIDE, room, 2 * (lines - 1)) // 2 * 2, 2)
    columns = max((room + GAP) // (side + GAP), 1)
    return GalleryLayout(columns, max(lines // (side // 2 + 1), 1), side, beside, bands, heads=True)
