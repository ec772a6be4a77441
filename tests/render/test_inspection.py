"""Inside one decision: neurons, input spikes and the facts."""

from __future__ import annotations

import io
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console, RenderableType

from render.terminals import ALL, BARE, FULL
from snn_tui.render.canvas import Canvas
from snn_tui.render.input_spikes import inputs
from snn_tui.render.inspection import facts, inspection
from snn_tui.render.neurons import outputs
from snn_tui.render.terminal import Terminal
from snn_tui.values.dataset import Picture
from snn_tui.values.task import PNEUMONIA, Task
from snn_tui.values.trace import Trace

STEPS, SIDE = 20, 28


def trace(label: int | None = 1, said: int = 1, draw: int = 0, synthetic: bool = False) -> Trace:
    """A picture whose network fires 10 of 20 times for its verdict and 4 times against it."""
    spikes, membranes = [], []
    for step in range(STEPS):
        pair = (int(step % 5 == 0), int(step % 2 == 1))
        spikes.append(pair if said else pair[::-1])
        membranes.append((1.2 if spikes[-1][0] else 0.3, 1.2 if spikes[-1][1] else 0.3))
    return Trace(
        task=PNEUMONIA,
        picture=Picture(
            pixels=bytes(range(196)) * 4, height=SIDE, width=SIDE, labels=None if label is None else (label,)
        ),
        spikes_in=[bytes((at + step) % 3 == 0 for at in range(SIDE * SIDE)) for step in range(STEPS)],
        spikes_out=spikes,
        membranes=membranes,
        threshold=1.0,
        draw=draw,
        synthetic=synthetic,
    )


def drawn(renderable: RenderableType, width: int) -> str:
    """The letters of a drawing."""
    console = Console(width=width, file=io.StringIO(), color_system=None, legacy_windows=False)
    console.print(renderable)
    return console.file.getvalue()  # type: ignore[attr-defined]


def told(
    step: int = STEPS, spread: Sequence[tuple[int, ...]] | None = None, width: int = 56, **about: object
) -> str:
    """The letters of the facts."""
    terminal = about.pop("terminal", FULL)
    return facts(trace(**about), step, spread, Canvas(width, 20, terminal)).plain  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("label", "said", "verdict"),
    [
        (1, 1, "● pneumonia ✓ right"),
        (1, 0, "○ normal ✗ wrong"),
        (0, 0, "○ normal ✓ right"),
        (None, 1, "● pneumonia"),
    ],
)
def test_the_verdict_is_held_against_the_truth(label: int | None, said: int, verdict: str) -> None:
    lines = told(label=label, said=said).splitlines()
    assert lines[1] == f"verdict  {verdict}"
    assert lines[0].endswith({0: "○ normal", 1: "● pneumonia", None: "not known"}[label])


def test_the_margin_is_of_the_steps_so_far() -> None:
    assert "margin   6 spikes" in told()
    assert "no step shown" in told(step=0)
    assert "right" not in told(step=0)
    assert "○ normal ✗ wrong" in told(step=1)


def test_the_draw_says_whether_evaluation_counts_it() -> None:
    assert "draw     0 (as evaluated)" in told()
    assert told(draw=3).splitlines()[3] == "draw     3"
    assert told(label=None).splitlines()[3] == "draw     0"


def test_the_spread_is_shown_once_it_is_known() -> None:
    assert "spread" not in told()
    text = told(spread=[(1,)] * 24 + [(0,)] * 8)
    assert "24/32 say pneumonia" in text
    assert "24/32 pneumonia" in told(spread=[(1,)] * 24 + [(0,)] * 8, width=16)
    shares = told(spread=[(1,)] * 24 + [(0,)] * 8, terminal=BARE, width=80).splitlines()[4].split()[1]
    assert shares == "o" * 8 + "#" * 24


def test_where_it_is_narrow_facts_get_shorter_and_are_not_cut() -> None:
    lines = told(spread=[(1,)] * 24 + [(0,)] * 8, width=26).splitlines()
    assert lines[1] == "verdict  ● pneumonia ✓"
    assert lines[3] == "draw     0 (as evaluated)"
    assert lines[4] == f"spread   {'▒' * 2}{'█' * 7} 24/32 ●"
    assert told(width=28).splitlines()[1] == "verdict  ● pneumonia ✓ right"


@pytest.mark.parametrize("width", [16, 18, 24, 30])
def test_a_long_name_of_a_class_leaves_room_for_right_or_wrong(width: int) -> None:
    task = Task(name="x", classes=("malignant", "normal or benign, of any kind"), positive=0)
    seen = msgspec.structs.replace(trace(label=0, said=1), task=task)
    lines = facts(seen, STEPS, None, Canvas(width, 12, FULL)).plain.splitlines()
    verdict = next(line for line in lines if "○ normal" in line)
    assert "✗" in verdict
    assert "…" in verdict
    assert len(verdict) <= width


