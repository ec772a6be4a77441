"""A run of a training loop of one's own: what it logs, how it ends, and what it survives."""

from __future__ import annotations

import logging
import math
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

import snn_tui
from snn_tui.api.recording import gpu_of_torch
from snn_tui.errors import UsageError
from snn_tui.runs import events, process
from snn_tui.runs.lock import read_lock
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.state import RunState
from snn_tui.runs.store import read_metrics
from snn_tui.runs.summary import state_of, summarise
from snn_tui.runs.tail import Tail


def started(folder: Path, **options: Any) -> snn_tui.Run:
    """A run that has just begun."""
    return snn_tui.start("net", runs_dir=folder, **options)


def state(run: snn_tui.Run) -> RunState:
    """What a reader makes of it."""
    return state_of(RunDir(run.path))


def written(run: snn_tui.Run, kind: type[events.Event]) -> list[Any]:
    """The events of a kind, in their order."""
    return [event for event in Tail(run.path / "events.jsonl").poll() if isinstance(event, kind)]


def test_a_run_of_one_s_own_looks_like_any_other(tmp_path: Path) -> None:
    with started(tmp_path, epochs=2, batches=3, classes=["a", "b", "c"], dataset="Letters") as run:
        for epoch in (1, 2):
            for batch in (1, 2, 3):
                run.batch(loss=1.0 / (epoch * batch), lr=0.01, images=8)
            run.epoch(val_loss=0.5 / epoch, accuracy=0.4 * epoch, firing_rates={"lif1": 0.1, "out": 0.2})
    seen = state(run)
    assert (seen.phase, seen.epoch, seen.epochs, seen.steps, seen.fraction) == ("finished", 2, 2, 6, 1.0)
    assert list(seen.losses) == [1.0, 1 / 2, 1 / 3, 1 / 2, 1 / 4, 1 / 6]
    assert seen.best_epoch == 2
    assert seen.rates == {"lif1": 0.1, "out": 0.2}
    assert seen.epochs_ended[0].train_loss == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)
    summary = summarise(RunDir(run.path))
    assert (summary.state, summary.epoch, summary.dataset, summary.problem) == ("finished", 2, "Letters", "")
    assert summary.best["accuracy"] == 0.8
    assert not (run.path / "lock").exists()


@pytest.mark.parametrize(
    "value", [0.5, 1 / 2, np.float32(0.5), np.array([0.5]), torch.tensor(0.5), torch.tensor([0.5])], ids=type
)
def test_numbers_may_be_tensors_of_one_element(value: object, tmp_path: Path) -> None:
    with started(tmp_path) as run:
        run.batch(value, grad=value)
        run.epoch(score=value)
    seen = state(run)
    assert seen.losses[0] == seen.logged["grad"].columns["value"][0] == 0.5
    assert seen.epochs_ended[0].metrics == {"score": 0.5}


@pytest.mark.parametrize(
    "value", ["high", None, np.zeros(3), torch.zeros(3), object()], ids=lambda value: type(value).__name__
)
def test_what_is_no_number_is_refused_by_its_name(value: object, tmp_path: Path) -> None:
    with started(tmp_path) as run:
        with pytest.raises(UsageError, match=r"^grad: .* is no number$"):
            run.batch(grad=value)
        with pytest.raises(UsageError, match=r"^firing_rates: .* has no names of layers$"):
            run.epoch(firing_rates=[0.1])  # type: ignore[arg-type]


def test_numbers_that_are_not_finite_are_kept_as_such_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with started(tmp_path) as run:
        for _ in range(3):
            run.batch(math.nan, grad=math.inf)
        run.epoch(val_loss=math.nan, firing_rates={"lif": math.nan})
    seen = state(run)
    assert math.isnan(seen.losses[0])
    assert math.isnan(seen.logged["grad"].columns["value"][0])
    assert seen.epochs_ended[0].val.loss is None
    assert seen.notes == ["the loss is no finite number in batch 1 of epoch 1"]
    assert len(caplog.records) == 1


def test_the_mean_of_other_numbers_is_kept_where_batches_are_quick(tmp_path: Path) -> None:
    with started(tmp_path) as run:
        run.batch(1.0, grad=1.0)
        run.batch(1.0, grad=3.0)
        run.batch(1.0)
    (progress,) = written(run, events.Progress)
    assert progress.metrics == {"grad": 2.0}
    assert progress.losses == [1.0, 1.0, 1.0]
    assert progress.lr is None


