"""Writing a run of a training loop of the user's own; the loop neither waits for it nor dies of it."""

from __future__ import annotations

import logging
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple

from snn_tui.errors import SnnTuiError
from snn_tui.runs import events
from snn_tui.runs.files import failure
from snn_tui.runs.lock import Lock
from snn_tui.runs.process import is_paused
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.writer import EventWriter
from snn_tui.worker.heartbeat import Heartbeats
from snn_tui.worker.pausing import hold_while_paused
from snn_tui.worker.recorder import PROGRESS_SECONDS, Recorder

log = logging.getLogger("snn_tui.api")


def gpu_of_torch() -> str | None:
    """UUID of the GPU that torch uses most memory of, None where it uses none or the program has no torch."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return None
    device = max(range(torch.cuda.device_count()), key=torch.cuda.memory_allocated)
    return str(torch.cuda.get_device_properties(device).uuid)


class LoggedBatch(NamedTuple):
    """A training step, as `worker.recorder.Batch` has it."""

    epoch: int
    batch: int
    images: int
    loss: float | None
    lr: float | None
    gradient_norm: float | None


class Recording:
    """Holds a run's lock and writes its events.

    Batches wait for a thread that writes them ten times a second, so that a slow disk does not hold the loop;
    it also looks whether the run is asked to pause. All else is written at once, after the batches before it.

    Args:
        run: The run directory.
        started: The event that it begins with.

    Attributes:
        pause_asked: Whether the run was asked to hold at the latest look.
        said: What was said about, each once.

    Raises:
        RunError: The run directory cannot be written to.
    """

    def __init__(self, run: RunDir, started: events.RunStarted) -> None:
        self.pause_asked = False
        self.said: set[str] = set()
        self._run = run
        self._waiting: deque[tuple[LoggedBatch, Mapping[str, float] | None]] = deque()
        self._mutex = threading.RLock()
        self._ended = threading.Event()
        self._lock = Lock.acquire(run)
        try:
            self._writer = EventWriter(run)
            self._recorder = Recorder(self._writer, lambda event: None)
            self._recorder.emit(started)
        except SnnTuiError:
            self._lock.release()
            raise
        self._heartbeats = Heartbeats(self._recorder, gpu_of_torch, on_failure=self._say_lost)
        self._heartbeats.__enter__()
        self._thread = threading.Thread(target=self._write_batches, daemon=True, name="snn-tui batches")
        self._thread.start()

    @property
    def now(self) -> float:
        """Seconds since the run began."""
        return self._recorder.now

    def batch(self, trained: LoggedBatch, metrics: Mapping[str, float] | None) -> None:
        """Note a batch and other numbers of it."""
        self._waiting.append((trained, metrics))

    def emit(self, event: events.Event) -> None:
        """Write an event."""

        def write() -> None:
            with self._mutex:
                self._take_waiting()
                self._recorder.emit(event)

        self.safely(write)

    def hold_while_paused(self, stopping: Callable[[], bool]) -> None:
        """Hold as long as the run is asked to pause, and not to stop."""
        with self._mutex:
            self._take_waiting()
        self.safely(lambda: hold_while_paused(self._run, self._recorder, stopping))
        self.pause_asked = False

    def close(self, last: events.Event) -> None:
        """Write the last event, and give the run back."""
        self._ended.set()
        self._thread.join()
        self._heartbeats.__exit__()
        self.emit(last)
        self.safely(self._recorder.sync)
        self._writer.close()
        self._lock.release()

    def safely(self, write: Callable[[], object]) -> None:
        """Write something; where that cannot be done, say so once and go on."""
        try:
            write()
        except SnnTuiError as error:
            self._say_lost(error)
        except OSError as error:
            self._say_lost(failure(error, self._run.path))

    def say(self, about: str, text: str) -> None:
        """Warn of something, once."""
        if about not in self.said:
            self.said.add(about)
            log.warning("snn-tui: %s", text)

    def _say_lost(self, error: SnnTuiError) -> None:
        self.say("lost", f"{error}; the training goes on, but what cannot be written of it is lost")

    def _take_waiting(self) -> None:
        """Hand the waiting batches to the recorder, which writes them before the next event."""
        waiting = [self._waiting.popleft() for _ in range(len(self._waiting))]
        self._recorder.batches(waiting)

    def _write_batches(self) -> None:
        while not self._ended.wait(PROGRESS_SECONDS):
            self.pause_asked = is_paused(self._run)
            if self._waiting:
                self.safely(self._flush)

    def _flush(self) -> None:
        with self._mutex:
            self._take_waiting()
            self._recorder.flush()
