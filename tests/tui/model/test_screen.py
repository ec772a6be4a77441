"""Model: the network, its neuron and its kernels, with a stand-in inspector and with the real one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from snn_tui.inspector.client import COMMAND, InspectorClient
from snn_tui.render.terminal import Terminal
from snn_tui.runs.rundir import RunDir
from tui import made_runs
from tui.conftest import NewApp
from tui.data.test_screen import panels
from tui.driving import ASCII, LOCAL, NARROW, REMOTE, WIDE, User, covers, opened


def slider(user: User) -> tuple[str, str]:
    """The slider that is marked, and what it says."""
    found = re.search(r"[▸>] (\w+) +[━●─=O\-]+ +([\d.]+)|[▸>] (\w+) .*\[(\w+)\]", user.sees)
    assert found
    name, value = [part for part in found.groups() if part]
    return name, value


def fires(user: User) -> int:
    """How often the neuron fires."""
    found = re.search(r"fires in (\d+) of 48 steps", user.sees)
    assert found
    return int(found[1])


async def go(user: User) -> None:
    """Go to Model and wait until all of it is known."""
    await user.press("4")
    await user.until_sees("epoch 20", "128 images of val")


@covers("app", "4")
async def test_a_runs_network_with_its_firing(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root, seed=4)
    async with opened(new_app(REMOTE)) as user:
        await go(user)
        for words in (
            "Network · paper-s4 · epoch 20",
            "conv 1→12, 5×5",
            "12×12×12 LIF",
            "linear 800→2",
            "5 402 parameters · 20 steps · 10.4 M operations in all steps · 4.0 M of them done",
            "Kernels of conv1",
        ):
            assert words in user.sees
        for row in (
            r"parameters +312 +3 488 +1 602",
            r"MACs a step +172 800 +345 600 +1 600",
            r"MACs all steps +3 456 000 +6 912 000 +32 000",
            r"of them done +1 990 000  58% +2 010 000  29% +14 078  44%",
            r"firing +55% +\S+ 28.8% +\S+ 44.0% +\S+ 50.9%",
            r"dead +288  17% +0 +0",
            r"saturated +0 +4 +0",
        ):
            assert re.search(row, user.sees), row


async def test_without_a_run_there_is_the_network_that_training_begins_with(new_app: NewApp) -> None:
    async with opened(new_app(REMOTE)) as user:
        await user.press("4")
        await user.until_sees("Network · not trained", "not trained: nothing fires yet", "5 402 parameters")
        assert "images of val" not in user.sees


async def test_it_shows_the_run_that_train_shows_and_its_new_checkpoints(new_app: NewApp, root: Path) -> None:
    run = made_runs.finished_run(root, seed=4)
    made_runs.finished_run(root, seed=5, minute=1)
    async with opened(new_app(REMOTE)) as user:
        await user.press("4")
        await user.until_sees("Network · paper-s5")
        await user.press("1")
        await user.open_run(down=1)
        await user.until_sees("finished")
        (run.path / "epoch").write_text("21")
        await user.press("4")
        await user.until_sees("Network · paper-s4 · epoch 21")


async def test_a_new_checkpoint_of_the_run_is_counted_at_once(new_app: NewApp, root: Path) -> None:
    from snn_tui.runs import events
    from snn_tui.runs.writer import EventWriter

    run = made_runs.finished_run(root, seed=4)
    async with opened(new_app(REMOTE)) as user:
        await user.open_run()
        await user.until_sees("finished")
        await user.press("4")
        await user.until_sees("epoch 20", "128 images of val")
        (run.path / "epoch").write_text("33")
        with EventWriter(run) as writer:
            writer.write(events.CheckpointSaved(t=1e4, epoch=33, batch=0, weights=True))
        await user.until_sees("Network · paper-s4 · epoch 33")


@covers("model", "up", "down", "left", "right", "home", "end", "i", "m", "r", "d")
async def test_the_neurons_sliders(new_app: NewApp) -> None:
    async with opened(new_app(REMOTE)) as user:
        await user.press("4")
        await user.until_sees("not trained")
        assert slider(user) == ("strength", "0.50")
        assert "U[t+1] = β·U[t] + I[t+1] − ϑ·S[t]" in user.sees
        before = fires(user)
        await user.press("right", "right")
        assert slider(user) == ("strength", "0.60")
        assert fires(user) > before
        await user.press("left")
        assert slider(user) == ("strength", "0.55")
        await user.press("end")
        assert slider(user) == ("strength", "2.00")
        assert fires(user) > 30
        await user.press("home")
        assert slider(user) == ("strength", "0.00")
        assert fires(user) == 0
        await user.press("end", "down")
        assert slider(user) == ("beta", "0.60")
        await user.press("down", "end")
        assert slider(user) == ("threshold", "3.00")
        await user.press("down")
        assert slider(user) == ("reset", "subtract")
        await user.press("right")
        assert slider(user) == ("reset", "zero")
        assert "U[t+1] = β·(1−S[t])·U[t] + I[t+1]" in user.sees
        await user.press("m")
        assert slider(user) == ("reset", "none")
        assert "U[t+1] = β·U[t] + I[t+1]  " in user.sees
        await user.press("up", "up", "up", "up")
        assert slider(user) == ("input", "current")
        assert "rate" not in user.sees.split("Leaky neuron")[1].split("Kernels")[0]
        alone = panels(user)
        await user.press("r")  # a current has no random numbers
        await user.until_told("r draw: not possible here now")
        user.app.clear_notifications()
        await user.until(lambda: panels(user) == alone)
        await user.press("i")
        assert slider(user) == ("input", "spikes")
        await user.press("r")
        first = panels(user)
        await user.press("r")
        assert panels(user) != first
        await user.press("d")
        assert "[current]" in user.sees
        assert "[subtract]" in user.sees
        assert fires(user) == before


@covers("model", "v")
async def test_where_there_is_no_room_one_at_a_time(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root, seed=4)
    async with opened(new_app(REMOTE), size=NARROW) as user:
        await go(user)
        assert "Leaky neuron" not in user.sees
        await user.press("right")  # no slider is to be seen
        await user.until_told("slider: not possible here now")
        user.app.clear_notifications()
        await user.press("v")
        await user.until_sees("Leaky neuron", "U[t+1]")
        assert slider(user) == ("strength", "0.50")
        await user.press("v")
        await user.until_sees("Kernels of conv1")
        await user.press("v")
        await user.until_sees("Network · paper-s4")
        await user.resize(*WIDE)
        await user.until_sees("Network", "Leaky neuron", "Kernels")
        before = panels(user)
        await user.press("v")
        user.app.clear_notifications()
        await user.until(lambda: panels(user) == before)


async def test_with_room_for_two_panels_the_neuron_and_the_kernels_are_beside_each_other(
    new_app: NewApp, root: Path
) -> None:
    made_runs.finished_run(root, seed=4)
    async with opened(new_app(REMOTE), size=(100, 30)) as user:
        await go(user)
        assert "Leaky neuron" not in user.sees
        await user.press("v")
        await user.until_sees("Leaky neuron", "Kernels of conv1")
        await user.press("right")
        assert slider(user) == ("strength", "0.55")
        await user.press("v")
        await user.until_sees("Network · paper-s4")


@pytest.mark.parametrize("terminal", [LOCAL, ASCII], ids=["full", "ascii"])
async def test_it_fits_at_every_size(new_app: NewApp, root: Path, terminal: Terminal) -> None:
    made_runs.finished_run(root, seed=4)
    async with opened(new_app(terminal)) as user:
        await go(user)
        for size in ((200, 60), WIDE, NARROW, (60, 20)):
            await user.resize(*size)
            await user.until_sees("conv2", "saturated", "firing", "5 402 parameters")
            assert terminal.unicode or user.sees.isascii()
        for words in ("beta", "Kernels"):
            await user.press("v")
            await user.until_sees(words)
            assert terminal.unicode or user.sees.isascii()


async def test_with_the_real_inspector(
    new_app: NewApp, root: Path, new_tiny_run: Callable[..., RunDir], finished: RunDir
) -> None:
    run = new_tiny_run(root, name="tiny")
    run.weights.write_bytes(finished.weights.read_bytes())
    app = new_app(REMOTE)
    app.inspector = InspectorClient(app._inspector_restarted, COMMAND)
    async with opened(app) as user:
        await user.press("4")
        await user.until_sees("Network · tiny · epoch 3", "20 images of val")
        assert re.search(r"parameters +312 +3 488 +1 602", user.sees)
        assert re.search(r"MACs all steps +1 382 400 +2 764 800 +12 800", user.sees)  # of 8 steps
        assert re.search(r"firing +\d+% +\S+ +\d+\.\d%", user.sees)
