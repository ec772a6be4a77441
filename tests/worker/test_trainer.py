"""The trainer: what a run directory holds after every kind of end, and what the exit code says."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch
from typed import present

from snn_tui.config.build import build
from snn_tui.config.files import from_json, to_json
from snn_tui.errors import RunError
from snn_tui.runs import events
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.state import replay
from snn_tui.runs.store import create, read_config, read_metrics
from snn_tui.runs.tail import Tail
from snn_tui.snn.engines import Engine, registry
from snn_tui.snn.engines.selfcheck import Candidate
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.training.checkpoint import load_weights, metadata_of, state_from_bytes, weights_epoch
from snn_tui.values.firing import silent_layers
from snn_tui.worker.stopping import StopRequest
from snn_tui.worker.trainer import _logging_to, train_run

Make = Callable[..., RunDir]
NOON = datetime(2026, 11, 23, 12, 0)


def ignore(event: events.Event) -> None:
    """Listen to nothing."""


def told(run: RunDir) -> list[events.AnyEvent]:
    """All events of a run, every line of them understood."""
    tail = Tail(run.events)
    found = tail.poll(1 << 24)
    assert tail.skipped == 0
    return found


def kinds(run: RunDir, *, without: tuple[type, ...] = (events.Heartbeat, events.Progress)) -> list[str]:
    """The events' names in order."""
    return [type(event).__name__ for event in told(run) if not isinstance(event, without)]


def files(run: RunDir) -> set[str]:
    """What lies in the run directory."""
    return {path.name for path in run.path.iterdir()}


