"""Tables of `evaluate` beside the final one: a row for each class or label, and published models."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from snn_tui.render.canvas import Canvas
from snn_tui.render.classes import class_name
from snn_tui.render.tables import bare_table, framed
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import count, difference, metric
from snn_tui.values.benchmarks import Benchmark
from snn_tui.values.task import Task
from snn_tui.values.task_scores import ClassScores, TaskScores

_LONGEST_CLASS = 24


def class_table(scored: TaskScores, task: Task, canvas: Canvas) -> Table:
    """The scores of each class against all others, or of each label, and their means."""
    table = bare_table(canvas.terminal)
    table.add_column("label" if task.kind == "multilabel" else "class", no_wrap=True)
    heads = ("images", "sens", "spec", "prec", "F1", "AUC", "AP")
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    for label, row in enumerate(scored.classes):
        name = class_name(label, task, canvas, bold=False, width=_LONGEST_CLASS + 2)
        numbers = (metric(value, canvas.terminal).strip() for value in class_values(row))
        table.add_row(name, count(row.images), *numbers)
    return table


def class_values(row: ClassScores) -> tuple[float | None, ...]:
    """Sensitivity, specificity, precision, F1, AUC and average precision."""
    return row.sensitivity, row.specificity, row.precision, row.f1, row.auc, row.average_precision


def benchmark_table(
    rows: Sequence[Benchmark], accuracy: float | None, auc: float | None, terminal: Terminal
) -> RenderableType:
    """Published models on the same test split, with how far a run is above them.

    Args:
        rows: The models.
        accuracy: The run's ACC.
        auc: The run's AUC.
        terminal: What may be drawn.
    """
    table = bare_table(terminal)
    table.add_column("model", no_wrap=True)
    for head in ("ACC", "diff", "AUC", "diff"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("selected on", no_wrap=True)
    own = metric(accuracy, terminal).strip(), "", metric(auc, terminal).strip(), ""
    table.add_row(Text("this run", "bold"), *own, "")
    for row in rows:
        cells = []
        for ours, theirs in ((accuracy, row.accuracy), (auc, row.auc)):
            gap = None if ours is None else ours - theirs
            cells += [metric(theirs, terminal), difference(gap, terminal).strip()]
        table.add_row(row.model, *cells, row.selected_on)
    sources = ", ".join(dict.fromkeys(row.source for row in rows))
    return framed("Published models on these images", table, f"sources: {sources}")
