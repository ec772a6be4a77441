"""Sweeps: the front of trials, names of runs, and plans that others settled."""

from __future__ import annotations

import random

import pytest

from snn_tui.errors import UsageError
from snn_tui.runs.sweep import check_name, check_objectives, front, sweep_of, title_of


@pytest.mark.parametrize("objectives", [("accuracy",), ("accuracy", "energy"), ("auc", "loss", "energy")])
def test_the_front_is_what_no_other_trial_beats(objectives: tuple[str, ...]) -> None:
    rng = random.Random(0)
    points = {number: [rng.randrange(12) / 4 for _ in objectives] for number in range(300)}
    signs = [-1 if name in ("energy", "loss") else 1 for name in objectives]
    better = {
        number: [sign * value for sign, value in zip(signs, values, strict=True)]
        for number, values in points.items()
    }

    def beaten(number: int) -> bool:
        mine = better[number]
        others = (other for other in better.values() if other != mine)
        return any(all(theirs >= own for theirs, own in zip(other, mine, strict=True)) for other in others)

    best = {tuple(values) for number, values in points.items() if not beaten(number)}
    found = front(points, objectives)
    assert {tuple(points[number]) for number in found} == best
    assert len(found) == len(best)
    assert found == sorted(found, key=lambda number: [-value for value in better[number]])
    assert front({}, objectives) == []
    assert front({3: []}, objectives) == []


def test_a_front_of_ten_thousand_trials_takes_no_minutes() -> None:
    points = {number: [number / 1e4, float(number)] for number in range(10_000)}
    assert len(front(points, ("accuracy", "energy"))) == 10_000


def test_a_runs_name_says_of_which_sweep_it_is() -> None:
    assert sweep_of(f"2026-11-23T2150-{title_of('lr-t0001', 12)}") == "lr-t0001"
    assert sweep_of("rates-t10000") == "rates"
    for other in ("2026-11-23T2150-paper-s4", "rates-t1", "-t0001", ""):
        assert sweep_of(other) is None


def test_names_and_objectives_are_checked() -> None:
    assert check_objectives(["balanced-accuracy", "energy"]) == ("balanced_accuracy", "energy")
    for name in ("", ".hidden", "a/b", "..", "x" * 57, "a\n"):
        with pytest.raises(UsageError):
            check_name(name)
