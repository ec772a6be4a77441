"""Trainers as processes, with a small stand-in for the trainer."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from runs.samples import NOON, finished, new_run, started
from snn_tui.config.loop import of_loop
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import RunError
from snn_tui.runs import process
from snn_tui.runs.lock import Lock, read_lock
from snn_tui.runs.process import (
    GRACE,
    SILENT_SECONDS,
    exit_code,
    follow_log,
    is_paused,
    launch,
    liveness,
    log_tail,
    pause,
    running,
    start_worker,
    stop,
    unpause,
    worker_command,
)
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.state import RunState, replay
from snn_tui.runs.store import create, read_config

# Locks its run, says so, and waits for SIGTERM.
WORKER = """
import os, signal, sys, time
from pathlib import Path
from snn_tui.runs.lock import Lock
from snn_tui.runs.rundir import RunDir
stopped = []
signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
with Lock.acquire(RunDir(Path(sys.argv[1]))):
    print("session", os.getsid(0) == os.getpid(), "input", repr(sys.stdin.read()), flush=True)
    print("trouble", file=sys.stderr, flush=True)
    while not stopped:
        time.sleep(0.01)
print("stopped", flush=True)
sys.exit(143)
"""


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Starts the stand-in instead of the trainer, and leaves none behind."""
    children: dict[Path, subprocess.Popen[bytes]] = {}
    monkeypatch.setattr(process, "_children", children)
    monkeypatch.setattr(
        process, "worker_command", lambda run: [sys.executable, "-c", WORKER, os.path.abspath(run.path)]
    )
    yield
    for child in children.values():
        child.kill()
        child.wait()


@pytest.fixture
def strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    """No trainer is this process's own child."""
    monkeypatch.setattr(process, "_children", {})


def until(run: RunDir, line: str) -> None:
    """Wait for the worker to print a line that begins so; hangs are ended by the deadline."""
    deadline = time.monotonic() + 60
    while not any(printed.startswith(line) for printed in log_tail(run)):
        assert time.monotonic() < deadline, log_tail(run)
        time.sleep(0.01)


def make_old(path: Path, seconds: float) -> None:
    """Make a file look that old."""
    then = time.time() - seconds
    os.utime(path, (then, then))


def lock_elsewhere(run: RunDir) -> None:
    """The lock of a trainer on another machine."""
    with Lock.acquire(run) as lock:
        info = msgspec.structs.replace(lock.info, host="elsewhere")
    run.lock.write_bytes(msgspec.json.encode(info))


def test_the_trainer_is_a_module_of_this_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    expected = [sys.executable, "-P", "-m", "snn_tui.worker", str(tmp_path / "-run")]
    assert worker_command(RunDir(Path("-run"))) == expected


@pytest.mark.usefixtures("stand_in")
def test_launched_watched_and_stopped(tmp_path: Path) -> None:
    run = launch(RunConfig(seed=4), tmp_path, NOON)
    assert read_config(run) == RunConfig(seed=4)
    assert liveness(run, RunState(), datetime.now()) == "alive"
    until(run, "trouble")
    assert log_tail(run) == ["session True input ''", "trouble"]
    assert running(tmp_path) == [run]
    assert exit_code(run) is None
    stop(run)
    until(run, "stopped")
    assert process._children[run.path.resolve()].wait() == 143
    assert exit_code(run) == 143
    assert liveness(run, RunState(), datetime.now()) == "dead"
    assert running(tmp_path) == []
    with pytest.raises(RunError, match="no trainer is at work"):
        stop(run)


@pytest.mark.usefixtures("stand_in")
def test_a_viewer_that_did_not_start_it_can_stop_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = launch(RunConfig(), tmp_path, NOON)
    until(run, "trouble")
    child = process._children[run.path.resolve()]
    with monkeypatch.context() as patch:
        patch.setattr(process, "_children", {})
        make_old(run.config, 1000)
        assert liveness(run, RunState(), datetime.now()) == "alive"
        stop(run)
    assert child.wait() == 143


@pytest.mark.usefixtures("stand_in")
def test_stopping_a_copy_does_not_stop_the_run_it_is_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = launch(RunConfig(), tmp_path, NOON)
    until(run, "trouble")
    child = process._children[run.path.resolve()]
    copy = RunDir(Path(shutil.copytree(run.path, tmp_path / "copy")))
    with monkeypatch.context() as patch:
        patch.setattr(process, "_children", {})
        make_old(copy.config, 1000)
        assert running(tmp_path) == [run]
        with pytest.raises(RunError, match="no trainer is at work"):
            stop(copy)
    assert child.poll() is None


@pytest.mark.usefixtures("stand_in")
def test_a_killed_trainer_is_dead_and_another_can_go_on(tmp_path: Path) -> None:
    run = launch(RunConfig(), tmp_path, NOON)
    until(run, "trouble")
    pause(run)
    child = process._children[run.path.resolve()]
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert read_lock(run)
    assert liveness(run, RunState(), datetime.now()) == "dead"
    run.log.write_bytes(b"earlier\n")
    again = start_worker(run)
    assert not is_paused(run)
    until(run, "trouble")
    assert log_tail(run)[0] == "earlier"
    assert running(tmp_path) == [run]
    stop(run)
    assert again.wait() == 143


