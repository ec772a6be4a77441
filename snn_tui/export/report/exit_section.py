"""The section of the page on early exit: the split with it beside all steps, and the thresholds on val."""

from __future__ import annotations

from snn_tui.export.report.markup import number, table
from snn_tui.values.early_exit import EarlyExit, ExitPoint

_ROWS = 12
"""Thresholds that the page lists at most; `evaluate --json` has all."""


def exit_sections(exits: EarlyExit | None, split: str) -> dict[str, str]:
    """The section by title; none where verdicts do not fall early."""
    if exits is None:
        return {}
    return {"Early exit": _beside(exits, split) + _rule(exits) + _points(exits)}


def _beside(exits: EarlyExit, split: str) -> str:
    early = (exits.nanojoules, exits.memory_nanojoules, exits.neurobench_nanojoules)
    full = (exits.full_nanojoules, exits.full_memory_nanojoules, exits.full_neurobench_nanojoules)
    steps = f"{exits.mean_steps:.2f}", str(len(exits.stops))
    rows = [
        ["early exit", number(exits.accuracy), number(exits.auc), steps[0], *map(_microjoules, early)],
        [
            "all steps",
            number(exits.full_accuracy),
            number(exits.full_auc),
            steps[1],
            *map(_microjoules, full),
        ],
    ]
    heads = ["µJ arithmetic", "µJ with memory", "µJ, every step counted"]
    return table([f"an image of {split}", "accuracy", "AUC", "steps", *heads], rows)


def _rule(exits: EarlyExit) -> str:
    rule = exits.rule
    loss = f"at most {rule.loss:g} of accuracy" if rule.loss else "no accuracy"
    return (
        '<p class="muted">A verdict falls at the first step at which its lead is at least '
        f"{rule.threshold:g} spikes a step, or at the last: how far the class is ahead of the second, or the "
        "nearest of several labels from its threshold. It was chosen on the "
        f"{rule.images:,} images of {rule.split}, never on test, as the smallest above which none loses more "
        f"than is accepted there ({loss}). AUC compares scores of different steps by their lead a step, "
        "which may rank images less well than those of all steps. Energy is that of an average image until "
        "each step, weighted by the images that stop there.</p>"
    )


def _points(exits: EarlyExit) -> str:
    rows = [
        [
            f"{point.threshold:.2f}",
            number(point.accuracy),
            f"{point.mean_steps:.2f}",
            _microjoules(point.nanojoules),
        ]
        for point in _some(exits.points)
    ]
    return table(["threshold, on val", "accuracy", "steps", "µJ arithmetic"], rows)


def _some(points: list[ExitPoint]) -> list[ExitPoint]:
    """Points spread evenly over all of them, with the first and the last."""
    if len(points) <= _ROWS:
        return points
    return [points[round(index * (len(points) - 1) / (_ROWS - 1))] for index in range(_ROWS)]


def _microjoules(nanojoules: float) -> str:
    return f"{nanojoules / 1e3:.3g}"
