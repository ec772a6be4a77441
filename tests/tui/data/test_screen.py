"""Data: images, classes and codings, with the real client of a stand-in inspector, and of the real one."""

from __future__ import annotations

import random
import re
import sys
from functools import partial
from pathlib import Path

import pytest

from snn_tui.inspector.client import COMMAND, InspectorClient
from snn_tui.inspector.data_messages import THUMBNAIL
from snn_tui.render.terminal import Terminal
from snn_tui.runs.store import list_runs
from snn_tui.tui.data.panels import DataPanels
from snn_tui.tui.shared.screen import AppScreen
from tui import made_runs
from tui.conftest import NewApp
from tui.driving import ASCII, LOCAL, NARROW, REMOTE, WIDE, User, covers, opened


def is_chosen(user: User, image: int) -> bool:
    """Whether the gallery marks this image."""
    return chosen(user) == image


def chosen(user: User) -> int:
    """The image the gallery marks."""
    found = re.search(r"[▸>] [○●o#] (\d+)", user.sees)
    assert found
    return int(found[1])


def step(user: User) -> tuple[int, int]:
    """The time step the raster says it shows, and of how many."""
    found = re.search(r"Raster .* (\d+)/(\d+)", user.sees)
    assert found
    return int(found[1]), int(found[2])


def panels(user: User) -> str:
    """The screen without its footer, which is drawn again a little later."""
    return "\n".join(user.sees.splitlines()[:-1])


async def go(user: User) -> None:
    """Go to Data and wait for its first images; no run is needed."""
    await user.press("3")
    await user.until_sees("X-rays · train · 1 of 24", "○ 5", "● 2")


async def encoder(user: User) -> None:
    """Go to the encoder, over a slow line, where it shows the last step at once."""
    await go(user)
    await user.press("enter")
    await user.until_sees("coding    rate", "100/100")
    assert step(user) == (100, 100)


@covers("app", "3")
@covers("data", "left", "right", "up", "down", "pageup", "pagedown", "n", "p", "c", "g", "v")
async def test_the_gallery(new_app: NewApp) -> None:
    async with opened(new_app(REMOTE)) as user:
        await go(user)
        # Of 60 images in train every five have two normal ones; undersampling leaves out some of the others.
        assert re.search(r"train ○ normal █+ +24 +● pneumonia █+░+ +36 → 24", user.sees)
        assert re.search(r"val +○ normal █+ +12 +● pneumonia █+░+ +18 → 12", user.sees)
        assert "● 3  left out" in user.sees
        assert "● 2  left out" not in user.sees
        for key, image in (("right", 1), ("right", 2), ("right", 3), ("right", 3), ("down", 7), ("left", 4)):
            await user.press(key)
            await user.until(partial(is_chosen, user, image))
        await user.press("up")
        await user.until(lambda: chosen(user) == 2)
        await user.press("n")
        await user.until(lambda: chosen(user) == 3)
        await user.press("p", "p")
        await user.until(lambda: chosen(user) == 59)
        await user.press("n", "c")
        await user.until(lambda: chosen(user) == 0)
        await user.press("pagedown")
        await user.until(lambda: chosen(user) == 10)
        await user.press("pageup")
        await user.until(lambda: chosen(user) == 0)

        await user.press("g")
        await user.until_sees("Index of the image, 0 to 59:")
        await user.type("44")
        await user.press("enter")
        await user.until(lambda: chosen(user) == 44)
        await user.press("g")
        await user.until_sees("Index of the image")
        await user.type("60")
        await user.press("enter")
        await user.until_told("60 is no index from 0 to 59.")

        for split, size in (("val", 12), ("test", 16), ("train", 24)):
            await user.press("v")
            await user.until_sees(f"X-rays · {split} · 1 of {size}")


@covers("data", "enter", "escape", "space", "home", "end", "plus", "equals_sign", "minus", "z")
async def test_the_steps_of_a_coding(new_app: NewApp) -> None:
    async with opened(new_app(LOCAL)) as user:
        await go(user)
        assert "esc back" not in user.sees
        await user.press("enter")
        await user.until_sees("X-ray 0 · train", "coding")
        await user.until(lambda: step(user)[0] > 1)  # it plays by itself
        await user.press("end")
        assert step(user) == (100, 100)
        await user.press("home")
        assert step(user) == (0, 100)
        assert "Average of 0" in user.sees
        await user.press("left")
        assert step(user)[0] == 0
        await user.press("right", "right", "left")
        assert step(user)[0] == 1
        assert "Average of 1 " in user.sees
        for key, speed in (("plus", 20), ("equals_sign", 20), ("minus", 10), ("minus", 5)):
            await user.press(key)
            assert f" {speed} steps/s" in user.sees
        await user.press("minus", "minus", "end", "space")  # from the beginning, slowly
        assert step(user)[0] < 100
        await user.press("space", "z")
        await user.until_gone("Average")
        await user.until_sees("Raster · rate · 136 of 784 pixels")
        await user.press("z")
        await user.until_sees("Average")
        await user.press("escape")
        await user.until_sees("X-rays · train")


