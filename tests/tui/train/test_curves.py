"""The two charts of a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import msgspec
import pytest
from render import runs
from render.terminals import ALL, BARE, FULL
from rich.text import Text

from snn_tui.render.canvas import Canvas
from snn_tui.render.palette import Theme
from snn_tui.render.terminal import Terminal
from snn_tui.runs import events
from snn_tui.runs.state import RunState, replay
from snn_tui.tui.train.draw.curves import loss_chart, validation_chart


def test_the_loss_chart_has_batches_average_and_val() -> None:
    text = loss_chart(runs.run(3), Canvas(60, 16, FULL)).plain
    for word in ("loss", "batch", "EMA", "val", "epoch"):
        assert word in text
    assert text.splitlines()[-1].split()[0] == "0"
    assert text.rstrip().endswith("4")


def test_the_loss_chart_marks_one_val_loss_an_epoch() -> None:
    with_val = loss_chart(runs.run(3), Canvas(60, 16, BARE)).plain
    legend, rest = with_val.split("\n", 1)
    assert "o val" in legend
    assert rest.count("o") - rest.count("epoch") == 3


def test_the_validation_chart_has_three_scores_up_to_all() -> None:
    text = validation_chart(runs.run(3), Canvas(60, 12, FULL)).plain
    for word in ("specificity", "sensitivity", "accuracy", "epoch", "1.0"):
        assert word in text


@pytest.mark.parametrize(
    ("worst", "lowest"), [(0.0, 0.0), (0.04, 0.0), (0.6, 0.6), (0.69, 0.6), (1.0, 0.9), (-3.0, 0.0)]
)
def test_the_validation_chart_begins_at_the_tenth_below_the_lowest(worst: float, lowest: float) -> None:
    perfect = msgspec.structs.replace(runs.scores(1.0), sensitivity=1.0, specificity=worst)
    end = events.EpochEnded(t=9.0, epoch=3, train_loss=0.4, val=perfect, lr=1e-3, seconds=4.0)
    best = msgspec.structs.replace(end, epoch=1, val=msgspec.structs.replace(perfect, specificity=1.0))
    text = validation_chart(replay([runs.started(), best, end]), Canvas(60, 14, FULL)).plain
    labels = [float(line.partition("┤")[0]) for line in text.splitlines() if "┤" in line]
    assert labels[0] == 1.0
    assert labels[-1] == pytest.approx(lowest)


@pytest.mark.parametrize("chart", [loss_chart, validation_chart])
@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize(("width", "height"), [(1, 1), (12, 4), (36, 9), (120, 30)])
def test_charts_fill_their_box_and_no_more(
    chart: Callable[[RunState, Canvas], Text], terminal: Terminal, width: int, height: int
) -> None:
    for state in (RunState(), runs.run(0), runs.run(1), runs.finished()):
        for theme in get_args(Theme):
            text = chart(state, Canvas(width, height, terminal, theme))
            lines = text.plain.split("\n")
            assert len(lines) <= height
            assert all(len(line) <= width for line in lines)
            assert terminal.unicode or text.plain.isascii()


def test_without_numbers_a_chart_says_so() -> None:
    assert loss_chart(RunState(), Canvas(40, 10, FULL)).plain.strip() == "no batch was trained yet"
    assert validation_chart(RunState(), Canvas(40, 10, FULL)).plain.strip() == "no epoch has ended yet"
