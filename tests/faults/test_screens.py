"""The screens beside all this: they show what there is, answer keys, and open the next run."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tui.driving import NARROW, User, hurry, opened

from faults.conftest import NewRun
from faults.forge import Forge
from faults.ledger import LEDGER
from faults.rights import permissions_count
from faults.test_corruption import CASES, broken_copy
from faults.test_hostile import ESCAPE, hostile_events
from faults.yard import results
from snn_tui.config.run_config import RunConfig
from snn_tui.render.terminal import Terminal
from snn_tui.runs import process
from snn_tui.runs.rundir import RunDir
from snn_tui.tui import app as app_module
from snn_tui.tui.app import SnnTuiApp
from snn_tui.tui.inspect.screen import InspectScreen
from snn_tui.tui.shared import follower
from snn_tui.tui.shared.choose_run import ChooseRun
from snn_tui.tui.shared.follower import Followed, follow
from snn_tui.tui.train.screen import TrainScreen

TERMINAL = Terminal("truecolor", True, False)


@pytest.fixture(autouse=True)
def _nothing_left_running(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Trainers started here are such as the others, and end with the test."""
    hurry(monkeypatch)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setattr(process, "_children", {})
    yield
    for child in process._children.values():
        child.kill()
        child.wait()


@pytest.fixture
def whole(whole_runs: dict[str, RunDir]) -> RunDir:
    """A finished run."""
    return whole_runs["finished"]


async def looked_at(user: User, run: RunDir, where: str) -> str:
    """Open a run on Train, see it, scroll it; what the screen said."""
    app = user.app
    app.watch_run(run)
    followed = app.followed
    screen = app.screen
    assert isinstance(screen, TrainScreen)
    await user.until(lambda: screen._followed is followed)
    words = user.sees
    assert "1 Train" in words
    await user.press("pageup", "pagedown")
    assert not any(char in words for char in "\x1b\x9b\x07\u202e"), where
    return words


SHOWN = ("events.jsonl", "worker.log", "lock")
"""What Train reads of a run; the rest matters to the list of runs only."""


