"""Lines of segments: what rich makes of the same drawing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console, Group, RenderableType
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Span, Text

from snn_tui.render.lines import Beside, segments

STYLES = (Style(), Style(color="red"), Style(bold=True, bgcolor="blue"))


def styled(pieces: list[tuple[str, int]], end: str) -> Text:
    """Pieces in one of a few styles."""
    return Text.assemble(*((piece, STYLES[style]) for piece, style in pieces), end=end)


PIECES = st.lists(st.tuples(st.text("ab 肺─\n", max_size=5), st.integers(0, 2)), max_size=6)


@given(PIECES, PIECES, st.sampled_from(["", "\n"]))
def test_segments_are_those_of_rich(first: Any, second: Any, end: str) -> None:
    console = Console(width=30, color_system="truecolor", force_terminal=True)
    for content in (styled(first, end), Group(styled(first, "\n"), styled(second, end))):
        found = segments(content, 30)
        assert found is not None
        expected = console.render_lines(content, pad=False)
        assert cells_of(found) == cells_of(expected)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 12), st.integers(0, 2)), max_size=6))
def test_styles_that_lie_on_each_other_are_added(spans: list[tuple[int, int, int]]) -> None:
    content = Text("over\nlapping", STYLES[1], spans=[Span(a, b, STYLES[style]) for a, b, style in spans])
    console = Console(width=30, color_system="truecolor", force_terminal=True)
    found = segments(content, 30)
    assert found is not None
    assert cells_of(found) == cells_of(console.render_lines(content, pad=False))


@given(PIECES, PIECES)
def test_what_stands_beside_each_other_is_that_of_a_table(first: Any, second: Any) -> None:
    console = Console(width=80, color_system="truecolor", force_terminal=True)
    content = Beside(styled(first, ""), styled(second, ""))
    found = segments(content, 80)
    assert found is not None
    expected = console.render_lines(content, pad=False)
    assert without_blanks(found) == without_blanks(expected)


def without_blanks(lines: list[list[Segment]]) -> list[list[tuple[str, Style]]]:
    """Lines without what is blank at the end of each, and below them."""
    rows = cells_of(lines)
    for cells in rows:
        while cells and cells[-1][0] == " " and not cells[-1][1].bgcolor:
            cells.pop()
    while rows and not rows[-1]:
        rows.pop()
    return rows


def cells_of(lines: list[list[Segment]]) -> list[list[tuple[str, Style]]]:
    """Each character of each line with its style, without empty lines at the end."""
    cells = [[(char, part.style or Style.null()) for part in line for char in part.text] for line in lines]
    while cells and not cells[-1]:
        cells.pop()
    return cells


@pytest.mark.parametrize(
    "content",
    [
        Text("wider than that"),
        Text("tab\t"),
        Text("centre", justify="center"),
        Text("named", spans=[Span(0, 3, "bold")]),
        Group(Text("no line break behind it", end=""), Text("x")),
        Group(Table()),
    ],
)
def test_what_takes_rich_is_left_to_it(content: RenderableType) -> None:
    assert segments(content, 10) is None
