"""Two processes that train one run: the other is a real one, and rank 0 is the test itself."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import psutil
import pytest
from safetensors.numpy import load_file
from typed import present

from snn_tui.cli.app import run_command
from snn_tui.config.files import to_json
from snn_tui.errors import UsageError
from snn_tui.runs import events
from snn_tui.runs.process import pause, unpause
from snn_tui.runs.ranks import Rank
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.state import replay
from snn_tui.runs.store import list_runs, read_config, read_metrics
from snn_tui.worker.on_end import OnEnd
from snn_tui.worker.ranks import FOLLOW, Ranks
from snn_tui.worker.stopping import StopRequest
from snn_tui.worker.trainer import train_run
from worker.test_trainer import Make, ignore, told

pytestmark = pytest.mark.usefixtures("eager")

PAPER = {"batch_size": 9, "num_steps": 4, "epochs": 2, "balance": "none", "keep": "best", "name": "paper"}
"""Batches of 9, which two cannot share alike, and one of 4 at the end of an epoch."""

SMALL_PLUS = {
    "layers": "6C3-MP2-8C3-MP2-GAP",
    "padding": "same",
    "norm": "batch",
    "encoding": "direct",
    "leak": "learned",
    "readout": "integrate",
    "loss": "current",
    "class_weights": "balanced",
    "augment": 1.0,
    "ema": 0.5,
    "balance": "none",
    "batch_size": 13,
    "num_steps": 3,
    "epochs": 1,
    "name": "plus",
}
"""What batch norm needs of two processes; the last batch has one image, which each of them learns from."""


@pytest.fixture(scope="module")
def eager() -> object:
    """Every batch is an event of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("snn_tui.worker.recorder.PROGRESS_SECONDS", 0.0)
        yield


@pytest.fixture(scope="module")
def undisturbed(eager: object, new_tiny_run: Make, tmp_path_factory: pytest.TempPathFactory) -> RunDir:
    """A run of `PAPER` that two processes have trained to its end."""
    run = new_tiny_run(tmp_path_factory.mktemp("devices"), **PAPER, devices=2)
    assert train_run(run, ignore, StopRequest()) == 0
    return run


def losses(run: RunDir) -> list[float]:
    """The loss of each batch."""
    progress = [event for event in told(run) if isinstance(event, events.Progress)]
    return [present(loss) for event in progress for loss in event.losses]


def assert_same_training(two: RunDir, one: RunDir) -> None:
    """Assert that losses, scores and weights of two runs are the same within the error of floats."""
    np.testing.assert_allclose(losses(two), losses(one), rtol=2e-6)
    weights, expected = load_file(two.weights), load_file(one.weights)
    for name, value in expected.items():
        np.testing.assert_allclose(weights[name], value, rtol=1e-4, atol=2e-5, err_msg=name)
    scores = [(present(present(read_metrics(run)).test)) for run in (two, one)]
    assert scores[0].accuracy == scores[1].accuracy
    assert scores[0].loss == pytest.approx(scores[1].loss, rel=1e-4)
    assert scores[0].rates == pytest.approx(scores[1].rates, rel=1e-4)


def other_processes() -> list[psutil.Process]:
    """Those that this one has started to train with it, and that have not ended."""
    # Children of earlier tests that nobody waited for yet have no command line any more.
    alive = [child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE]
    return [child for child in alive if FOLLOW in child.cmdline()]


def other_process() -> psutil.Process:
    """The process that this one has started to train with it."""
    (child,) = other_processes()
    return child


def at(batch: int, act: Callable[[], object]) -> Callable[[events.Event], None]:
    """A listener that acts after a batch of the second epoch."""

    def listen(event: events.Event) -> None:
        if isinstance(event, events.Progress) and (event.epoch, event.batch) == (2, batch):
            act()

    return listen


def test_two_processes_train_as_one_does(undisturbed: RunDir, new_tiny_run: Make, tmp_path: Path) -> None:
    one = new_tiny_run(tmp_path, **PAPER)
    assert train_run(one, ignore, StopRequest()) == 0
    assert_same_training(undisturbed, one)
    started = present(replay(told(undisturbed)).started)
    assert (started.config.devices, started.device, started.engine) == (2, "2 x cpu", "fused")


@pytest.mark.parametrize("engine", ["batched", "fused"])
def test_two_processes_share_the_statistics_of_batch_norm(
    engine: str, new_tiny_run: Make, tmp_path: Path
) -> None:
    one, two = (new_tiny_run(tmp_path, **SMALL_PLUS, devices=devices, engine=engine) for devices in (1, 2))
    for run in (one, two):
        assert train_run(run, ignore, StopRequest()) == 0
    assert_same_training(two, one)


