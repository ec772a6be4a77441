"""What every screen looks like: letter by letter at every size, colour by colour at the design size.

`pytest tests/tui/test_snapshots.py --snapshot-update` draws them anew; look at them before keeping them.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.image import SVGImageSnapshotExtension

from snn_tui.render.terminal import Terminal
from snn_tui.runs.rundir import RunDir
from tui import made_runs
from tui.conftest import Hold, NewApp
from tui.driving import ASCII, NARROW, REMOTE, SMALLEST, WIDE, User, opened

Match = Callable[..., Awaitable[None]]


@pytest.fixture
def looks_right(snapshot: SnapshotAssertion) -> Match:
    """Compares the screen with that of last time, at one size or, by its name, at each of several.

    At the design size in colour it is compared as a picture, elsewhere as plain text.
    """

    async def match(user: User, *sizes: tuple[int, int], look: str = "") -> None:
        for width, height in sizes:
            if user.app.size != (width, height):
                await user.resize(width, height)
            await user.settle()
            name = f"{width}x{height}{look}"
            terminal = user.app.terminal
            if (width, height) == WIDE and terminal.unicode and terminal.colour != "none":
                assert picture(user) == snapshot(name=name, extension_class=SVGImageSnapshotExtension)
            else:
                assert user.sees == snapshot(name=name)

    return match


def picture(user: User) -> str:
    """The screen as SVG, without the numbers that Rich gives its classes by what is on the screen."""
    svg = user.app.export_screenshot(simplify=True)
    return re.sub(r"terminal-\d+", "terminal", svg).replace("&#160;", "\u00a0")


async def test_form(new_app: NewApp, looks_right: Match) -> None:
    async with opened(new_app()) as user:
        await user.fill("epochs", "0")
        await user.press("escape")
        await looks_right(user, WIDE, NARROW)


async def test_running(new_app: NewApp, root: Path, held: Hold, looks_right: Match) -> None:
    held(made_runs.make_run(root, made_runs.trained(12, 4), seed=4))
    async with opened(new_app()) as user:
        await user.until_sees("training")
        await looks_right(user, WIDE, NARROW, SMALLEST)
        await user.press("D")
        await looks_right(user, WIDE, look="-light")


async def test_finished(new_app: NewApp, root: Path, looks_right: Match) -> None:
    made_runs.finished_run(root, seed=4)
    async with opened(new_app()) as user:
        await user.open_run()
        await user.until_sees("finished")
        await looks_right(user, WIDE, NARROW)


async def test_failed(new_app: NewApp, root: Path, looks_right: Match) -> None:
    made_runs.failed_run(root, seed=4)
    async with opened(new_app()) as user:
        await user.open_run()
        await user.until_sees("failed")
        await looks_right(user, WIDE, NARROW)


async def test_crashed(new_app: NewApp, root: Path, looks_right: Match) -> None:
    made_runs.crashed_run(root, seed=4)
    async with opened(new_app(), NARROW) as user:
        await user.open_run()
        await user.until_sees("crashed")
        await looks_right(user, NARROW)


async def test_inspect(new_app: NewApp, root: Path, looks_right: Match) -> None:
    made_runs.finished_run(root, seed=4)
    async with opened(new_app()) as user:
        await user.press("2")
        await user.until_sees("0 of 40", "spread")
        await user.press("g")
        await user.until_sees("Index")
        await user.type("7")
        await user.press("enter")
        await user.until_sees("7 of 40", "0/32")
        await user.press("end")
        await looks_right(user, WIDE, NARROW, SMALLEST)
        await user.press("D")
        await looks_right(user, WIDE, look="-light")


async def test_inspect_stand_in(
    new_app: NewApp, root: Path, looks_right: Match, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_STAND_IN", "")
    made_runs.finished_run(root, seed=4)
    async with opened(new_app(REMOTE)) as user:
        await user.press("2")
        await user.until_sees("Phantom 0 of 40", "0/32")
        await looks_right(user, WIDE, NARROW)
        await user.press("D")
        await looks_right(user, WIDE, look="-light")


async def test_ascii(new_app: NewApp, root: Path, looks_right: Match) -> None:
    made_runs.finished_run(root, seed=4)
    async with opened(new_app(ASCII), NARROW) as user:
        await user.open_run()
        await user.until_sees("finished")
        await looks_right(user, NARROW, look="-train")
        await user.press("2")
        await user.until_sees("0 of 40", "0/32")
        await looks_right(user, NARROW, look="-inspect")


async def test_help(new_app: NewApp, root: Path, looks_right: Match) -> None:
    made_runs.finished_run(root, seed=4)
    async with opened(new_app(REMOTE)) as user:
        await user.press("question_mark")
        await user.until_sees("esc closes")
        await looks_right(user, WIDE, NARROW, look="-train")
        await user.press("escape", "2")
        await user.until_sees("0 of 40", "0/32")
        await user.press("question_mark")
        await user.until_sees("esc closes")
        await looks_right(user, WIDE, NARROW, look="-inspect")


async def test_choose_run(new_app: NewApp, root: Path, held: Hold, looks_right: Match) -> None:
    made_runs.finished_run(root, seed=4)
    made_runs.finished_run(root, seed=5, minute=1, epochs=5, synthetic=True)
    made_runs.failed_run(root, seed=6, minute=2)
    made_runs.stopped_run(root, seed=7, minute=3)
    made_runs.crashed_run(root, seed=8, minute=4)
    (root / "2026-11-23T1205-empty").mkdir()
    (root / "2026-11-23T1205-empty" / "config.json").write_text("")
    made_runs.begun_long_ago(RunDir(root / "2026-11-23T1205-empty"))
    held(made_runs.make_run(root, made_runs.trained(2, 3), seed=9, minute=6))
    async with opened(new_app()) as user:
        await user.until_sees("training")
        for size in (WIDE, NARROW):
            await user.resize(*size)
            await user.press("l")
            await user.until_sees("enter opens")
            await user.press("down")
            await looks_right(user, size)
            await user.press("escape")


TIGHT = (60, 20)
SIXTEEN = Terminal("16", unicode=True, slow=True)
COLOURLESS = Terminal("none", unicode=True, slow=True)
REMOTE_256 = Terminal("256", unicode=True, slow=True)


OTHERS = {"ansi": SIXTEEN, "256": REMOTE_256, "ascii": ASCII, "bare": COLOURLESS}


@pytest.mark.parametrize("look", OTHERS)
async def test_train_in_other_terminals(
    look: str, new_app: NewApp, root: Path, held: Hold, looks_right: Match
) -> None:
    held(made_runs.make_run(root, made_runs.trained(12, 4), seed=4))
    async with opened(new_app(OTHERS[look])) as user:
        await user.until_sees("training")
        await looks_right(user, *((WIDE, TIGHT) if look in ("ansi", "ascii") else (WIDE,)), look=f"-{look}")
        if look == "ansi":
            await user.press("D")
            await looks_right(user, WIDE, look="-ansi-light")
            await user.press("D", "n")
            await user.until_sees("New run")
            await looks_right(user, WIDE, TIGHT, look="-ansi-form")


@pytest.mark.parametrize("look", ["full", *OTHERS])
async def test_the_inside_of_a_decision(look: str, new_app: NewApp, root: Path, looks_right: Match) -> None:
    made_runs.finished_run(root, seed=4)
    async with opened(new_app(OTHERS.get(look, REMOTE))) as user:
        await user.press("2")
        await user.until_sees("0 of 40", "0/32")
        sizes = (WIDE, NARROW, TIGHT) if look in ("full", "ansi", "ascii") else (WIDE,)
        if look != "full":
            await looks_right(user, *sizes, look=f"-{look}-input")
            await user.resize(*WIDE)
        await user.press("m", "c")
        await user.until_sees("conv1", "spikes ")
        await looks_right(user, *sizes, look=f"-{look}-conv1")
        await user.resize(*WIDE)
        if len(sizes) > 1:
            await user.press("c", "t")
            await user.until_sees("conv2", "time step")
            await looks_right(user, *sizes, look=f"-{look}-raster")
