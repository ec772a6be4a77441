"""One trainer a run, with real processes racing for it."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from snn_tui.errors import RunError
from snn_tui.runs import lock as lock_module
from snn_tui.runs.lock import TAKE_OVER_SECONDS, Lock, LockInfo, holder_alive, read_lock
from snn_tui.runs.rundir import RunDir

RACERS = 6

# Waits until the file `go` exists, so that all racers start together; keeps the lock until told to end.
# It dawdles after each look it takes, each racer by another time, so that what it saw may be out of date.
RACER = """
import sys, time
from pathlib import Path
from snn_tui.errors import RunError
from snn_tui.runs import lock
from snn_tui.runs.lock import Lock
from snn_tui.runs.rundir import RunDir
run, dawdle = RunDir(Path(sys.argv[1])), float(sys.argv[2])
def slow(look):
    def slowly(*arguments):
        seen = look(*arguments)
        time.sleep(dawdle)
        return seen
    return slowly
lock._refuse_unless_stale = slow(lock._refuse_unless_stale)
lock._same_file = slow(lock._same_file)
print("ready", flush=True)
while not (run.path / "go").exists():
    pass
try:
    Lock.acquire(run)
except RunError as error:
    print("lost", error, flush=True)
else:
    print("won", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    """A directory to lock."""
    return RunDir(tmp_path)


@pytest.fixture
def racers(run: RunDir) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes about to lock the run."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(run.path), str(0.1 + 0.05 * (number // 2))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(RACERS)
    ]
    for racer in started:
        assert says(racer) == "ready"
    yield started
    for racer in started:
        racer.kill()
        racer.communicate()


def says(process: subprocess.Popen[str]) -> str:
    """The next line it prints."""
    assert process.stdout
    return process.stdout.readline().strip()


def sleeper() -> subprocess.Popen[str]:
    """A process that lives until its input is closed."""
    return subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, text=True)


def leave(run: RunDir, **changes: object) -> LockInfo:
    """Put a lock in place like this process's own, but for the changes."""
    run.lock.unlink(missing_ok=True)
    with Lock.acquire(run) as lock:
        info = msgspec.structs.replace(lock.info, **changes)
    run.lock.write_bytes(msgspec.json.encode(info))
    return info


def age(path: Path, seconds: float) -> None:
    """Make a file look that old."""
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_a_lock_names_its_holder_and_goes_with_it(run: RunDir) -> None:
    with Lock.acquire(run) as lock:
        info = read_lock(run)
        assert info == lock.info
        assert (info.pid, info.host) == (os.getpid(), socket.gethostname())
        assert holder_alive(info, run) is True
        assert os.listdir(run.path) == ["lock"]
    assert os.listdir(run.path) == []
    lock.release()


def test_a_held_run_is_refused_with_who_holds_it(run: RunDir) -> None:
    with Lock.acquire(run):
        with pytest.raises(RunError, match=f"process {os.getpid()} on {socket.gethostname()}"):
            Lock.acquire(run)
        assert os.listdir(run.path) == ["lock"]


def test_of_many_racers_one_wins(run: RunDir, racers: list[subprocess.Popen[str]]) -> None:
    (run.path / "go").touch()
    answers = [says(racer) for racer in racers]
    (winner,) = (racer for racer, answer in zip(racers, answers, strict=True) if answer == "won")
    info = read_lock(run)
    assert info
    assert info.pid == winner.pid
    assert all(f"process {winner.pid} on" in answer for answer in answers if answer != "won")


def test_of_many_racers_for_a_dead_ones_lock_one_wins(
    run: RunDir, racers: list[subprocess.Popen[str]]
) -> None:
    dead = sleeper()
    leave(run, pid=dead.pid)
    dead.kill()
    dead.communicate()
    (run.path / "go").touch()
    answers = [says(racer) for racer in racers]
    (winner,) = (racer for racer, answer in zip(racers, answers, strict=True) if answer == "won")
    info = read_lock(run)
    assert info
    assert info.pid == winner.pid
    assert sorted(os.listdir(run.path)) == ["go", "lock"]


