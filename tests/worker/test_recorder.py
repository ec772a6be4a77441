"""What the recorder writes, in which order, and with which times."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from snn_tui.runs.events import Event, Heartbeat, Paused, Progress
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.tail import Tail
from snn_tui.runs.writer import EventWriter
from snn_tui.training.outcomes import BatchTrained
from snn_tui.worker.recorder import Recorder


def test_times_never_fall_though_events_are_stamped_before_they_are_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = itertools.count()
    monkeypatch.setattr("snn_tui.worker.recorder.time.monotonic", lambda: next(ticks) / 1000)
    run, heard = RunDir(tmp_path), list[Event]()
    with EventWriter(run) as writer:
        recorded = Recorder(writer, heard.append)
        beat = Heartbeat(t=recorded.now, cpu=0.0, memory=0)  # in another thread, which then waits
        recorded.batch(BatchTrained(epoch=1, batch=1, images=8, loss=0.5, lr=1e-3, gradient_norm=0.2))
        recorded.emit(Paused(t=recorded.now))
        recorded.emit(beat)
    written = Tail(run.events).poll()
    assert [type(event) for event in written] == [Progress, Paused, Heartbeat]
    times = [event.t for event in written]
    assert times == sorted(times)
    assert written == heard
