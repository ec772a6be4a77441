"""Terminals with their own home, and nothing left behind."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from snn_tui.runs.lock import read_lock
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import list_runs
from terminal.harness import COMMAND, Terminal, environment, processes_of

Start = Callable[..., Terminal]


class Brake:
    """Holds the trainers that are started with its `variables`, until it is let go.

    Args:
        place: Where they are held, see `brake/sitecustomize.py`.
        file: A file to hold them by.
    """

    def __init__(self, place: str, file: Path) -> None:
        file.touch()
        self._file = file
        folder = str(Path(__file__).with_name("brake"))
        self.variables = {"PYTHONPATH": folder, "HOLD_AT": place, "HOLD_WHILE": str(file)}

    def let_go(self) -> None:
        """They go on, and are not held again."""
        self._file.unlink()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A user's folder; whatever still runs from it is ended after the test."""
    yield tmp_path
    end_all(tmp_path)


@pytest.fixture
def brake(tmp_path: Path) -> Callable[[str], Brake]:
    """Makes a brake that holds trainers at `torch` or after each `epoch`."""
    return lambda place: Brake(place, tmp_path / "hold")


@pytest.fixture
def start(tmp_path: Path, home: Path) -> Iterator[Start]:
    """Starts `snn-tui` with some arguments, in a terminal of a `size`, with `changes` to the environment."""
    opened: list[Terminal] = []

    def start(
        *arguments: str, size: tuple[int, int] = (120, 40), home: Path = tmp_path, **changes: str
    ) -> Terminal:
        terminal = Terminal([COMMAND, *arguments], environment(home, **changes), home, size)
        opened.append(terminal)
        return terminal

    yield start
    for terminal in opened:
        terminal.close()


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A MedMNIST file of 320, 20 and 20 images: small, and yet enough for many batches an epoch."""
    rng = np.random.default_rng(0)
    arrays: dict[str, Any] = {}
    for split, size in {"train": 320, "val": 20, "test": 20}.items():
        arrays[f"{split}_images"] = rng.integers(0, 256, (size, 28, 28)).astype(np.uint8)
        arrays[f"{split}_labels"] = (np.arange(size) % 2).astype(np.uint8)[:, None]
    path = tmp_path_factory.mktemp("images") / "pneumoniamnist.npz"
    np.savez_compressed(path, **arrays)
    return path


@pytest.fixture
def long_run(images: Path) -> list[str]:
    """Options of a run that does not end by itself, and answers within a batch."""
    return _options(images, epochs=10000, batch_size=8, num_steps=20)


@pytest.fixture
def short_run(images: Path) -> list[str]:
    """Options of a run that is over soon; what shows only meanwhile needs a brake to be seen for sure."""
    return _options(images, epochs=2, batch_size=64, num_steps=4)


def _options(images: Path, epochs: int, batch_size: int, num_steps: int) -> list[str]:
    given = {"data": images, "epochs": epochs, "batch-size": batch_size, "num-steps": num_steps}
    return [word for name, value in given.items() for word in (f"--{name}", str(value))] + ["--device", "cpu"]


@pytest.fixture
def only_run(home: Path) -> Callable[[], RunDir]:
    """Finds the one run that was made."""

    def only_run() -> RunDir:
        (run,) = list_runs(home / "runs")
        return run

    return only_run


def end_all(home: Path) -> None:
    """End every process of this home, and no other."""
    for process in processes_of(home):
        with contextlib.suppress(psutil.Error):
            process.kill()


def trainer_of(run: RunDir) -> psutil.Process | None:
    """The process that trains a run; None where none does."""
    info = read_lock(run)
    try:
        process = psutil.Process(info.pid) if info else None
    except psutil.NoSuchProcess:
        return None
    return process if process and lives(process) else None


def lives(process: psutil.Process) -> bool:
    """Whether a process runs; one that nobody has reaped yet does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def goes_on(run: RunDir) -> Callable[[], bool]:
    """Whether the run's trainer lives, and has written since this was called."""
    before = run.events.stat().st_size
    return lambda: trainer_of(run) is not None and run.events.stat().st_size > before


def status_word(text: str) -> str:
    """The last word of the header: where the run stands."""
    words = text.partition("\n")[0].split()
    return words[-1] if words else ""
