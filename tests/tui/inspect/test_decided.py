"""A run's verdict above its output neurons, drawn at all sizes."""

from __future__ import annotations

import io

import msgspec
import pytest
from render.terminals import ALL
from render.test_animation import RULE
from render.test_currents import rising
from render.test_tasks import TASKS, made
from rich.cells import cell_len
from rich.console import Console

from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal
from snn_tui.tui.inspect.draw.decided import decided
from snn_tui.values.task import PNEUMONIA, Task


@pytest.mark.parametrize("task", [PNEUMONIA, *TASKS], ids=lambda task: task.name)
@pytest.mark.parametrize("terminal", ALL, ids=str)
@pytest.mark.parametrize("spiking", [True, False])
def test_the_verdict_stands_above_the_neurons_at_all_sizes(
    terminal: Terminal, task: Task, spiking: bool
) -> None:
    trace = made(task, {0: 13}) if spiking else rising(task)
    for width, height in ((46, 9), (56, 7), (56, 20), (76, 9), (100, 30)):
        for step in (0, 1, trace.num_steps):
            console = Console(width=width, file=io.StringIO(), color_system=None, legacy_windows=False)
            console.print(decided(trace, step, Canvas(width, height, terminal)), end="")
            lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
            assert len(lines) <= height
            assert all(cell_len(line) <= width for line in lines)
            words = "so far" if 0 < step < trace.num_steps else "verdict"
            assert any(words in line for line in lines[:4]), lines


def test_it_says_where_the_verdict_fell_early() -> None:
    early = msgspec.structs.replace(made(PNEUMONIA, {1: 13}), exit_rule=RULE)
    lines = decided(early, early.num_steps, Canvas(56, 9, ALL[0]))
    console = Console(width=56, file=io.StringIO(), color_system=None, legacy_windows=False)
    console.print(lines)
    assert f"decided  step {early.verdict_step} of" in console.file.getvalue()  # type: ignore[attr-defined]
