"""Inspect: pictures, time steps and verdicts, with the real client of a stand-in inspector."""

from __future__ import annotations

import os
import random
import re
import signal
from pathlib import Path

import pytest
from textual.geometry import Region
from textual.widgets import Input

from snn_tui.render.terminal import Terminal
from snn_tui.runs import summary
from snn_tui.tui.shared.too_small import TooSmall
from tui import made_runs
from tui.conftest import Hold, NewApp
from tui.driving import ASCII, LOCAL, NARROW, REMOTE, WIDE, User, covers, opened


@pytest.fixture(autouse=True)
def questions(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The file the inspector writes what it is asked to."""
    file = tmp_path / "questions"
    monkeypatch.setenv("FAKE_SEEN", str(file))
    return file


@pytest.fixture
def run(root: Path) -> Path:
    """A run that can be looked inside."""
    return made_runs.finished_run(root).path


def step(user: User) -> int:
    """The time step the screen says it shows."""
    found = re.search(r"Spikes in [·-] (\d+)/20", user.sees)
    assert found
    return int(found[1])


async def go(user: User) -> None:
    """Go to Inspect and wait for its first picture, with nothing playing."""
    await user.press("2")
    await user.until_sees("0 of 40", "spread")
    await user.press("end")


@covers("app", "2", "1")
@covers("inspect", "left", "right", "home", "end", "space", "plus", "equals_sign", "minus")
async def test_time_steps(new_app: NewApp, run: Path) -> None:
    async with opened(new_app()) as user:
        await user.press("2")
        await user.until_sees("X-ray 0 of 40 · test", "paper-s0 · PneumoniaMNIST · epoch 20")
        await user.until(lambda: step(user) > 1)  # it plays by itself
        await user.press("end")
        assert step(user) == 20
        assert "verdict  ○ normal ✓ right" in user.sees
        assert "margin   7 spikes" in user.sees
        await user.press("home")
        assert step(user) == 0
        assert "no step shown" in user.sees
        await user.press("left")
        assert step(user) == 0
        await user.press("right", "right")
        assert step(user) == 2
        await user.press("left")
        assert step(user) == 1
        await user.press("end")
        assert step(user) == 20
        await user.press("right")
        assert step(user) == 20
        for key, speed in (("plus", 20), ("plus", 20), ("minus", 10), ("minus", 5), ("equals_sign", 10)):
            await user.press(key)
            assert f" {speed} steps/s" in user.sees
        await user.press("minus", "minus", "minus", "minus")
        assert " 1 steps/s" in user.sees
        await user.press("space")  # from the beginning, slowly
        assert step(user) < 20
        await user.press("space")
        held = step(user)
        await user.press("plus", "plus", "plus", "plus")
        assert step(user) == held
        await user.press("space")
        await user.until(lambda: step(user) == 20)
        await user.press("1")
        await user.until_sees("New run")


@covers("inspect", "n", "p", "g", "v", "r", "R")
async def test_images_draws_and_splits(new_app: NewApp, run: Path) -> None:
    async with opened(new_app(REMOTE)) as user:
        await go(user)
        await user.press("n")
        await user.until_sees("X-ray 1 of 40")
        await user.press("p", "p")
        await user.until_sees("X-ray 39 of 40")
        await user.press("n")
        await user.until_sees("X-ray 0 of 40")

        await user.press("g")
        await user.until_sees("Index of the image, 0 to 39:")
        await user.type("9")
        await user.press("enter")
        await user.until_sees("X-ray 9 of 40", "verdict  ● pneumonia ✓ right", "24/32 say pneumonia")
        for _ in range(3):
            await user.press("r")
        await user.until_sees("draw     3", "verdict  ○ normal ✗ wrong")
        await user.press("R")
        await user.until_sees("draw     0 (as evaluated)", "✓ right")

        for wrong in ("40", "-1", "x", "1.5"):
            await user.press("g")
            await user.until_sees("Index of the image")
            await user.type(wrong)
            await user.press("enter")
            await user.until_told(f"{wrong} is no index from 0 to 39.")
            assert "X-ray 9 of 40" in user.sees
        for leave in ("enter", "escape"):
            await user.press("g")
            await user.until_sees("Index of the image")
            await user.press(leave)
            await user.until_sees("X-ray 9 of 40")

        await user.press("v")
        await user.until_sees("X-ray 0 of 30 · val")
        await user.press("v")
        await user.until_sees("X-ray 0 of 60 · train")
        await user.press("v")
        await user.until_sees("X-ray 0 of 40 · test")


@covers("inspect", "f")
async def test_filters_go_round_and_leave_out_what_is_empty(new_app: NewApp, run: Path) -> None:
    async with opened(new_app(REMOTE)) as user:
        await go(user)
        await user.press("f")
        await user.until_sees("X-ray 4 of 40 · test · wrong 1/4", "✗ wrong")
        await user.press("p")
        await user.until_sees("X-ray 21 of 40 · test · wrong 4/4")
        await user.press("n")
        await user.until_sees("X-ray 4 of 40 · test · wrong 1/4")
        await user.press("f")
        await user.until_sees("X-ray 4 of 40 · test · false negatives 1/2", "truth    ● pneumonia")
        await user.press("f")
        await user.until_sees("X-ray 10 of 40 · test · false positives 1/2", "truth    ○ normal")
        await user.press("f")
        await user.until_sees("X-ray 10 of 40 · test ─")
        await user.press("f")
        await user.until_sees("wrong 3/4")
        await user.press("g")
        await user.until_sees("Index of the image")
        await user.type("11")
        await user.press("enter")
        await user.until_sees("X-ray 11 of 40 · test ─")  # the filter would hide it

        await user.press("v", "f")  # val has one false negative and no false positive
        await user.until_sees("X-ray 2 of 30 · val · wrong 1/1")
        await user.press("f")
        await user.until_sees("false negatives 1/1")
        await user.press("f")
        await user.until_told("There are no false positives in val.")
        await user.until_sees("X-ray 2 of 30 · val ─")


async def test_nothing_is_wrong(new_app: NewApp, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_ALL_RIGHT", "")
    async with opened(new_app(REMOTE)) as user:
        await go(user)
        await user.press("f")
        for name in ("wrong", "false negatives", "false positives"):
            await user.until_told(f"There are no {name} in test.")
        await user.until_sees("X-ray 0 of 40 · test ─")


@covers("inspect", "i")
async def test_a_picture_that_looks_inverted_is_warned_of_and_inverted_by_a_key(
    new_app: NewApp, run: Path, tmp_path: Path
) -> None:
    (tmp_path / "film.png").write_bytes(b"a picture")
    async with opened(new_app(REMOTE)) as user:
        await go(user)
        await user.press("o")
        await user.until_sees("Path of a PNG, JPEG, TIFF, BMP, WebP or DICOM file:")
        user.widget("Input", Input).value = str(tmp_path / "film.png")
        await user.press("enter")
        await user.until_sees("Your picture · film.png", "looks inverted")
        assert "picture inverted" not in user.sees
        await user.press("i")
        await user.until_sees("film.png · inverted", "picture inverted")
        assert "looks inverted" not in user.sees
        await user.press("i")
        await user.until_sees("looks inverted")
        await user.press("i", "escape")
        await user.until_sees("X-ray 0 of 40")
        assert "inverted" not in user.sees


@covers("inspect", "o", "escape")
async def test_a_picture_of_ones_own(new_app: NewApp, run: Path, tmp_path: Path) -> None:
    name = "[b]lungs[/b] 1.png".replace("/", "")
    (tmp_path / name).write_bytes(b"a picture")

    async def open_picture(user: User, path: Path) -> None:
        await user.press("o")
        await user.until_sees("Path of a PNG, JPEG, TIFF, BMP, WebP or DICOM file:", "esc cancels")
        user.widget("Input", Input).value = str(path)
        await user.press("enter")

    async with opened(new_app(REMOTE)) as user:
        await go(user)
        await user.press("n")
        await user.until_sees("X-ray 1 of 40")
        assert "esc back" not in user.sees
        await open_picture(user, tmp_path / name)
        await user.until_sees(
            f"Your picture · {name}", "truth    not known", "32/32 say pneumonia", "esc back"
        )
        await user.press("r")
        await user.until_sees("draw     1")
        await open_picture(user, tmp_path / "missing.png")
        await user.until_told(f"{tmp_path / 'missing.png'}: no such picture\ngive another")
        await user.press("r")  # of the picture before, which is still there
        await user.until_sees(f"Your picture · {name}", "draw     2")
        await user.press("escape")
        await user.until_sees("X-ray 1 of 40", "draw     0")
        await user.until_gone("esc back")
        await open_picture(user, tmp_path / "missing.png")
        await user.press("r")
        await user.until_sees("X-ray 1 of 40", "draw     1")
        for key, image in (("n", 1), ("p", 1), ("v", 0)):
            await open_picture(user, tmp_path / name)
            await user.until_sees("Your picture")
            await user.press(key)
            await user.until_sees(f"X-ray {image} of ")


async def test_a_killed_inspector_comes_back_and_says_so(new_app: NewApp, run: Path) -> None:
    async with opened(new_app(REMOTE)) as user:
        await go(user)
        pid = user.app.inspector.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await user.press("n")
        await user.until_told("The inspector process had died and was started again.")
        await user.until_sees("X-ray 1 of 40", "0/32 say")
        assert user.app.inspector.pid != pid


async def test_a_picture_the_inspector_dies_of_once(
    new_app: NewApp, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_DIES_ONCE", str(tmp_path / "died"))
    monkeypatch.setenv("FAKE_DIES_ALWAYS", "")
    async with opened(new_app(REMOTE)) as user:
        await go(user)
        await user.press("n", "n", "n", "n", "n")
        await user.until_told("The inspector process had died and was started again.")
        await user.until_sees("X-ray 5 of 40")
        await user.press("n")
        await user.until_told("the inspector process died twice (out of memory)\nask again")
        await user.until_sees("X-ray 5 of 40")
        await user.press("n")
        await user.until_sees("X-ray 7 of 40")


@covers("inspect", "w")
async def test_phantoms_stand_in_until_the_download(
    new_app: NewApp, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_STAND_IN", "")
    monkeypatch.setenv("FAKE_NO_NETWORK", "")
    async with opened(new_app(REMOTE)) as user:
        await user.press("2")
        await user.until_sees("SYNTHETIC phantoms: PneumoniaMNIST is not on this machine, w downloads it.")
        await user.until_sees("Phantom 0 of 40", "Phantoms (synthetic)")
        await user.press("w")
        await user.until_told("no route to zenodo.org\ncopy the file here by hand")
        await user.until_sees("Phantom 0 of 40", "0/32 say")
        monkeypatch.delenv("FAKE_NO_NETWORK")
        await user.app.inspector.close()  # the next one finds the network
        await user.press("w")
        await user.until_sees("X-ray 0 of 40", "paper-s0 · PneumoniaMNIST")
        assert "SYNTHETIC" not in user.sees
        await user.press("w")
        await user.until_sees("X-ray 0 of 40")


async def test_a_picture_of_ones_own_is_not_called_a_phantom(
    new_app: NewApp, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_STAND_IN", "")
    (tmp_path / "film.png").write_bytes(b"a picture")
    async with opened(new_app(REMOTE)) as user:
        await user.press("2")
        await user.until_sees("SYNTHETIC phantoms", "Phantom 0 of 40")
        await user.press("o")
        await user.until_sees("Path of a PNG")
        user.widget("Input", Input).value = str(tmp_path / "film.png")
        await user.press("enter")
        await user.until_sees("Your picture · film.png")
        await user.until_gone("SYNTHETIC")
        await user.press("escape")
        await user.until_sees("SYNTHETIC phantoms", "Phantom 0 of 40")


async def test_without_any_run_it_says_what_to_do(new_app: NewApp, questions: Path) -> None:
    async with opened(new_app()) as user:
        await user.press("2")
        await user.until_sees("No run has a checkpoint yet: start one on Train (1)")
        footer = user.sees.splitlines()[-1]
        assert "image" not in footer
        assert "open" not in footer
        await user.press("n", "p", "g", "f", "v", "r", "R", "o", "w", "space", "left", "home", "end", "plus")
        await user.until_sees("No run has a checkpoint yet")
        assert not user.app.screen.is_modal
        assert len(user.app.screen.query("Toast")) <= 1  # the word about keys that can do nothing
        assert not questions.exists()


async def test_a_shipped_run_is_there_from_the_start(
    new_app: NewApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = made_runs.finished_run(tmp_path / "shipped")
    shipped.card.write_text("# What this is\n")
    monkeypatch.setattr(summary, "shipped_runs", lambda: [shipped])
    async with opened(new_app(REMOTE)) as user:
        await user.press("2")
        await user.until_sees("X-ray 0 of 40", "paper-s0 · PneumoniaMNIST · epoch 20")
        await user.press("l")
        await user.until_sees(shipped.name, "shipped")


async def test_a_run_without_weights_says_why_and_leaves_the_other_usable(
    new_app: NewApp, run: Path, root: Path
) -> None:
    made_runs.stopped_run(root, seed=1, minute=1).weights.unlink()
    async with opened(new_app(REMOTE)) as user:
        await go(user)
        await user.press("l")
        await user.until_sees("stopped")
        await user.press("enter")
        await user.until_told("no checkpoint yet\nwait for its first epoch")
        await user.until_sees("checkpoint yet")  # the path before it is of any length, and wrapped
        await user.press("n")
        await user.until_sees("X-ray 1 of 40", "paper-s0 ·")


async def test_it_shows_the_run_that_train_shows_once_there_is_something_to_see(
    new_app: NewApp, run: Path, root: Path, held: Hold
) -> None:
    fresh = held(made_runs.make_run(root, made_runs.trained(0, 3), seed=1, minute=1))
    async with opened(new_app(REMOTE)) as user:
        await user.until_sees("paper-s1 · PneumoniaMNIST", "● training")
        await go(user)
        assert "paper-s0 ·" in user.sees  # the other one has no checkpoint yet
        await user.press("n")
        await user.until_sees("X-ray 1 of 40")
        await user.press("1")
        await user.until_sees("Epochs (on val)")
        await user.press("2")
        await user.until_sees("paper-s0 ·", "X-ray 1 of 40")  # as it was left
        fresh.weights.write_bytes(b"of its first epoch")
        await user.press("1", "2")
        await user.until_sees("paper-s1 ·", "X-ray 0 of 40", "● training")
        await user.press("1")
        await user.open_run(down=1)
        await user.until_sees("✓ finished")
        await user.press("2")
        await user.until_sees("paper-s0 ·", "X-ray 0 of 40", "✓ finished")


async def test_a_first_checkpoint_is_found_when_one_comes_back(new_app: NewApp, root: Path) -> None:
    async with opened(new_app(REMOTE)) as user:
        await user.press("2")
        await user.until_sees("No run has a checkpoint yet")
        await user.press("1")
        await user.until_sees("New run")
        made_runs.finished_run(root)
        await user.press("2")
        await user.until_sees("paper-s0 ·", "X-ray 0 of 40")


async def test_new_weights_forget_the_verdicts(new_app: NewApp, run: Path) -> None:
    async with opened(new_app(REMOTE)) as user:
        await go(user)
        await user.press("f")
        await user.until_sees("wrong 1/4", "epoch 20")
        (run / "epoch").write_text("21")
        await user.press("n")
        await user.until_sees("epoch 21", "X-ray 7 of 40 · test ─")


@pytest.mark.parametrize("terminal", [LOCAL, ASCII])
async def test_the_layout_follows_the_size(new_app: NewApp, run: Path, terminal: Terminal) -> None:
    async with opened(new_app(terminal)) as user:
        await go(user)

        def panels() -> dict[str, Region]:
            ids = ("xray", "spikes", "outputs", "facts")
            return {name: user.widget(f"#{name}").region for name in ids}

        roomy = panels()
        await user.resize(*NARROW)
        await user.until(lambda: user.widget("#inspect").has_class("-tight"))
        tight = panels()
        assert tight["xray"][1] == tight["spikes"][1] == tight["facts"][1]
        assert tight["outputs"][1] > tight["facts"][1]
        assert "margin" in user.sees
        assert terminal.unicode or user.sees.isascii(), user.sees
        await user.resize(59, 24)
        await user.until_sees("This terminal is 59x24.", "snn-tui needs 60x20")
        await user.press("l", "2", "1", "question_mark", "n", "ctrl+p")
        assert isinstance(user.app.screen, TooSmall)
        await user.resize(50, 10)
        await user.until_sees("This terminal is 50x10.")
        await user.resize(*NARROW)
        await user.until(lambda: panels() == tight)
        await user.resize(*WIDE)
        await user.until(lambda: panels() == roomy)
        await user.until_sees("0 of 40", "margin")


@pytest.mark.parametrize("size", [(60, 20), (77, 40), (130, 22)])
@pytest.mark.parametrize("terminal", [LOCAL, ASCII])
async def test_at_the_smallest_sizes_the_neurons_and_the_verdict_are_still_there(
    new_app: NewApp, run: Path, size: tuple[int, int], terminal: Terminal
) -> None:
    async with opened(new_app(terminal), size=size) as user:
        await user.press("2")
        await user.until_sees("0 of 40", "spread", "0/32")
        await user.press("end")
        await user.until_sees("Step 20/20", "truth", "verdict", "margin   7 spikes", "membrane")
        assert "Spikes in" not in user.sees
        lines = user.sees.splitlines()
        for name, count in (("normal", "11"), ("pneumonia", "4")):
            assert any(name in line and f" {count} " in line for line in lines), user.sees
        assert user.widget("#xray").content_size.width >= 28
        assert user.widget("#xray").content_size.height >= 14


async def test_the_mean_of_the_input_spikes_is_named_where_it_is_drawn(new_app: NewApp, run: Path) -> None:
    async with opened(new_app()) as user:
        await go(user)
        await user.until_sees("Spikes in · 20/20 · their mean so far")
        await user.resize(112, 36)
        await user.until_gone("their mean so far")
        await user.resize(*WIDE)
        await user.until_sees("their mean so far")
    async with opened(new_app(REMOTE)) as user:
        await go(user)
        await user.until_sees("their mean so far")
        await user.press("left")
        await user.until_sees("Spikes in · 19/20")
        assert "their mean" not in user.sees


@pytest.mark.parametrize("mode", ["train", "inspect"])
async def test_a_storm_of_sizes_does_no_harm(new_app: NewApp, run: Path, mode: str) -> None:
    sizes = random.Random(4)
    async with opened(new_app(REMOTE)) as user:
        if mode == "inspect":
            await go(user)
        else:
            await user.open_run()
            await user.until_sees("finished")
        await user.settle()
        before = user.sees
        for _ in range(3):  # without SteadyScreen two sizes soon chase each other for ever
            await user.drag((sizes.randint(1, 160), sizes.randint(1, 60)) for _ in range(30))
        await user.resize(*WIDE)
        await user.until(lambda: len(user.app.screen_stack) == 1)
        await user.until(lambda: user.sees == before)
        assert len(user.app.screen_stack) == 1


async def test_a_dialog_asked_for_in_too_small_a_terminal_leaves_no_refusal_behind(new_app: NewApp) -> None:
    async with opened(new_app(), size=(50, 15)) as user:
        await user.until_sees("This terminal is 50x15.")
        user.app.action_choose_run()
        await user.handled()
        await user.resize(*WIDE)
        await user.until_sees("New run")
