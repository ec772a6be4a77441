"""Inside one decision of any task: neurons, facts, input spikes and chart for several classes and labels."""

from __future__ import annotations

import io
import itertools

import msgspec
import pytest
from rich.console import Console, RenderableType

from render.terminals import ALL, BARE, FULL
from snn_tui.render import input_spikes, neurons
from snn_tui.render.canvas import Canvas
from snn_tui.render.inspection import facts, inspection
from snn_tui.render.terminal import Terminal
from snn_tui.values.dataset import Picture
from snn_tui.values.task import Task
from snn_tui.values.trace import Trace

STEPS = 20
GRADES = Task(name="eyes", classes=("0", "1", "2", "3", "4"), kind="ordinal", channels=3)
ORGANS = Task(name="organs", classes=tuple(f"organ {number}" for number in range(14)), kind="multiclass")
MANY = Task(name="many", classes=tuple(f"kind {number}" for number in range(64)), kind="multiclass")
FINDINGS = Task(
    name="findings", classes=tuple(f"finding {number}" for number in range(14)), kind="multilabel"
)
TASKS = [GRADES, ORGANS, MANY, FINDINGS]


def made(task: Task, counts: dict[int, int], labels: tuple[int, ...] | None = (0,), side: int = 12) -> Trace:
    """A trace whose neurons fire so many times, the first steps first; the others never."""
    spikes = [
        tuple(int(step < counts.get(neuron, 0)) for neuron in range(task.outputs)) for step in range(STEPS)
    ]
    size = side * side * task.channels
    return Trace(
        task=task,
        picture=Picture(
            pixels=bytes(at * 7 % 256 for at in range(size)),
            height=side,
            width=side,
            labels=labels,
            channels=task.channels,
        ),
        spikes_in=[bytes(int((at + step) % 3 == 0) for at in range(size)) for step in range(STEPS)],
        spikes_out=spikes,
        membranes=[tuple(1.2 if fired else 0.4 for fired in row) for row in spikes],
        threshold=1.0,
        draw=0,
        synthetic=False,
    )


def drawn(renderable: RenderableType, width: int) -> list[str]:
    """The lines of a drawing."""
    console = Console(width=width, file=io.StringIO(), color_system=None, legacy_windows=False)
    console.print(renderable)
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined]


def outputs(trace: Trace, canvas: Canvas, step: int = STEPS) -> list[str]:
    """The lines of the panel of the output neurons."""
    return drawn(neurons.outputs(trace, step, canvas), canvas.width)


def told(trace: Trace, width: int = 56, redraws: list[tuple[int, ...]] | None = None) -> dict[str, str]:
    """The facts by their names."""
    lines = facts(trace, STEPS, redraws, Canvas(width, 12, FULL)).plain.splitlines()
    return {line[:9].strip(): line[9:].rstrip() for line in lines}


@pytest.mark.parametrize("terminal", ALL, ids=str)
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
@pytest.mark.parametrize(("width", "height"), [(56, 19), (48, 13), (28, 8), (28, 9), (96, 30), (120, 16)])
def test_no_drawing_leaves_its_box(terminal: Terminal, task: Task, width: int, height: int) -> None:
    trace = made(task, {1: 12, 3: 15, 4: 7}, (1,))
    canvas = Canvas(width, height, terminal)
    for step in (0, 1, 9, STEPS):
        lines = outputs(trace, canvas, step)
        assert len(lines) <= height
        assert all(len(line) <= width for line in lines)
        assert terminal.unicode or "".join(lines).isascii()
        text = facts(trace, step, [(1,), (1, 3)], canvas.resized(height=5)).plain
        assert len(text.splitlines()) <= 5
        assert all(len(line) <= width for line in text.splitlines())
        assert terminal.unicode or text.isascii()


@pytest.mark.parametrize("terminal", [FULL, BARE], ids=str)
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
@pytest.mark.parametrize(("width", "height"), [(56, 19), (48, 13), (28, 8), (96, 30)])
def test_predicted_and_true_classes_are_always_in_sight_and_marked(
    terminal: Terminal, task: Task, width: int, height: int
) -> None:
    last = task.outputs - 1
    trace = made(task, {2: 14, **dict.fromkeys(range(3, last), 8)}, (last,))  # the true one never fires
    lines = outputs(trace, Canvas(width, height, terminal))
    predicted, true = ("▸", "✓") if terminal.unicode else (">", "+")
    marked = [line for line in lines if line.startswith(predicted)]
    assert [line[3] for line in marked] == [task.letters[2]]
    assert [line[3] for line in lines if line[1:2] == true] == [task.letters[last]]
    assert predicted in neurons.marks(trace, Canvas(width, height, terminal))


def test_neurons_that_fit_are_in_the_order_of_the_classes_and_others_by_their_scores() -> None:
    trace = made(ORGANS, {9: 16, 2: 5, 11: 7}, (0,))
    letters = [line[3] for line in outputs(trace, Canvas(56, 19, FULL))[1:]]
    assert letters == list(ORGANS.letters)
    lines = outputs(trace, Canvas(56, 7, FULL))
    assert [line[3] for line in lines[1:4]] == ["j", "l", "c"]
    assert "9 more, none fired" in lines[-1]
    assert outputs(trace, Canvas(56, 7, FULL), step=1)[1][3] == "j"  # the order is that of the last step


