"""The bottom line: every key that fits, and clicks."""

from __future__ import annotations

from pathlib import Path

from tui import made_runs
from tui.conftest import Hold, NewApp
from tui.driving import ASCII, REMOTE, User, opened


def line(user: User) -> str:
    """The bottom line."""
    return user.sees.splitlines()[-1]


async def test_what_does_not_fit_goes_whole_and_help_and_quit_last(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root)
    async with opened(new_app(REMOTE)) as user:
        await user.press("2")
        await user.until_sees("0 of 40", "spread")
        whole = line(user).split()
        for width in (100, 80, 70, 60):
            await user.resize(width, 24)
            await user.settle()
            shown = line(user)
            assert len(shown.rstrip()) <= width
            assert shown.rstrip().endswith("q quit")
            assert "? help" in shown
            assert ("l runs" in shown) == (width >= 80)
            assert set(shown.split()) <= set(whole)
        assert "←→ step" in line(user)
        assert "o open" not in line(user)


async def test_a_click_presses_the_key(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root)
    async with opened(new_app(REMOTE)) as user:
        await user.press("2")
        await user.until_sees("0 of 40", "spread", "20/20")
        for words, inside, seen in (
            ("←→ step", 0, "19/20"),
            ("←→ step", 1, "20/20"),
            ("np image", 0, "X-ray 1 of 40"),
            ("np image", 1, "X-ray 0 of 40"),
            ("? help", 3, "esc closes"),
        ):
            await user.pilot.click("KeyLine", offset=(line(user).index(words) + inside, 0))
            await user.until_sees(seen)


async def test_it_follows_what_is_possible(new_app: NewApp, root: Path, held: Hold) -> None:
    held(made_runs.make_run(root, made_runs.trained(2, 3)))
    async with opened(new_app(ASCII)) as user:
        await user.until_sees("training")
        await user.until(lambda: "space pause" in line(user))
        assert "s start" not in line(user)
        assert user.sees.isascii()
        await user.press("n")
        await user.until(lambda: "s start" in line(user))
        assert "space pause" not in line(user)
