"""Which charts of Results can be looked at large."""

from __future__ import annotations

from functools import partial

from snn_tui.inspector.run_messages import ExitResult
from snn_tui.render.canvas import Canvas
from snn_tui.render.series import Chart
from snn_tui.tui.results.draw import charts, task_charts
from snn_tui.tui.results.draw.exits import exits_chart
from snn_tui.tui.results.state import ResultsState
from snn_tui.tui.shared.large_charts import NamedChart


def large_charts(state: ResultsState, exits: ExitResult | None) -> list[NamedChart]:
    """The charts of what is in view, by title: ROC, reliability and, if known, the two of time steps.

    Args:
        state: What Results shows.
        exits: What early exit gives; None while nobody has asked for it.
    """
    found = _of_two_classes(state) if state.matrix is None else _of_classes(state)
    if exits is not None and found:
        found.append(("Early exit on val", partial(exits_chart, exits.rule, exits.points)))
    return found


def _of_two_classes(state: ResultsState) -> list[NamedChart]:
    results, threshold = state.binary, state.threshold
    if results is None:
        return []
    found: list[NamedChart] = [
        (f"ROC · threshold {threshold.text}", partial(charts.roc_chart, results, threshold.value)),
        ("Reliability", partial(charts.reliability_chart, results.reliability)),
    ]
    if results.judgement.num_steps > 1:
        curve = results.steps(threshold.value)

        def steps(canvas: Canvas) -> Chart:
            return charts.steps_chart(curve)

        found.append(("Verdict after t steps", steps))
    return found


def _of_classes(state: ResultsState) -> list[NamedChart]:
    assert state.matrix is not None
    results, row = state.matrix.results, state.matrix.row
    name = results.task.classes[row]
    of_one = results.task.kind == "multilabel"
    found: list[NamedChart] = [
        (f"ROC · {name}", partial(task_charts.task_roc_chart, results, row)),
        (
            f"Reliability · {name if of_one else 'top class'}",
            partial(charts.reliability_chart, results.reliability(row)),
        ),
    ]
    curve = state.measured.steps if state.measured is not None else None
    if curve is not None and len(curve.accuracy) > 1:

        def steps(canvas: Canvas) -> Chart:
            return task_charts.task_steps_chart(curve)

        found.append(("Verdict after t steps", steps))
    return found
