import math
import re
from dataclasses import replace
from typing import Any

import plotext
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.text import Text
from typed import present

from render.terminals import ALL, ASCII, BARE, FULL, PLAIN
from snn_tui.render.canvas import Canvas
from snn_tui.render.chart import draw, line_chart, membrane_chart
from snn_tui.render.chart_view import ChartView
from snn_tui.render.frame import x_axis
from snn_tui.render.palette import Role, Theme
from snn_tui.render.series import Chart, Rule, Series, frame_of
from snn_tui.render.terminal import Terminal
from snn_tui.values.task import PNEUMONIA

ANY = st.one_of(st.none(), st.floats(), st.sampled_from([math.nan, math.inf, -math.inf, 1e308, -1e308]))


def chart(
    series: Any,
    width: int = 40,
    height: int = 10,
    terminal: Any = FULL,
    theme: Theme = "dark",
    **options: Any,
) -> Any:
    canvas = Canvas(width, height, terminal, theme)
    return line_chart(series, canvas, x_label="epoch", y_label="loss", **options)


def falling(label: str = "batch", **options: Any) -> Any:
    return Series(label, range(20), [1 / (1 + x) for x in range(20)], **options)


def lines_of(text: Text) -> Any:
    return text.plain.split("\n")


def canvas(text: Text) -> Any:
    """What stands right of the axis."""
    return [line.split("│")[-1].split("┤")[-1] for line in lines_of(text)[1:-2]]


def dots(text: Text) -> Any:
    return sum(bin(ord(char) - 0x2800).count("1") for line in canvas(text) for char in line if char >= "⠀")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(ANY, max_size=60), st.integers(0, 70), st.integers(0, 16), st.sampled_from(ALL), st.booleans()
)
def test_any_values_give_exactly_the_size_asked_for(
    ys: Any, width: int, height: int, terminal: Terminal, points: Any
) -> None:
    series = [Series("a", range(len(ys)), ys), Series("b", range(len(ys)), ys, marker="points")]
    text = chart(series[points:], width, height, terminal)
    lines = text.split("\n", allow_blank=True)
    assert len(lines) == max(height, 1)
    assert all(line.cell_len <= width for line in lines)
    if not terminal.unicode:
        assert text.plain.isascii()
    if terminal.colour == "none":
        assert not any(span.style for span in text.spans)


@pytest.mark.parametrize(("width", "height"), [(15, 10), (40, 4)])
def test_too_small_a_place_gets_a_note(width: int, height: int) -> None:
    text = chart([falling()], width, height)
    assert "too small" in text.plain
    assert len(lines_of(text)) == height


@pytest.mark.parametrize("ys", [[], [None, math.nan]])
def test_nothing_to_draw_is_said_without_axes(ys: Any) -> None:
    text = chart([Series("batch", range(len(ys)), ys)])
    assert text.plain.split() == ["nothing", "to", "draw"]


@pytest.mark.parametrize(
    "ys", [[0.5], [3.0] * 20, [0.0] * 20, [1e300, -1e300], [1e-300, 2e-300], [7, None, 8]]
)
def test_odd_series_are_drawn_and_have_labels(ys: Any) -> None:
    text = chart([Series("batch", range(len(ys)), ys)])
    assert dots(text) > 0
    assert "┤" in text.plain


def test_the_line_goes_where_the_values_go() -> None:
    drawn = canvas(chart([falling()], 60, 12))
    leftmost = [line[:1] not in ("", " ", "⠀") for line in drawn]
    longest = max(map(len, drawn))
    rightmost = [len(line) == longest for line in drawn]
    assert leftmost.index(True) <= 1
    assert any(rightmost[-2:])
    assert not any(rightmost[:6])


def test_a_gap_stays_a_gap() -> None:
    ys = [1.0] * 10 + [None] * 10 + [1.0] * 10
    row = next(line for line in canvas(chart([Series("a", range(30), ys)], 60, 8)) if line.strip())
    assert "          " in row


def test_one_spike_among_thousands_is_not_lost() -> None:
    calm = [0.5] * 5000
    spiky = [*calm[:2500], 0.9, *calm[2501:]]
    flat, peaked = (
        chart([Series("a", range(5000), ys)], 60, 12, y_limits=(0.0, 1.0)) for ys in (calm, spiky)
    )
    assert sum(1 for line in canvas(flat) if line.strip()) == 1
    assert sum(1 for line in canvas(peaked) if line.strip()) > 3


