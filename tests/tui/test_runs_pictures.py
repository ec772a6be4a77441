"""What Runs looks like, letter by letter and colour by colour; see `test_snapshots`."""

from __future__ import annotations

from pathlib import Path

import pytest

from snn_tui.tui.runs.screen import RunsScreen
from tui import run_zoo
from tui.conftest import Hold, NewApp
from tui.driving import ASCII, LOCAL, NARROW, WIDE, User, opened
from tui.test_snapshots import Match, looks_right

__all__ = ["looks_right"]

SIZES = (WIDE, NARROW, (60, 20))


@pytest.fixture(autouse=True)
def a_folder_of_one_name(root: Path, held: Hold, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of every kind, in a folder whose name is the same each time."""
    run_zoo.fill(root, held)
    monkeypatch.chdir(root.parent)
    monkeypatch.setattr("os.path.abspath", lambda path: str(path).replace(str(root), "~/runs"))


async def at_runs(user: User, *sees: str) -> None:
    await user.press("6")
    await user.until_sees("paper-s9", *sees)
    await user.until_gone("reading")
    screen = user.app.screen
    assert isinstance(screen, RunsScreen)
    await user.until(lambda: screen._read)


async def test_one_run(new_app: NewApp, looks_right: Match) -> None:
    async with opened(new_app(LOCAL)) as user:
        await at_runs(user, "━ paper-s9")
        await user.press("end")
        await user.until_sees("━ paper-s4", "1:41  ")
        await looks_right(user, *SIZES)
        await user.press("v")
        await looks_right(user, *SIZES[1:], look="-facts")
        await user.resize(*WIDE)
        await user.press("D")
        await looks_right(user, WIDE, look="-light")


async def compare(user: User) -> None:
    """Mark three runs."""
    await at_runs(user)
    await user.press("home", "space", "end", "space", "up", "up", "up", "space", "c", "c")
    await user.until_sees("A paper-s9", "B paper-s4", "C paper-s7")


async def test_several_runs(new_app: NewApp, looks_right: Match) -> None:
    async with opened(new_app(LOCAL)) as user:
        await compare(user)
        await user.until_sees("What differs")
        await looks_right(user, *SIZES)
        await user.press("v")
        await looks_right(user, *SIZES[1:], look="-differ")


async def test_in_ascii(new_app: NewApp, looks_right: Match) -> None:
    async with opened(new_app(ASCII)) as user:
        await compare(user)
        await looks_right(user, WIDE, NARROW)


async def test_filtering_and_asking(new_app: NewApp, looks_right: Match) -> None:
    async with opened(new_app(LOCAL), size=NARROW) as user:
        await at_runs(user)
        await user.press("slash")
        await user.type("paper s")
        await looks_right(user, NARROW, look="-filter")
        await user.press("enter", "end", "n")
        await user.until_sees("Note on")
        await looks_right(user, NARROW, look="-note")
        await user.press("escape", "d")
        await user.until_sees("Delete")
        await looks_right(user, NARROW, look="-delete")