def test_neither_epochs_nor_batches_need_be_known(tmp_path: Path) -> None:
    with started(tmp_path) as run:
        for epoch in range(3):
            for _ in range(4):
                run.batch(1.0)
            seen = state(run)
            assert seen.fraction == 0.0
            run.epoch(accuracy=0.5)
            assert state(run).epoch == epoch + 1
        assert state(run).eta() is None
    seen = state(run)
    assert (seen.epochs, seen.batches, seen.steps, len(seen.losses)) == (3, 4, 12, 12)
    assert list(seen.loss_steps) == list(range(1, 13))


def test_a_loop_without_epochs_is_one_epoch(tmp_path: Path) -> None:
    with started(tmp_path) as run:
        for step in range(50):
            run.batch(float(step))
    assert list(state(run).losses) == list(map(float, range(50)))


def test_a_loop_without_batches_has_epochs(tmp_path: Path) -> None:
    with started(tmp_path, epochs=3) as run:
        for _ in range(3):
            run.epoch(val_loss=1.0)
    assert [end.epoch for end in state(run).epochs_ended] == [1, 2, 3]


def test_batches_beyond_those_of_the_first_epoch_are_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with started(tmp_path) as run:
        run.batch(1.0)
        run.epoch()
        for _ in range(3):
            run.batch(2.0)
        run.epoch()
    assert [record.getMessage().partition(",")[0] for record in caplog.records] == [
        "snn-tui: epoch 2 has more than 1 batches"
    ]
    assert list(state(run).losses) == [1.0, 2.0]


def test_more_names_than_an_event_may_have_are_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with started(tmp_path) as run:
        for _ in range(2):
            many: dict[str, Any] = {f"n{index}": 1.0 for index in range(70)}
            run.batch(1.0, **many)
    assert len(state(run).logged) == 64
    assert len(caplog.records) == 1


def test_names_lose_control_characters(tmp_path: Path) -> None:
    with started(tmp_path) as run:
        odd: dict[str, Any] = {"a\x1b[2Jb": 1.0}
        run.batch(**odd)
        run.note("two\nlines")
    assert list(state(run).logged) == ["a?[2Jb"]
    assert state(run).notes == ["two?lines"]


def test_scores_on_test_are_those_of_the_end(tmp_path: Path) -> None:
    with started(tmp_path) as run:
        run.epoch(accuracy=0.5)
        run.test(test_accuracy=0.75, images=10)
        with pytest.raises(UsageError, match="no score 'speed'"):
            run.test(speed=1.0)
    metrics = read_metrics(RunDir(run.path))
    assert metrics is not None
    assert metrics.test is not None
    assert (metrics.test.accuracy, metrics.test.images) == (0.75, 10)
    assert state(run).result is not None


def test_an_error_ends_the_run_with_its_text_and_passes_on(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), started(tmp_path) as run:
        run.batch(1 / 0)
    failure = state(run).failure
    assert failure is not None
    assert failure.what == "ZeroDivisionError: division by zero"
    assert failure.where.startswith(__file__)
    assert "run.batch(1 / 0)" in (run.path / "worker.log").read_text()
    assert not (run.path / "lock").exists()


@pytest.mark.parametrize(
    ("error", "phase"),
    [(KeyboardInterrupt(), "stopped"), (SystemExit(0), "finished"), (SystemExit(3), "failed")],
    ids=repr,
)
def test_how_a_program_ends_is_how_the_run_ends(error: BaseException, phase: str, tmp_path: Path) -> None:
    with pytest.raises(type(error)), started(tmp_path) as run:
        raise error
    assert state(run).phase == phase


def test_a_run_that_ended_takes_nothing_more(tmp_path: Path) -> None:
    run = started(tmp_path)
    run.end()
    run.batch(1.0)
    run.epoch()
    run.end()
    assert [type(event) for event in Tail(run.path / "events.jsonl").poll()] == [
        events.RunStarted,
        events.RunFinished,
    ]