def test_values_beyond_given_limits_stay_on_the_canvas() -> None:
    text = chart([Series("a", [0, 1], [-50.0, 1e200])], y_limits=(0.0, 1.0))
    assert dots(text) > 5
    assert "1.0" in text.plain


def test_the_legend_is_one_line_with_a_glyph_each() -> None:
    series = [falling("batch", dim=True), falling("EMA"), falling("val", marker="points")]
    assert lines_of(chart(series))[0] == "loss  ━ batch  ━ EMA  • val"


def test_an_entry_too_long_for_the_legend_is_left_out_whole() -> None:
    assert lines_of(chart([falling("batch"), falling("a rather long name")], 20))[0] == "loss  ━ batch"


@pytest.mark.parametrize("terminal", [PLAIN, BARE, ASCII])
def test_without_colour_series_are_told_apart_by_their_markers(terminal: Terminal) -> None:
    series = [
        falling("a", dim=True),
        falling("b"),
        falling("c"),
        falling("d", marker="points"),
        falling("e", marker="points"),
    ]
    words = lines_of(chart(series, 60, terminal=terminal))[0].split()[1:]
    assert words[1::2] == ["a", "b", "c", "d", "e"]
    assert len(set(words[::2])) == 5


def test_with_colour_series_keep_the_style_of_their_role() -> None:
    series = [falling("a", style="class0"), Series("b", range(20), range(20), style="class1")]
    below_legend = chart(series)
    styles = {span.style.color.name for span in below_legend.spans if span.style.color}
    assert {"#56b4e9", "#e69f00"} <= styles
    assert all(span.style.bgcolor is None for span in below_legend.spans)


def test_light_and_dark_differ() -> None:
    assert chart([falling()]).spans != chart([falling()], theme="light").spans


def test_labels_of_people_cannot_steer_the_terminal() -> None:
    text = chart([falling("\x1b[31m[red]x")])
    assert "\x1b" not in text.plain
    assert "[red]x" in text.plain


def test_a_rule_runs_across_and_is_named() -> None:
    text = chart([falling()], rules=[Rule(0.9, "goal")])
    assert any(line.count("╌") > 20 for line in lines_of(text)[1:])
    assert lines_of(text)[0].endswith("╌ goal")
    above_axis = lines_of(chart([falling()], terminal=BARE, rules=[Rule(0.9)]))[1:-2]
    assert any(line.count("-") > 20 for line in above_axis)


def test_charts_do_not_touch_each_other_or_plotext_users() -> Any:
    first = chart([falling()])
    chart([Series("other", range(9), range(9), marker="points")], 70, 20, BARE, rules=[Rule(3)])
    assert chart([falling()]).markup == first.markup

    def own_plot() -> Any:
        plotext.clear_figure()
        plotext.plot_size(30, 8)
        plotext.plot([1, 2, 3], [4, 5, 6])
        return plotext.build()

    before = own_plot()
    plotext.clear_figure()
    chart([falling()])
    assert own_plot() == before
    plotext.clear_figure()


def test_a_single_epoch_can_have_its_limits_given() -> None:
    assert dots(chart([Series("a", [1], [0.5])], x_limits=(1, 1), y_limits=(0.5, 0.5))) == 1


MEMBRANES = [(0.4, 0.3), (0.6, 1.2), (-0.5, 0.8), (0.9, 0.2), (1.3, 0.1)]
SPIKES = [(0, 0), (0, 1), (0, 0), (0, 0), (1, 0)]


def membranes(upto: Any, terminal: Any = FULL, width: int = 60, height: int = 12) -> Any:
    return membrane_chart(
        MEMBRANES,
        SPIKES,
        1.0,
        upto,
        dict(enumerate(PNEUMONIA.classes)),
        "np",
        Canvas(width, height, terminal),
        "○●" if terminal.unicode else "o#",
    )


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize("upto", range(6))
def test_membrane_charts_keep_size_and_axes_while_they_grow(terminal: Terminal, upto: Any) -> None:
    lines = membranes(upto, terminal).split("\n")
    assert len(lines) == 12
    assert all(line.cell_len <= 60 for line in lines)
    assert [line.plain for line in lines[-2:]] == [
        line.plain for line in membranes(5, terminal).split("\n")[-2:]
    ]
    assert terminal.unicode or "".join(line.plain for line in lines).isascii()


