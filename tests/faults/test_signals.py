"""Being told to stop, at the worst moments: a checkpoint first, the right exit code, and nothing lost."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from faults.conftest import NewRun
from faults.forge import PATIENCE, Forge
from faults.ledger import LEDGER
from faults.yard import BATCHES, Checkpoints, failure, new_run, real_trainer, same_end
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.summary import state_of


def wait_for(ready: Callable[[], object]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not ready():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)


def stopped_by(run: RunDir) -> str:
    """The signal the run says it was stopped by."""
    state = state_of(run)
    assert state.phase == "stopped"
    assert state.stop
    return state.stop.signal


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1, signal.SIGINT])
@pytest.mark.parametrize("batch", [1, 9, 18])
def test_stopped_in_mid_epoch_and_resumed(
    forge: Forge, made: NewRun, expected: dict[str, bytes], number: signal.Signals, batch: int
) -> None:
    kind = f"{number.name} in mid-epoch"
    run = made()
    assert forge.train(run, ("signals_itself", [number, batch])) == 128 + number
    LEDGER.hit(kind)
    assert stopped_by(run) == number.name
    checkpoint = state_of(run).checkpoint
    assert checkpoint
    assert (checkpoint.epoch, checkpoint.batch) == ((batch - 1) // 6 + 1, (batch - 1) % 6 + 1)
    assert forge.train(run) == 0
    same_end(run, expected, kind)
    LEDGER.survived(kind)


def test_stopped_after_every_single_batch(forge: Forge, made: NewRun, expected: dict[str, bytes]) -> None:
    kind = "SIGTERM and SIGUSR1 after every batch"
    run = made()
    checkpoints, stops = Checkpoints(run, kind), 0
    for number in [signal.SIGTERM, signal.SIGUSR1] * 20:
        code = forge.train(run, ("signals_itself", [number, 1]))
        checkpoints.look()
        if code == 0:
            break
        assert code == 128 + number, failure(run)
        LEDGER.hit(kind)
        stops += 1
    assert stops >= 12
    same_end(run, expected, kind)
    LEDGER.survived(kind, stops)


def test_stopped_while_a_batch_takes_for_ever(
    forge: Forge, made: NewRun, expected: dict[str, bytes], tmp_path: Path
) -> None:
    kind = "stop while C code hangs"
    hangs = {
        made(): (number, where, nth, kept)
        for number in (signal.SIGTERM, signal.SIGUSR1)
        for where, nth, kept in (("learn", 1, 0), ("learn", 10, 9), ("predict", 2, 12))
    }
    children = {}
    for run, (_, where, nth, _) in hangs.items():
        mark = tmp_path / f"{run.name} hangs"
        children[run] = forge.start(run, ("hangs", [where, nth, str(mark)]))
        wait_for(mark.exists)
    began = time.monotonic()
    for run, (number, *_) in hangs.items():
        children[run].kill(number)
        LEDGER.hit(kind)
    for run, (number, _, _, kept) in hangs.items():
        assert children[run].wait() == 128 + number
        LEDGER.took(kind, time.monotonic() - began)
        assert stopped_by(run) == number.name
        checkpoint = state_of(run).checkpoint
        if kept:
            assert checkpoint
            assert (checkpoint.epoch - 1) * BATCHES + checkpoint.batch == kept
        else:  # nothing was trained, so there is nothing to go on from, nor to evaluate
            assert checkpoint is None
            assert not any(path.exists() for path in (run.weights, run.resume_state))
        assert not run.lock.exists()
        assert forge.train(run) == 0
        same_end(run, expected, kind)
        LEDGER.survived(kind)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1, signal.SIGINT])
def test_stopped_while_loading(
    forge: Forge, made: NewRun, expected: dict[str, bytes], number: signal.Signals
) -> None:
    kind = "stop while loading"
    run = made()
    for _ in range(2):
        assert forge.train(run, ("stops_while_loading", [number])) == 128 + number
        LEDGER.hit(kind)
        assert stopped_by(run) == number.name
        assert not run.resume_state.exists()
    assert forge.train(run) == 0
    same_end(run, expected, kind)
    LEDGER.survived(kind, 2)


def test_a_real_trainer_stopped_at_its_start_and_while_it_imports_torch(
    forge: Forge, made: NewRun, expected: dict[str, bytes]
) -> None:
    kind = "stop of python -m snn_tui.worker"
    run = made()
    at_once = real_trainer(run)
    at_once.send_signal(signal.SIGHUP)  # which does not concern it
    at_once.terminate()
    assert at_once.wait() == 128 + signal.SIGTERM
    assert stopped_by(run) == "SIGTERM"
    told = run.events.stat().st_size
    importing = real_trainer(run)
    wait_for(lambda: run.events.stat().st_size > told)
    began = time.monotonic()
    importing.send_signal(signal.SIGUSR1)
    assert importing.wait() == 128 + signal.SIGUSR1
    LEDGER.took("stop while torch is imported", time.monotonic() - began)
    assert stopped_by(run) == "SIGUSR1"
    LEDGER.hit(kind, 2)
    assert forge.train(run) == 0, run.log.read_text()
    same_end(run, expected, kind)
    LEDGER.survived(kind, 2)


def test_told_twice(forge: Forge, made: NewRun, expected: dict[str, bytes]) -> None:
    kind = "SIGTERM twice, SIGINT twice"
    for first, second, code in (
        (signal.SIGTERM, signal.SIGTERM, 143),
        (signal.SIGUSR1, signal.SIGTERM, 143),
        (signal.SIGINT, signal.SIGINT, 130),
        (signal.SIGTERM, signal.SIGINT, 130),
    ):
        run = made()
        assert forge.train(run, ("signals_itself", [first, 9, second])) == code
        LEDGER.hit(kind)
        assert "Traceback" not in run.log.read_text()
        assert not run.lock.exists()
        assert forge.train(run) == 0
        same_end(run, expected, kind)
        LEDGER.survived(kind)


def test_a_hangup_is_nothing_to_a_trainer_of_its_own(
    forge: Forge, made: NewRun, expected: dict[str, bytes]
) -> None:
    kind = "SIGHUP"
    run = made()
    assert forge.train(run, ("signals_itself", [signal.SIGHUP, 7])) == 0
    LEDGER.hit(kind)
    same_end(run, expected, kind)
    LEDGER.survived(kind)


def test_a_hangup_stops_train_only_but_not_under_nohup(
    forge: Forge, made: NewRun, expected: dict[str, bytes]
) -> None:
    kind = "SIGHUP"
    run = made()
    resume = ["--train-only", "--resume", str(run.path)]
    hangup = ("signals_itself", [signal.SIGHUP, 9])
    answer = forge.command(*resume, faults=[hangup])
    assert answer.code == 128 + signal.SIGHUP
    assert "stopped by SIGHUP" in answer.out
    assert stopped_by(run) == "SIGHUP"
    answer = forge.command(*resume, faults=[("keeps_hangup_off", []), hangup])
    assert answer.code == 0, answer.err
    LEDGER.hit(kind, 2)
    same_end(run, expected, kind)
    LEDGER.survived(kind, 2)


def test_ctrl_c_twice_in_train_only(forge: Forge, made: NewRun, expected: dict[str, bytes]) -> None:
    kind = "SIGTERM twice, SIGINT twice"
    run = made()
    resume = ["--train-only", "--resume", str(run.path)]
    answer = forge.command(*resume, faults=[("signals_itself", [signal.SIGINT, 9, signal.SIGINT])])
    assert answer.code == 130
    assert "Traceback" not in answer.text
    LEDGER.hit(kind)
    assert forge.command(*resume).code == 0
    same_end(run, expected, kind)
    LEDGER.survived(kind)


def test_the_terminal_of_train_only_vanishes(forge: Forge, tmp_path: Path, images: Path) -> None:
    kind = "terminal or pipe gone"
    run = new_run(tmp_path, images, epochs=5000)
    master, slave = pty.openpty()
    terminal = Path(os.ttyname(slave))
    argv = ["--train-only", "--resume", str(run.path)]
    child = forge.start(argv=argv, terminal=terminal, environ={"TERM": "xterm-256color"})
    os.set_blocking(master, False)

    def trains() -> bool:
        with contextlib.suppress(BlockingIOError):
            os.read(master, 1 << 16)
        return run.resume_state.exists()

    wait_for(lambda: child.ended or trains())
    assert not child.ended
    os.close(slave)
    LEDGER.hit(kind)
    os.close(master)
    assert child.wait() == 128 + signal.SIGHUP
    assert stopped_by(run) == "SIGHUP"
    assert not run.lock.exists()
    LEDGER.survived(kind)


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_nobody_reads_what_train_only_prints(
    forge: Forge, made: NewRun, tmp_path: Path, options: list[str]
) -> None:
    kind = "terminal or pipe gone"
    run, pipe, complaints = made(epochs=5000), tmp_path / "pipe", tmp_path / "stderr"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    argv = ["--train-only", *options, "--resume", str(run.path)]
    child = forge.start(argv=argv, out=pipe, err=complaints)
    wait_for(lambda: child.ended or (run.weights.exists() and os.read(reader, 1)))
    assert not child.ended, complaints.read_text()
    os.close(reader)
    LEDGER.hit(kind)
    assert child.wait() == 128 + signal.SIGPIPE
    assert complaints.read_text() == ""
    assert stopped_by(run) == "SIGPIPE"
    LEDGER.survived(kind)


@pytest.mark.parametrize("log", ["", "a word\n"])
def test_nobody_reads_what_any_command_prints(forge: Forge, made: NewRun, tmp_path: Path, log: str) -> None:
    kind = "terminal or pipe gone"
    run = made()
    assert forge.train(run) == 0
    run.log.write_text(log)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.json").touch()
    commands = [
        ["--help"],
        ["--version"],
        ["runs", "--runs-dir", str(tmp_path)],
        ["runs", "--runs-dir", str(tmp_path), "--json"],
        ["runs", "--help"],
        ["evaluate", str(run.path)],
        ["evaluate", str(run.path), "--json"],
        ["inspect", str(run.path), "--index", "0"],
        ["logs", str(run.path), "-f"],
        *([["logs", str(run.path)]] if log else []),
    ]
    answers = forge.commands(commands, faults=[("nobody_reads", [])])
    for command, answer in zip(commands, answers, strict=True):
        LEDGER.hit(kind)
        assert (answer.code, answer.text) == (128 + signal.SIGPIPE, ""), command
        LEDGER.survived(kind)