async def test_broken_runs(
    whole_runs: dict[str, RunDir], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = "broken files on the screens"
    monkeypatch.setattr(app_module, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(follower, "LIVENESS_SECONDS", 0.02)
    runs = []
    for place, (name, way) in enumerate(CASES):
        run = broken_copy(whole_runs["killed"], tmp_path / f"{1000 + place}-broken", name, way)
        for path in run.path.iterdir():  # a trainer that may have come up by now
            if not path.is_symlink():
                os.utime(path, (1e9, 1e9))
        runs.append((run, name, way))
    healthy = RunDir(tmp_path / "2026-11-23T1201-healthy")
    shutil.copytree(whole_runs["finished"].path, healthy.path)
    app = SnnTuiApp(RunConfig(), tmp_path, TERMINAL, healthy)
    with permissions_count():
        async with opened(app, NARROW) as user:
            await user.until(lambda: app.run_status == "finished")
            for run, name, way in runs:
                LEDGER.hit(kind)
                if name in SHOWN or way == "cut at 4/8":
                    await looked_at(user, run, f"{name} {way}")
                    await user.until(lambda: app.run_status == "crashed")
                LEDGER.survived(kind)
            theme = app.theme
            await user.press("D")
            assert app.theme != theme
            await user.press("l")
            await user.until_sees("enter opens", "-broken")
            assert isinstance(app.screen, ChooseRun)
            listed = {row.name: row.state for row in app.screen._rows}
            for run, name, way in runs:
                expected = {"broken"} if name in ("config.json", "metrics.json") else {"crashed"}
                if name == "events.jsonl":  # what cannot be read at all is broken
                    expected = {"crashed", "broken"}
                assert listed[run.name] in expected or (name, way) == ("metrics.json", "gone")
            await user.press("escape")
            await user.until_gone("enter opens")
            await looked_at(user, healthy, "healthy")
            await user.until_sees("100% took", "finished")


async def test_hostile_events_and_names(whole: RunDir, tmp_path: Path) -> None:
    kind = "hostile events and names on the screens"
    good = whole.events.read_bytes()
    lines = hostile_events(whole)
    app = SnnTuiApp(RunConfig(), tmp_path, TERMINAL, whole)
    async with opened(app) as user:
        for place, tried in enumerate([[line] for line in lines[7::2]] + [lines, lines[::-1]]):
            run = RunDir(tmp_path / f"{place}")
            shutil.copytree(whole.path, run.path)
            run.events.write_bytes((good if place % 2 else b"") + b"\n".join(tried) + b"\n")
            LEDGER.hit(kind)
            await looked_at(user, run, str(tried[0][:200]))
            LEDGER.survived(kind)
        names = ("[bold]b", "[@click=app.quit]", "[red on", "\x1b[31mred", "a\nb", "\udcff")
        for name in (*names, ESCAPE.replace("/", "")):
            run = RunDir(tmp_path / name)
            shutil.copytree(whole.path, run.path)
            LEDGER.hit(kind)
            words = await looked_at(user, run, name)
            assert name[0] != "[" or f"Run {name}" in words, words
            LEDGER.survived(kind)
        run = RunDir(tmp_path / "log")
        shutil.copytree(whole.path, run.path)
        run.events.write_bytes(b"".join(good.splitlines(keepends=True)[:5]))
        run.log.write_bytes(ESCAPE.encode() * 5)
        run.lock.unlink()
        await looked_at(user, run, "log")
        await user.until(lambda: app.run_status == "crashed")
        await looked_at(user, whole, "whole")


async def test_broken_weights_in_the_inspector(whole: RunDir, tmp_path: Path) -> None:
    kind = "broken files on the screens"
    cases = [(name, way) for name, way in CASES if name in ("model.safetensors", "config.json")]
    runs = [broken_copy(whole, tmp_path / f"broken{place}", *case) for place, case in enumerate(cases)]
    app = SnnTuiApp(RunConfig(), tmp_path, TERMINAL, whole)
    async with opened(app) as user:
        await user.press("2")
        await user.until(lambda: isinstance(app.screen, InspectScreen) and app.screen._trace)
        screen = app.screen
        assert isinstance(screen, InspectScreen)
        for run in runs:
            LEDGER.hit(kind)
            screen.open_run(run)
            await app.workers.wait_for_complete(
                [worker for worker in app.workers if worker.group == "open"]  # it complains or shows
            )
            assert screen.run == run or screen._trace is None or screen.run == whole
            await user.press("right")
            assert "snn-tui" in user.sees
            LEDGER.survived(kind)
        screen.open_run(whole)
        await user.until(lambda: screen.run == whole and screen._trace)
        pid = app.inspector.pid
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
    child = forge.start(run, ("held", [4, str(tmp_path / "never")]))
    app = SnnTuiApp(RunConfig(), tmp_path, TERMINAL, run)
    async with opened(app) as user:
        await user.until(lambda: app.run_status == "training")
        killed = time.monotonic()
        child.kill(signal.SIGKILL)
        child.wait()
        LEDGER.hit(kind)
        await user.until_sees("crashed", "r resumes it", "its last words")
        LEDGER.took("until a trainer killed in mid-run is shown as crashed", time.monotonic() - killed)
        LEDGER.survived(kind)
        await user.until(lambda: early.dead)
        LEDGER.took("until one killed before it had its lock is", time.monotonic() - began + 10)
        LEDGER.survived(kind)
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        await user.press("r")
        await user.until(lambda: app.followed and app.followed.state.phase == "finished")
        await user.until(lambda: app.run_status == "finished")
    await asyncio.to_thread(process._children[run.path.resolve()].wait)
    assert results(run) == expected


async def test_a_folder_that_vanishes_while_watched(forge: Forge, made: NewRun, tmp_path: Path) -> None:
    kind = "trainer vanished while watched"
    run, other = made(), made()
    assert forge.train(other) == 0
    go_on = tmp_path / "go-on"
    child = forge.start(run, ("held", [4, str(go_on)]))
    app = SnnTuiApp(RunConfig(), tmp_path, TERMINAL, run)
    async with opened(app) as user:
        await user.until(lambda: app.run_status == "training")
        shutil.rmtree(run.path)
        go_on.touch()
        LEDGER.hit(kind)
        assert child.wait() == 4
        await user.press("space", "question_mark", "question_mark")
        await user.until(lambda: app.run_status == "gone")
        await user.until_sees("the run's directory is gone")
        await user.press("r")  # nothing to resume
        await looked_at(user, other, "other")
        await user.until(lambda: app.run_status == "finished")
        LEDGER.survived(kind)


async def test_random_events_on_the_screens(whole: RunDir, tmp_path: Path) -> None:
    kind = "events of random bytes on the screens"
    rng = random.Random(0)
    good = whole.events.read_bytes()
    app = SnnTuiApp(RunConfig(), tmp_path, TERMINAL, whole)
    async with opened(app, NARROW) as user:
        for number in range(10):
            run = RunDir(tmp_path / f"random{number}")
            shutil.copytree(whole.path, run.path)
            changed = bytearray(good)
            for _ in range(rng.randrange(1, 300)):
                changed[rng.randrange(len(changed))] = rng.randrange(256)
            run.events.write_bytes(changed if number % 2 else rng.randbytes(10_000))
            LEDGER.hit(kind)
            await looked_at(user, run, str(number))
            LEDGER.survived(kind)
