"""Which parts of a panel's lines are sent again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style

from snn_tui.tui.shared.panel import changed_cells

RED, BLUE = Style(color="red"), Style(color="blue")

PARTS = st.lists(st.builds(Segment, st.text("ab ", max_size=9), st.sampled_from([RED, BLUE])), max_size=4)


def test_only_what_differs_is_sent_again() -> None:
    line = [Segment("a" * 30, RED), Segment("b" * 30, BLUE)]
    assert changed_cells(line, list(line), 60) == []
    cursor = [Segment("a" * 20, RED), Segment("|", BLUE), Segment("a" * 9, RED), Segment("b" * 30, BLUE)]
    assert changed_cells(line, cursor, 60) == [(20, 21)]
    further = [Segment("a" * 24, RED), Segment("|", BLUE), Segment("a" * 5, RED), Segment("b" * 30, BLUE)]
    assert changed_cells(cursor, further, 60) == [(20, 25)]
    assert changed_cells(line, [Segment("a" * 30, BLUE), Segment("b" * 30, BLUE)], 60) == [(0, 30)]


def test_a_longer_or_wider_line_is_sent_to_its_end() -> None:
    assert changed_cells([Segment("ab", RED)], [Segment("abcd", RED)], 60) == [(2, 4)]
    assert changed_cells([Segment("abcd", RED)], [Segment("ab", RED)], 60) == [(2, 4)]
    assert changed_cells([Segment("ab", RED)], [Segment("日本", RED)], 60) == [(0, 60)]


@given(PARTS, PARTS)
def test_all_that_differs_lies_within(old: list[Segment], new: list[Segment]) -> None:
    before, after = ([(char, part.style) for part in line for char in part.text] for line in (old, new))
    spans = changed_cells(old, new, 40)
    for column in range(max(len(before), len(after))):
        same = before[column : column + 1] == after[column : column + 1]
        assert same or any(first <= column < end for first, end in spans)
