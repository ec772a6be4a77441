"""The application with stand-ins for its processes; no process is left behind."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from snn_tui.config.build import build
from snn_tui.inspector.client import InspectorClient
from snn_tui.render.terminal import Terminal
from snn_tui.runs import lock, process, summary
from snn_tui.runs.rundir import RunDir
from snn_tui.tui import app as app_module
from snn_tui.tui.app import SnnTuiApp
from snn_tui.tui.shared import follower
from tui.driving import FAKE_INSPECTOR, FAKE_TRAINER, LOCAL, hurry

NewApp = Callable[..., SnnTuiApp]
Hold = Callable[[RunDir], RunDir]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The folder of the run directories."""
    folder = tmp_path / "runs"
    folder.mkdir()
    return folder


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No shipped runs, a fixed time zone, stand-in trainers, and eyes that look often."""
    monkeypatch.setattr(summary, "shipped_runs", list)
    monkeypatch.setattr(app_module, "POLL_SECONDS", 0.1)
    monkeypatch.setattr(app_module, "SLOW_POLL_SECONDS", 0.1)
    monkeypatch.setattr(follower, "LIVENESS_SECONDS", 0.1)
    monkeypatch.setattr(process, "_children", {})
    monkeypatch.setattr(
        process,
        "worker_command",
        lambda run, *options: [sys.executable, FAKE_TRAINER, *options, str(run.path.absolute())],
    )
    monkeypatch.setattr(process, "check_command", lambda run: [sys.executable, "-c", ""])
    hurry(monkeypatch)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    for child in process._children.values():
        if child.poll() is None:
            child.kill()
        child.wait()
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def new_app(root: Path) -> Iterator[NewApp]:
    """Makes applications whose inspector is the stand-in; checks that no inspector outlives them."""
    made: list[SnnTuiApp] = []
    inspectors: set[int] = set()

    def make(terminal: Terminal = LOCAL, **options: object) -> SnnTuiApp:
        app = SnnTuiApp(build(options), root, terminal)
        app.inspector = InspectorClient(app._inspector_restarted, command=(sys.executable, FAKE_INSPECTOR))
        app.animation_level = "none"
        made.append(app)
        return app

    yield make
    for app in made:
        pid = app.inspector.pid
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            inspectors.add(pid)
    assert not inspectors, "an inspector was left behind"


@pytest.fixture
def held() -> Iterator[Callable[[RunDir], RunDir]]:
    """Takes the lock of a run for this process, so that it counts as going on."""
    locks: list[lock.Lock] = []

    def hold(run: RunDir) -> RunDir:
        locks.append(lock.Lock.acquire(run))
        return run

    yield hold
    for taken in locks:
        taken.release()
