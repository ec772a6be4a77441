"""All options of a new run, the trainer's log, and a run again with changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input, OptionList

from snn_tui.config.command import command, differing, problems
from snn_tui.config.run_config import OPTIONS
from snn_tui.render.terminal import Terminal
from snn_tui.runs.store import list_runs, read_config
from tui import made_runs
from tui.conftest import NewApp
from tui.driving import ASCII, LOCAL, NARROW, SMALLEST, User, covers, opened


def defaults(**changed: object) -> dict[str, object]:
    return {name: option.default for name, option in OPTIONS.items()} | changed


def test_the_command_says_what_differs_from_the_preset_and_nothing_else() -> None:
    assert command(defaults()) == "snn-tui --train-only"
    assert command(defaults(beta=0.7, name="a b")) == "snn-tui --train-only --beta 0.7 --name 'a b'"
    assert differing(defaults(epochs="20", lr="0.001")) == {}
    assert command(defaults(lr=2e-5)).endswith("--lr 2e-05")
    assert command(defaults(lr=0.0012345678)).endswith("--lr 0.0012345678")  # not a rounded one
    assert command(defaults(preset="plus")).startswith(
        "snn-tui --train-only --preset plus --balance undersample"
    )
    assert command(defaults(group_by="-x", data="/none")).endswith("--group-by=-x")


def test_a_problem_stands_at_its_option() -> None:
    assert problems(defaults()) == {}
    assert list(problems(defaults(epochs="x"))) == ["epochs"]
    assert list(problems(defaults(seed=None))) == ["seed"]
    assert list(problems(defaults(spike_target=0.1))) == ["spike_target"]
    assert problems(defaults(neuron="relu")) == {}  # what that sets is not chosen


async def search(user: User, words: str) -> None:
    await user.press("slash")
    await user.until(lambda: user.widget("#search").has_focus)
    await user.type(words)
    await user.press("enter")
    await user.until(lambda: user.widget("#options").has_focus)


@covers("train", "e")
@pytest.mark.parametrize("terminal", [LOCAL, ASCII])
async def test_any_option_is_found_set_and_trained_with(
    terminal: Terminal, new_app: NewApp, root: Path
) -> None:
    async with opened(new_app(terminal, epochs=2), NARROW) as user:
        await user.press("e")
        await user.until_sees("All options", "--epochs 2")
        await search(user, "membrane decay")
        assert user.widget("#options", OptionList).option_count == 2  # its group and itself
        await user.press("enter")
        await user.until(lambda: user.widget("#value").has_focus)
        await user.press("end", "ctrl+u")
        await user.type("7")
        await user.press("enter")
        await user.until_sees("'7' is not allowed", "0 to 1")
        await user.press("ctrl+u")
        await user.type("0.75")
        await user.press("enter")
        await user.until_sees("* beta", "preset: 0.6", "--beta 0.75")
        await user.press("backspace")
        await user.until_gone("* beta")
        await user.press("enter")
        await user.press("end", "ctrl+u")
        await user.type("0.8")
        await user.press("enter", "escape", "s")
        await user.until(lambda: list_runs(root))
        config = read_config(list_runs(root)[0])
        assert (config.beta, config.epochs) == (0.8, 2)


async def test_choices_turn_and_an_error_is_marked_at_the_option(new_app: NewApp) -> None:
    async with opened(new_app()) as user:
        await user.press("e")
        await search(user, "loss_steps")
        await user.press("right")
        await user.until_sees("✗ loss steps", "--loss-steps: the loss on spikes")
        await user.press("left")
        await user.until_gone("✗ loss steps")
        await user.press("y")
        await user.until_told("Copied the command that trains with these options")


async def test_another_preset_brings_its_values_into_the_list_and_the_form(new_app: NewApp) -> None:
    async with opened(new_app()) as user:
        await user.press("e")
        await search(user, "preset")
        await user.press("right")
        await user.until_sees("--preset plus")
        await user.press("escape")
        await user.until_sees("plus-s0: 40 epochs")
        assert user.widget("#field-batch_size", Input).value == "64"


@pytest.mark.parametrize("size", [NARROW, SMALLEST])
async def test_the_list_fits_small_terminals(size: tuple[int, int], new_app: NewApp) -> None:
    async with opened(new_app(), size) as user:
        await user.press("e")
        await user.until_sees("All options", "Recipe", "snn-tui --train-only")
        await user.press("end")
        await user.until_sees("--name")


@covers("train", "a", "w")
async def test_a_run_is_trained_again_with_changes_and_its_log_is_shown(new_app: NewApp) -> None:
    async with opened(new_app(epochs=2, beta=0.7), NARROW) as user:
        await user.press("s")
        await user.until_sees("finished")
        await user.press("w")
        await user.until_sees("worker.log of")
        await user.press("escape")
        await user.until_gone("worker.log of")
        await user.press("a")
        await user.until_sees("New run", "paper-s0: 2 epochs")
        await user.press("e")
        await user.until_sees("--beta 0.7")


@covers("runs", "a")
async def test_a_run_of_the_list_is_trained_again_with_changes(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root, seed=4)
    async with opened(new_app()) as user:
        await user.press("6")
        await user.until_sees("paper-s4")
        await user.press("a")
        await user.until_sees("New run", "paper-s4: 20 epochs")


def test_every_option_is_in_a_group() -> None:
    assert all(option.group for option in OPTIONS.values())
