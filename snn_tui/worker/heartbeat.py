"""Signs of life: what the trainer uses of its machine, every few seconds, from a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict

from snn_tui.errors import SnnTuiError
from snn_tui.runs import events
from snn_tui.worker.recorder import Recorder
from snn_tui.worker.usage import Meter

HEARTBEAT_SECONDS = 2.0


class Heartbeats:
    """Emits a heartbeat every few seconds, while it is entered.

    Args:
        recorder: Where they go.
        gpu: UUID of the GPU that is computed on, as `Meter` takes it; None for none. A function is asked
            before each heartbeat, until it knows one.
        on_failure: Called, from that thread, with the error of a heartbeat that cannot be written; by default
            there are no more, as the training thread will meet the same and say so.
    """

    def __init__(
        self,
        recorder: Recorder,
        gpu: str | Callable[[], str | None] | None = None,
        on_failure: Callable[[SnnTuiError], None] | None = None,
    ) -> None:
        self._recorder = recorder
        self._find_gpu = gpu if callable(gpu) else None
        self._meter = Meter(None if callable(gpu) else gpu)
        self._on_failure = on_failure
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True, name="heartbeat")

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._ended.wait(HEARTBEAT_SECONDS):
            if self._find_gpu is not None and (found := self._find_gpu()):
                self._find_gpu, self._meter = None, Meter(found)
            use = self._meter.read()
            beat = events.Heartbeat(t=self._recorder.now, **asdict(use))
            try:
                self._recorder.emit(beat)
            except SnnTuiError as error:  # the disk is full or gone
                if self._on_failure is None:
                    return
                self._on_failure(error)
