"""Values of the page on early exit: the split with it beside all steps, and the thresholds on val."""

from __future__ import annotations

from snn_tui.export.report.markup import microjoules, number
from snn_tui.values.early_exit import EarlyExit, ExitPoint

_ROWS = 12
"""Thresholds that the page lists at most; `evaluate --json` has all."""


def exit_values(exits: EarlyExit) -> dict[str, object]:
    """What `exit.html` needs besides the early exit itself."""
    early = (exits.nanojoules, exits.memory_nanojoules, exits.neurobench_nanojoules)
    full = (exits.full_nanojoules, exits.full_memory_nanojoules, exits.full_neurobench_nanojoules)
    scores = number(exits.accuracy), number(exits.auc), f"{exits.mean_steps:.2f}"
    full_scores = number(exits.full_accuracy), number(exits.full_auc), str(len(exits.stops))
    return {
        "exit_rows": [
            ["early exit", *scores, *map(microjoules, early)],
            [f"all {len(exits.stops)} steps", *full_scores, *map(microjoules, full)],
        ],
        "exit_points": [
            [
                f"{point.threshold:.2f}",
                number(point.accuracy),
                f"{point.mean_steps:.2f}",
                microjoules(point.nanojoules),
            ]
            for point in _some(exits.points)
        ],
    }


def _some(points: list[ExitPoint]) -> list[ExitPoint]:
    """Points spread evenly over all of them, with the first and the last."""
    if len(points) <= _ROWS:
        return points
    return [points[round(index * (len(points) - 1) / (_ROWS - 1))] for index in range(_ROWS)]
