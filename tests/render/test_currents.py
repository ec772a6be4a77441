"""The output neurons of a network without spikes, and its hidden layers, drawn."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from rich.cells import cell_len

from render.terminals import ALL, BARE, FULL, PLAIN
from render.test_tasks import FINDINGS, TASKS, drawn, made
from snn_tui.render import currents, neurons
from snn_tui.render.canvas import Canvas
from snn_tui.render.inspection import facts, inspection
from snn_tui.values.task import PNEUMONIA, Task
from snn_tui.values.trace import Trace


def of_currents(task: Task, values: tuple[float, ...]) -> Trace:
    """A trace of a network without spikes whose output neurons have these currents."""
    trace = made(task, {})
    return msgspec.structs.replace(
        trace, spikes_in=trace.spikes_in[:1], spikes_out=[()], membranes=[values], coding="direct"
    )


def rising(task: Task) -> Trace:
    """One whose later classes have the larger currents."""
    return of_currents(task, tuple(0.4 + 0.1 * index for index in range(task.outputs)))


def test_probability_and_logit_of_each_class() -> None:
    trace = of_currents(PNEUMONIA, (-0.25, 0.75))
    head, normal, pneumonia, *_ = currents.outputs(trace, 1, Canvas(60, 6, PLAIN)).plain.splitlines()
    assert head.split() == ["probability", "logit"]
    assert normal.split()[-2:] == ["12%", "-0.50"]
    assert pneumonia.split()[-2:] == ["88%", "+1.50"]
    before = currents.outputs(trace, 0, Canvas(70, 8, PLAIN)).plain
    assert "%" not in before
    assert "margin   2.00 log-odds" in facts(trace, 1, None, Canvas(60, 9, PLAIN)).plain


@pytest.mark.parametrize(("width", "height"), [(60, 7), (60, 20), (100, 4)])
def test_with_room_logits_are_bars_to_either_side_of_zero(width: int, height: int) -> None:
    trace = of_currents(PNEUMONIA, (-0.25, 0.75))
    for terminal, full, zero in ((FULL, "█", "│"), (BARE, "#", "|")):
        lines = currents.outputs(trace, 1, Canvas(width, height, terminal)).plain.splitlines()
        scale = next(line for line in lines if "-2" in line and "+2" in line)
        assert scale.endswith("logit")
        middle = scale.index("0", scale.index("-2"))
        normal = next(line for line in lines if line.endswith("-0.50"))
        pneumonia = next(line for line in lines if line.endswith("+1.50"))
        assert normal[middle] == pneumonia[middle] == zero
        below, above = normal.index("-0.50"), pneumonia.index("+1.50")
        assert (normal[middle + 1 : below].strip(), pneumonia[middle - 3 : middle].strip()) == ("", "")
        assert set(normal[middle - 2 : middle]) == set(pneumonia[middle + 1 : middle + 3]) == {full}
        assert pneumonia[middle:above].count(full) == pytest.approx(
            3 * normal[middle - 12 : middle].count(full), abs=3
        )
    thick = currents.outputs(trace, 1, Canvas(60, 20, FULL)).plain.splitlines()
    assert sum("█" in line for line in thick) == 4 * 3
    assert len(thick) == 17


def test_a_label_is_marked_from_a_probability_of_one_half_on() -> None:
    trace = of_currents(FINDINGS, (0.6, 0.4) + (0.0,) * 12)
    first, second = currents.outputs(trace, 1, Canvas(70, 20, FULL)).plain.splitlines()[1:3]
    assert first.startswith("▸✓ ")
    assert first.split()[-2:] == ["69%", "+0.80"]
    assert second.startswith("   ")
    assert "half of the steps" not in neurons.marks(trace, Canvas(70, 20, FULL))


@pytest.mark.parametrize("task", [PNEUMONIA, *TASKS], ids=lambda task: task.name)
@pytest.mark.parametrize("terminal", ALL, ids=str)
def test_it_fits_any_canvas_and_says_nothing_of_spikes(terminal: object, task: Task) -> None:
    trace = rising(task)
    for width, height, step in itertools.product((1, 9, 24, 38, 80, 160), (1, 2, 7, 30), (0, 1)):
        canvas = Canvas(width, height, terminal)  # type: ignore[arg-type]
        lines = currents.outputs(trace, step, canvas).plain.splitlines()
        assert len(lines) <= height
        assert all(cell_len(line) <= width for line in lines)
    printed = "\n".join(drawn(inspection(trace, "run", Canvas(80, 24, BARE)), 80)).replace("Without", "")
    assert not any(word in printed for word in ("spike ", "fired", "membrane"))


def test_of_more_classes_than_lines_those_that_matter_are_drawn_and_the_rest_is_scrolled_to() -> None:
    trace, canvas = rising(TASKS[2]), Canvas(60, 9, PLAIN)
    text = currents.outputs(trace, 1, canvas).plain
    assert "kind 63" in text
    assert "57 more" in text
    last = neurons.positions(trace, canvas)
    assert last == 64 - 7 + 1
    assert "kind 1 " in currents.outputs(trace, 1, canvas, last).plain
