"""Inspect with several classes, images in colour and several labels at once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from snn_tui.config.view_state import ViewMemory
from snn_tui.inspector import run_messages
from snn_tui.inspector.messages import Working
from snn_tui.tui.inspect.state import LayerChoice, mapped_labels
from snn_tui.tui.inspect.traced import TracedScreen
from snn_tui.values.layer_spikes import LayerSpikes
from tui import fake_inspected, made_runs
from tui.conftest import NewApp
from tui.driving import ASCII, LOCAL, NARROW, REMOTE, SMALLEST, WIDE, User, covers, opened


@pytest.fixture
def run(root: Path) -> Path:
    """A run that can be looked inside."""
    return made_runs.finished_run(root).path


async def go(user: User, image: str = "0 of 30") -> None:
    """Go to Inspect and wait for its first picture."""
    await user.press("2")
    await user.until_sees(image, "spread")


@covers("inspect", "a")
async def test_a_key_switches_between_half_blocks_and_ascii_art(new_app: NewApp, run: Path) -> None:
    async with opened(new_app(REMOTE)) as user:
        await go(user, "0 of 40")
        assert "▀▀▀▀" in user.sees
        await user.until_sees("a ASCII")
        await user.press("a")
        await user.until_gone("▀")
        await user.until_sees("=+++", "a blocks")
        await user.press("n", "c", "m")  # of the next image, of a layer's channels, and below the evidence
        await user.until_sees("X-ray 1 of 40", "conv1", "P", "p pneumonia 6.0 spikes")
        assert "▀" not in user.sees
        await user.press("a")
        await user.until_sees("▀", "a ASCII", "● pneumonia 6.0 spikes")


async def test_ascii_art_is_kept_until_the_next_time(new_app: NewApp, run: Path, tmp_path: Path) -> None:
    for blocks, key in ((True, "a ASCII"), (False, "a blocks"), (True, "a ASCII")):
        app = new_app(REMOTE)
        app.memory = ViewMemory(tmp_path / "view.json")
        async with opened(app) as user:
            await go(user, "0 of 40")
            await user.until_sees(key)
            assert ("▀" in user.sees) is blocks
            await user.press("a")
            await user.until_gone(key)


async def test_without_half_blocks_there_is_nothing_to_switch(new_app: NewApp, run: Path) -> None:
    async with opened(new_app(ASCII)) as user:
        await go(user, "0 of 40")
        before = user.sees
        assert "a ASCII" not in before
        await user.press("a")
        await user.until_told("a ASCII: not possible here now")


@pytest.mark.parametrize("size", [WIDE, NARROW, SMALLEST])
async def test_a_network_without_spikes_has_no_steps_to_play_and_none_in_words(
    new_app: NewApp, run: Path, size: tuple[int, int]
) -> None:
    (run / "dense").touch()
    async with opened(new_app(LOCAL), size) as user:
        await user.press("2")
        await user.until_sees("0 of 40", "logit", "log-odds")
        for word in ("Spikes", "step", "Step", "1/1", "space", "raster"):
            assert word not in user.sees
        await user.press("space")
        await user.until_told("space play: not possible here now")
        await user.press("question_mark")
        await user.until_sees("(relu)")
        assert "time step" not in user.sees
        await user.press("escape", *["c"] * (2 if size == SMALLEST else 1))  # there the input comes first
        await user.until_sees("conv1")
        assert "/1" not in user.sees


@pytest.mark.parametrize("task", ["grades", "findings", "organs", "many"])
@pytest.mark.parametrize("size", [WIDE, NARROW, SMALLEST])
async def test_predicted_and_true_classes_are_marked_at_every_size(
    new_app: NewApp, run: Path, monkeypatch: pytest.MonkeyPatch, task: str, size: tuple[int, int]
) -> None:
    monkeypatch.setenv("FAKE_INSPECTED", task)
    kind = fake_inspected.TASKS[task]
    index = 8
    true, said = fake_inspected.truth(kind, index), fake_inspected.predicted(kind, index)
    assert set(true) != set(said)
    async with opened(new_app(REMOTE), size) as user:
        await go(user)
        await user.press("g")
        await user.until_sees("Index")
        await user.type(str(index))
        await user.press("enter")
        await user.until_sees(f" {index} of 30", "▸ predicted · ✓ true")
        await user.until_sees("✗")
        lines = [line.rpartition("│ ")[0] + "│" + line for line in user.sees.splitlines()]
        for label in said:
            mark = "▸✓ " if label in true else "▸  "
            assert any(mark + kind.letters[label] in line for line in lines), user.sees
        for label in set(true) - set(said):
            assert any(" ✓ " + kind.letters[label] in line for line in lines), user.sees


async def test_images_are_filtered_by_class_and_by_how_sure_they_are(
    new_app: NewApp, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_INSPECTED", "grades")
    async with opened(new_app(REMOTE)) as user:
        await go(user)
        await user.press("f")
        await user.until_sees("2 of 30 · test · wrong 1/10", "✗ wrong")
        await user.press("f")
        await user.until_sees("· test · right 3/20", "✓ right")
        await user.press("f")
        await user.until_sees("· test · least sure first 1/30")
        await user.press("f")
        await user.until_sees("· test · class 0 ", "/6")
        await user.press("n")
        await user.until_sees("· test · class 0 ", "/6", "truth    0")
        await user.press("f", "f", "f", "f")
        await user.until_sees("· test · class 4 ", "/6", "truth    4")
        await user.press("f")
        await user.until_gone("· class")


async def test_the_map_goes_through_the_predicted_and_the_true_class(
    new_app: NewApp, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_INSPECTED", "organs")
    async with opened(new_app(REMOTE)) as user:
        await go(user)
        await user.press("n", "n")
        await user.until_sees("Image 2 of 30", "verdict  d organ 3 ✗ wrong")
        await user.press("m")
        await user.until_sees("orange for organ 3 4.0 · blue against 1.9 spikes")
        await user.press("m")
        await user.until_sees("orange for organ 2 4.0 · blue against 1.9 spikes")
        await user.press("m")
        await user.until_gone("orange")
        await user.press("m", "n")
        await user.until_sees("Image 3 of 30", "orange for organ 3 4.0")


async def test_an_answer_about_another_split_is_dropped(
    new_app: NewApp, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(new_app(REMOTE)) as user:
        await go(user, "0 of 40")
        ask = user.app.inspector.ask
        screen: Any = user.app.screen

        async def meanwhile(question: Any, *rest: Any) -> Any:
            answer = await ask(question, *rest)
            if isinstance(question, run_messages.PredictSplit):
                screen.action_split()
            return answer

        monkeypatch.setattr(user.app.inspector, "ask", meanwhile)
        await user.press("f")
        await user.until_sees("X-ray 0 of 30 · val ─")
        assert not screen._images.surveyed


async def test_predictions_for_other_images_than_there_are_are_refused(
    new_app: NewApp, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(new_app(REMOTE)) as user:
        await go(user, "0 of 40")
        screen = user.app.screen
        assert isinstance(screen, TracedScreen)
        screen._images.size = 39
        await user.press("f")
        await user.until_told("The images are others than before")
        assert not screen._images.surveyed


async def test_judging_a_split_says_how_far_it_is_and_escape_stops_it(
    new_app: NewApp, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(new_app(REMOTE)) as user:
        await go(user, "0 of 40")
        ask, stopped = user.app.inspector.ask, []

        async def slow(question: Any, on_working: Any = None) -> Any:
            if not isinstance(question, run_messages.PredictSplit):
                return await (ask(question, on_working) if on_working else ask(question))
            try:
                while True:
                    on_working(Working("judging test", 0.43))
                    await asyncio.sleep(0.1)
            except asyncio.CancelledError:
                stopped.append(question.split)
                raise

        monkeypatch.setattr(user.app.inspector, "ask", slow)
        await user.press("f")
        await user.until_sees("judging test 43%")
        await user.press("escape")
        await user.until_gone("judging test 43%")
        assert stopped == ["test"]
        await user.press("n")
        await user.until_sees("1 of 40")


def test_the_title_keeps_its_channels_while_the_next_image_loads() -> None:
    trace = fake_inspected.trace(fake_inspected.TASKS["organs"], 1, 0)
    choice = LayerChoice()
    layer = LayerSpikes(name="conv1", channels=12, height=2, width=2, spikes=[bytes(48)] * 20)
    choice.take(run_messages.HiddenLayers([layer]))
    choice.turn(input_apart=False)
    for _ in range(4):
        choice.turn_channel(1)
    assert choice.name(trace) == "conv1 · channel 4 of 12"
    choice.forget()
    assert choice.name(trace) == "conv1 · channel 4 of 12"
    assert choice.layer(trace) is None
    assert choice.has_channels


def test_the_input_of_three_channels_is_a_layer_of_three() -> None:
    trace = fake_inspected.trace(fake_inspected.TASKS["grades"], 1, 0)
    layer = LayerChoice().layer(trace)
    assert layer is not None
    assert (layer.channels, layer.neurons) == (3, 3 * 28 * 28)
    step = trace.spikes_in[4]
    assert [layer.channel(channel).spikes[4] for channel in range(3)] == [step[0::3], step[1::3], step[2::3]]


def test_there_is_a_map_for_each_predicted_and_true_class_or_for_the_largest_output() -> None:
    task = fake_inspected.TASKS["findings"]
    wrong = fake_inspected.trace(task, 8, 0)
    true, predicted = fake_inspected.truth(task, 8), fake_inspected.predicted(task, 8)
    assert list(mapped_labels(wrong)) == [*predicted, *(label for label in true if label not in predicted)]
    nothing = fake_inspected.trace(task, 0, 0)
    assert nothing.predicted(nothing.num_steps) == ()
    scores = nothing.scores(nothing.num_steps)
    assert list(mapped_labels(nothing)) == [scores.index(max(scores))]


@covers("inspect", "up", "down")
async def test_output_neurons_that_do_not_fit_are_scrolled_to(
    new_app: NewApp, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_INSPECTED", "organs")
    async with opened(new_app(REMOTE), NARROW) as user:
        await go(user)
        await user.until_sees("more", "(↑↓)")
        assert "↑↓ channel" not in user.sees

        def drawn() -> set[str]:
            return {str(number) for number in range(14) if f" organ {number} " in user.sees}

        first = seen = drawn()
        assert len(first) < 14
        for _ in range(14):
            await user.press("down")
            seen = seen | drawn()
        assert seen == set(map(str, range(14)))
        assert drawn() != first
        await user.press(*["up"] * 14)
        assert drawn() == first
        await user.press("down", "down", "n")  # another image begins at the first again
        await user.until_sees("1 of 30")
        screen: Any = user.app.screen
        assert screen._scrolled == 0
        await user.resize(*WIDE)
        await user.settle()
        assert "↑↓" not in user.sees
        await user.press("down")
        await user.until_told("not possible here now")
