"""Looking into the charts of Train: window, cursor, scales and smoothing, by keys and by mouse."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import msgspec
import pytest
from textual.events import MouseMove, MouseScrollDown, MouseScrollUp

from snn_tui.config.view_state import ViewMemory
from snn_tui.render import axes, chart
from snn_tui.runs import events
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.writer import EventWriter
from snn_tui.tui.train.screen import TrainScreen
from tui import made_runs
from tui.conftest import NewApp
from tui.driving import REMOTE, User, covers, opened


def view_of(user: User) -> TrainScreen:
    screen = user.app.screen
    assert isinstance(screen, TrainScreen)
    return screen


@covers("train", "left", "right", "z", "Z", "less_than_sign", "greater_than_sign", "0")
async def test_charts_are_zoomed_panned_and_read(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root)
    async with opened(new_app()) as user:
        await user.open_run()
        await user.until_sees("─ Loss ─")
        await user.press("right")
        await user.until_sees("epoch 10.00 · step 100 · ", "EMA 0.4")
        await user.press("right")
        await user.until_gone("epoch 10.00 · ")
        await user.press("left")
        await user.until_sees("epoch 10.00 · step 100")
        await user.press("z")
        await user.until_sees("─ Loss · zoomed ─")
        assert view_of(user).view.x == (5.0, 15.0)
        await user.press("less_than_sign", "less_than_sign")
        assert view_of(user).view.x == (0.0, 10.0)
        await user.press("greater_than_sign")
        assert view_of(user).view.x == (2.5, 12.5)
        await user.press("Z")
        await user.until_sees("─ Loss ─")
        await user.press("z", "0")
        await user.until_sees("─ Loss ─")
        await user.until_gone("· step 100")


@covers("train", "X", "g", "o", "left_square_bracket", "right_square_bracket")
async def test_the_scales_of_charts_can_be_changed(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root)
    async with opened(new_app()) as user:
        await user.open_run()
        await user.until_sees("─ Loss ─", "epoch")
        await user.press("X")
        await user.until_sees("step", "200")
        await user.press("X")
        await user.until_sees("time in s")
        await user.press("X")
        await user.until_gone("time in s")
        await user.press("g")
        await user.until_sees("─ Loss · log y ─")
        await user.press("o")
        await user.until_sees("─ Loss · log y · outliers clipped ─")
        await user.press("g", "o", "right_square_bracket")
        await user.until_sees("─ Loss · zoomed ─")
        await user.press("left_square_bracket", "left_square_bracket", "0")
        await user.until_sees("─ Loss ─")


@covers("train", "plus", "equals_sign", "minus")
async def test_smoothing_is_remembered(new_app: NewApp, root: Path, tmp_path: Path) -> None:
    made_runs.finished_run(root)
    app = new_app()
    app.memory = ViewMemory(tmp_path / "view.json")
    async with opened(app) as user:
        await user.open_run()
        await user.until_sees("─ Loss ─")
        await user.press("plus", "equals_sign")
        await user.until_sees("─ Loss · smoothing 0.98 ─")
        await user.press("minus")
        await user.until_sees("─ Loss · smoothing 0.95 ─")
    assert ViewMemory(tmp_path / "view.json").state.smoothing == {"loss": 0.95}


async def test_the_window_stays_when_data_come(new_app: NewApp, root: Path) -> None:
    run: RunDir = made_runs.make_run(root, made_runs.trained(3, of=20))
    async with opened(new_app()) as user:
        await user.open_run()
        await user.until_sees("─ Loss ─")
        await user.press("z", "z")
        window = view_of(user).view.x
        with EventWriter(run) as writer:
            writer.write(*made_runs.trained(5, of=20)[40:])
        await user.until_sees("★ 5")
        assert view_of(user).view.x == window
        await user.until_sees("─ Loss · zoomed ─")


async def test_the_wheel_zooms_and_the_pointer_reads(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root)
    async with opened(new_app()) as user:
        await user.open_run()
        await user.until_sees("─ Loss ─")
        await user.wheel("batch", MouseScrollUp)
        await user.until_sees("─ Loss · zoomed ─")
        await user.wheel("batch", MouseScrollDown)
        await user.until_sees("─ Loss ─")
        x, y = user.where("batch")
        await user._mouse(MouseMove, (x + 15, y + 8), button=0)
        await user.until_sees(" · step ", "EMA 0.")


@covers("train", "c", "C")
async def test_every_logged_number_can_be_drawn(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root)
    async with opened(new_app()) as user:
        await user.open_run()
        await user.until_sees("─ Loss ─")
        await user.press("c")
        await user.until_sees("─ Val accuracy ─")
        await user.press("C", "C")
        await user.until_sees("─ Power ─", "nothing logged yet")
        await user.press("C", "C", "C", "right")
        await user.until_sees("─ Processor use ─", "180")
        await user.press("C")
        await user.until_sees("─ Gradient norm ─", "norm 0.")
        await user.press("C")
        await user.until_sees("─ Images a second ─", "images/s 4812")
        await user.press("C")
        await user.until_sees("─ Learning rate ─", "lr 0.0001")
        await user.press("C")
        await user.until_sees("─ Firing rates on val ─", "conv1 0.121", "conv2 0.064", "out 0.412")
        await user.press("plus")
        await user.until_sees("─ Firing rates on val · smoothing 0.5 ─")


@covers("train", "m")
async def test_the_machine_has_a_page(new_app: NewApp, root: Path) -> None:
    told = made_runs.trained(3, of=20)
    beat = events.Heartbeat(
        t=1.0, cpu=150.0, memory=3 << 29, gpu=61.0, gpu_memory=5 << 30, gpu_temperature=64.0, gpu_power=231.5
    )
    made_runs.make_run(root, [*told[:20], msgspec.structs.replace(beat, t=told[19].t), *told[20:]])
    async with opened(new_app()) as user:
        await user.open_run()
        await user.until_sees("─ Loss ─")
        await user.press("m")
        await user.until_sees("─ Processor use ─", "─ Memory ─", "─ Temperature ─", "─ Power ─")
        await user.until_gone("─ Loss ─")
        await user.press("right")
        for _ in range(60):
            if "231.5" in user.sees:
                break
            await user.press("left")
        await user.until_sees("CPU 150", "GPU 61", "process 1.5", "GPU 5", "GPU 64", "GPU 231.5")
        await user.press("m")
        await user.until_sees("─ Loss ─")


async def test_a_machine_without_a_gpu_has_two_charts(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root)
    async with opened(new_app(), size=(60, 20)) as user:
        await user.open_run()
        await user.until_sees("─ Loss ─")
        await user.press("m")
        await user.until_sees("─ Processor use ─", "─ Memory ─")
        assert "Power" not in user.sees


async def test_moving_the_cursor_draws_no_line_again_and_sends_little(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root)
    async with opened(new_app(REMOTE)) as user:
        await user.open_run()
        await user.press("right")
        await user.until_sees("epoch 10.00 · step 100")
        await user.settle()
        app = user.app
        with (
            mock.patch.object(chart, "bucket", wraps=axes.bucket) as bucket,
            mock.patch.object(app, "_display", wraps=app._display) as display,
        ):
            await user.press("right")
            await user.until_gone("epoch 10.00 · ")
            await user.settle()
            assert not bucket.called
            # What the values are, what they were, and where; all of a chart would be some 6 KB.
            sent = [call.args[1].render_segments(app.console) for call in display.call_args_list]
            assert 0 < sum(map(len, sent)) < 2500
            await user.press("z")
            await user.until_sees("─ Loss · zoomed ─")
            assert bucket.called


async def test_the_first_key_shows_something_of_a_run_that_has_just_begun(
    new_app: NewApp, root: Path
) -> None:
    made_runs.make_run(root, made_runs.trained(2, of=200), epochs=200)
    async with opened(new_app()) as user:
        await user.open_run()
        await user.until_sees("─ Loss ─")
        await user.press("z")
        await user.until_sees("─ Loss · zoomed ─", "EMA")
        await user.press("right")
        await user.until_sees("EMA 0.")


async def test_a_run_is_drawn_where_it_is_seen_and_is_whole_on_coming_back(
    new_app: NewApp, root: Path
) -> None:
    run: RunDir = made_runs.make_run(root, made_runs.trained(3, of=20))
    async with opened(new_app()) as user:
        await user.open_run()
        await user.until_sees("★ 3")
        await user.press("4")
        await user.until_sees("Leaky neuron")
        with mock.patch.object(
            TrainScreen, "show_run", autospec=True, side_effect=TrainScreen.show_run
        ) as shown:
            with EventWriter(run) as writer:
                writer.write(*made_runs.trained(5, of=20)[40:])
            followed = user.app.followed
            await user.until(lambda: followed is not None and len(followed.state.epochs_ended) == 5)
            await user.handled()
            assert not shown.called
            await user.press("1")
            await user.until_sees("★ 5")


@pytest.mark.parametrize("how", ["resized", "recoloured"])
@pytest.mark.parametrize("away", ["m", "4"])
async def test_a_chart_that_was_hidden_while_data_came_can_be_drawn_in_another_way(
    new_app: NewApp, root: Path, away: str, how: str
) -> None:
    run: RunDir = made_runs.make_run(root, made_runs.trained(3, of=20))
    async with opened(new_app()) as user:
        await user.open_run()
        await user.until_sees("★ 3")
        await user.press(away)
        await user.until_gone("─ Loss ─")
        with EventWriter(run) as writer:
            writer.write(*made_runs.trained(5, of=20)[40:])
        followed = user.app.followed
        await user.until(lambda: followed is not None and len(followed.state.epochs_ended) == 5)
        await user.handled()
        if how == "resized":
            await user.resize(130, 45)
        else:
            user.app.action_toggle_theme()
        await user.press(away if away == "m" else "1")
        await user.until_sees("─ Loss ─", "★ 5")
