"""Commands run within the test's process, in a folder and a home of their own."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from snn_tui.cli.app import run_command
from snn_tui.cli.train_only import STOP_SIGNALS
from snn_tui.runs.rundir import RunDir

Command = Callable[..., tuple[int, str, str]]
Refused = Callable[..., str]


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """The signal handlers that training puts in place are gone after the test."""
    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder to be in, an empty home, and none of the program's variables."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("SNN_TUI_DATA", "SNN_TUI_RUNS_DIR", "SNN_TUI_SLURM", "NO_COLOR", "COLUMNS", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.setattr("snn_tui.runs.store.shipped_runs", list)
    monkeypatch.setattr("snn_tui.runs.summary.shipped_runs", list)


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command within this process; gives its exit code, stdout and stderr."""

    def run(*arguments: object) -> tuple[int, str, str]:
        code = run_command([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def refused(command: Command) -> Refused:
    """Runs a command that has to fail with a code; gives the block it writes to stderr alone."""

    def run(code: int, *arguments: object) -> str:
        exit_code, out, err = command(*arguments)
        assert (exit_code, out) == (code, "")
        lines = err.splitlines()
        assert lines[0].startswith("error: ")
        assert len(lines) == 2
        assert lines[1].startswith("  try: ")
        return err

    return run


@pytest.fixture
def copy(finished: RunDir, tmp_path: Path) -> RunDir:
    """A copy of the finished run to break."""
    return RunDir(Path(shutil.copytree(finished.path, tmp_path / "checkpoints" / finished.name)))