def test_membrane_charts_show_only_the_steps_so_far() -> None:
    assert dots(membranes(0)) == 0
    assert 0 < dots(membranes(2)) < dots(membranes(5))


def test_spikes_are_marked_by_the_symbol_of_their_class() -> None:
    drawn = "\n".join(lines_of(membranes(5))[1:])
    assert (drawn.count("○"), drawn.count("●")) == (1, 1)
    drawn = "\n".join(lines_of(membranes(1))[1:])
    assert (drawn.count("○"), drawn.count("●")) == (0, 0)


def test_each_line_of_membranes_ends_in_the_letter_of_its_class() -> None:
    drawn = "\n".join(lines_of(membranes(3, BARE))[1:])
    assert (drawn.count("N"), drawn.count("P")) == (1, 1)


def test_the_legend_of_membranes_explains_every_mark() -> None:
    legend = lines_of(membranes(3, width=56))[0]
    assert legend == "membrane  ━N normal  ━P pneumonia  ○● fired  ╌ threshold"


def test_the_threshold_is_drawn_and_named() -> None:
    text = membranes(0)
    assert "threshold" in lines_of(text)[0]
    assert any(line.count("╌") > 40 for line in lines_of(text))


def test_no_membranes_give_a_note() -> None:
    names = dict(enumerate(PNEUMONIA.classes))
    drawn = membrane_chart([], [], 1.0, 0, names, "np", Canvas(40, 8, FULL), "○●")
    assert "no step yet" in drawn.plain


@pytest.mark.parametrize("height", range(8, 30))
@pytest.mark.parametrize("terminal", [FULL, BARE, ASCII])
def test_points_rules_and_ticks_lie_on_the_row_of_their_line(height: int, terminal: Terminal) -> None:
    for value in (0.0, 0.1, 0.5, 0.7, 1.0):
        line = Series("", range(40), [value] * 40)
        points = Series("", [3, 17, 30], [value] * 3, marker="points", symbol="P")
        text = chart([line, points], 50, height, terminal, y_limits=(0.0, 1.0))
        drawn = canvas(text) if terminal.unicode else [row.partition("|")[2] for row in lines_of(text)[1:-2]]
        drawn = [row for row in drawn if row.strip()] or [
            row for row in lines_of(text)[1:-2] if row.count("*") > 9
        ]
        assert len(drawn) == 1
        assert drawn[0].count("P") == 3
        ruled = chart([points], 50, height, terminal, y_limits=(0.0, 1.0), rules=[Rule(value)])
        across = next(row for row in lines_of(ruled)[1:-2] if row.count("╌") + row.count("-") > 20)
        assert across.count("P") == 3
        labels = [row for row in lines_of(ruled) if row.startswith(f"{value:.1f}")]
        assert labels in ([], [across])


@pytest.mark.parametrize("height", range(8, 30))
def test_a_slanted_rule_is_unbroken_below_other_lines(height: int) -> None:
    curve = Series("", [0.0, 0.3, 0.3, 1.0], [0.0, 0.3, 0.9, 1.0])
    text = chart(
        [curve], 50, height, x_limits=(0.0, 1.0), y_limits=(0.0, 1.0), rules=[Rule(0.0, "chance", end=1.0)]
    )
    diagonal = chart(
        [Series("", [0.0, 1.0], [0.0, 1.0])], 50, height, x_limits=(0.0, 1.0), y_limits=(0.0, 1.0)
    )
    for row, other in zip(canvas(text), canvas(diagonal), strict=True):
        for column, char in enumerate(other):
            if char > "\u2800":
                assert ord(row[column]) & ord(char) == ord(char)


