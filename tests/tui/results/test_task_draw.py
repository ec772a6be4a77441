"""The drawings of Results for several classes and labels: whole at any size, in any terminal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from analysis.samples import task_judgement, task_of
from render.terminals import ALL, FULL
from rich.style import Style
from rich.text import Text

from snn_tui.analysis.task_results import TaskResults
from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal
from snn_tui.tui.results.draw import class_table, matrix, task_charts, task_images, task_scores
from snn_tui.tui.results.matrix_choice import MatrixChoice
from snn_tui.values.task import TaskKind

SIZES = ((24, 4), (26, 10), (36, 10), (46, 20), (66, 12), (110, 40))
CASES: tuple[tuple[TaskKind, int], ...] = (("ordinal", 5), ("multiclass", 14), ("multilabel", 14))

Drawing = Callable[[MatrixChoice, Canvas], Text]
DRAWINGS: dict[str, Drawing] = {
    "scores": lambda made, on: task_scores.task_scores(made.results, made.results.intervals, on),
    "waiting": lambda made, on: task_scores.task_scores(made.results, None, on),
    "draws": lambda made, on: task_scores.task_draws(made.results.spreads(), 1, 8, on),
    "roc": lambda made, on: task_charts.task_roc(made.results, made.row, on),
    "calibration": lambda made, on: task_charts.task_calibration(
        made.results.reliability(made.row), made.results, made.row, on
    ),
    "steps": lambda made, on: task_charts.task_steps(made.results.steps, 3, on),
    "classes": lambda made, on: class_table.class_table(made.results, made.row, on),
    "matrix": lambda made, on: matrix.matrix(made, on),
    "images": lambda made, on: task_images.task_images(made, on),
}


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def choice(request: pytest.FixtureRequest) -> MatrixChoice:
    """A judged split of many classes or labels with a chosen cell; for reading only."""
    results = TaskResults(task_judgement(task_of(*request.param), absent=(3,)))
    made = MatrixChoice(results)
    made.choose(4, 2)
    made.all_mistakes()
    return made


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize("name", DRAWINGS)
def test_nothing_is_wider_or_higher_than_its_place(
    choice: MatrixChoice, name: str, terminal: Terminal
) -> None:
    for width, height in SIZES:
        lines = DRAWINGS[name](choice, Canvas(width, height, terminal)).split("\n", allow_blank=True)
        assert len(lines) <= height, (name, width, height)
        assert max(line.cell_len for line in lines) <= width, (name, width, height)
        text = "\n".join(line.plain for line in lines)
        assert terminal.unicode or text.isascii(), text
        assert text.strip()
        if terminal.colour == "none":
            styles = [span.style for line in lines for span in line.spans if isinstance(span.style, Style)]
            assert all(style.color is None for style in styles)


def test_the_chosen_cell_is_scrolled_to() -> None:
    results = TaskResults(task_judgement(task_of("multiclass", 14), 280))
    made = MatrixChoice(results)
    for row, column in ((0, 0), (13, 13), (13, 0), (6, 9)):
        made.choose(row, column)
        lines = matrix.matrix(made, Canvas(30, 9, FULL)).split("\n", allow_blank=True)
        letters = results.task.letters
        assert letters[column] in lines[0].plain.split()
        assert any(line.plain.startswith(f"{letters[row]} ") for line in lines)
        assert any(f"truth kind {chr(65 + row)}" in line.plain for line in lines)


def test_letters_have_a_legend_where_names_do_not_fit() -> None:
    made = MatrixChoice(TaskResults(task_judgement(task_of("multiclass", 5))))
    narrow = matrix.matrix(made, Canvas(20, 20, FULL)).plain
    assert "a kind A" in narrow
    assert "e kind E" in narrow


def test_every_label_that_is_wrong_is_named_by_its_letter() -> None:
    made = MatrixChoice(TaskResults(task_judgement(task_of("multilabel"))))
    letters = made.results.task.letters
    lines = task_images.task_images(made, Canvas(60, 10, FULL)).plain.splitlines()[1:]
    for image, line in zip(made.images, lines, strict=False):
        missed = set(image.truth) - set(image.predicted)
        false = set(image.predicted) - set(image.truth)
        assert f"{len(missed | false)}" in line.split()
        for sign, labels in (("-", missed), ("+", false)):
            assert not labels or sign + "".join(letters[label] for label in sorted(labels)) in line
