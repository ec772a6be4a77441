"""How a chart is looked at: window, scales and cursor."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.terminals import ALL, FULL
from snn_tui.render.canvas import Canvas
from snn_tui.render.chart import Plotted, draw
from snn_tui.render.chart_view import (
    AS_A_WHOLE,
    ChartView,
    move_cursor,
    next_unit,
    pan,
    reset,
    value_at,
    without_outliers,
    zoom,
    zoom_y,
)
from snn_tui.render.series import Chart, Series, frame_of, within
from snn_tui.render.terminal import Terminal

FULL_X = (0.0, 20.0)
CANVAS = Canvas(60, 14, FULL)


def chart(view: ChartView) -> Chart:
    xs = [float(x) for x in range(21)]
    lines = [Series("loss", xs, [100.0 / (1 + x) for x in xs]), Series("val", xs[1:], xs[1:], "warn")]
    return Chart(lines, "epoch", "", FULL_X, view=view)


def test_zooming_keeps_a_position_in_its_place_and_out_again_shows_all() -> None:
    assert zoom(ChartView(), FULL_X, 2, at=10.0).x == (5.0, 15.0)
    assert zoom(ChartView(), FULL_X, 2, at=4.0).x == (2.0, 12.0)
    assert zoom(ChartView(), FULL_X, 2, at=20.0).x == (10.0, 20.0)
    assert zoom(zoom(ChartView(), FULL_X, 2, at=10.0), FULL_X, 0.5, at=10.0).x is None


def test_zooming_is_about_the_cursor_or_the_value_next_to_the_middle() -> None:
    def about(full: tuple[float, float], view: ChartView = AS_A_WHOLE) -> float:
        frame = frame_of(replace(chart(view), x_limits=full), CANVAS)
        assert frame is not None
        return frame.about(view)

    assert about(FULL_X) == 10.0
    assert about(FULL_X, ChartView(cursor=4.0)) == 4.0
    assert about(FULL_X, ChartView(x=(10.0, 14.0), cursor=4.0)) == pytest.approx(12.0, abs=0.1)
    assert about((0.0, 1000.0)) == 20.0  # of a run that has just begun: the latest


def test_a_chart_keeps_what_it_was_made_of() -> None:
    values = [0.5, math.nan, 0.4]
    one = Chart([Series("loss", [0, 1, 2], values)], "step", "")
    assert one == Chart([Series("loss", [0, 1, 2], [0.5, float("nan"), 0.4])], "step", "")
    plotted = Plotted(one, CANVAS)
    values.append(0.3)
    assert len(one.series[0].ys) == 3
    assert plotted.differs_by_cursor(replace(one, view=ChartView(cursor=1.0)), CANVAS)
    assert not plotted.differs_by_cursor(Chart([Series("loss", [0, 1, 2, 3], values)], "step", ""), CANVAS)
    assert not plotted.differs_by_cursor(replace(one, view=ChartView(log_y=True)), CANVAS)
    assert not plotted.differs_by_cursor(one, replace(CANVAS, width=50))


@given(
    st.lists(st.sampled_from([2.0, 0.5]), max_size=60),
    st.floats(0, 20),
    st.integers(-9, 9),
)
def test_no_window_leaves_the_chart(factors: list[float], cursor: float, by: int) -> None:
    view = ChartView(cursor=cursor)
    for factor in factors:
        low, high = view.x or FULL_X
        view = pan(zoom(view, FULL_X, factor, min(max(cursor, low), high)), FULL_X, by)
        low, high = view.x or FULL_X
        assert -1e-9 <= low < high <= 20 + 1e-9
    assert draw(chart(view), CANVAS).plain.count("\n") == 13


def test_panning_moves_a_quarter_of_the_window_and_stops_at_the_ends() -> None:
    view = ChartView(x=(5.0, 9.0))
    assert pan(view, FULL_X, 1).x == (6.0, 10.0)
    assert pan(view, FULL_X, -1).x == (4.0, 8.0)
    assert pan(view, FULL_X, -9).x == (0.0, 4.0)
    assert pan(ChartView(), FULL_X, 1).x is None


def test_the_window_follows_the_cursor_and_reset_keeps_the_scales() -> None:
    view = ChartView(x=(5.0, 9.0), log_y=True, clip=True, unit="step")
    assert move_cursor(view, FULL_X, 10.0).x == (6.0, 10.0)
    assert move_cursor(view, FULL_X, 4.0).x == (4.0, 8.0)
    assert move_cursor(view, FULL_X, 99.0).cursor == 20.0
    assert reset(move_cursor(view, FULL_X, 8.0)) == ChartView(log_y=True, clip=True, unit="step")
    assert zoom_y(view, (0.0, 8.0), 2).y == (2.0, 6.0)
    assert next_unit(ChartView(x=(1.0, 2.0), cursor=1.0)) == ChartView(unit="step")


def test_outliers_are_the_lowest_and_highest_few() -> None:
    values = [float(value) for value in range(100)]
    assert without_outliers(values) == (2.0, 97.0)
    assert without_outliers([math.nan]) is None
    assert without_outliers([3.0]) == (3.0, 3.0)


def test_a_value_is_that_of_the_nearest_point_within_the_line() -> None:
    xs, ys = [1.0, 2.0, 4.0], [10.0, None, 40.0]
    assert value_at(xs, ys, 1.4, 0.1) == 10.0
    assert value_at(xs, ys, 2.1, 0.1) is None
    assert value_at(xs, ys, 3.1, 0.1) == 40.0
    assert value_at(xs, ys, 4.05, 0.1) == 40.0
    assert value_at(xs, ys, 4.2, 0.1) is None
    assert value_at([], [], 1.0, 0.1) is None


def test_a_line_is_cut_where_the_window_ends() -> None:
    line = within(Series("a", [0.0, 10.0, 20.0], [0.0, 100.0, 0.0]), (5.0, 12.0))
    assert list(line.xs) == [5.0, 10.0, 12.0]
    assert list(line.ys) == [50.0, 100.0, 80.0]


def test_the_y_axis_fits_what_is_in_the_window() -> None:
    whole, window = (frame_of(chart(ChartView(x=x)), CANVAS) for x in (None, (10.0, 20.0)))
    assert whole is not None
    assert whole.up[1] >= 100
    assert window is not None
    assert window.up[1] < 30


def test_a_logarithmic_axis_has_values_as_labels_and_leaves_out_zeros() -> None:
    ys = [0.0, 0.001, 0.01, 0.1, 1.0, 10.0]
    drawn = draw(Chart([Series("a", range(6), ys)], "step", "", view=ChartView(log_y=True)), CANVAS).plain
    for label in ("10┤", "0.1┤", "0.001┤"):
        assert label in drawn


def test_outliers_can_be_clipped() -> None:
    ys = [1.0] * 50 + [1000.0] + [2.0] * 50
    lines = [Series("a", range(101), ys)]
    shown = frame_of(Chart(lines, "step", "", view=ChartView(clip=True)), CANVAS)
    assert shown is not None
    assert shown.up[1] < 3


@pytest.mark.parametrize("terminal", ALL)
def test_the_cursor_reads_the_values_of_all_lines(terminal: Terminal) -> None:
    drawn = draw(chart(ChartView(cursor=4.0)), Canvas(60, 14, terminal)).plain
    legend = drawn.splitlines()[0]
    assert "loss 20" in legend
    assert "val 4" in legend
    assert drawn.count("●" if terminal.unicode else "O") == 2
    assert terminal.unicode or drawn.isascii()
    without = draw(chart(ChartView()), Canvas(60, 14, terminal)).plain
    assert "20" not in without.splitlines()[0]


def test_long_labels_are_cut_before_values_are_left_out() -> None:
    names = ("specificity", "sensitivity", "accuracy")
    lines = [Series(name, [0.0, 1.0], [0.5, 0.5]) for name in names]
    drawn = draw(Chart(lines, "epoch", "", view=ChartView(cursor=0.5)), Canvas(40, 12, FULL)).plain
    assert drawn.splitlines()[0].count("0.5") == 3


def test_a_column_of_the_canvas_is_a_position_of_the_axis() -> None:
    frame = frame_of(chart(ChartView()), CANVAS)
    assert frame is not None
    first = frame.gutter + 1
    assert frame.x_at(first) == 0.0
    assert frame.x_at(first + frame.columns - 1) == pytest.approx(frame.across[1])
    assert frame.x_at(first - 1) is None
    assert frame.x_at(60) is None


def test_a_canvas_that_is_too_small_has_no_axes() -> None:
    assert frame_of(chart(ChartView()), Canvas(60, 4, FULL)) is None
    assert frame_of(chart(ChartView()), Canvas(15, 9, FULL)) is None


def test_over_a_slow_line_only_the_ends_of_the_cursor_are_drawn() -> None:
    quick, slow = (
        draw(chart(ChartView(cursor=4.0)), Canvas(60, 14, Terminal("truecolor", True, slow))).plain
        for slow in (False, True)
    )
    assert slow.count("│") < quick.count("│") - 5
