"""What Data and Model look like, letter by letter and colour by colour; see `test_snapshots`."""

from __future__ import annotations

from pathlib import Path

from tui import made_runs
from tui.conftest import NewApp
from tui.driving import ASCII, LOCAL, NARROW, REMOTE, WIDE, opened
from tui.test_snapshots import Match, looks_right

SMALL = (60, 20)
fixture = looks_right  # found by its name in this module


async def test_data_gallery(new_app: NewApp, looks_right: Match) -> None:
    async with opened(new_app(REMOTE)) as user:
        await user.press("3")
        await user.until_sees("X-rays · train · 1 of 24", "○ 5")
        await user.press("right")
        await looks_right(user, WIDE)
        for size in (NARROW, SMALL):
            await user.resize(*size)
            await user.until_sees("○ 1", "● 3")
            await looks_right(user, size)


async def test_data_encoder(new_app: NewApp, looks_right: Match) -> None:
    async with opened(new_app(LOCAL)) as user:
        await user.press("3")
        await user.until_sees("○ 5")
        await user.press("enter")
        await user.until_sees("Raster", "coding    rate")
        await user.press("home", *["right"] * 30)
        await user.until_sees("Average of 30")
        await looks_right(user, WIDE, NARROW, SMALL, look="-rate")
        await user.press("z")
        await looks_right(user, SMALL, look="-raster")
        await user.press("z")
        await user.resize(*WIDE)
        await user.press("e")
        await user.until_sees("latency, linear")
        await user.press("end")
        await looks_right(user, WIDE, look="-latency")
        await user.press("e")
        await user.until_sees("Current")
        await user.press("home", *["right"] * 30)
        await looks_right(user, WIDE, look="-direct")


async def test_data_ascii(new_app: NewApp, looks_right: Match) -> None:
    async with opened(new_app(ASCII), NARROW) as user:
        await user.press("3")
        await user.until_sees("o 0", "# 2")
        await looks_right(user, NARROW, look="-gallery")
        await user.press("enter")
        await user.until_sees("Spikes 100/100")
        await looks_right(user, NARROW, look="-encoder")


async def test_model(new_app: NewApp, root: Path, looks_right: Match) -> None:
    made_runs.finished_run(root, seed=4)
    async with opened(new_app(REMOTE)) as user:
        await user.press("4")
        await user.until_sees("128 images of val")
        await looks_right(user, WIDE)
        await user.press("D")
        await user.press("i")
        await looks_right(user, WIDE, look="-light")
        await user.press("D")
        for size in (NARROW, SMALL):
            await user.resize(*size)
            await looks_right(user, size, look="-network")
            await user.press("v")
            await looks_right(user, size, look="-neuron")
            await user.press("v")
            await looks_right(user, size, look="-kernels")
            await user.press("v")


async def test_model_ascii(new_app: NewApp, looks_right: Match) -> None:
    async with opened(new_app(ASCII)) as user:
        await user.press("4")
        await user.until_sees("nothing fires yet")
        await looks_right(user, WIDE)
