"""Drawings as lines of segments, for panels that are drawn many times a second."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Span, Text

GAP = 2


@dataclass(frozen=True)
class Beside:
    """Two drawings beside each other.

    Args:
        left: A text, or a group of texts.
        right: Another one, `GAP` cells to the right of the longest line.
    """

    left: RenderableType
    right: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        both = Table.grid(padding=(0, GAP, 0, 0))
        both.add_row(self.left, self.right)
        yield both


def segments(content: RenderableType, width: int) -> list[list[Segment]] | None:
    """The lines of a text, or of texts below each other, several times faster than rich renders them.

    Args:
        content: A text, or texts below or beside each other.
        width: Cells that its lines may have.

    Returns:
        Each line's segments, or None where that takes rich: a line is too long, or a style has only a name.
    """
    if isinstance(content, Group):
        *others, _ = content.renderables or [""]
        if any(isinstance(part, Text) and not part.end for part in others):
            return None
        parts = [segments(part, width) for part in content.renderables]
        whole = [line for part in parts if part is not None for line in part]
        return None if any(part is None for part in parts) else whole
    if isinstance(content, Beside):
        return _beside(content, width)
    if not isinstance(content, Text) or content.justify or "\t" in content.plain:
        return None
    if not all(isinstance(span.style, Style) for span in content.spans):
        return None
    base = content.style if isinstance(content.style, Style) else Style.null()
    if content.style and base is not content.style:
        return None
    lines: list[list[Segment]] = [[]]
    for piece, style in _pieces(content.plain, content.spans, base):
        for number, words in enumerate(piece.split("\n")):
            if number:
                lines.append([])
            if words:
                lines[-1].append(Segment(words, style))
    fits = all(sum(segment.cell_length for segment in line) <= width for line in lines)
    return lines if fits else None


def _pieces(words: str, spans: Sequence[Span], base: Style) -> Iterator[tuple[str, Style]]:
    """Pieces of a text, each with the sum of the styles that lie on it, the later above the earlier."""
    edges: dict[int, list[int]] = {}
    for index, span in enumerate(spans):
        if span.start < span.end:
            edges.setdefault(span.start, []).append(index)
            edges.setdefault(span.end, []).append(~index)
    open_spans: list[int] = []
    at = 0
    for edge in sorted({*edges, len(words)}):
        if piece := words[at:edge]:
            style = base
            for index in open_spans:
                style = style + cast(Style, spans[index].style)
            yield piece, style
        at = edge
        for index in edges.get(edge, ()):
            if index < 0:
                open_spans.remove(~index)
            else:
                insort(open_spans, index)


def _beside(content: Beside, width: int) -> list[list[Segment]] | None:
    left, right = segments(content.left, width), segments(content.right, width)
    if left is None or right is None:
        return None
    sizes = [sum(segment.cell_length for segment in line) for line in left]
    edge = max(sizes, default=0) + GAP
    if any(edge + sum(segment.cell_length for segment in line) > width for line in right):
        return None
    lines = []
    for at in range(max(len(left), len(right))):
        line, size = (left[at], sizes[at]) if at < len(left) else ([], 0)
        more = right[at] if at < len(right) else []
        lines.append([*line, Segment(" " * (edge - size)), *more] if more else line)
    return lines
