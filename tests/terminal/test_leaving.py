"""The screens come and go; the trainer goes on."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from snn_tui.config.build import build
from snn_tui.runs.process import worker_command
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import create
from terminal.conftest import Start, end_all, goes_on, lives, status_word, trainer_of
from terminal.harness import COMMAND, LEAVE_ALTERNATE, Terminal, environment, processes_of, wait_until


@pytest.fixture(scope="module")
def going(tmp_path_factory: pytest.TempPathFactory, images: Path) -> Iterator[tuple[Path, RunDir]]:
    """A home, and a run in it that a trainer of its own is at work on."""
    home = tmp_path_factory.mktemp("home")
    config = build({"data": str(images), "epochs": 10000, "batch_size": 8, "device": "cpu", "name": "long"})
    run = create(home / "runs", config, datetime.now())
    command = worker_command(run)
    trainer = subprocess.Popen(command, env=environment(home), start_new_session=True)
    yield home, run
    end_all(home)
    trainer.wait()


def test_q_leaves_the_run_going_and_it_is_found_again(
    start: Start, home: Path, long_run: list[str], only_run: Callable[[], RunDir]
) -> None:
    terminal = start(*long_run)
    terminal.until("Start training")
    terminal.press("s")
    terminal.until(lambda text: status_word(text) == "training")
    terminal.until(an_epoch_listed)
    terminal.press("q")
    assert terminal.end() == 0
    run = only_run()
    assert f"{run.name} goes on" in terminal.said_after
    assert str(run.log) in terminal.said_after
    trainer = trainer_of(run)
    assert trainer is not None

    command = re.findall(r"come back +(\S.*)", terminal.said_after)[0].split()
    assert command[0] == "snn-tui"
    again = start(*command[1:], SNN_TUI_RUNS_DIR="")
    again.until(lambda text: status_word(text) == "training")
    again.until(an_epoch_listed)
    again.press("x")
    again.until("y yes")
    again.press("y")
    again.until(lambda text: status_word(text) == "stopped")
    again.wait_for(lambda: not lives(trainer))
    assert run.weights.exists()
    again.press("q")
    assert again.end() == 0
    assert again.said_after.strip() == ""
    wait_until(lambda: processes_of(home) == [])


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_signal_ends_the_screens_only(
    start: Start, going: tuple[Path, RunDir], number: signal.Signals
) -> None:
    home, run = going
    terminal = start(home=home)
    terminal.until(lambda text: status_word(text) == "training")
    os.kill(terminal.pid, number)
    assert terminal.end() >= 0, "it ends by itself, not by the signal"
    assert LEAVE_ALTERNATE in terminal.raw
    assert terminal.cursor_shown
    terminal.wait_for(goes_on(run))


def test_closing_the_window_ends_the_screens_only(start: Start, going: tuple[Path, RunDir]) -> None:
    home, run = going
    terminal = start(home=home)
    terminal.until(lambda text: status_word(text) == "training")
    terminal.hang_up()
    terminal.end()
    wait_until(goes_on(run))
    wait_until(lambda: len(processes_of(home)) == 1)


def test_killing_the_screens_leaves_the_trainer_and_no_inspector(
    start: Start, going: tuple[Path, RunDir]
) -> None:
    home, run = going
    wait_until(run.weights.exists)
    terminal = start(home=home)
    terminal.until(lambda text: status_word(text) == "training")
    terminal.press("2")
    terminal.until("verdict")
    terminal.wait_for(lambda: len(processes_of(home)) == 3)  # screens, trainer, inspector
    os.kill(terminal.pid, signal.SIGKILL)
    assert terminal.end() == -signal.SIGKILL
    wait_until(goes_on(run))
    wait_until(lambda: len(processes_of(home)) == 1)


def an_epoch_listed(text: str) -> bool:
    """Whether the table of epochs has one."""
    return re.search(r"^│ +(★ )?\d+  \d\.\d{3} ", text, re.MULTILINE) is not None


def test_ctrl_z_goes_to_the_shell_and_fg_comes_back(home: Path) -> None:
    shell = Terminal(["bash", "--norc", "-i"], environment(home, PS1="> "), home, (100, 30))
    try:
        shell.press(f"{COMMAND} --demo\r")
        shell.until("synthetic images")
        shell.press("^z")
        shell.until("Stopped")
        shell.press("echo back $((40 + 2))\r")
        shell.until("back 42")
        shell.press("fg\r")
        shell.until(
            lambda text: "6 Runs" in text.split("\n")[0] and "Stopped" not in text and "back" not in text
        )
        shell.press("?")
        shell.until("Train: esc closes")
        shell.press("?")
        shell.until(lambda text: "esc closes" not in text)
        shell.press("q")
        shell.wait_for(lambda: shell.raw.count(LEAVE_ALTERNATE) == 2)
        shell.press("exit\r")
        assert shell.end() == 0
    finally:
        shell.close()
