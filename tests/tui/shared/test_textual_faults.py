"""What is mended in Textual: of a line only the part that an update is of is sent."""

from __future__ import annotations

import io
import re

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate
from textual.strip import Strip

from snn_tui.tui.shared.textual_faults import mend

WORDS = "A line of a chart, of which the newest column alone has changed."
PARTS = ((0, 20), (20, 25), (25, len(WORDS)))
ENDS = [end for _, end in PARTS]
RED = Style(color="red")

SPANS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 63), st.integers(1, 64)), min_size=1, max_size=4)


def sent(*spans: tuple[int, int, int]) -> str:
    """What is written for spans of two lines that have the same words, in three strips each.

    Args:
        spans: Row, first column, and column behind the last.
    """
    mend()
    strips = {first: Strip([Segment(WORDS[first:end], RED)]) for first, end in PARTS}
    console = Console(file=io.StringIO(), force_terminal=True, color_system="standard")
    return ChopsUpdate([strips, dict(strips)], list(spans), [ENDS, ENDS]).render_segments(console)


def test_only_the_part_that_changed_is_sent() -> None:
    assert WORDS[5:7] == "e "
    assert sent((0, 5, 7)) == "\x1b[1;6H\x1b[31me \x1b[0m"


@given(SPANS)
def test_what_is_sent_is_what_the_update_is_of(spans: list[tuple[int, int, int]]) -> None:
    expected = {(row, column) for row, first, end in spans for column in range(first, end)}
    written: set[tuple[int, int]] = set()
    for row, column, words in re.findall(r"\x1b\[(\d+);(\d+)H\x1b\[31m([^\x1b]*)\x1b\[0m", sent(*spans)):
        first = int(column) - 1
        assert words == WORDS[first : first + len(words)]
        written |= {(int(row) - 1, first + index) for index in range(len(words))}
    assert written == expected


def test_a_character_of_two_cells_is_sent_whole() -> None:
    mend()
    strip = Strip([Segment("a 日本 b", RED)])
    console = Console(file=io.StringIO(), force_terminal=True, color_system="standard")
    assert (
        ChopsUpdate([{0: strip}], [(0, 3, 8)], [[8]])
        .render_segments(console)
        .startswith("\x1b[1;1H\x1b[31ma 日本")
    )
