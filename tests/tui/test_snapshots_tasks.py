"""What several classes and several labels look like at 80x24; see `test_snapshots`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui import made_runs
from tui.conftest import NewApp
from tui.driving import NARROW, REMOTE, opened
from tui.results.test_screen import until_whole
from tui.test_snapshots import Match, looks_right

__all__ = ["looks_right"]

RESULTS_PAGES = 6


@pytest.mark.parametrize("task", ["grades", "findings"])
async def test_inspect(
    new_app: NewApp, root: Path, looks_right: Match, monkeypatch: pytest.MonkeyPatch, task: str
) -> None:
    monkeypatch.setenv("FAKE_INSPECTED", task)
    made_runs.finished_run(root, seed=4)
    async with opened(new_app(REMOTE), NARROW) as user:
        await user.press("2")
        await user.until_sees("0 of 30", "spread")
        await user.press("n", "n")
        await user.until_sees("2 of 30", "spread")
        await looks_right(user, NARROW)


@pytest.mark.parametrize("task", ["grades", "findings"])
async def test_data(
    new_app: NewApp, root: Path, looks_right: Match, monkeypatch: pytest.MonkeyPatch, task: str
) -> None:
    monkeypatch.setenv("FAKE_INSPECTED", task)
    made_runs.finished_run(root, seed=4)
    async with opened(new_app(REMOTE), NARROW) as user:
        await user.press("3")
        await user.until_sees("train", "1 of", "▀")
        await looks_right(user, NARROW)


@pytest.mark.parametrize("kind", ["ordinal", "multilabel"])
async def test_results(
    new_app: NewApp, root: Path, looks_right: Match, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("FAKE_TASK", kind)
    made_runs.finished_run(root, seed=4)
    async with opened(new_app(REMOTE), NARROW) as user:
        await user.press("5")
        await until_whole(user)
        for page in range(RESULTS_PAGES):
            await looks_right(user, NARROW, look=f"-page{page + 1}")
            await user.press("tab")