@covers("data", "a")
async def test_the_audit_shows_what_makes_a_score_too_good_as_pairs(new_app: NewApp) -> None:
    async with opened(new_app(REMOTE)) as user:
        await go(user)
        await user.press("a")
        await user.until_sees("Audit · 2 findings", "2 test images are in train, too", "train 3", "test 7")
        assert "the network has learnt them" in user.sees
        assert "not found: near duplicates in two splits" in user.sees
        await user.press("right")
        await user.until_sees("Pair 2 of 2 · the same pixels", "train 4", "test 9")
        await user.press("right", "down")
        await user.until_sees("Pair 1 of 1", "train 5", "val 2", "one of the two is wrong")
        await user.press("up")
        await user.until_sees("Pair 1 of 2", "test 7")
        await user.resize(*NARROW)
        await user.until_sees("2 test images are in train, too", "test 7")
        await user.press("escape")
        await user.until_sees("X-rays · train")


async def test_an_audit_that_finds_nothing_says_so(new_app: NewApp, root: Path) -> None:
    made_runs.make_run(root, [made_runs.started(1.0, fold="1/7")], fold="1/7")
    async with opened(new_app(REMOTE)) as user:
        await user.press("1")
        await user.open_run()
        await user.press("3")
        await user.until_sees("X-rays · train · 1 of 20")
        await user.press("a")
        await user.until_sees("Audit · 0 findings", "no image makes a score too good")
        assert "the same image in two splits" in user.sees


@covers("data", "e", "comma", "full_stop", "t", "r", "R", "i", "u", "h", "x")
async def test_codings_and_their_settings(new_app: NewApp) -> None:
    async with opened(new_app(REMOTE)) as user:
        await encoder(user)
        await user.until_sees("coding    rate", "draw      0, as evaluated", "off by")
        before = panels(user)
        await user.press("r")
        await user.until_sees("draw      1")
        await user.until(lambda: panels(user) != before)
        await user.press("R")
        await user.until(lambda: panels(user) == before)
        await user.press("u", "i", "h", "x")  # of latency only
        await user.until_told("u tau: not possible here now")
        user.app.clear_notifications()
        await user.until(lambda: panels(user) == before)

        await user.press("comma", "comma", "full_stop")
        await user.until(lambda: step(user) == (99, 99))
        await user.press("t")
        await user.until_sees("Time steps, 1 to 100:")
        await user.type("12")
        await user.press("enter")
        await user.until(lambda: step(user) == (12, 12))
        await user.press("t")
        await user.until_sees("Time steps")
        await user.type("101")
        await user.press("enter")
        await user.until_told("101 is no number from 1 to 100.")
        assert step(user) == (12, 12)

        await user.press("e")
        await user.until_sees(
            "latency, linear", "tau       as fits", "0.01, dark: none", "Earlier is brighter"
        )
        assert "off by" not in user.sees
        await user.press("i", "u", "h", "x")
        await user.until_sees("latency, log", "tau       1 steps", "0.05, dark: last")
        await user.press("e")
        await user.until_sees("coding    direct", "Current 12/12", "off by    0.000")
        await user.press("n")
        await user.until_sees("X-ray 1 · train")
        await user.press("e")
        await user.until_sees("coding    rate")


