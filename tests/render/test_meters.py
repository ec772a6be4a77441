from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from render.terminals import ALL, ASCII, BARE, FULL, PLAIN
from snn_tui.render import palette
from snn_tui.render.canvas import Canvas
from snn_tui.render.meters import firing_meter, membrane_line, meter, rates_line, spike_train
from snn_tui.render.terminal import Terminal

NUMBERS = st.one_of(st.none(), st.floats())


@given(NUMBERS, NUMBERS, st.integers(0, 40), st.sampled_from(ALL))
def test_a_meter_is_as_wide_as_asked_whatever_it_shows(
    value: Any, total: Any, width: int, terminal: Terminal
) -> None:
    bar = meter(value, total, width, terminal)
    assert bar.cell_len == width
    assert terminal.unicode or bar.plain.isascii()


def test_a_meter_fills_in_eighths() -> None:
    assert meter(0, 1, 4, FULL).plain == "░░░░"
    assert meter(1, 2, 4, FULL).plain == "██░░"
    assert meter(5, 32, 4, FULL).plain == "▋░░░"
    assert meter(9, 8, 4, FULL).plain == "████"
    assert meter(1, 2, 4, BARE).plain == "##.."
    assert meter(None, 2, 4, BARE).plain == "...."


def test_a_firing_meter_has_one_column_a_step() -> None:
    assert firing_meter(4, 10, 40, FULL).plain == "▇▇▇▇▁▁▁▁▁▁"
    assert firing_meter(4, 10, 40, BARE).plain == "####......"


@given(st.integers(2, 300), st.data())
def test_a_squeezed_firing_meter_tells_none_some_and_all_apart(num_steps: Any, data: Any) -> None:
    count = data.draw(st.integers(0, num_steps))
    width = data.draw(st.integers(2, 20))
    shown = firing_meter(count, num_steps, width, BARE).plain
    assert len(shown) == min(num_steps, width)
    assert ("#" in shown) == (count > 0)
    assert ("." in shown) == (count < num_steps)


def test_a_spike_train_hides_the_steps_to_come() -> None:
    assert spike_train([0, 1, 1, 0, 1], 3, FULL).plain == "·||  "
    assert spike_train([0, 1, 1, 0, 1], 5, BARE).plain == ".||.|"


def test_what_comes_after_the_verdict_is_grey_and_marked() -> None:
    train = spike_train([1, 0, 1, 1], 4, FULL, "red", verdict=2)
    assert train.plain == "|·¦¦"
    assert "red" not in [str(span.style) for span in train.spans if span.start >= 2]
    assert spike_train([1, 0, 1, 1], 4, BARE, verdict=2).plain == "|.::"
    line = membrane_line([0.1, 0.2, 0.3, 0.4], 1.0, 4, FULL, "red", verdict=2)
    grey = [span for span in line.spans if span.start >= 2]
    assert [str(span.style) for span in grey] == [str(palette.style("muted", FULL))] * 2


def test_a_long_train_follows_the_step() -> None:
    train = [0] * 30 + [1] + [0] * 69
    assert spike_train(train, 31, BARE, width=10).plain == ".........|"
    assert spike_train(train, 0, BARE, width=10).plain == " " * 10
    assert spike_train(train, 100, BARE, width=10).plain == "." * 10


def test_membranes_rise_to_a_glyph_of_their_own_at_the_threshold() -> None:
    assert membrane_line([0.0, 0.5, 0.999, 1.0, 3.0], 1.0, 5, FULL).plain == "▁▄▇██"
    assert membrane_line([0.0, 0.999, 1.0], 1.0, 3, BARE).plain == "_+#"


def test_firing_membranes_differ_in_style_too_unless_there_is_none() -> None:
    assert [span.style for span in membrane_line([0.0, 2.0], 1.0, 2, FULL).spans] == ["bold"]
    assert not membrane_line([0.0, 2.0], 1.0, 2, PLAIN).spans


def test_negative_membranes_lie_below_zero() -> None:
    assert membrane_line([-1.0, 0.0, 0.9], 1.0, 3, FULL).plain == "▁▄▇"


@given(st.lists(st.floats(), max_size=30), st.floats(-10, 10), st.integers(0, 40), st.sampled_from(ALL))
def test_any_membranes_can_be_drawn(values: Any, threshold: Any, upto: Any, terminal: Terminal) -> None:
    line = membrane_line(values, threshold, upto, terminal)
    assert line.cell_len == len(values)
    assert not line.plain[upto:].strip()
    assert terminal.unicode or line.plain.isascii()


def test_steps_already_shown_do_not_change() -> None:
    values = [0.2, -0.7, 1.4, 0.1, -3.0, 0.6]
    whole = membrane_line(values, 1.0, 6, FULL).plain
    for upto in range(6):
        assert membrane_line(values, 1.0, upto, FULL).plain.rstrip(" ") == whole[:upto]


def test_rates_line_reads_as_in_the_design() -> None:
    rates = {"conv1": 0.12, "conv2": 0.06, "out": 0.41}
    assert rates_line(rates, Canvas(80, 24, FULL)).plain == "conv1 ▇▇▁ 12%  conv2 ▇▁▁ 6%  out ▇▇▇ 41%"
    assert rates_line(rates | {"dead": 0.0}, Canvas(80, 24, ASCII)).plain.endswith("out ### 41%  dead ... 0%")