def test_what_is_left_out_says_how_often_it_fired() -> None:
    trace = made(MANY, {9: 16, **dict.fromkeys(range(20, 64), 3)})
    assert outputs(trace, Canvas(56, 12, FULL))[-1].strip() == "54 more, at most 3 spikes each (↑↓)"


@pytest.mark.parametrize("height", [2, 3, 7, 14])
def test_every_neuron_can_be_scrolled_to(height: int) -> None:
    trace, canvas = made(ORGANS, {9: 16, 2: 5, 11: 7}, (13,)), Canvas(56, height, FULL)
    most = neurons.positions(trace, canvas)
    seen = []
    for scrolled in range(most + 1):
        lines = drawn(neurons.outputs(trace, STEPS, canvas, scrolled), 56)
        assert len(lines) <= height
        seen.append([line[3] for line in lines[1:] if "more" not in line])
    assert seen[0][0] == "j"
    assert {letter for letters in seen for letter in letters} == set(ORGANS.letters)
    assert len({len(letters) for letters in seen}) == 1
    assert (
        neurons.positions(trace, Canvas(56, 15, FULL)) == neurons.positions(trace, Canvas(56, 60, FULL)) == 0
    )


def test_a_label_is_predicted_where_its_meter_reaches_the_mark_of_half() -> None:
    trace = made(FINDINGS, {0: 9, 1: 10, 2: 20}, (1,))
    lines = outputs(trace, Canvas(80, 16, FULL))
    meters = [line.split("│")[0][-5:] for line in lines[1:4]]
    assert [set(meter) == {"█"} for meter in meters] == [False, True, True]
    assert [line[0] for line in lines[1:4]] == [" ", "▸", "▸"]
    assert all("│" in line for line in lines[1:])
    assert "│ half of the steps" in neurons.marks(trace, Canvas(60, 16, FULL))
    assert not any("│" in line for line in outputs(made(ORGANS, {0: 9}), Canvas(80, 16, FULL)))


def test_trains_too_long_for_their_column_say_which_steps_they_show() -> None:
    trace = made(ORGANS, {0: 12})
    assert "steps 9-20" in outputs(trace, Canvas(56, 15, FULL))[0]
    assert "spikes" in outputs(trace, Canvas(90, 15, FULL))[0]


def test_with_lines_enough_the_membranes_stand_below_and_the_trains_are_whole() -> None:
    lines = outputs(made(GRADES, {1: 12}), Canvas(46, 13, FULL))
    assert "spikes" in lines[0]
    heads = [number for number, line in enumerate(lines) if line.strip() == "membrane"]
    assert heads == [6]
    assert len(lines) == 12


def test_the_chart_is_of_the_membranes_that_matter() -> None:
    trace = made(MANY, {40: 14, 7: 9}, (63,))
    lines = outputs(trace, Canvas(150, 220, FULL))
    legend = next(line for line in lines if line.startswith("membrane"))
    assert all(name in legend for name in ("kind 40", "kind 7", "kind 63"))
    grades = outputs(made(GRADES, {1: 12}), Canvas(56, 20, BARE))
    chart = grades[grades.index(next(line for line in grades if line.startswith("membrane"))) :]
    assert any("1" in line[4:] for line in chart[1:-2])  # its spikes bear its letter


@pytest.mark.parametrize(
    ("labels", "counts", "verdict", "outcome"),
    [
        (
            (0, 1, 2),
            {0: 12, 1: 10, 5: 20},
            "a finding 0  b finding 1  f finding 5",
            "✗ 2 of 3 labels, 1 wrong",
        ),
        ((3,), {3: 20}, "d finding 3", "✓ 1 of 1 label"),
        ((3, 4), {3: 20}, "d finding 3", "✗ 1 of 2 labels"),
        ((), {}, "no label", "✓ right: it has none"),
        ((), {3: 10}, "d finding 3", "✗ 1 wrong"),
    ],
)
def test_several_labels_are_right_and_wrong_one_by_one(
    labels: tuple[int, ...], counts: dict[int, int], verdict: str, outcome: str
) -> None:
    seen = told(made(FINDINGS, counts, labels))
    assert seen["verdict"] == verdict
    assert seen["found" if labels else "labels"] == outcome
    assert "margin" not in seen


def test_where_it_is_narrow_labels_are_letters_and_nothing_is_cut() -> None:
    seen = told(made(FINDINGS, {0: 12, 1: 10, 5: 20}, (0, 1, 2)), width=28)
    assert seen["truth"] == "a b c"
    assert seen["found"] == "✗ 2 of 3, 1 wrong"
    many = made(FINDINGS, {}, tuple(range(14)))
    assert told(many, width=28)["truth"] == "14 labels"
    unknown = told(made(FINDINGS, {0: 20}, None))
    assert unknown["truth"] == "not known"
    assert not {"labels", "found"} & set(unknown)