@pytest.mark.usefixtures("stand_in")
def test_a_trainer_too_young_for_ears_and_lock_is_stopped_once_it_has_them(tmp_path: Path) -> None:
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    run = launch(RunConfig(), tmp_path, NOON)
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == mask
    stop(run)
    assert process._children[run.path.resolve()].wait() == 143
    assert log_tail(run)[-1] == "stopped"


@pytest.mark.usefixtures("strangers")
def test_a_trainer_that_cannot_start_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "worker_command", lambda run: [str(tmp_path / "none")])
    with pytest.raises(RunError, match="no trainer could be started"):
        launch(RunConfig(), tmp_path, NOON)


@pytest.mark.usefixtures("strangers")
def test_a_trainer_on_another_machine_is_asked_by_a_file_to_stop(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    lock_elsewhere(run)
    stop(run)
    stop(run)
    assert run.stop.exists()


@pytest.mark.usefixtures("strangers")
def test_a_program_of_ones_own_on_another_machine_is_not_stopped_from_here(tmp_path: Path) -> None:
    run = create(tmp_path, of_loop("mine", {}), NOON)
    lock_elsewhere(run)
    with pytest.raises(RunError, match="being trained on elsewhere"):
        stop(run)
    assert not run.stop.exists()


@pytest.mark.usefixtures("strangers")
def test_a_young_run_without_a_lock_has_a_moment_of_grace(tmp_path: Path) -> None:
    run, now = new_run(tmp_path), datetime.now()
    assert liveness(run, RunState(), now) == "alive"
    assert liveness(run, RunState(), now + timedelta(seconds=GRACE + 5)) == "dead"
    make_old(run.config, 2)
    run.events.touch()  # a trainer came, had its lock, and went
    assert liveness(run, RunState(), now) == "dead"


@pytest.mark.usefixtures("strangers")
def test_a_trainer_elsewhere_is_alive_while_it_tells_something(tmp_path: Path) -> None:
    run, now = new_run(tmp_path), datetime.now()
    lock_elsewhere(run)
    make_old(run.config, 1000)
    run.events.touch()
    assert liveness(run, RunState(), now) == "alive"
    assert running(tmp_path) == [run]
    later = now + timedelta(seconds=SILENT_SECONDS + 5)
    assert liveness(run, RunState(), later) == "dead"
    assert running(tmp_path, later) == []
    run.lock.write_bytes(b"broken")
    assert liveness(run, RunState(), later) == "unknown"


@pytest.mark.usefixtures("strangers")
def test_a_run_that_has_ended_or_was_shipped_is_ended(tmp_path: Path) -> None:
    run, now = new_run(tmp_path), datetime.now()
    assert liveness(run, replay([started(), finished(1)]), now) == "ended"
    run.card.write_text("# card")
    assert liveness(run, RunState(), now) == "ended"
    assert running(tmp_path) == []


def test_pausing_is_a_file_any_viewer_can_make_and_remove(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    assert not is_paused(run)
    for _ in range(2):
        pause(run)
        assert is_paused(run)
    for _ in range(2):
        unpause(run)
        assert not is_paused(run)
    with pytest.raises(RunError):
        pause(RunDir(tmp_path / "none"))


def test_the_end_of_a_log(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    assert log_tail(run) == []
    run.log.write_bytes(b"first\n10%\r20%\nred \x1b[31m\xff\n")
    assert log_tail(run) == ["first", "10%", "20%", "red ?[31m\ufffd"]
    assert log_tail(run, 1) == ["red ?[31m\ufffd"]
    assert log_tail(run, 0) == []
    run.log.write_bytes(b"".join(b"line %d\n" % number for number in range(100_000)))
    assert log_tail(run, 2) == ["line 99998", "line 99999"]
    whole = log_tail(run, 100_000)
    assert 1000 < len(whole) < 100_000
    assert all(line.startswith("line ") for line in whole)


def test_a_log_is_followed_line_by_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "is_trained", lambda run: True)
    run = RunDir(tmp_path)
    pieces = iter([b"", b"fi", b"ve\nsi", b"x\rseven\n", None, b"again\n"])

    def grow() -> None:
        piece = next(pieces, b"")
        if piece is None:
            run.log.unlink()
            return
        with run.log.open("ab") as log:
            log.write(piece)

    run.log.write_bytes(b"one\ntwo\nthree\nfo")
    followed = follow_log(run, 2, grow)
    assert [next(followed), next(followed)] == ["two", "three"]
    with run.log.open("ab") as log:
        log.write(b"ur\n")
    assert [next(followed) for _ in range(5)] == ["four", "five", "six", "seven", "again"]


def test_following_a_log_ends_with_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, going = RunDir(tmp_path), iter([True, True, False])
    monkeypatch.setattr(process, "is_trained", lambda run: next(going, False))
    lines = iter(["two\n", "three\n", "the last, without its end"])

    def grow() -> None:
        with run.log.open("a") as log:
            log.write(next(lines, ""))

    run.log.write_text("one\n")
    assert list(follow_log(run, 5, grow)) == ["one", "two", "three", "the last, without its end"]


def test_a_log_that_comes_later_is_followed_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "is_trained", lambda run: True)
    run = RunDir(tmp_path)

    def comes_late() -> None:
        if not run.log.exists():
            run.log.write_text("here\n")

    followed = follow_log(run, 5, comes_late)
    assert next(followed) == "here"
