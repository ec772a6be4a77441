"""The screens beside all this: they show what there is, answer keys, and open the next run."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from textual.pilot import Pilot

from snn_tui.config import RunConfig
from snn_tui.render.terminal import Terminal
from snn_tui.runs import process
from snn_tui.runs.rundir import RunDir
from snn_tui.tui.app import SnnTuiApp
from snn_tui.tui.follower import Followed, follow
from snn_tui.tui.screens.inspect import InspectScreen
from snn_tui.tui.screens.train import TrainScreen

from .conftest import NewRun
from .forge import PATIENCE, Forge
from .ledger import LEDGER
from .test_corruption import FEW, WAYS
from .test_hostile import ESCAPE, hostile_events
from .yard import new_run, results

TERMINAL = Terminal("truecolor", True, False)
CRASH_SECONDS = 30.0
"""After which a vanished trainer has to show."""


@pytest.fixture(autouse=True)
def _nothing_left_running(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Trainers started here are such as the others, and end with the test."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setattr(process, "_children", {})
    yield
    for child in process._children.values():
        child.kill()
        child.wait()


@pytest.fixture(scope="module")
def whole(forge: Forge, images: Path, tmp_path_factory: pytest.TempPathFactory) -> RunDir:
    """A finished run."""
    run = new_run(tmp_path_factory.mktemp("shown"), images, name="whole")
    assert forge.train(run) == 0
    run.log.write_text("a word\n")
    run.lock.write_text("{}")
    return run


def shown(app: SnnTuiApp) -> str:
    """What the screen says."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


async def until(pilot: Pilot[str], ready: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, shown(pilot.app)  # type: ignore[arg-type]
        await pilot.pause(0.02)


def broken_copy(whole: RunDir, root: Path, name: str, way: str, place: int) -> RunDir:
    """A copy with one file broken."""
    run = RunDir(root / f"2026-11-23T13{place // 60:02}{place % 60:02}-broken{place}")
    shutil.copytree(whole.path, run.path)
    WAYS[way](run.path / name)
    return run


async def looked_at(pilot: Pilot[str], run: RunDir, where: str) -> str:
    """Open a run on Train, see it, press keys; what the screen said."""
    app = pilot.app
    assert isinstance(app, SnnTuiApp)
    app.watch_run(run)
    followed = app.followed
    screen = app.screen
    assert isinstance(screen, TrainScreen)
    await until(pilot, lambda: screen._followed is followed)
    theme = app.theme
    await pilot.press("pageup", "v", "D")
    assert app.theme != theme, where
    words = shown(app)
    assert "snn-tui" in words
    assert not any(char in words for char in "\x1b\x9b\x07\u202e"), where
    return words


async def test_broken_runs(whole: RunDir, tmp_path: Path) -> None:
    kind = "broken files on the screens"
    runs = [
        (broken_copy(whole, tmp_path, name, way, place), f"{name} {way}")
        for place, (name, way) in enumerate(sorted(FEW)[::2])
    ]
    healthy = RunDir(tmp_path / "2026-11-23T1201-healthy")
    shutil.copytree(whole.path, healthy.path)
    app = SnnTuiApp(RunConfig(), tmp_path, TERMINAL, healthy)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.followed and app.followed.state.result)
        for run, where in runs:
            LEDGER.hit(kind)
            await looked_at(pilot, run, where)
            LEDGER.survived(kind)
        await pilot.press("l")
        await until(pilot, lambda: "enter opens" in shown(app))
        assert "broken" in shown(app)
        await pilot.press("escape")
        await looked_at(pilot, healthy, "healthy")
        await until(pilot, lambda: "100% took" in shown(app) and "finished" in shown(app))


async def test_hostile_events_and_names(whole: RunDir, tmp_path: Path) -> None:
    kind = "hostile events and names on the screens"
    good = whole.events.read_bytes()
    lines = hostile_events(whole)
    app = SnnTuiApp(RunConfig(), tmp_path, TERMINAL, whole)
    async with app.run_test(size=(120, 40)) as pilot:
        for place, tried in enumerate([[line] for line in lines[7::2]] + [lines, lines[::-1]]):
            run = RunDir(tmp_path / f"{place}")
            shutil.copytree(whole.path, run.path)
            run.events.write_bytes((good if place % 2 else b"") + b"\n".join(tried) + b"\n")
            LEDGER.hit(kind)
            await looked_at(pilot, run, str(tried[0][:200]))
            LEDGER.survived(kind)
        names = ("[bold]b", "[@click=app.quit]", "[red on", "\x1b[31mred", "a\nb", "\udcff")
        for name in (*names, ESCAPE.replace("/", "")):
            run = RunDir(tmp_path / name)
            shutil.copytree(whole.path, run.path)
            LEDGER.hit(kind)
            words = await looked_at(pilot, run, name)
            assert name[0] != "[" or f"Run {name}" in words, words
            LEDGER.survived(kind)
        run = RunDir(tmp_path / "log")
        shutil.copytree(whole.path, run.path)
        run.events.write_bytes(b"".join(good.splitlines(keepends=True)[:5]))
        run.log.write_bytes(ESCAPE.encode() * 5)
        run.lock.unlink()
        await looked_at(pilot, run, "log")
        await until(pilot, lambda: app.word == "crashed", CRASH_SECONDS)
        await looked_at(pilot, whole, "whole")