def test_a_killed_holder_counts_as_dead_even_before_it_is_reaped(
    run: RunDir, racers: list[subprocess.Popen[str]]
) -> None:
    for racer in racers[1:]:
        racer.kill()
    (run.path / "go").touch()
    assert says(racers[0]) == "won"
    info = read_lock(run)
    assert info
    assert holder_alive(info, run) is True
    racers[0].send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, racers[0].pid, os.WEXITED | os.WNOWAIT)  # it is a zombie now
    assert holder_alive(info, run) is False
    with Lock.acquire(run) as lock:
        assert read_lock(run) == lock.info


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_another_process_under_the_same_number_is_not_the_holder(run: RunDir) -> None:
    with Lock.acquire(run) as lock:
        boot, namespace, ticks = lock.info.process_start.split(":")
    for start in (f"{boot}:{namespace}:{int(ticks) - 1}", f"other-boot:{namespace}:{ticks}"):
        assert holder_alive(leave(run, process_start=start), run) is False
        Lock.acquire(run).release()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_process_whose_entry_in_proc_is_hidden_is_still_seen(
    run: RunDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = sleeper()
    info = leave(run, pid=other.pid)

    def hidden(pid: int) -> tuple[str, str]:
        raise FileNotFoundError

    monkeypatch.setattr(lock_module, "_proc_stat", hidden)
    assert holder_alive(info, run) is True
    other.communicate("\n")
    assert holder_alive(info, run) is False


def test_a_copy_of_a_run_in_training_is_not_in_training(tmp_path: Path) -> None:
    run, copy, moved = (RunDir(tmp_path / name) for name in ("run", "copy", "moved"))
    run.path.mkdir()
    with Lock.acquire(run) as lock:
        shutil.copytree(run.path, copy.path)
        (tmp_path / "link").symlink_to(run.path)
        assert holder_alive(lock.info, copy) is False
        assert holder_alive(lock.info, run) is True
        assert holder_alive(lock.info, RunDir(tmp_path / "link")) is True
        with Lock.acquire(copy) as theirs:
            assert holder_alive(theirs.info, copy) is True
        run.path.rename(moved.path)
        assert holder_alive(lock.info, moved) is True
        strange = msgspec.structs.replace(lock.info, folder="\0")
        assert holder_alive(strange, moved) is True


@pytest.mark.parametrize("change", ["host", "container", "broken"])
def test_a_holder_that_cannot_be_seen_is_believed_until_it_is_silent(run: RunDir, change: str) -> None:
    info = leave(run)
    if change == "host":
        info = leave(run, host="elsewhere")
    elif change == "container":
        boot, _, ticks = info.process_start.split(":")
        info = leave(run, process_start=f"{boot}:1:{ticks}")
    else:
        run.lock.write_bytes(b"")
        assert read_lock(run) is None
    if change != "broken":
        assert holder_alive(info, run) is None
    with pytest.raises(RunError, match="being trained by"):
        Lock.acquire(run)
    age(run.lock, 2 * TAKE_OVER_SECONDS)
    run.events.touch()
    with pytest.raises(RunError, match="being trained by"):
        Lock.acquire(run)
    age(run.events, 2 * TAKE_OVER_SECONDS)
    with Lock.acquire(run) as lock:
        assert read_lock(run) == lock.info


def test_a_lock_taken_over_by_another_is_left_alone(run: RunDir) -> None:
    lock = Lock.acquire(run)
    other = msgspec.structs.replace(lock.info, host="elsewhere")
    run.lock.write_bytes(msgspec.json.encode(other))
    lock.release()
    assert read_lock(run) == other


@pytest.mark.parametrize(
    "content",
    [
        b'{"pid":-1,"host":"h","process_start":"s"}',
        b'{"pid":0,"host":"h","process_start":"s"}',
        b"[" * 4000,
        b"\xff",
    ],
)
def test_a_lock_of_no_single_process_is_not_believed(run: RunDir, content: bytes) -> None:
    run.lock.write_bytes(content)
    assert read_lock(run) is None


def test_a_holder_with_an_odd_host_is_not_named_raw(run: RunDir) -> None:
    leave(run, host="\x1b[2J")
    with pytest.raises(RunError) as raised:
        Lock.acquire(run)
    assert raised.value.what.isprintable()


def test_where_there_are_no_hard_links_one_still_wins(run: RunDir, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(*arguments: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", unsupported)
    with Lock.acquire(run) as lock:
        assert read_lock(run) == lock.info
        with pytest.raises(RunError, match="being trained by"):
            Lock.acquire(run)


def test_a_folder_that_is_missing_says_so(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="No such file"):
        Lock.acquire(RunDir(tmp_path / "none"))
