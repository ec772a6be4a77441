"""A run in a few lines, where the terminal is too small for the screens."""

from __future__ import annotations

from typing import cast

import pytest
from render.terminals import ALL, FULL

from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal
from snn_tui.runs.events import AnyEvent
from snn_tui.runs.state import RunState, replay
from snn_tui.tui.shared.draw.strip import strip
from tui import made_runs

STORY = cast("list[AnyEvent]", made_runs.trained(3, 5))


@pytest.mark.parametrize("terminal", ALL, ids=str)
@pytest.mark.parametrize(("width", "height"), [(59, 19), (30, 3), (12, 2), (5, 1), (1, 1)])
def test_it_fits_whatever_the_size(width: int, height: int, terminal: Terminal) -> None:
    state = replay(STORY)
    for drawn in (
        strip("paper-s0", "training", state, Canvas(width, height, terminal)),
        strip("paper-s0", "preparing", RunState(), Canvas(width, height, terminal)),
    ):
        lines = drawn.plain.split("\n")
        assert len(lines) <= height
        assert max(map(len, lines)) <= width
        assert terminal.unicode or drawn.plain.isascii()


def test_progress_scores_and_losses() -> None:
    state = replay(STORY)
    first, scores, losses = strip("paper-s0", "training", state, Canvas(58, 10, FULL)).plain.split("\n")
    assert first.startswith("paper-s0 ● training 4/20 ")
    assert first.endswith("left")
    assert scores.startswith("val accuracy 0.")
    assert losses.startswith("loss ")
    assert losses[5] == "█"
    assert losses[-1] in "▁▂"
