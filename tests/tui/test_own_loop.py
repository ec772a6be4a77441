"""A run of a training loop of one's own on the screens: live, paused, stopped, compared and looked into."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import snn_tui
from snn_tui.inspector.answers import Answers
from snn_tui.inspector.client import InspectorClient
from snn_tui.runs import process
from snn_tui.runs.rundir import RunDir
from tui.conftest import NewApp
from tui.driving import User, covers, opened

SPIKES = [[0, 1], [1, 1], [0, 1]]
MEMBRANES = [[0.1, 0.9], [0.6, 1.2], [0.2, 0.8]]
IMAGE = [[0.0, 1.0], [1.0, 0.0]]


def learned(root: Path, name: str = "mine", **config: Any) -> snn_tui.Run:
    """A run of two epochs that goes on."""
    run = snn_tui.start(name, config=config, epochs=4, batches=5, classes=["cat", "dog"], runs_dir=root)
    for epoch in (1, 2):
        for batch in range(5):
            run.batch(1 / (epoch + batch), reward=epoch * batch, images=8)
        run.epoch(loss=1 / epoch, accuracy=0.4 * epoch, spikes_an_image=70 / epoch, firing_rates={"lif": 0.2})
    return run


async def chart(user: User, title: str) -> None:
    """Go through the charts until one is there."""
    for _ in range(20):
        if f"─ {title} ─" in user.sees:
            return
        await user.press("c")
    raise AssertionError(user.sees)


async def test_train_shows_what_it_logs_and_no_more(new_app: NewApp, root: Path) -> None:
    with learned(root) as run:
        async with opened(new_app()) as user:
            await user.open_run()
            await user.until_sees("epoch 2/4", "training", "firing  lif", "accuracy", "spikes_an_image")
            table = user.sees[user.sees.index("Epochs (on val)") :]
            assert "macro F1" not in table
            assert "35" in table
            await chart(user, "reward")
            await user.until_sees("━ batch")
            await chart(user, "spikes_an_image")
            await chart(user, "Images a second")
            run.batch(0.1)
            run.epoch()
            await user.until_sees("epoch 3/4")


async def test_its_loop_is_held_and_stopped_from_train(
    new_app: NewApp, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[RunDir] = []
    monkeypatch.setattr(process, "stop", stopped.append)  # both are one process here
    with learned(root) as run:
        async with opened(new_app()) as user:
            await user.open_run()
            await user.until_sees("● training")
            await user.press("space")
            await user.until(lambda: process.is_paused(RunDir(run.path)))
            await user.press("space")
            await user.until(lambda: not process.is_paused(RunDir(run.path)))
            await user.press("x")
            await user.until_sees("Its loop ends after the present batch.")
            await user.press("y")
            await user.until(lambda: stopped == [RunDir(run.path)])


async def test_one_that_ended_offers_neither_to_resume_nor_to_train_it_again(
    new_app: NewApp, root: Path
) -> None:
    with pytest.raises(KeyboardInterrupt), learned(root):
        raise KeyboardInterrupt
    async with opened(new_app()) as user:
        await user.open_run()
        await user.until_sees("■ stopped", "epoch 2/4")
        assert "resume" not in user.sees
        assert "again" not in user.sees


async def test_a_loop_without_a_known_end_has_no_share(new_app: NewApp, root: Path) -> None:
    with snn_tui.start("endless", runs_dir=root) as run:
        run.batch(1.0)
        async with opened(new_app()) as user:
            await user.open_run()
            await user.until_sees("epoch 1 · step 1 · ")
            assert "ETA" not in user.sees


async def test_runs_tells_settings_apart(new_app: NewApp, root: Path) -> None:
    for lr in (0.1, 0.01):
        with learned(root, f"lr{lr}", lr=lr, net={"beta": 0.9}):
            pass
    async with opened(new_app()) as user:
        await user.press("6")
        await user.until_sees("lr0.1", "lr0.01", "0.800", "net.beta 0.9", "own loop")
        await user.press("space", "down", "space")
        await user.until_sees("lr", "0.01", "0.1")
        assert "again" not in user.sees
        await user.press("f")
        await user.until_sees("seeds folded", "lr0.1", "lr0.01")
        await user.press("u", "slash")
        await user.type("loop.lr<0.05")
        await user.until_gone("lr0.1 ")
        assert "lr0.01" in user.sees


async def test_runs_of_loops_are_folded_by_name_and_settings(new_app: NewApp, root: Path) -> None:
    for name, lr, seed in (("net-s1", 0.1, 1), ("net-s2", 0.1, 2), ("net-s3", 0.2, 3), ("other", 0.1, 1)):
        with learned(root, name, lr=lr, seed=seed):
            pass
    async with opened(new_app()) as user:
        await user.press("6")
        await user.until_sees("net-s1", "net-s3", "other")
        await user.press("f")
        await user.until_sees("net (2 seeds)", "net-s3", "other")


@covers("inspect", "u")
async def test_inspect_goes_through_its_traces(
    new_app: NewApp, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask(self: InspectorClient, question: Any, on_working: Any = None) -> Any:
        return Answers().answer(question, lambda what, share: None)

    monkeypatch.setattr(InspectorClient, "ask", ask)
    monkeypatch.chdir(root.parent)  # where e writes
    with learned(root) as run:
        layers = {"lif": [[1, 0, 1]] * 3, "out": SPIKES}
        membranes = {"hidden": [[-2.0] * 4] * 3, "lif": [[0.5, -0.25, 2.0]] * 3, "out": MEMBRANES}
        run.trace(IMAGE, spikes=layers, membranes=membranes, label=1, name="first one")
        run.trace(IMAGE, spikes=SPIKES, label=0, name="second one")
    async with opened(new_app()) as user:
        await user.open_run()
        await user.until_sees("epoch 4" if "epoch 4" in user.sees else "finished")
        await user.press("2")
        await user.until_sees("Image 0 of 2 · traces", "trace    first one, epoch 2", "dog ✓ right")
        for absent in ("split", "map", "invert", "open", "compare", "redraw"):
            assert f" {absent} " not in user.sees.splitlines()[-1]
        await user.press("c")
        await user.until_sees("membranes of hidden", "4 neurons", "higher membrane, -2 to -2")
        assert " membranes " not in user.sees.splitlines()[-1]  # there is nothing to choose
        await user.press("c")
        await user.until_sees("lif", "3 neurons", "fires now")
        assert " u membranes " in user.sees.splitlines()[-1]
        await user.press("u")
        await user.until_sees("membranes of lif", "higher membrane, -0.25 to 2")
        await user.press("t")
        await user.until_sees("membranes of lif", "time step")
        await user.press("t", "u")
        await user.until_gone("membranes of lif")
        await user.press("n")
        await user.until_sees("Image 1 of 2 · traces", "second one, epoch 2", "✗ wrong", "membranes not")
        await user.press("f")
        await user.until_sees("wrong 1/1")
        await user.press("v", "e")
        await user.until_sees("Image 1 of 2 · traces")
        await user.until(lambda: len(list(root.parent.glob("*-mine-traces-1.*"))) == 2)
