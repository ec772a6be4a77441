"""Signs of life: what the trainer uses of its machine, every few seconds, from a thread of its own."""

from __future__ import annotations

import threading
from dataclasses import asdict

import torch

from snn_tui.errors import SnnTuiError
from snn_tui.runs import events
from snn_tui.worker.recorder import Recorder
from snn_tui.worker.usage import Meter

HEARTBEAT_SECONDS = 2.0


class Heartbeats:
    """Emits a heartbeat every few seconds, while it is entered.

    Args:
        recorder: Where they go.
        device: What is computed on.
    """

    def __init__(self, recorder: Recorder, device: torch.device) -> None:
        self._recorder = recorder
        self._meter = Meter(_gpu_uuid(device))
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True, name="heartbeat")

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._ended.wait(HEARTBEAT_SECONDS):
            use = self._meter.read()
            beat = events.Heartbeat(t=self._recorder.now, **asdict(use))
            try:
                self._recorder.emit(beat)
            except SnnTuiError:
                return  # the disk is full or gone; the training thread will meet the same and say so


def _gpu_uuid(device: torch.device) -> str | None:
    return str(torch.cuda.get_device_properties(device).uuid) if device.type == "cuda" else None