def test_two_processes_train_weights_of_few_bits_as_one_does(new_tiny_run: Make, tmp_path: Path) -> None:
    quick = SMALL_PLUS | {"bits": 4}
    one, two = (new_tiny_run(tmp_path, **quick, devices=devices) for devices in (1, 2))
    for run in (one, two):
        assert train_run(run, ignore, StopRequest()) == 0
    assert_same_training(two, one)
    assert any(name.endswith(".scale") for name in load_file(two.weights))


def test_two_processes_penalise_spikes_as_one_does(new_tiny_run: Make, tmp_path: Path) -> None:
    quick = SMALL_PLUS | {"spike_penalty": 5.0, "spike_target": 0.1}
    one, two = (new_tiny_run(tmp_path, **quick, devices=devices) for devices in (1, 2))
    for run in (one, two):
        assert train_run(run, ignore, StopRequest()) == 0
    assert_same_training(two, one)


def test_a_run_of_two_processes_survives_a_pause_and_a_kill(
    undisturbed: RunDir, new_tiny_run: Make, tmp_path: Path
) -> None:
    run = new_tiny_run(tmp_path, **PAPER, devices=2)

    def listen(event: events.Event) -> None:
        at(1, lambda: pause(run))(event)
        if isinstance(event, events.Paused):
            assert other_process().is_running()
            unpause(run)
        at(3, lambda: other_process().kill())(event)

    assert train_run(run, listen, StopRequest()) == 4
    kinds = [type(event) for event in told(run)]
    assert kinds.index(events.Paused) < kinds.index(events.Resumed)
    failed = told(run)[-1]
    assert isinstance(failed, events.RunFailed)
    assert failed.where == "rank 1 of 2 processes"
    assert "was ended by SIGKILL" in failed.what
    assert "--resume" in failed.remedy
    saved = [event for event in told(run) if isinstance(event, events.CheckpointSaved)][-1]
    assert (saved.epoch, saved.batch) == (2, 3)

    assert train_run(run, ignore, StopRequest()) == 0
    assert not other_processes()
    for path in ("weights", "metrics"):
        assert getattr(run, path).read_bytes() == getattr(undisturbed, path).read_bytes()


def test_a_run_resumed_with_another_number_of_devices_says_so(undisturbed: RunDir, tmp_path: Path) -> None:
    run = RunDir(Path(shutil.copytree(undisturbed.path, tmp_path / "copy")))
    other = msgspec.structs.replace(read_config(run), devices=1, epochs=3)
    run.config.write_bytes(to_json(other))
    assert train_run(run, ignore, StopRequest()) == 0
    notes = [event.text for event in told(run) if isinstance(event, events.Noted)]
    assert any(note.startswith("1 device in place of 2: ") for note in notes)


def test_torchrun_starts_both_and_either_may_be_told_to_stop(
    tiny_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    shared = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    command = [sys.executable, "-m", "snn_tui", "--train-only"]
    other = subprocess.Popen(
        command, env=os.environ | shared | {"RANK": "1"}, stderr=subprocess.PIPE, text=True
    )
    for name, value in (shared | {"RANK": "0"}).items():
        monkeypatch.setenv(name, value)

    def stop_the_other(run: RunDir, view: object, stop: StopRequest, rank: Rank, on_end: OnEnd) -> int:
        return train_run(run, at(1, other.terminate), stop, rank, on_end)

    monkeypatch.setattr("snn_tui.worker.trainer.train_run", stop_the_other)
    options = ["--data", str(tiny_file), "--epochs", "50", "--device", "cpu", "--batch-size", "10"]
    code = run_command(["--train-only", "--runs-dir", str(tmp_path), "--num-steps", "2", *options])
    assert code == 128 + signal.SIGTERM, capfd.readouterr()
    assert "error" not in other.communicate(timeout=20)[1].lower()
    assert other.returncode == code
    (run,) = list_runs(tmp_path)
    assert read_config(run).devices == 2
    assert isinstance(told(run)[-1], events.RunStopped)


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        rank = Rank(rank=0, size=2, local_rank=0, local_size=2, port=taken.getsockname()[1])
        with pytest.raises(UsageError, match="the port is taken") as refusal:
            Ranks(rank, StopRequest())
        assert refusal.value.where == f"127.0.0.1:{rank.port}"
        assert "MASTER_PORT" in refusal.value.remedy