@covers("data", "w")
async def test_phantoms_stand_in_until_the_images_are_there(
    new_app: NewApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_STAND_IN", "")
    async with opened(new_app(REMOTE)) as user:
        await user.press("3")
        await user.until_sees("SYNTHETIC phantoms: PneumoniaMNIST is not on this machine", "Phantoms · train")
        await user.press("w")
        await user.until_sees("X-rays · train")
        assert "SYNTHETIC" not in user.sees
        await user.press("w")  # there is nothing left to download
        assert "X-rays · train" in user.sees


async def test_a_download_that_fails_leaves_the_phantoms(
    new_app: NewApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_STAND_IN", "")
    monkeypatch.setenv("FAKE_NO_NETWORK", "")
    async with opened(new_app(REMOTE)) as user:
        await user.press("3")
        await user.until_sees("Phantoms · train · 1 of 24")
        await user.press("w")
        await user.until_told("no route to zenodo.org", "copy the file here by hand")
        await user.until_sees("Phantoms · train · 1 of 24", "○ 5")


async def test_the_images_are_those_of_the_run_that_train_shows(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root, seed=4)
    made_runs.finished_run(root, seed=5, minute=1, synthetic=True)
    async with opened(new_app(REMOTE)) as user:
        await go(user)
        await user.press("1")
        await user.open_run()
        await user.until_sees("finished")
        await user.press("3")
        await user.until_sees("SYNTHETIC phantoms, no x-rays.", "Phantoms · train")
        await user.press("1")
        await user.open_run(down=1)
        await user.press("3")
        await user.until_sees("X-rays · train")
        assert "SYNTHETIC" not in user.sees


async def test_the_named_file_serves_where_the_runs_own_is_not(
    new_app: NewApp, root: Path, tmp_path: Path
) -> None:
    named = str(tmp_path / "named.npz")
    made_runs.finished_run(root, seed=4)
    made_runs.finished_run(root, seed=5, minute=1, synthetic=True)
    async with opened(new_app(REMOTE, data=named)) as user:
        screen = user.app.screen
        assert isinstance(screen, AppScreen)
        user.app.watch_run(list_runs(root)[1])
        assert (await screen.followed_config()).data == named
        user.app.watch_run(list_runs(root)[0])
        assert (await screen.followed_config()).data is None  # it was trained on phantoms


async def test_the_images_are_those_of_the_runs_own_fold(new_app: NewApp, root: Path) -> None:
    for minute, fold in enumerate(("1/7", "3/7")):
        made_runs.make_run(root, [made_runs.started(1.0, fold=fold)], minute=minute, fold=fold)
    async with opened(new_app(REMOTE)) as user:
        for down, normal in ((0, 21), (1, 20), (0, 21)):
            await user.press("1")
            await user.open_run(down=down)
            await user.press("3")
            await user.until_sees(f"X-rays · train · 1 of {normal}")
            counts = re.findall(r"(?:train|val) +○ normal █+ +(\d+)", user.sees)
            assert [int(number) for number in counts] == [normal, 24 - normal]


async def test_an_inspector_that_dies_is_started_again_and_knows_the_images(
    new_app: NewApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_DIES_ONCE", str(tmp_path / "died"))
    async with opened(new_app(REMOTE)) as user:
        await encoder(user)
        for _ in range(2):
            await user.press("n")
        await user.until_sees("X-ray 5 · train")
        await user.until_told("The inspector process had died and was started again.")


@pytest.mark.parametrize("terminal", [LOCAL, ASCII], ids=["full", "ascii"])
async def test_it_fits_at_every_size(new_app: NewApp, terminal: Terminal) -> None:
    async with opened(new_app(terminal)) as user:
        await user.press("3")
        await user.until_sees("X-rays", "train")
        for size in (WIDE, NARROW, (60, 20), (200, 60)):
            await user.resize(*size)
            await user.until(lambda: chosen(user) == 0)
            assert terminal.unicode or user.sees.isascii()
        await user.press("enter")
        await user.until_sees("Raster")
        await user.press("end")
        for size in (WIDE, NARROW, (60, 20)):
            await user.resize(*size)
            await user.until_sees("coding", "Average of 100", "Spikes 100/100")
            assert terminal.unicode or user.sees.isascii()
        await user.press("z")
        await user.until_sees("Raster", "784")


@pytest.mark.parametrize("mode", ["gallery", "encoder", "model"])
async def test_a_storm_of_sizes_does_no_harm(new_app: NewApp, mode: str) -> None:
    sizes = random.Random(5)
    async with opened(new_app(REMOTE)) as user:
        if mode == "model":
            await user.press("4")
            await user.until_sees("nothing fires yet")
        elif mode == "encoder":
            await encoder(user)
        else:
            await go(user)
        await user.settle()
        before = user.sees
        for _ in range(2):
            await user.drag((sizes.randint(1, 160), sizes.randint(1, 60)) for _ in range(30))
        await user.resize(*WIDE)
        await user.until(lambda: user.sees == before)
        assert len(user.app.screen_stack) == 1


async def test_with_the_real_inspector_before_any_run_exists(new_app: NewApp, tiny_file: Path) -> None:
    app = new_app(REMOTE, data=str(tiny_file))
    app.inspector = InspectorClient(app._inspector_restarted, COMMAND)
    assert COMMAND[0] == sys.executable
    async with opened(app) as user:
        await user.press("3")
        await user.until_sees("X-rays · train · 1 of 16", "16 ", "24 → 16")
        await user.press("enter")
        await user.until_sees("coding    rate", "100/100")
        off = re.search(r"off by    0\.(\d+)", user.sees)
        assert off
        assert int(off[1]) < 50  # a hundred draws are near their mean
        await user.press("e")
        await user.until_sees("latency, linear")
        await user.press("e")
        await user.until_sees("off by    0.000")


async def test_every_kind_of_task_has_its_shelves_with_the_real_inspector(new_app: NewApp) -> None:
    app = new_app(REMOTE, dataset="demo-chestmnist")
    app.inspector = InspectorClient(app._inspector_restarted, COMMAND)
    async with opened(app) as user:
        await user.press("3")
        await user.until_sees("a atelect", "n hernia", "– no label", "Labels")
        await user.press("c")
        await user.until_sees("▸ b")
        await user.resize(*NARROW)
        await user.until_sees("b cardiomegaly", "c effusion")
        await user.press(*["c"] * 13)
        await user.until_sees("n hernia", "– no label")
        await user.press("enter")
        await user.until_sees("coding", "Average of 100")
        await user.press("escape")
        await user.until_sees("n hernia")


def test_an_answer_that_comes_while_the_screen_closes_does_no_harm() -> None:
    closing = DataPanels()
    assert closing.room is None
    assert closing.pair_side == THUMBNAIL