def test_sigterm_stops_between_two_batches(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    done = 0
    with pytest.raises(snn_tui.Stopped) as stopped, started(tmp_path) as run:  # noqa: PT012
        process.stop(RunDir(run.path))
        for _ in range(100):
            assert run.stopping
            done += 1
            run.batch(1.0)
    assert (done, stopped.value.code) == (1, 128 + signal.SIGTERM)
    assert (state(run).phase, list(state(run).losses)) == ("stopped", [1.0])
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_handler_of_the_program_s_own_is_called_too(tmp_path: Path) -> None:
    called: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: called.append(number))
    try:
        with pytest.raises(snn_tui.Stopped), started(tmp_path) as run:  # noqa: PT012
            os.kill(os.getpid(), signal.SIGTERM)
            run.batch(1.0)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert called == [signal.SIGTERM]


def test_a_second_sigterm_stops_amid_a_batch(tmp_path: Path) -> None:
    with pytest.raises(snn_tui.Stopped), started(tmp_path) as run:  # noqa: PT012
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGTERM)
        raise AssertionError
    assert state(run).phase == "stopped"


def test_a_paused_run_holds_until_it_may_go_on(tmp_path: Path) -> None:
    with started(tmp_path) as run:
        run.batch(1.0)
        process.pause(RunDir(run.path))
        time.sleep(0.3)  # for the look of every tenth of a second
        threading.Timer(0.2, process.unpause, [RunDir(run.path)]).start()
        run.batch(2.0)
        assert not process.is_paused(RunDir(run.path))
    kinds = [type(event) for event in Tail(run.path / "events.jsonl").poll()]
    assert [kind for kind in kinds if kind is not events.Progress][1:] == [
        events.Paused,
        events.Resumed,
        events.RunFinished,
    ]
    assert list(state(run).losses) == [1.0, 2.0]
    assert state(run).held > 0.0


def test_another_thread_may_write_a_run(tmp_path: Path) -> None:
    def loop() -> None:
        with started(tmp_path) as run:
            run.batch(1.0)

    thread = threading.Thread(target=loop)
    thread.start()
    thread.join()
    (path,) = tmp_path.iterdir()
    assert state_of(RunDir(path)).phase == "finished"


def test_a_forked_process_writes_nothing(tmp_path: Path) -> None:
    with started(tmp_path) as run:
        child = os.fork()
        if not child:
            try:
                run.batch(9.0)
                run.epoch()
                run.__exit__(None, None, None)
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        assert read_lock(RunDir(run.path)) is not None
        run.batch(1.0)
    assert list(state(run).losses) == [1.0]
    assert state(run).phase == "finished"


@pytest.fixture
def full_disk() -> Iterator[None]:
    """No file may grow beyond a few KB, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (6_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_is_said_once_and_does_not_end_the_loop(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with started(tmp_path) as run:
        for _ in range(30):
            run.batch(1.0)
            run.epoch(accuracy=0.5)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "the training goes on" in caplog.text
    assert 1 < len(state(run).epochs_ended) < 30


KILLED = """
import os, signal, sys, snn_tui
with snn_tui.start("net", runs_dir=sys.argv[1], epochs=2) as run:
    for step in range(5):
        run.batch(float(step))
    run.epoch(accuracy=0.5)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_program_leaves_a_run_that_is_told_to_have_crashed(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    (path,) = tmp_path.iterdir()
    summary = summarise(RunDir(path))
    assert (summary.state, summary.epoch, summary.problem) == ("crashed", 1, "")
    assert summary.interrupted
    assert not summary.resumable


def test_the_gpu_is_the_one_that_torch_fills(monkeypatch: pytest.MonkeyPatch) -> None:
    assert gpu_of_torch() is None  # on a machine with a GPU, too: nothing here uses it
    allocated = [0, 5, 2]
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: len(allocated))
    monkeypatch.setattr(torch.cuda, "memory_allocated", allocated.__getitem__)
    properties = [SimpleNamespace(uuid=f"gpu-{index}") for index in range(3)]
    monkeypatch.setattr(torch.cuda, "get_device_properties", properties.__getitem__)
    assert gpu_of_torch() == "gpu-1"
    monkeypatch.delitem(sys.modules, "torch")
    assert gpu_of_torch() is None


def test_signs_of_life_come_while_a_batch_takes_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snn_tui.worker.heartbeat.HEARTBEAT_SECONDS", 0.05)
    with started(tmp_path) as run:
        end = time.monotonic() + 60
        while not written(run, events.Heartbeat):
            assert time.monotonic() < end
            time.sleep(0.02)
