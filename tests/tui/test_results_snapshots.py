"""What Results looks like, letter by letter and colour by colour; see `test_snapshots`."""

from __future__ import annotations

from pathlib import Path

from tui import made_runs
from tui.conftest import NewApp
from tui.driving import ASCII, LOCAL, NARROW, WIDE, opened
from tui.results.test_screen import SMALL, until_whole
from tui.test_snapshots import Match, looks_right

__all__ = ["looks_right"]

PAGES = 5


async def test_results(new_app: NewApp, root: Path, looks_right: Match) -> None:
    made_runs.finished_run(root, seed=4)
    async with opened(new_app(LOCAL)) as user:
        await user.press("5")
        await until_whole(user)
        await looks_right(user, WIDE)
        for _ in range(3):
            await user.press("right")
        await until_whole(user)
        await looks_right(user, WIDE, look="-moved")
        await user.press("D")
        await looks_right(user, WIDE, look="-light")
        await user.press("D")
        for size in (NARROW, SMALL):
            await user.resize(*size)
            for page in range(PAGES):
                await looks_right(user, size, look=f"-page{page + 1}")
                await user.press("tab")


async def test_results_in_ascii(new_app: NewApp, root: Path, looks_right: Match) -> None:
    made_runs.finished_run(root, seed=4)
    async with opened(new_app(ASCII), NARROW) as user:
        await user.press("5")
        await until_whole(user)
        for page in range(PAGES):
            await looks_right(user, NARROW, look=f"-page{page + 1}")
            await user.press("tab")