async def test_broken_weights_in_the_inspector(whole: RunDir, tmp_path: Path) -> None:
    kind = "broken files on the screens"
    cases = [(name, way) for name, way in sorted(FEW) if name in ("model.safetensors", "config.json")]
    cases = [case for case in cases if case[1] != "mode 000"]
    runs = [broken_copy(whole, tmp_path, *case, place) for place, case in enumerate(cases)]
    app = SnnTuiApp(RunConfig(), tmp_path, TERMINAL, whole)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("2")
        await until(pilot, lambda: isinstance(app.screen, InspectScreen) and app.screen._trace)
        screen = app.screen
        assert isinstance(screen, InspectScreen)
        for run in runs:
            LEDGER.hit(kind)
            screen.open_run(run)
            await app.workers.wait_for_complete(
                [worker for worker in app.workers if worker.group == "open"]  # it complains or shows
            )
            assert screen._run == run or screen._trace is None or screen._run == whole
            await pilot.press("right", "D")
            assert "snn-tui" in shown(app)
            LEDGER.survived(kind)
        screen.open_run(whole)
        await until(pilot, lambda: screen._run == whole and screen._trace)
        pid = app.tracer.pid
        assert pid is not None


async def test_a_trainer_that_vanished(
    forge: Forge, made: NewRun, expected: dict[str, bytes], tmp_path: Path
) -> None:
    kind = "trainer vanished while watched"
    # One that dies before it has its lock, watched by somebody who did not start it.
    early = Followed(made())
    then = time.time() - 10  # the grace it has for coming up is nearly over
    os.utime(early.run.config, (then, then))
    began = time.monotonic()
    assert forge.train(early.run, ("dies_writing", ["lock", 1, 0.5])) == -signal.SIGKILL
    LEDGER.hit(kind)
    watching = asyncio.create_task(follow(early, 0.25, lambda: None))
    # One that dies in mid-run, on the screens.
    run = made()
    run.log.write_text("its last words\n")
    child = forge.start(run, ("slow", [0.3]))
    app = SnnTuiApp(RunConfig(), tmp_path, TERMINAL, run)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.word == "training" and app.followed and app.followed.state.step > 2)
        child.kill(signal.SIGKILL)
        child.wait()
        LEDGER.hit(kind)
        await until(pilot, lambda: app.word == "crashed", CRASH_SECONDS)
        await until(pilot, lambda: "r resumes it" in shown(app))
        assert "its last words" in shown(app)
        LEDGER.survived(kind)
        await until(pilot, lambda: early.dead, CRASH_SECONDS - (time.monotonic() - began))
        LEDGER.survived(kind)
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        await pilot.press("r")
        await until(pilot, lambda: app.followed and app.followed.state.phase == "finished")
        await until(pilot, lambda: app.word == "finished")
    await asyncio.to_thread(process._children[run.path.resolve()].wait)
    assert results(run) == expected


async def test_a_folder_that_vanishes_while_watched(forge: Forge, made: NewRun, tmp_path: Path) -> None:
    kind = "trainer vanished while watched"
    run, other = made(), made()
    assert forge.train(other) == 0
    child = forge.start(run, ("slow", [0.2]))
    app = SnnTuiApp(RunConfig(), tmp_path, TERMINAL, run)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.word == "training")
        shutil.rmtree(run.path)
        LEDGER.hit(kind)
        assert child.wait() == 4
        await pilot.press("space", "question_mark", "question_mark")
        await until(pilot, lambda: app.word == "crashed", CRASH_SECONDS)
        await pilot.press("r")
        await pilot.pause()
        await looked_at(pilot, other, "other")
        await until(pilot, lambda: app.word == "finished")
        LEDGER.survived(kind)


async def test_random_events_on_the_screens(whole: RunDir, tmp_path: Path) -> None:
    kind = "events of random bytes on the screens"
    rng = random.Random(0)
    good = whole.events.read_bytes()
    app = SnnTuiApp(RunConfig(), tmp_path, TERMINAL, whole)
    async with app.run_test(size=(80, 24)) as pilot:
        for number in range(10):
            run = RunDir(tmp_path / f"random{number}")
            shutil.copytree(whole.path, run.path)
            changed = bytearray(good)
            for _ in range(rng.randrange(1, 300)):
                changed[rng.randrange(len(changed))] = rng.randrange(256)
            run.events.write_bytes(changed if number % 2 else rng.randbytes(10_000))
            LEDGER.hit(kind)
            await looked_at(pilot, run, str(number))
            LEDGER.survived(kind)
