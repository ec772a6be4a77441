"""The two charts of a run."""

from __future__ import annotations

import pytest

from snn_tui.render.curves import loss_chart, validation_chart
from snn_tui.render.terminal import Terminal
from snn_tui.runs.state import RunState

from . import runs
from .terminals import ALL, BARE, FULL


def test_the_loss_chart_has_batches_average_and_val() -> None:
    text = loss_chart(runs.run(3), 60, 16, FULL).plain
    for word in ("loss", "batch", "EMA", "val", "epoch"):
        assert word in text
    assert text.splitlines()[-1].split()[0] == "0"
    assert text.rstrip().endswith("4")


def test_the_loss_chart_marks_one_val_loss_an_epoch() -> None:
    with_val = loss_chart(runs.run(3), 60, 16, BARE).plain
    legend, rest = with_val.split("\n", 1)
    assert "o val" in legend
    assert rest.count("o") - rest.count("epoch") == 3


def test_the_validation_chart_has_three_scores_from_none_to_all() -> None:
    text = validation_chart(runs.run(3), 60, 12, FULL).plain
    for word in ("specificity", "sensitivity", "accuracy", "epoch", "0.0", "1.0"):
        assert word in text


@pytest.mark.parametrize("chart", [loss_chart, validation_chart])
@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize(("width", "height"), [(1, 1), (12, 4), (36, 9), (120, 30)])
def test_charts_fill_their_box_and_no_more(
    chart: object, terminal: Terminal, width: int, height: int
) -> None:
    for state in (RunState(), runs.run(0), runs.run(1), runs.finished()):
        for light in (False, True):
            text = chart(state, width, height, terminal, light=light)  # type: ignore[operator]
            lines = text.plain.split("\n")
            assert len(lines) <= height
            assert all(len(line) <= width for line in lines)
            assert terminal.unicode or text.plain.isascii()


@pytest.mark.parametrize("chart", [loss_chart, validation_chart])
def test_without_numbers_a_chart_says_so(chart: object) -> None:
    assert "no data yet" in chart(RunState(), 40, 10, FULL).plain  # type: ignore[operator]
