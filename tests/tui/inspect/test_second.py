"""Inspect: two runs on the same image, side by side or below each other."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from snn_tui.inspector.run_messages import RunFacts
from snn_tui.tui.inspect.second import refusal
from snn_tui.values.task import PNEUMONIA
from tui import fake_inspected, made_runs
from tui.conftest import NewApp
from tui.driving import NARROW, REMOTE, SMALLEST, WIDE, User, covers, opened


@pytest.fixture
def first(root: Path) -> Path:
    """The run that is open: the one that began last."""
    return made_runs.finished_run(root, seed=1, minute=30).path


@pytest.fixture
def second(root: Path) -> Path:
    """The run to compare with."""
    return made_runs.finished_run(root).path


async def choose_second(user: User) -> None:
    """On Inspect, choose the other of two runs."""
    await user.press("2")
    await user.until_sees("0 of 40", "spread")
    await user.press("b")
    await user.until_sees("enter opens")
    await user.press("down", "enter")


@covers("inspect", "b")
@pytest.mark.parametrize("size", [WIDE, NARROW, SMALLEST])
async def test_both_verdicts_at_the_same_step(
    new_app: NewApp, first: Path, second: Path, size: tuple[int, int]
) -> None:
    (second / "contrary").touch()
    async with opened(new_app(REMOTE), size) as user:
        await choose_second(user)
        await user.until_sees("1 paper-s1 · 20/20", "2 paper-s0 · 20/20")
        await user.until_sees("normal ✓ right", "pneumonia ✗ wrong")
        assert ("X-ray 0 of 40" in user.sees) is (size != SMALLEST)
        await user.press("left", "left")
        await user.until_sees("1 paper-s1 · 18/20", "2 paper-s0 · 18/20", "so far")
        await user.press("n")
        await user.until_sees("1 paper-s1 · 20/20", "2 paper-s0 · 20/20", "normal ✓ right")
        await user.press("c")  # a layer of the first run, where there is room
        await user.settle()
        await user.press("b")
        await user.until_gone("2 paper-s0")
        assert "1 paper-s1" not in user.sees


async def test_a_run_without_spikes_stands_beside_one_with_spikes(
    new_app: NewApp, first: Path, second: Path
) -> None:
    (first / "dense").touch()
    async with opened(new_app(REMOTE)) as user:
        await user.press("2")
        await user.until_sees("0 of 40", "log-odds")
        await user.press("b")
        await user.until_sees("enter opens")
        await user.press("down", "enter")
        await user.until_sees("1 paper-s1 ", "2 paper-s0 · 20/20", "log-odds", "7 spikes", "←→ step")
        await user.press("left")
        await user.until_sees("2 paper-s0 · 19/20", "log-odds")


async def test_what_cannot_be_compared_is_refused(new_app: NewApp, first: Path, second: Path) -> None:
    (second / "task").write_text("organs")
    async with opened(new_app(REMOTE)) as user:
        await choose_second(user)
        await user.until_told(f"{second.name} has other classes than this run.")
        await user.press("b")
        await user.until_sees("enter opens")
        await user.press("enter")
        await user.until_told("That is the run that is open")
        (second / "task").unlink()
        (second / "brighter").touch()
        await user.press("b")
        await user.until_sees("enter opens")
        await user.press("down", "enter")
        await user.until_told("has other images than this run.")
        await user.until_sees("spread")
        assert "2 paper-s0" not in user.sees


def test_refusals_are_one_sentence() -> None:
    facts = RunFacts("paper-s0", "PneumoniaMNIST", False, False, "", {"test": 40}, 20)
    assert refusal(facts, facts) == ""

    def refused(**changes: object) -> str:
        return refusal(facts, msgspec.structs.replace(facts, **changes))

    assert refused(task=fake_inspected.TASKS["grades"]) == "paper-s0 has other classes than this run."
    large = msgspec.structs.replace(PNEUMONIA, side=64)
    assert refused(task=large) == "paper-s0 takes images of 64x64 pixels, this run 28x28 pixels."
    assert refused(sizes={"test": 41}) == "paper-s0 has other images than this run."
