"""The two charts of a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import msgspec
import pytest
from render import runs
from render.terminals import ALL, BARE, FULL

from snn_tui.render.canvas import Canvas
from snn_tui.render.chart import draw
from snn_tui.render.palette import Theme
from snn_tui.render.series import Chart
from snn_tui.render.terminal import Terminal
from snn_tui.runs import events
from snn_tui.runs.state import RunState, replay
from snn_tui.tui.train.draw.curves import loss_curves, validation_curves
from snn_tui.values.task import Task


def test_the_loss_chart_has_batches_average_and_val() -> None:
    text = draw(loss_curves(runs.run(3)), Canvas(60, 16, FULL)).plain
    for word in ("loss", "batch", "EMA", "val", "epoch"):
        assert word in text
    assert text.splitlines()[-1].split()[0] == "0"
    assert text.rstrip().endswith("4")


def test_the_loss_chart_marks_one_val_loss_an_epoch() -> None:
    with_val = draw(loss_curves(runs.run(3)), Canvas(60, 16, BARE)).plain
    legend, rest = with_val.split("\n", 1)
    assert "o val" in legend
    assert rest.count("o") - rest.count("epoch") == 3


def test_the_validation_chart_has_three_scores_up_to_all() -> None:
    text = draw(validation_curves(runs.run(3)), Canvas(60, 12, FULL)).plain
    for word in ("specificity", "sensitivity", "accuracy", "epoch"):
        assert word in text


@pytest.mark.parametrize(
    ("task", "words"),
    [
        (runs.GRADES, ("quadratic kappa", "balanced accuracy", "accuracy")),
        (runs.FINDINGS, ("macro F1", "balanced accuracy", "AUC")),
    ],
)
def test_the_validation_chart_has_the_scores_of_its_kind_of_task(task: Task, words: tuple[str, ...]) -> None:
    text = draw(validation_curves(runs.of_task(task)), Canvas(70, 12, FULL)).plain
    for word in words:
        assert word in text
    assert "sensitivity" not in text


def _validated(*specificities: float) -> RunState:
    scores = (
        msgspec.structs.replace(runs.scores(1.0), sensitivity=0.9, accuracy=0.9, specificity=specificity)
        for specificity in specificities
    )
    ends = (
        events.EpochEnded(t=9.0, epoch=epoch, train_loss=0.4, val=one, lr=1e-3, seconds=4.0)
        for epoch, one in enumerate(scores, 1)
    )
    return replay([runs.started(), *ends])


@pytest.mark.parametrize(("worst", "lowest"), [(0.0, 0.0), (0.6, 0.6), (0.85, 0.85)])
def test_the_validation_axis_follows_the_data(worst: float, lowest: float) -> None:
    text = draw(validation_curves(_validated(0.9, worst)), Canvas(60, 14, FULL)).plain
    labels = [float(line.partition("┤")[0]) for line in text.splitlines() if "┤" in line]
    assert labels[-1] == pytest.approx(lowest, abs=0.15)
    assert labels[-1] >= 0
    assert labels[0] <= 1
    assert "lower" not in text


@pytest.mark.parametrize("terminal", [FULL, BARE])
def test_an_untrained_network_does_not_stretch_the_validation_axis(terminal: Terminal) -> None:
    text = draw(validation_curves(_validated(0.0, 0.9, 0.88, 0.91, 0.9)), Canvas(60, 14, terminal)).plain
    labels = [
        float(line.replace("+", "┤").partition("┤")[0]) for line in text.splitlines()[1:] if "┤" in line
    ]
    assert all(label > 0.8 for label in labels)
    assert f"{'▾' if terminal.unicode else 'v'} lower" in text


@pytest.mark.parametrize("curves", [loss_curves, validation_curves])
@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize(("width", "height"), [(1, 1), (12, 4), (36, 9), (120, 30)])
def test_charts_fill_their_box_and_no_more(
    curves: Callable[[RunState], Chart], terminal: Terminal, width: int, height: int
) -> None:
    for state in (RunState(), runs.run(0), runs.run(1), runs.finished()):
        for theme in get_args(Theme):
            text = draw(curves(state), Canvas(width, height, terminal, theme))
            lines = text.plain.split("\n")
            assert len(lines) <= height
            assert all(len(line) <= width for line in lines)
            assert terminal.unicode or text.plain.isascii()


def test_without_numbers_a_chart_says_so() -> None:
    assert draw(loss_curves(RunState()), Canvas(40, 10, FULL)).plain.strip() == "no batch was trained yet"
    assert draw(validation_curves(RunState()), Canvas(40, 10, FULL)).plain.strip() == "no epoch has ended yet"