@pytest.mark.parametrize("terminal", [FULL, BARE, ASCII])
def test_lines_on_each_other_all_stay_visible(terminal: Terminal) -> None:
    roles: tuple[Role, ...] = ("class0", "class1", "good")
    alike = [Series(role, range(30), [0.9] * 30, role) for role in roles]
    text = chart(alike, 60, 10, terminal)
    if terminal.colour == "none":
        glyphs = lines_of(text)[0].split()[1::2]
        rows = "".join(row[6:] for row in lines_of(text)[1:-2])
        assert all(rows.count(glyph) > 10 for glyph in glyphs)
        return
    below = text.split("\n")[1:-2]
    styles = {str(span.style) for line in below for span in line.spans if span.end - span.start == 1}
    assert {str(Canvas(9, 9, terminal).style(role)) for role in roles} <= styles


def test_the_name_of_the_axis_takes_the_room_of_the_label_before_the_last() -> None:
    ticks = [(column, str(column)) for column in (0, 8, 16, 24)]
    assert x_axis(ticks, 26, 2, "step", Canvas(30, 9, FULL))[1].plain.split() == ["0", "8", "step", "24"]
    assert x_axis(ticks, 26, 2, "x", Canvas(30, 9, FULL))[1].plain.split() == ["0", "8", "16", "x", "24"]
    long = x_axis(ticks, 26, 2, "of so many letters", Canvas(30, 9, FULL))[1].plain
    assert long.split() == ["0", "8", "16", "24"]  # for nothing no label goes


def test_a_neuron_whose_name_is_its_letter_is_named_once_in_the_legend() -> None:
    canvas = Canvas(60, 12, FULL)
    drawn = membrane_chart(MEMBRANES, SPIKES, 1.0, 5, {0: "0", 1: "1"}, "01", canvas, "01")
    assert drawn.plain.splitlines()[0].split()[1:5] == ["━", "0", "━", "1"]


def test_a_slanted_rule_keeps_its_slope_in_a_window() -> None:
    """The diagonal of chance goes through (0.5, 0.5), however far one has zoomed in."""
    curve = Series("", [0.0, 1.0], [1.0, 1.0])
    whole = Chart([curve], "x", "y", (0.0, 1.0), (0.0, 1.0), [Rule(0.0, "chance", end=1.0)])
    zoomed = replace(whole, view=ChartView(x=(0.25, 0.75), y=(0.0, 1.0)))
    for one in (whole, zoomed):
        frame = present(frame_of(one, Canvas(61, 23, BARE, "dark")))
        dots = lines_of(draw(one, Canvas(61, 23, BARE, "dark")))[1:-2]
        found = {
            round(frame.across[0] + (column - frame.gutter - 1) * frame.column_width, 2): row
            for row, line in enumerate(dots)
            for column, letter in enumerate(line)
            if letter == "." and column > frame.gutter
        }
        for x, row in found.items():
            height = frame.up[1] - row / (len(dots) - 1) * (frame.up[1] - frame.up[0])
            assert height == pytest.approx(x, abs=0.06), (one.view, x)
        assert len(found) > 40
    bent = draw(replace(whole, view=ChartView(log_y=True)), Canvas(61, 23, BARE, "dark"))
    plotted = [line.replace("+", "|", 1).partition("|")[2] for line in lines_of(bent)[1:-2]]
    assert "." not in "".join(plotted)


def test_a_logarithmic_axis_goes_beyond_the_largest_number() -> None:
    one = Chart([Series("loss", [0.0, 1.0], [1e300, 1e300])], "epoch", "loss", view=ChartView(log_y=True))
    labels = re.findall(r"^ *(1e\d+)┤", draw(one, Canvas(40, 12, FULL)).plain, re.MULTILINE)
    assert len(labels) > 1
    assert labels[0] == "1e330"


@pytest.mark.parametrize("terminal", ALL)
def test_a_chart_that_shows_nothing_says_whether_it_is_the_way_it_is_looked_at(terminal: Terminal) -> None:
    def shown(series: Series, **view: Any) -> str:
        one = Chart([series], "epoch", "loss", view=ChartView(**view), empty="nothing measured yet")
        return draw(one, Canvas(60, 10, terminal)).plain

    below = Series("a", [1, 2, 3], [-1.0, -2.0, -1.5])
    assert "zoom out" in shown(falling(), x=(30.0, 40.0))
    assert "no value is above 0" in shown(below, log_y=True)
    for view in ({"x": (30.0, 40.0)}, {"log_y": True}):
        assert "nothing measured yet" in shown(Series("a", [], []), **view)
