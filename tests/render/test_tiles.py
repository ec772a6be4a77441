"""Drawings side by side and below each other."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from snn_tui.render.tiles import beside, stacked

drawings = st.lists(
    st.lists(st.text("ab", max_size=5), min_size=1, max_size=4).map(lambda lines: Text("\n".join(lines))),
    max_size=4,
)


@given(drawings, st.lists(st.integers(0, 3), max_size=4))
def test_beside_each_other_every_drawing_keeps_its_lines_and_its_column(shown: Any, gaps: Any) -> None:
    lines = beside(shown, gaps).plain.split("\n")
    start = 0
    for place, one in enumerate(shown):
        own = one.plain.split("\n")
        width = max(map(len, own))
        for row, line in enumerate(own):
            assert lines[row][start : start + width].rstrip() == line
        start += width + (gaps[place] if place < len(gaps) else 1)


@given(drawings, st.integers(0, 2))
def test_below_each_other_they_follow_with_gaps(shown: Any, gap: int) -> None:
    expected = ("\n" * (gap + 1)).join(one.plain for one in shown)
    assert stacked(shown, gap).plain == expected
