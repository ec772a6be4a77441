"""Two trainers for one run, and the locks that others left."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec
import pytest

from faults.conftest import NewRun
from faults.forge import Child, Fault, Forge
from faults.ledger import LEDGER
from faults.test_signals import wait_for
from faults.yard import phase, real_trainer, results, same_end
from snn_tui.runs.lock import TAKE_OVER_SECONDS, Lock, LockInfo
from snn_tui.runs.rundir import RunDir


def any_ended(racers: Sequence[Child]) -> bool:
    """Whether one of the trainers has ended."""
    return any(racer.ended for racer in racers)


def any_exited(racers: Sequence[subprocess.Popen[bytes]]) -> bool:
    """The same of real processes."""
    return any(racer.poll() is not None for racer in racers)


def has_begun(run: RunDir) -> bool:
    """Whether a trainer has written that it began."""
    return run.events.exists() and bool(trainers_that_began(run))


def trainers_that_began(run: RunDir) -> int:
    """How many have said that they are ready for the first batch."""
    return run.events.read_bytes().count(b'"type":"RunStarted"')


@pytest.mark.parametrize("stale", [False, True])
def test_two_trainers_race(
    forge: Forge, made: NewRun, expected: dict[str, bytes], tmp_path: Path, stale: bool
) -> None:
    kind = "two trainers, one run"
    for round_ in range(5):
        run, go, go_on = made(), tmp_path / f"go{round_}", tmp_path / f"go-on{round_}"
        if stale:
            assert forge.train(run, ("dies_before", ["batch", 3])) == -9
        began = trainers_that_began(run) if stale else 0
        faults: list[Fault] = [("waits_for", [str(go)]), ("held", [2, str(go_on)])]
        racers = [forge.start(run, *faults) for _ in range(2)]
        go.touch()
        LEDGER.hit(kind)
        wait_for(partial(any_ended, racers))
        go_on.touch()  # the winner is at work for as long as the loser tries
        codes = sorted(racer.wait() for racer in racers)
        assert codes == [0, 4], run.log.read_text()
        assert trainers_that_began(run) == began + 1
        assert "being trained by process" in run.log.read_text()
        same_end(run, expected, kind)
        LEDGER.survived(kind)


@pytest.mark.soak
def test_two_real_trainers_race(made: NewRun) -> None:
    kind = "two trainers, one run"
    for _ in range(10):
        run = made(epochs=10_000)
        racers = [real_trainer(run) for _ in range(2)]
        wait_for(partial(any_exited, racers))
        LEDGER.hit(kind)
        (winner,) = (racer for racer in racers if racer.poll() is None)
        wait_for(partial(has_begun, run))
        winner.terminate()
        assert sorted(racer.wait() for racer in racers) == [4, 143], run.log.read_text()
        assert trainers_that_began(run) == 1
        assert phase(run) == "stopped"
        LEDGER.survived(kind)


def leave(run: RunDir, **changes: object) -> None:
    """A lock like this process's own, but for the changes."""
    with Lock.acquire(run) as lock:
        info = msgspec.structs.replace(lock.info, **changes)
    run.lock.write_bytes(msgspec.json.encode(info))


def own(run: RunDir) -> LockInfo:
    """This process's own."""
    with Lock.acquire(run) as lock:
        return lock.info


def test_locks_that_were_left(forge: Forge, made: NewRun, expected: dict[str, bytes]) -> None:
    kind = "stale lock"
    start = own(made()).process_start
    boot, namespace, ticks = start.split(":")
    for changes in (
        {"pid": 2**22 + 1},  # nobody's
        {"process_start": f"another-boot:{namespace}:{ticks}"},
        {"process_start": f"{boot}:{namespace}:1"},  # the pid is another process's by now
    ):
        run = made()
        leave(run, **changes)
        LEDGER.hit(kind)
        assert forge.train(run) == 0, run.log.read_text()
        same_end(run, expected, kind)
        LEDGER.survived(kind)


def test_locks_that_hold(forge: Forge, made: NewRun) -> None:
    kind = "live lock"
    for changes in ({}, {"host": "elsewhere"}, {"process_start": f"{own(made()).process_start[:36]}:7:9"}):
        run = made()
        leave(run, **changes)
        before = run.lock.read_bytes()
        LEDGER.hit(kind)
        answer = forge.command("--train-only", "--resume", str(run.path))
        assert answer.code == 4
        assert "being trained by process" in answer.err
        assert forge.train(run) == 4
        assert run.lock.read_bytes() == before
        LEDGER.survived(kind)


def test_the_lock_of_another_machine_goes_by_its_last_sign_of_life(
    forge: Forge, made: NewRun, expected: dict[str, bytes]
) -> None:
    kind = "lock of another machine"
    assert socket.gethostname() != "elsewhere"
    run = made()
    assert forge.train(run, ("dies_before", ["batch", 8])) == -9
    run.lock.unlink()
    leave(run, host="elsewhere")
    for age, code in ((TAKE_OVER_SECONDS / 2, 4), (TAKE_OVER_SECONDS + 10, 0)):
        then = time.time() - age
        for path in (run.lock, run.events):
            os.utime(path, (then, then))
        LEDGER.hit(kind)
        assert forge.train(run) == code, run.log.read_text()
        LEDGER.survived(kind)
    same_end(run, expected, kind)


def test_stopping_from_another_process_while_it_starts(forge: Forge, made: NewRun, tmp_path: Path) -> None:
    run, told = made(), tmp_path / "told"
    child = forge.start(run, ("held", [1, str(told)]))
    wait_for(run.lock.exists)
    assert forge.command("stop", str(run.path)).code == 0
    told.touch()
    assert child.wait() == 143
    assert phase(run) == "stopped"
    assert forge.train(run) == 0
    assert results(run)