def stopping(stop: StopRequest, after: Callable[[events.Event], bool]) -> Callable[[events.Event], None]:
    """A listener that asks to stop once an event satisfies `after`."""

    def listen(event: events.Event) -> None:
        if after(event):
            stop.signal = signal.SIGTERM

    return listen


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every batch is an event of its own."""
    monkeypatch.setattr("snn_tui.worker.recorder.PROGRESS_SECONDS", 0.0)


def worker(run: RunDir, **options: object) -> subprocess.Popen[str]:
    """A real trainer process."""
    command = [sys.executable, "-m", "snn_tui.worker", str(run.path)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, **pipes, **options)  # type: ignore[call-overload]


def wait_for(run: RunDir, kind: type, process: subprocess.Popen[str]) -> None:
    """Return once the process has told of such an event."""
    pause = threading.Event()
    while not any(isinstance(event, kind) for event in told(run)):
        assert process.poll() is None, process.communicate()
        pause.wait(0.05)


@pytest.fixture
def ended() -> Iterator[Callable[[subprocess.Popen[str]], subprocess.Popen[str]]]:
    """Sees to it that processes started in a test end with it."""
    started: list[subprocess.Popen[str]] = []

    def note(process: subprocess.Popen[str]) -> subprocess.Popen[str]:
        started.append(process)
        return process

    yield note
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_a_demo_run_by_a_real_process_leaves_a_whole_run_directory(tmp_path: Path) -> None:
    quick = {"epochs": 1, "num_steps": 1, "batch_size": 1024, "device": "cpu"}
    run = create(tmp_path, build({"dataset": "demo", **quick}), NOON)
    process = worker(run)
    assert (*process.communicate(), process.returncode) == ("", "", 0)
    assert files(run) == {
        *(
            "config.json",
            "events.jsonl",
            "model.safetensors",
            "resume.safetensors",
            "metrics.json",
            "worker.log",
        )
    }
    found = [kind for kind in kinds(run) if kind not in ("Preparing", "Diagnosed")]
    assert found == ["RunStarted", "EpochEnded", "CheckpointSaved", "RunFinished"]
    times = [event.t for event in told(run)]
    assert times == sorted(times)
    metrics = read_metrics(run)
    assert metrics is not None
    assert metrics.synthetic
    assert metrics.dataset == "demo"
    state = replay(told(run))
    assert state.phase == "finished"
    assert state.result is not None
    assert state.result.test == metrics.test
    assert state.started is not None
    assert state.started.dataset.synthetic
    assert (state.started.pid, state.started.parameters) == (process.pid, 5402)
    # The phantoms have PneumoniaMNIST's classes, made equally large.
    assert (state.started.images, state.steps) == (2 * 1214, 3)
    assert present(metrics.test).images == 2 * 234
    assert metadata_of(run.weights.read_bytes())["synthetic"] == "true"


def test_a_finished_run_says_it_all(finished: RunDir, tiny_file: Path) -> None:
    found = [kind for kind in kinds(finished) if kind not in ("Preparing", "Diagnosed")]
    assert found == ["RunStarted", *["EpochEnded", "CheckpointSaved"] * 3, "RunFinished"]
    state = replay(told(finished))
    assert (len(state.losses), state.steps, state.fraction) == (12, 12, 1.0)
    assert state.dataset is not None
    assert state.dataset.source == str(tiny_file)
    assert "not the official file" in state.dataset.notice
    assert state.dataset.before["train"]["pneumonia"] == 24
    assert state.dataset.after["train"]["pneumonia"] == state.dataset.after["train"]["normal"] == 16
    metrics = read_metrics(finished)
    assert metrics is not None
    assert (metrics.synthetic, metrics.kept_epoch, present(metrics.test).images) == (False, 3, 16)
    assert weights_epoch(finished.weights.read_bytes()) == 3


def test_the_same_run_twice_leaves_the_same_weights(
    finished: RunDir, tmp_path: Path, new_tiny_run: Make
) -> None:
    again = new_tiny_run(tmp_path, name="tiny")
    assert train_run(again, ignore, StopRequest()) == 0
    assert again.weights.read_bytes() == finished.weights.read_bytes()
    first, second = read_metrics(finished), read_metrics(again)
    assert first is not None
    assert second is not None
    assert first.test == second.test


def test_listeners_hear_what_is_written(tmp_path: Path, new_tiny_run: Make) -> None:
    heard: list[events.Event] = []
    run = new_tiny_run(tmp_path)
    train_run(run, heard.append, StopRequest())
    assert heard == told(run)


def test_sigterm_in_the_middle_of_an_epoch_saves_a_checkpoint_first(
    tmp_path: Path, new_tiny_run: Make, ended: Callable[..., subprocess.Popen[str]]
) -> None:
    run = new_tiny_run(tmp_path, epochs=10_000)
    process = ended(worker(run))
    wait_for(run, events.Progress, process)

    second = ended(worker(run))
    out, err = second.communicate()
    assert (out, second.returncode) == ("", 4)
    assert f"process {process.pid}" in err
    assert process.poll() is None  # the first goes on undisturbed

    process.send_signal(signal.SIGTERM)
    assert (*process.communicate(), process.returncode) == ("", "", 143)
    assert kinds(run)[-2:] == ["CheckpointSaved", "RunStopped"]
    stopped = told(run)[-1]
    assert isinstance(stopped, events.RunStopped)
    assert stopped.signal == "SIGTERM"
    assert not {"lock", "metrics.json"} & files(run)
    load_weights(SpikingNetwork(NetworkSpec()), run.weights.read_bytes(), "x")
    assert state_from_bytes(run.resume_state.read_bytes(), "x")["epochs_done"] >= 0


def test_stopped_within_the_first_epoch_there_is_a_checkpoint(
    tmp_path: Path, new_tiny_run: Make, eager: None
) -> None:
    for keep in ("last", "best"):
        run, stop = new_tiny_run(tmp_path, name=f"kept-{keep}", keep=keep), StopRequest()
        assert train_run(run, stopping(stop, lambda event: isinstance(event, events.Progress)), stop) == 143
        assert [kind for kind in kinds(run) if kind != "Preparing"][1:] == ["CheckpointSaved", "RunStopped"]
        saved = told(run)[-2]
        assert isinstance(saved, events.CheckpointSaved)
        assert (saved.epoch, saved.batch, saved.weights) == (1, 1, True)
        assert state_from_bytes(run.resume_state.read_bytes(), "x")["batches_done"] == 1
        load_weights(SpikingNetwork(NetworkSpec()), run.weights.read_bytes(), "x")


def test_with_keep_best_a_stop_does_not_overwrite_the_best_weights(
    tmp_path: Path, new_tiny_run: Make, eager: None
) -> None:
    run, stop = new_tiny_run(tmp_path, keep="best"), StopRequest()
    at_epochs_end: list[bytes] = []

    def listen(event: events.Event) -> None:
        if isinstance(event, events.CheckpointSaved) and not event.batch:
            at_epochs_end.append(run.weights.read_bytes())
        if isinstance(event, events.Progress) and event.epoch == 2 and event.batch == 2:
            stop.signal = signal.SIGTERM

    assert train_run(run, listen, stop) == 143
    assert at_epochs_end == [run.weights.read_bytes()]
    assert weights_epoch(run.weights.read_bytes()) == 1


def test_stopped_while_it_prepares_nothing_was_trained(tmp_path: Path, new_tiny_run: Make) -> None:
    run, stop = new_tiny_run(tmp_path), StopRequest()
    assert train_run(run, stopping(stop, lambda event: isinstance(event, events.Preparing)), stop) == 143
    assert kinds(run) == ["Preparing", "RunStopped"]
    assert files(run) == {"config.json", "events.jsonl", "worker.log"}


def test_a_pause_holds_until_it_is_released(tmp_path: Path, new_tiny_run: Make, eager: None) -> None:
    run = new_tiny_run(tmp_path)
    heard: list[events.Event] = []
    held = threading.Event()

    def listen(event: events.Event) -> None:
        heard.append(event)
        if isinstance(event, events.Progress) and (event.epoch, event.batch) == (1, 2):
            run.pause.touch()
        if isinstance(event, events.Paused):
            held.set()

    trainer = threading.Thread(target=train_run, args=(run, listen, StopRequest()))
    trainer.start()
    assert held.wait(60)
    before = len(heard)
    trainer.join(0.3)
    assert [event for event in heard[before:] if not isinstance(event, events.Heartbeat)] == []
    run.pause.unlink()
    trainer.join()
    assert isinstance(heard[before - 1], events.Paused)
    assert isinstance(heard[before], events.Resumed)
    assert kinds(run)[-1] == "RunFinished"
    progress = [(event.epoch, event.batch) for event in told(run) if isinstance(event, events.Progress)]
    assert progress == [(epoch, batch) for epoch in (1, 2, 3) for batch in (1, 2, 3, 4)]


def test_a_paused_run_can_be_stopped(tmp_path: Path, new_tiny_run: Make, eager: None) -> None:
    run, stop = new_tiny_run(tmp_path), StopRequest()

    def listen(event: events.Event) -> None:
        if isinstance(event, events.Progress):
            run.pause.touch()
        if isinstance(event, events.Paused):
            stop.signal = signal.SIGTERM

    assert train_run(run, listen, stop) == 143
    assert kinds(run)[-4:] == ["Paused", "Resumed", "CheckpointSaved", "RunStopped"]


def test_a_file_asks_a_run_to_stop_which_resumes_later(
    tmp_path: Path, new_tiny_run: Make, eager: None
) -> None:
    run = new_tiny_run(tmp_path)
    run.stop.touch()  # of an earlier time

    def listen(event: events.Event) -> None:
        if isinstance(event, events.Progress):
            run.stop.touch()

    assert train_run(run, listen, StopRequest()) == 143
    assert kinds(run)[-2:] == ["CheckpointSaved", "RunStopped"]
    assert not run.stop.exists()


def test_a_pause_left_from_an_earlier_time_holds_nobody(tmp_path: Path, new_tiny_run: Make) -> None:
    run, stop = new_tiny_run(tmp_path, epochs=1), StopRequest()
    run.pause.touch()
    assert train_run(run, stopping(stop, lambda event: isinstance(event, events.Paused)), stop) == 0
    assert "Paused" not in kinds(run)


def failed(run: RunDir) -> events.RunFailed:
    """The failure a run ended with; nothing half-written lies about."""
    last = told(run)[-1]
    assert isinstance(last, events.RunFailed)
    assert files(run) == {"config.json", "events.jsonl", "worker.log"}
    return last


def test_missing_data_is_told_with_its_name_and_leaves_nothing_half_written(
    tmp_path: Path, new_tiny_run: Make
) -> None:
    run = new_tiny_run(tmp_path, data="/nowhere/x.npz")
    assert train_run(run, ignore, StopRequest()) == 3
    failure = failed(run)
    assert failure.exit_code == 3
    assert failure.where == "/nowhere/x.npz"
    assert failure.remedy
    assert "/nowhere/x.npz" in run.log.read_text()


def test_a_broken_data_file_is_told_likewise(tmp_path: Path, tiny_file: Path, new_tiny_run: Make) -> None:
    broken = tmp_path / "broken.npz"
    broken.write_bytes(tiny_file.read_bytes()[:-2000])
    run = new_tiny_run(tmp_path, data=str(broken))
    assert train_run(run, ignore, StopRequest()) == 3
    assert failed(run).where == str(broken)


def test_a_device_that_is_absent_is_told(
    tmp_path: Path, new_tiny_run: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    run = new_tiny_run(tmp_path, device="cuda")
    assert train_run(run, ignore, StopRequest()) == 2
    assert "--device" in failed(run).where


def test_a_broken_config_is_told(tmp_path: Path, new_tiny_run: Make) -> None:
    run = new_tiny_run(tmp_path)
    run.config.write_text("{}}")
    assert train_run(run, ignore, StopRequest()) == 4
    assert failed(run).where == str(run.config)


def test_a_directory_that_is_not_there_is_refused_by_the_process(tmp_path: Path) -> None:
    process = worker(RunDir(tmp_path / "no"))
    out, err = process.communicate()
    assert (out, process.returncode) == ("", 4)
    assert "no" in err
    assert "Traceback" not in err


def test_what_nobody_thought_of_is_told_too_and_the_details_are_in_the_log(
    tmp_path: Path, new_tiny_run: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snn_tui.training.loop.Trainer.run", lambda trainer: 1 / 0)
    run = new_tiny_run(tmp_path)
    assert train_run(run, ignore, StopRequest()) == 1
    failure = failed(run)
    assert "ZeroDivisionError" in failure.what
    assert str(run.log) in failure.remedy
    assert "Traceback" in run.log.read_text()


def test_out_of_memory_advises_a_smaller_batch(
    tmp_path: Path, new_tiny_run: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(trainer: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("snn_tui.training.loop.Trainer.run", full)
    run = new_tiny_run(tmp_path)
    assert train_run(run, ignore, StopRequest()) == 1
    failure = failed(run)
    assert "batch size 8" in failure.what
    assert "--batch-size 4" in failure.remedy


def test_training_that_goes_astray_keeps_the_last_good_checkpoint(
    tmp_path: Path, new_tiny_run: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from snn_tui.snn.engines.fused.engine import FusedEngine

    learn = FusedEngine.learn
    saved: list[bytes] = []

    def astray(engine: FusedEngine, *args: Any) -> float:
        loss = learn(engine, *args)
        return float("nan") if saved else loss

    def listen(event: events.Event) -> None:
        if isinstance(event, events.CheckpointSaved):
            saved.append(run.weights.read_bytes())

    monkeypatch.setattr(FusedEngine, "learn", astray)
    run = new_tiny_run(tmp_path)
    assert train_run(run, listen, StopRequest()) == 1
    failure = told(run)[-1]
    assert isinstance(failure, events.RunFailed)
    assert failure.where == "epoch 2, batch 1"
    assert saved == [run.weights.read_bytes()]


def test_a_full_disk_ends_the_run_with_a_reason(
    tmp_path: Path, new_tiny_run: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from snn_tui.errors import RunError

    def full(path: Path, content: bytes) -> None:
        raise RunError("No space left on device", where=str(path), remedy="free some space")

    monkeypatch.setattr("snn_tui.worker.session.write_atomic", full)
    run = new_tiny_run(tmp_path)
    assert train_run(run, ignore, StopRequest()) == 4
    assert failed(run).what == "No space left on device"


def test_what_a_library_warns_of_goes_to_the_log_not_the_terminal(
    tmp_path: Path, new_tiny_run: Make, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import warnings

    from snn_tui.data.dataset import OnProgress
    from snn_tui.data.medmnist_file import MedMNISTFile

    read = MedMNISTFile.read

    def warning(source: MedMNISTFile, path: Path, on_progress: OnProgress) -> object:
        warnings.warn("mind the gap", stacklevel=1)
        return read(source, path, on_progress)

    monkeypatch.setattr(MedMNISTFile, "read", warning)
    run = new_tiny_run(tmp_path, epochs=1)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert train_run(run, ignore, StopRequest()) == 0
    assert "mind the gap" in run.log.read_text()
    assert capfd.readouterr() == ("", "")


SIGNALS = """
import os, signal, sys
from snn_tui.values.firing import silent_layers
from snn_tui.worker.stopping import StopRequest
stop = StopRequest()
stop.listen([signal.SIGHUP, signal.SIGINT])
os.kill(os.getpid(), signal.SIGHUP)
print(stop.signal, stop.exit_code)
os.kill(os.getpid(), signal.SIGINT)
print(stop.signal, stop.exit_code)
"""


def signalled(*before: str) -> tuple[str, int]:
    """What a process says that is sent SIGHUP and then ctrl-c, started by a shell after these commands."""
    command = ["sh", "-c", "; ".join([*before, 'exec "$0" -c "$1"']), sys.executable, SIGNALS]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=_default_signals)
    return ran.stdout, ran.returncode


def _default_signals() -> None:
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


def test_a_second_ctrl_c_ends_it_at_once() -> None:
    out, code = signalled()
    assert out.split() == ["1", "129"]
    assert code != 0


def test_what_nohup_has_switched_off_stays_off() -> None:
    """`nohup snn-tui --train-only &` has to survive the end of the session."""
    out, code = signalled("trap '' HUP")
    assert out.split() == ["None", "128", "2", "130"]
    assert code == 0


def test_the_events_of_a_run_are_plain_json_lines(finished: RunDir) -> None:
    lines = finished.events.read_bytes().splitlines()
    assert all({"type", "t", "v"} <= msgspec.json.decode(line).keys() for line in lines)


def test_a_run_directory_can_be_read_by_the_group(finished: RunDir) -> None:
    mask = os.umask(0)
    os.umask(mask)
    for path in (finished.weights, finished.metrics, finished.resume_state):
        assert path.stat().st_mode & 0o777 == 0o666 & ~mask


def test_a_trainer_of_its_own_makes_way_for_the_screens() -> None:
    code = "import os; from snn_tui.worker.trainer import NICENESS, make_way; make_way();"
    code += "print(os.nice(0), NICENESS)"
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, start_new_session=True
    )
    before = os.nice(0)
    niceness, wanted = map(int, said.stdout.split())
    assert niceness == min(before + wanted, 19)


def test_a_run_of_an_earlier_version_is_not_trained_on(tmp_path: Path, new_tiny_run: Make) -> None:
    run = new_tiny_run(tmp_path)
    run.old_resume_state.write_bytes(b"pickle")
    with pytest.raises(RunError, match=r"resume\.pt"):
        train_run(run, ignore, StopRequest())
    assert files(run) == {"config.json", "resume.pt"}


def test_the_log_has_its_epochs(finished: RunDir) -> None:
    lines = [line.split(" INFO ")[-1] for line in finished.log.read_text().splitlines() if " INFO " in line]
    assert lines[0].startswith(f"{finished.name}: PneumoniaMNIST, 64 images in all, 3 epochs on cpu")
    assert "; positive: pneumonia" in lines[0]
    assert [line.split(" loss")[0] for line in lines[1:-1]] == ["epoch 1/3", "epoch 2/3", "epoch 3/3"]
    assert lines[-1] == "finished with the weights of epoch 3"


def test_the_weights_say_by_what_they_were_made(finished: RunDir) -> None:
    metadata = metadata_of(finished.weights.read_bytes())
    without = msgspec.structs.replace(read_config(finished), name=None, data=None)
    assert from_json(metadata["config"].encode()) == without
    assert metadata["format"] == "pt"
    assert (metadata["preset"], metadata["dataset"], metadata["epoch"]) == ("paper", "pneumoniamnist", "3")
    assert metadata["snn-tui"]


def test_an_output_that_is_silent_when_a_run_ends_is_found_after_a_single_epoch(
    new_tiny_run: Make, tmp_path: Path
) -> None:
    run = new_tiny_run(tmp_path, epochs=1, num_steps=20, lr=1e-7)
    assert train_run(run, ignore, StopRequest()) == 0
    (rates,) = [event.val.rates for event in told(run) if isinstance(event, events.EpochEnded)]
    assert silent_layers(rates) == ["out"]
    assert [event.name for event in told(run) if isinstance(event, events.Diagnosed)] == ["silent"]


def test_a_network_that_never_fires_says_so_once(new_tiny_run: Make, tmp_path: Path) -> None:
    run = new_tiny_run(tmp_path, layers="12C5-12C5-24C3-24C3", epochs=2, num_steps=4)
    assert train_run(run, ignore, StopRequest()) == 0
    (said,) = [event for event in told(run) if isinstance(event, events.Diagnosed)]
    assert said.text.endswith("conv4 and out never fired")
    assert said.remedy == "try --norm batch or a higher --lr"
    ended = [event.val.rates for event in told(run) if isinstance(event, events.EpochEnded)]
    assert silent_layers(ended[0]) == said.text.partition(" never")[0].replace(" and ", ", ").split(", ")
    assert replay(told(run)).diagnosed == said
    assert f"{said.text}: {said.remedy}" in run.log.read_text()


def test_an_average_of_weights_is_not_called_silent_before_it_is_one(
    new_tiny_run: Make, tmp_path: Path
) -> None:
    run = new_tiny_run(tmp_path, layers="12C5-12C5-24C3-24C3", epochs=3, num_steps=4, ema=0.999)
    assert train_run(run, ignore, StopRequest()) == 0
    kinds = [type(event) for event in told(run) if isinstance(event, events.Diagnosed | events.EpochEnded)]
    assert kinds == [*[events.EpochEnded] * 3, events.Diagnosed]  # the last epoch's weights are the run's


def test_what_was_found_is_said_anew_by_a_trainer_that_goes_on(new_tiny_run: Make, tmp_path: Path) -> None:
    """The trainer that goes on knows the epochs before: what began in them is not begun again."""
    run = new_tiny_run(tmp_path, layers="12C5-12C5-24C3-24C3", epochs=1, num_steps=4)
    assert train_run(run, ignore, StopRequest()) == 0
    run.config.write_bytes(to_json(msgspec.structs.replace(read_config(run), epochs=2)))
    assert train_run(run, ignore, StopRequest()) == 0
    said = [event for event in told(run) if isinstance(event, events.Diagnosed)]
    assert [event.name for event in said] == ["silent", "silent"]
    found = [type(event) for event in told(run) if isinstance(event, events.Diagnosed | events.RunStarted)]
    assert found == [events.RunStarted, events.Diagnosed] * 2


@pytest.mark.parametrize(("engine", "noted"), [("batched", True), ("fused", False)])
def test_a_run_resumed_with_other_threads_says_so(
    engine: str, noted: bool, new_tiny_run: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_tiny_run(tmp_path, engine=engine, epochs=1)
    assert train_run(run, ignore, StopRequest()) == 0
    first = present(replay(told(run)).started)
    assert first.threads == torch.get_num_threads()
    run.config.write_bytes(to_json(msgspec.structs.replace(read_config(run), epochs=2)))
    monkeypatch.setattr(torch, "get_num_threads", lambda: first.threads + 1)
    assert train_run(run, ignore, StopRequest()) == 0
    notes = [event.text for event in told(run) if isinstance(event, events.Noted)]
    expected = f"{first.threads + 1} threads in place of {first.threads}: "
    assert any(note.startswith(expected) for note in notes) == noted
    assert any("in place of" in note for note in notes) == noted


def test_an_engine_that_fails_on_the_device_is_replaced_and_it_is_said(
    new_tiny_run: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the first event, where the screens read it, on the screens as a note, and in the log."""

    def fails() -> Engine:
        raise RuntimeError("no kernel image is available")

    monkeypatch.setattr(registry, "ways", lambda *given: [Candidate("a captured graph", fails)])
    run = new_tiny_run(tmp_path, engine="batched", epochs=1)
    assert train_run(run, ignore, StopRequest()) == 0
    reason = "a captured graph not used: RuntimeError: no kernel image is available"
    state = replay(told(run))
    assert present(state.started).engine == "reference"
    assert present(state.started).engine_note == reason
    assert f"a slower engine: {reason}" in state.notes
    assert reason in run.log.read_text()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU here")
