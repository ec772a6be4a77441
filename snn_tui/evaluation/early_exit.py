"""Early exit of a run: what each threshold comes to on val, and the chosen one on a judged split."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from snn_tui.analysis.early_exit import ExitCurve, exit_curve
from snn_tui.data.dataset import OnProgress
from snn_tui.evaluation.opened_run import OpenedRun
from snn_tui.training.evaluate import Evaluation
from snn_tui.values.early_exit import EarlyExit, ExitPoint
from snn_tui.values.energy import Energy


def early_exit(
    opened: OpenedRun,
    split: str,
    energy: Energy,
    *,
    balanced: bool = True,
    loss: float | None = None,
    on_progress: OnProgress = lambda what, fraction: None,
) -> EarlyExit | None:
    """The early exit of a run on a split beside all steps of it; None if the run is judged without one.

    Args:
        opened: The run.
        split: train, val or test.
        energy: What an image of the split costs in all steps.
        balanced: Whether to leave out what the run's own balancing leaves out.
        loss: The accuracy on val that may be lost; by default that of the run, which may have no rule.
        on_progress: Called after each batch.
    """
    rule = opened.exit_rule(on_progress, loss=loss)
    if rule is None:
        return None
    early, full = (
        opened.evaluate(split, balanced=balanced, on_progress=on_progress, all_steps=all_steps, loss=loss)
        for all_steps in (False, True)
    )
    stops, scores, full_scores = _stops(early), early.score(), full.score()
    on_val = energy
    if split != "val" or not balanced:
        on_val = opened.energy("val", on_progress=on_progress, balanced=True, constants=energy.constants)
    return EarlyExit(
        rule=rule,
        points=exit_points(opened, on_val, on_progress),
        mean_steps=float(early.steps_taken.mean()),
        stops=stops,
        accuracy=scores.accuracy,
        full_accuracy=full_scores.accuracy,
        auc=scores.auc,
        full_auc=full_scores.auc,
        nanojoules=_mean(stops, energy.nanojoules_after),
        full_nanojoules=energy.nanojoules,
        neurobench_nanojoules=_mean(stops, energy.neurobench_nanojoules_after),
        full_neurobench_nanojoules=energy.neurobench_nanojoules,
        memory_nanojoules=_mean(stops, energy.memory_nanojoules_after),
        full_memory_nanojoules=energy.memory_nanojoules,
        dense_nanojoules=energy.dense_nanojoules(),
        matched_nanojoules=energy.dense_nanojoules(energy.matched_bits),
    )


def exit_points(
    opened: OpenedRun, energy: Energy, on_progress: OnProgress = lambda what, fraction: None
) -> list[ExitPoint]:
    """All thresholds that differ on val, rising; a threshold that changes nothing is left out.

    Args:
        opened: The run.
        energy: What an image of val costs in all steps.
        on_progress: Called after each batch of val.

    Raises:
        DataError: There are no images of val.
    """
    curve = exit_curve(opened.judged_val(on_progress))
    return [_point(curve, index, energy) for index in _different(curve)]


def _different(curve: ExitCurve) -> list[int]:
    """Indices of the largest threshold of each run of those at which the same images stop."""
    return [
        index
        for index, stops in enumerate(curve.stops)
        if index + 1 == len(curve.stops) or stops != curve.stops[index + 1]
    ]


def _point(curve: ExitCurve, index: int, energy: Energy) -> ExitPoint:
    stops = curve.stops[index]
    return ExitPoint(
        threshold=curve.thresholds[index],
        accuracy=curve.accuracy[index],
        mean_steps=curve.mean_steps[index],
        nanojoules=_mean(stops, energy.nanojoules_after),
        neurobench_nanojoules=_mean(stops, energy.neurobench_nanojoules_after),
        memory_nanojoules=_mean(stops, energy.memory_nanojoules_after),
    )


def _stops(evaluation: Evaluation) -> list[int]:
    """`[T]` images whose verdict fell at each step."""
    counts: list[int] = np.bincount(evaluation.steps_taken - 1, minlength=evaluation.steps).tolist()
    return counts


def _mean(stops: Sequence[int], cost_after: Callable[[float], float]) -> float:
    """The mean cost of images that stop at different steps, `cost_after` of a step being that until there."""
    return ExitCurve.mean(stops, [cost_after(step) for step in range(1, len(stops) + 1)])
