"""`--log-tensorboard`: what TensorBoard sees while a run is trained, and after it was resumed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest
from export.event_files import scalars

from snn_tui.errors import UsageError
from snn_tui.runs.events import Event, Progress, RunFailed
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.summary import state_of
from snn_tui.worker.stopping import StopRequest
from snn_tui.worker.tensorboard import VARIABLE, hand_to_trainers
from snn_tui.worker.trainer import train_run

Make = Callable[..., RunDir]


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that runs are logged into."""
    monkeypatch.setenv(VARIABLE, "")  # restored after the test
    hand_to_trainers(str(tmp_path / "board"))
    return tmp_path / "board"


def same_as_the_run(run: RunDir, board: Path) -> None:
    """Check that TensorBoard sees the run's losses and scores, each step once."""
    curves, state = scalars(board / run.name), state_of(run)
    losses = dict(zip(state.loss_steps, state.losses, strict=True))
    assert curves["train/loss"] == pytest.approx(losses, rel=1e-6)
    assert curves["val/loss"] == pytest.approx(dict(state.val_points), rel=1e-6)


def test_a_run_is_logged_as_it_is_trained(
    tmp_path: Path, new_tiny_run: Make, board: Path, finished: RunDir
) -> None:
    run = new_tiny_run(tmp_path, name="tiny")
    seen: list[int] = []

    def listen(event: Event) -> None:
        if isinstance(event, Progress) and seen == [] and (board / run.name).exists():
            seen.extend(scalars(board / run.name).get("val/loss", {}))

    assert train_run(run, listen, StopRequest()) == 0
    same_as_the_run(run, board)
    assert set(scalars(board / run.name)["test/accuracy"]) == {state_of(run).steps}
    assert run.weights.read_bytes() == finished.weights.read_bytes()  # which was trained without
    assert run.config.read_bytes() == finished.config.read_bytes()


def test_a_resumed_run_goes_on_in_the_same_folder_without_a_step_twice(
    tmp_path: Path, new_tiny_run: Make, board: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snn_tui.worker.recorder.PROGRESS_SECONDS", 0.0)
    run = new_tiny_run(tmp_path)
    stop, saved = StopRequest(), b""

    def listen(event: Event) -> None:
        nonlocal saved
        if isinstance(event, Progress) and event.epoch == 2:
            saved = saved or run.resume_state.read_bytes()  # of the first epoch
            if event.batch == 3:
                stop.signal = signal.SIGTERM

    assert train_run(run, listen, stop) == 128 + signal.SIGTERM
    run.resume_state.write_bytes(saved)  # as after a power cut: further than its checkpoint
    assert train_run(run, lambda event: None, StopRequest()) == 0
    assert len(list((board / run.name).iterdir())) == 2
    same_as_the_run(run, board)


def test_a_disk_that_is_full_ends_the_log_and_not_the_run(
    tmp_path: Path, new_tiny_run: Make, board: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        def __init__(self, file: IO[bytes]) -> None:
            self.file, self.left = file, 5

        def write(self, content: bytes) -> None:
            self.left -= 1
            if self.left < 0:
                raise OSError(28, "No space left on device")
            self.file.write(content)

        def flush(self) -> None:
            self.file.flush()

        def close(self) -> None:
            self.file.close()

    def opened(path: Path, mode: str) -> Full:
        return Full(path.open(mode))

    monkeypatch.setattr("snn_tui.export.curves.tensorboard.open", opened, raising=False)
    run = new_tiny_run(tmp_path)
    assert train_run(run, lambda event: None, StopRequest()) == 0
    assert "no more curves for TensorBoard" in run.log.read_text()
    assert scalars(board / run.name)


def test_a_folder_that_cannot_be_made_ends_the_run_with_a_sentence(
    tmp_path: Path, new_tiny_run: Make, board: Path
) -> None:
    board.write_text("a file by now")
    said: list[Event] = []
    assert train_run(new_tiny_run(tmp_path), said.append, StopRequest()) != 0
    failed = said[-1]
    assert isinstance(failed, RunFailed)
    assert failed.where == "--log-tensorboard"


def test_what_cannot_be_is_refused_before_a_run_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "")
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "no" / "where"):
        with pytest.raises(UsageError, match="no folder"):
            hand_to_trainers(str(folder))
    monkeypatch.setattr("snn_tui.export.curves.tensorboard.find_spec", lambda name: None)
    with pytest.raises(UsageError, match="tensorboardX, which is not installed"):
        hand_to_trainers(str(tmp_path))
    hand_to_trainers("")
    assert VARIABLE not in os.environ
