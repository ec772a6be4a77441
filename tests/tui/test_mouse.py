"""What can be chosen, turned and dragged by the mouse, on every screen that has something."""

from __future__ import annotations

import re
from pathlib import Path

from textual.events import MouseScrollDown, MouseScrollUp

from tui import made_runs
from tui.conftest import NewApp
from tui.driving import REMOTE, User, opened


async def test_a_mistake_is_chosen_by_a_click_and_opened_by_two(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root)
    async with opened(new_app(REMOTE)) as user:
        await user.press("5")
        await user.until_sees("Worst mistakes · 4 of 32", "fired")
        rows = re.findall(r" \d+ [○●] \w+ +→ [○●]", user.sees)
        await user.click(rows[2])
        await user.until(lambda: chosen(user, rows[2]))
        await user.wheel(rows[2], MouseScrollUp)
        await user.until(lambda: chosen(user, rows[1]))
        await user.wheel(rows[2], MouseScrollDown)
        await user.until(lambda: chosen(user, rows[2]))
        await user.click(rows[3], times=2)
        await user.until_sees(f"X-ray {rows[3].split()[0]} of 40 · test")


def chosen(user: User, row: str) -> bool:
    """Whether a row of a list is marked."""
    return "▸" in next(line for line in user.sees.splitlines() if row in line).partition(row)[0][-6:]


async def test_the_threshold_is_dragged(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root)
    async with opened(new_app(REMOTE)) as user:
        await user.press("5")
        await user.until_sees("ROC · threshold 0", "──◆")
        await user.drag_slider("──◆", 6)
        await user.until_sees("ROC · threshold +7.5", "threshold chosen on test")
        await user.drag_slider("──◆", -6)
        await user.until_sees("ROC · threshold 0")


async def test_an_image_is_chosen_by_a_click_and_coded_by_two(new_app: NewApp) -> None:
    async with opened(new_app(REMOTE)) as user:
        await user.press("3")
        await user.until_sees("X-rays · train · 1 of 24", "▸ ○ 0")
        x, y = user.where("○ 1 ")
        await user.pilot.click(offset=(x, y - 5))  # on the picture
        await user.until_sees("▸ ○ 1")
        await user.wheel("○ 1 ", MouseScrollDown)
        await user.until_sees("▸ ○ 6")
        await user.click("● 7", times=2)
        await user.until_sees("X-ray 7 · train", "Raster")


async def test_sliders_of_the_neuron_are_dragged_and_words_clicked(new_app: NewApp) -> None:
    async with opened(new_app(REMOTE)) as user:
        await user.press("4")
        await user.until_sees("not trained", "▸ strength")
        x, y = user.where("  beta   ")
        track = re.search(r"[━●─]+", user.sees.splitlines()[y][x:])
        assert track
        start, stop = x + track.start(), x + track.end() - 1
        await user.pilot.click(offset=(start, y))
        await user.until_sees("▸ beta", "0.00")
        await user.drag_slider("▸ beta      ●", stop - start)
        await user.until_sees("▸ beta", "1.00")
        await user.drag_slider("▸ beta", 5)  # a name is no slider
        await user.until_sees("▸ beta", "1.00")
        await user.click(" spikes        ")
        await user.until_sees("[spikes]", "▸ input", "rate")


async def test_the_wheel_turns_epochs_images_and_steps(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root)
    async with opened(new_app(REMOTE)) as user:
        await user.open_run()
        await user.until_sees("Epochs (on val)", " 20  0.4")
        await user.wheel(" 20  0.4", MouseScrollUp)
        await user.until_sees("to 19 of 20")
        await user.press("2")
        await user.until_sees("X-ray 0 of 40", "spread", "20/20")
        await user.wheel("X-ray 0 of", MouseScrollDown)
        await user.until_sees("X-ray 1 of 40")
        await user.wheel("Output neurons", MouseScrollUp)
        await user.until_sees("19/20")


async def channel_of(user: User, number: int) -> tuple[int, int]:
    """A cell of a channel's picture: below its number."""
    for row, line in enumerate(user.sees.splitlines()):
        found = re.search(rf"(?<=\s){number}(?=\s)", line)
        if found and row > 1:
            return found.start(), row + 1
    raise AssertionError(user.sees)


async def test_a_channel_is_enlarged_by_a_click(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root)
    async with opened(new_app(REMOTE)) as user:
        await user.press("2")
        await user.until_sees("0 of 40", "spread")
        await user.press("c")
        await user.until_sees("conv1 · 20/20", "fires now")
        cell = await channel_of(user, 3)
        await user.pilot.click(offset=cell)
        await user.until_sees("conv1 · channel 3 of 12 · 20/20 · 144 neurons")
        await user.pilot.click(offset=cell)
        await user.until_sees("conv1 · 20/20 · 1728 neurons")
