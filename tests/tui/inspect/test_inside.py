"""Inspect: the hidden layers, their rasters, and the map of what moved the verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

from snn_tui.inspector.run_messages import HiddenLayers
from snn_tui.tui.inspect.state import LayerChoice
from snn_tui.values.dataset import Picture
from snn_tui.values.layer_spikes import LayerSpikes
from snn_tui.values.task import PNEUMONIA
from snn_tui.values.trace import Trace
from tui import made_runs
from tui.conftest import NewApp
from tui.driving import ASCII, NARROW, REMOTE, User, covers, opened

CRAMPED = (60, 20)


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


async def go(user: User) -> None:
    """Go to Inspect and wait for its first picture, at its last step."""
    await user.press("2")
    await user.until_sees("0 of 40", "spread")


def asked(questions: Path, what: str) -> int:
    """How often the inspector was asked that."""
    return sum(line.startswith(what) for line in questions.read_text().splitlines())


@covers("inspect", "c", "t")
async def test_layers_and_rasters(new_app: NewApp, run: Path, questions: Path) -> None:
    async with opened(new_app(REMOTE)) as user:
        await go(user)
        assert "Spikes in · 20/20" in user.sees
        assert asked(questions, "RecordLayers") == 0  # no layer was chosen
        await user.press("c")
        await user.until_sees("conv1 · 20/20 · 1728 neurons", "fires now")
        await user.press("left")
        await user.until_sees("conv1 · 19/20")
        await user.press("c")
        await user.until_sees("conv2 · 19/20 · 800 neurons")
        await user.press("t")
        await user.until_sees("time step", "more of them fire")
        await user.press("c")
        await user.until_sees("Spikes in · 19/20 · 784 neurons", "time step")
        await user.press("t")
        await user.until_gone("time step")
        await user.until_sees("Spikes in · 19/20 ")
        assert asked(questions, "RecordLayers") == 1


@covers("inspect", "up", "down")
async def test_one_channel_is_drawn_alone(new_app: NewApp, run: Path) -> None:
    async with opened(new_app(REMOTE)) as user:
        await go(user)
        await user.press("down")  # the input has none
        await user.until_told("↓ channel: not possible here now")
        await user.press("c")
        await user.until_sees("conv1 · 20/20 · 1728 neurons", "↑↓ channel")
        await user.press("down")
        await user.until_sees("conv1 · channel 1 of 12 · 20/20 · 144 neurons")
        await user.press("down", "t")
        await user.until_sees("conv1 · channel 2 of 12 · 20/20 · 144 neurons", " 2 ")
        await user.press("up", "up", "up", "t")
        await user.until_sees("conv1 · channel 12 of 12 ")
        await user.press("n")  # the same of the next picture
        await user.until_sees("X-ray 1 of 40", "conv1 · channel 12 of 12 ")
        await user.press("c")
        await user.until_sees("conv2 · 20/20 · 800 neurons")


async def test_another_picture_is_looked_inside_too(new_app: NewApp, run: Path, questions: Path) -> None:
    async with opened(new_app(REMOTE)) as user:
        await go(user)
        await user.press("c")
        await user.until_sees("conv1")
        await user.press("n")
        await user.until_sees("X-ray 1 of 40", "conv1 · 20/20 · 1728 neurons")
        await user.until(lambda: asked(questions, "RecordLayers") == 2)
        await user.press("r")
        await user.until_sees("draw     1")
        await user.until(lambda: "draw=1" in questions.read_text().rpartition("RecordLayers")[2])


@covers("inspect", "m")
async def test_what_moved_the_verdict(new_app: NewApp, run: Path, questions: Path) -> None:
    async with opened(new_app(REMOTE)) as user:
        await go(user)
        await user.press("m")
        await user.until_sees("○ normal 3.0 · ● pneumonia 6.0 spikes")
        await user.press("g")
        await user.until_sees("Index")
        await user.type("3")
        await user.press("enter")
        await user.until_sees("X-ray 3 of 40", "no place decides it alone")
        await user.press("m")
        await user.until_gone("no place decides it alone")
        await user.press("p")
        await user.until_sees("X-ray 2 of 40")
        assert asked(questions, "OccludeImage") == 2


async def test_without_colours_letters_tell_the_sides(new_app: NewApp, run: Path) -> None:
    async with opened(new_app(ASCII)) as user:
        await go(user)
        before = user.sees
        await user.press("m")
        await user.until_sees("n normal 3.0 - p pneumonia 6.0 spikes", "PPPP", "nnn")
        await user.press("m")
        await user.until_gone("PPPP", "pneumonia 6.0 spikes")
        assert user.sees == before


async def test_where_it_is_cramped_layers_take_the_pictures_place(new_app: NewApp, run: Path) -> None:
    async with opened(new_app(REMOTE), CRAMPED) as user:
        await go(user)
        assert "Spikes in" not in user.sees
        for title in ("Spikes in · 20/20", "conv1 · 7x7 of 12x12", " of 5x5"):
            await user.press("c")
            await user.until_sees(title)
            assert "X-ray" not in user.sees
        await user.resize(*NARROW)
        await user.until_sees("conv2 · ", "X-ray 0 of 40")
        await user.resize(*CRAMPED)
        await user.press("c")
        await user.until_sees("X-ray 0 of 40")
        assert "Spikes in" not in user.sees


def hidden(*names: str) -> HiddenLayers:
    """The hidden layers of a network, each of one neuron that never fires."""
    return HiddenLayers(
        [LayerSpikes(name=name, channels=1, height=1, width=1, spikes=[b"\0"]) for name in names]
    )


def test_a_network_with_fewer_layers_takes_the_place_of_a_deep_one() -> None:
    trace = Trace(
        task=PNEUMONIA,
        picture=Picture(pixels=b"\0", height=1, width=1, labels=(1,)),
        spikes_in=[b"\0"],
        spikes_out=[(0, 1)],
        membranes=[(0.0, 1.5)],
        threshold=1.0,
        draw=0,
        synthetic=False,
    )
    choice = LayerChoice()
    choice.take(hidden("conv1", "conv2", "conv3"))
    for _ in range(3):
        choice.turn(input_apart=False)
    assert choice.name(trace) == "conv3"
    choice.forget()
    choice.take(hidden("conv1", "conv2"))
    assert choice.name(trace) == "conv2"
    layer = choice.layer(trace)
    assert layer is not None
    assert layer.name == "conv2"
    choice.turn(input_apart=False)
    assert not choice.chosen