def test_a_run_on_cuda_takes_the_fastest_way_and_misses_no_batch(
    new_tiny_run: Make, tmp_path: Path, eager: None
) -> None:
    run = new_tiny_run(tmp_path, device="cuda", epochs=2)
    assert train_run(run, ignore, StopRequest()) == 0
    state = replay(told(run))
    assert present(state.started).engine == "batched"
    assert present(state.started).engine_note == ""
    assert state.notes == []
    done = [(event.epoch, event.batch) for event in told(run) if isinstance(event, events.Progress)]
    batches = present(state.started).batches
    assert done == [(epoch, batch) for epoch in (1, 2) for batch in range(1, batches + 1)]


def test_nothing_of_a_run_gets_a_line_of_its_own_in_the_log(tmp_path: Path) -> None:
    made = create(tmp_path, build({"data": str(tmp_path / "none.npz")}), NOON)
    run = RunDir(tmp_path / "run\nalias ls='rm -rf ~'\x1b[2J")
    made.path.rename(run.path)
    assert train_run(run, ignore, StopRequest()) == 3
    with _logging_to(run.log):
        try:
            raise RuntimeError("first\nalias ls='rm -rf ~'\r\x1b[2J\u2028end")
        except RuntimeError:
            logging.getLogger("snn_tui.worker").exception("%s: the trainer failed", run.path)
        warnings.warn("odd\nalias ls='rm -rf ~'", stacklevel=1)
    lines = run.log.read_text().split("\n")
    assert len(lines) > 5
    assert all(line.isprintable() for line in lines)
    assert all(line[:1] in ("", " ", "2") for line in lines), lines
