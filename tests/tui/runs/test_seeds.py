"""Seeds of one recipe as one row and one curve."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from render.terminals import BARE, FULL

from snn_tui.tui.runs.draw.seeds import band, with_spread
from tui import made_runs
from tui.conftest import NewApp
from tui.driving import User, covers, opened


def test_a_band_is_the_mean_and_a_deviation_to_both_sides_where_there_are_two_values() -> None:
    places, means, low, high = band([([1.0, 2.0], [0.4, math.nan]), ([1.0, 2.0, 3.0], [0.6, 0.5, math.nan])])
    assert places == [1.0, 2.0, 3.0]
    assert means[:2] == [0.5, 0.5]
    assert math.isnan(means[2])
    assert (low[0], high[0]) == pytest.approx((0.5 - 0.1 * 2**0.5, 0.5 + 0.1 * 2**0.5))
    assert math.isnan(low[1])
    assert math.isnan(high[1])


def test_a_score_bears_its_deviation() -> None:
    assert with_spread(0.8531, 0.0119, FULL) == "0.853±.012"
    assert with_spread(0.8531, 0.0119, BARE) == "0.853+-.012"
    assert with_spread(0.8531, None, FULL) == "0.853"


@covers("runs", "f")
async def test_seeds_fold_into_one_row_that_opens_to_its_runs(new_app: NewApp, root: Path) -> None:
    for seed in (1, 2, 3):
        made_runs.finished_run(root, seed=seed, minute=seed, epochs=4)
    async with opened(new_app()) as user:
        await user.press("6")
        await user.until_sees("Runs · 3", "paper-s3", "paper-s1")
        await user.until_gone("reading", "looking for runs")
        await user.press("f")
        await user.until_sees("seeds folded", "paper (3 seeds)", "mean of 3 seeds")
        assert rows(user) == ["paper (3 seeds)"]
        await user.press("enter")
        await user.until_sees("  paper-s1")
        assert rows(user) == ["paper (3 seeds)", "paper-s3", "paper-s2", "paper-s1"]
        assert user.app.current_mode == "runs"
        await user.until_sees("3, 2, 1")  # the seeds, the only option that differs
        assert "preset" not in user.sees
        await user.press("e")
        await user.until_sees("preset          paper")
        await user.press("e", "down", "f")
        await user.until_gone("seeds folded")
        assert rows(user) == ["paper-s3", "paper-s2", "paper-s1"]


def rows(user: User) -> list[str]:
    """The names in the list, from the top."""
    lines = user.sees.splitlines()[2:]
    end = next(place for place, line in enumerate(lines) if line.lstrip().startswith("╰"))
    names = ("paper (3 seeds)", "paper-s3", "paper-s2", "paper-s1")
    return [name for line in lines[:end] for name in names if f" {name} " in line]


async def test_the_order_of_the_list_is_kept_for_the_next_time(new_app: NewApp, root: Path) -> None:
    for seed in (1, 2):
        made_runs.finished_run(root, seed=seed, minute=seed, epochs=4)
    async with opened(new_app()) as user:
        await user.press("6")
        await user.until_sees("Runs · 2", "paper-s2")
        await user.press("s", "s")
        left = user.app.memory.state.runs_sort
        assert left
        await user.until_sees(f"by {left}")
        await user.press("t")
        assert user.app.memory.state.runs_sort == left