def test_a_phantom_says_that_it_is_one() -> None:
    assert "synthetic" not in told()
    assert "synthetic picture, no x-ray" in told(synthetic=True)
    assert told(synthetic=True, width=26).endswith(" synthetic")
    assert told(synthetic=True, width=14).endswith(" synthetic")


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize(("width", "height"), [(12, 3), (16, 14), (56, 5), (100, 30)])
@pytest.mark.parametrize("step", [0, 1, STEPS])
def test_no_drawing_leaves_its_box(terminal: Terminal, width: int, height: int, step: int) -> None:
    shown = trace(synthetic=True)
    text = facts(shown, step, [(1,), (0,)], Canvas(width, height, terminal)).plain
    assert len(text.splitlines()) <= height
    assert all(len(line) <= width for line in text.splitlines())
    assert terminal.unicode or text.isascii()
    if width >= 56:
        text = drawn(outputs(shown, step, Canvas(width, height, terminal)), width)
        assert len(text.splitlines()) <= height
        assert all(len(line) <= width for line in text.splitlines())
        assert terminal.unicode or text.isascii()


def test_the_outputs_change_their_form_with_the_room() -> None:
    flat = drawn(outputs(trace(), STEPS, Canvas(76, 4, FULL)), 76)
    assert "fired" in flat.splitlines()[0]
    assert len(flat.splitlines()) == 3
    middle = drawn(outputs(trace(), STEPS, Canvas(76, 9, FULL)), 76)
    assert "○ membrane" in middle
    assert "● membrane" in middle
    tall = drawn(outputs(trace(), STEPS, Canvas(76, 20, FULL)), 76)
    assert "threshold" in tall
    assert "step" in tall.splitlines()[-1]


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize("height", [8, 10, 13])
def test_where_it_is_wide_and_low_the_membranes_are_a_chart_beside_the_meters(
    terminal: Terminal, height: int
) -> None:
    lines = drawn(outputs(trace(), STEPS, Canvas(94, height, terminal)), 94).splitlines()
    assert "membrane" in lines[0]
    assert "step" in lines[height - 1]
    assert len(lines) == height


@given(step=st.integers(0, STEPS))
def test_the_outputs_count_the_spikes_so_far(step: int) -> None:
    shown = trace()
    for height in (4, 9, 20):
        text = drawn(outputs(shown, step, Canvas(76, height, FULL)), 76)
        normal, pneumonia = (
            next(line for line in text.splitlines() if name in line) for name in ("normal", "pneumonia")
        )
        counts = shown.counts(step)
        assert str(counts[0]) in normal.split()
        assert str(counts[1]) in pneumonia.split()


def test_the_inputs_have_the_mean_beside_them_where_there_is_room_and_a_fast_line() -> None:
    alone = drawn(inputs(trace(), 5, Canvas(40, 24, FULL)), 60)
    both = drawn(inputs(trace(), 5, Canvas(58, 24, FULL)), 60)
    remote = drawn(inputs(trace(), 5, Canvas(58, 24, Terminal("truecolor", unicode=True, slow=True))), 60)
    assert max(len(line.rstrip()) for line in alone.splitlines()) <= SIDE
    assert max(len(line.rstrip()) for line in both.splitlines()) == 2 * SIDE + 2
    assert remote == alone
    resting = drawn(
        inputs(trace(), STEPS, Canvas(58, 24, Terminal("truecolor", unicode=True, slow=True))), 60
    )
    assert max(len(line.rstrip()) for line in resting.splitlines()) == 2 * SIDE + 2


def test_before_the_first_step_there_are_no_input_spikes() -> None:
    assert not drawn(inputs(trace(), 0, Canvas(30, 24, FULL)), 60).strip()


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize("width", [40, 80])
def test_all_of_it_can_be_printed(terminal: Terminal, width: int) -> None:
    text = drawn(inspection(trace(), "run [b] · test 7", Canvas(width, 24, terminal)), width)
    assert "run [b] · test 7" in text if terminal.unicode else "run [b] - test 7" in text
    assert "verdict" in text
    assert "10" in text
    assert all(len(line) <= width for line in text.splitlines())
    assert terminal.unicode or text.isascii()


def test_direct_coding_does_not_pretend_to_be_random() -> None:
    direct = msgspec.structs.replace(trace(), coding="direct")
    words = facts(direct, direct.num_steps, None, Canvas(60, 20, FULL)).plain
    assert "direct, not random" in words
    assert "draw" not in words
    narrow = facts(direct, direct.num_steps, None, Canvas(17, 20, FULL)).plain
    assert "coding\ndirect" in narrow
    assert "direct, not" not in narrow


@pytest.mark.parametrize("width", [16, 18, 20, 24])
def test_short_class_names_leave_the_other_values_whole(width: int) -> None:
    task = msgspec.structs.replace(PNEUMONIA, classes=("cat", "dog"))
    tied = msgspec.structs.replace(trace(None), task=task, spikes_out=[(0, 0)] * STEPS)
    words = facts(tied, STEPS, [(0,)] * 32, Canvas(width, 20, FULL)).plain
    assert "not known" in words
    assert "by membrane" in words
    assert "0/32" in words