def test_the_margin_of_several_classes_names_the_second() -> None:
    trace = made(ORGANS, {4: 12, 6: 9, 7: 8}, (4,))
    seen = told(trace)
    assert seen["verdict"] == "e organ 4 ✓ right"
    assert seen["margin"] == "3 spikes ahead of g organ 6"
    assert told(made(GRADES, {1: 5, 2: 5}, (2,)))["margin"] == "by membrane ahead of 2"
    assert told(trace, width=28)["margin"].startswith("3 ahead of g ")


def test_the_spread_counts_the_draws_of_each_class() -> None:
    redraws: list[tuple[int, ...]] = [*[(4,)] * 20, *[(6,)] * 9, *[(1,)] * 3]
    trace = made(ORGANS, {4: 12}, (4,))
    assert told(trace, 70, redraws)["spread"] == "20/32 say e organ 4  9 say g organ 6  3 say b organ 1"
    assert told(trace, 30, redraws)["spread"] == "20/32 say e organ 4 …"
    assert told(trace, 56, redraws)["spread"] == "20/32 say e organ 4  9 say g organ 6 …"
    labels = made(FINDINGS, {4: 12}, (4,))
    assert told(labels, 60, [(4, 5), (4,), ()])["spread"] == "2/3 say e finding 4  1 say f finding 5"
    assert told(labels, 60, [(), ()])["spread"] == "0/2 say any"


@pytest.mark.parametrize("terminal", ALL, ids=str)
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
@pytest.mark.parametrize("side", [12, 40, 100])
def test_all_of_it_can_be_printed(terminal: Terminal, task: Task, side: int) -> None:
    for width in (40, 80):
        trace = made(task, {1: 12, 3: 15}, (1,), side)
        lines = drawn(inspection(trace, "run · test 7", Canvas(width, 24, terminal)), width)
        assert all(len(line) <= width for line in lines)
        assert terminal.unicode or "".join(lines).isascii()
        assert sum(line[3:4] in task.letters for line in lines) >= task.outputs


def styles(renderable: RenderableType, width: int) -> set[tuple[int, ...]]:
    """The colours that are on a drawing."""
    console = Console(width=width, color_system="truecolor", legacy_windows=False)
    found: set[tuple[int, ...]] = set()
    for segment in itertools.chain.from_iterable(console.render_lines(renderable, pad=False)):
        for colour in (segment.style.color, segment.style.bgcolor) if segment.style else ():
            if colour is not None and colour.triplet is not None:
                found.add(tuple(colour.triplet))
    return found


def test_spikes_of_three_channels_have_the_colours_that_fire() -> None:
    trace = made(GRADES, {})
    only_red = bytes([1, 0, 0, 0, 1, 1]) * 72
    trace = msgspec.structs.replace(trace, spikes_in=[only_red] * STEPS)
    seen = styles(input_spikes.inputs(trace, 3, Canvas(12, 6, FULL)), 12)
    assert seen == {(255, 0, 0), (0, 255, 255)}
    letters = drawn(input_spikes.inputs(trace, 3, Canvas(12, 6, BARE)), 12)[0]
    assert letters[0] != letters[1] != " "  # one channel and two


def test_the_current_of_direct_coding_is_in_colour() -> None:
    trace = made(GRADES, {})
    trace = msgspec.structs.replace(trace, coding="direct", spikes_in=[trace.picture.pixels] * STEPS)
    pixels = trace.picture.pixels
    seen = styles(input_spikes.inputs(trace, 3, Canvas(30, 6, FULL)), 30)
    assert seen == {tuple(pixels[at : at + 3]) for at in range(0, len(pixels), 3)}


@pytest.mark.parametrize("side", [64, 128])
@pytest.mark.parametrize("task", [GRADES, ORGANS], ids=lambda task: task.name)
def test_spikes_of_a_large_image_are_shrunk_and_their_mean_beside_them(task: Task, side: int) -> None:
    trace = made(task, {}, side=side)
    canvas = Canvas(58, 14, FULL)
    assert input_spikes.size(trace.picture, canvas) == (28, 28)
    assert input_spikes.mean_fits(trace, 5, canvas)
    lines = drawn(input_spikes.inputs(trace, 5, canvas), 60)
    assert len(lines) == 14
    assert max(len(line.rstrip()) for line in lines) <= 58


@pytest.mark.parametrize("step", [1, 7, STEPS])
def test_the_mean_is_the_share_of_steps_that_fired(step: int) -> None:
    trace = made(ORGANS, {})
    spikes = trace.spikes_in[:step]
    slow = bytes(255 * sum(pixel) // step for pixel in zip(*spikes, strict=True))
    assert input_spikes._mean(spikes) == slow
    assert (
        input_spikes._mean(spikes * 300)[:5]
        == bytes(255 * sum(pixel) // step for pixel in zip(*spikes, strict=True))[:5]
    )


def test_membranes_below_the_trains_have_a_heading_where_names_are_short() -> None:
    lines = outputs(made(GRADES, {1: 12}), Canvas(56, 18, FULL))
    assert [line.strip() for line in lines if "membrane" in line] == ["membrane"]
    assert len(lines) == 3 * 5 + 2
