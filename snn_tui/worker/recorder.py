"""Stamps events with their time, merges the batches in between, and hands all to file and listener."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

import msgspec

from snn_tui.runs.events import Event, Heartbeat, Progress
from snn_tui.runs.writer import EventWriter

PROGRESS_SECONDS = 0.1
PACE_SECONDS = 3.0
"""How far back the images a second are averaged over, pauses and evaluation not counted."""


class Batch(Protocol):
    """A training step, such as `training.outcomes.BatchTrained`."""

    @property
    def epoch(self) -> int:
        """Counted from 1."""

    @property
    def batch(self) -> int:
        """The batch within the epoch, counted from 1."""

    @property
    def images(self) -> int:
        """Images in it; 0 where that is not known."""

    @property
    def loss(self) -> float | None:
        """Their mean loss; None where none was logged."""

    @property
    def lr(self) -> float | None:
        """The learning rate of the step; None where that is not known."""

    @property
    def gradient_norm(self) -> float | None:
        """Euclidean norm of the gradient; None where that is not known."""


class Recorder:
    """The one way events leave the trainer; safe to use from several threads.

    Args:
        writer: Where they are written.
        listen: Called with each of them first, so that a full disk does not silence the failure it causes.
    """

    def __init__(self, writer: EventWriter, listen: Callable[[Event], None]) -> None:
        self._writer = writer
        self._listen = listen
        self._began = time.monotonic()
        self._latest = 0.0  # time of the latest event
        self._since = 0.0  # when the pending batches began
        self._pace: deque[tuple[float, int]] = deque()  # seconds and images of the latest batches
        self._pending: list[Batch] = []
        self._metrics: dict[str, list[float]] = {}  # other numbers of the pending batches
        self._mutex = threading.RLock()

    @property
    def now(self) -> float:
        """Seconds since the trainer started, to the millisecond."""
        return round(time.monotonic() - self._began, 3)

    def emit(self, event: Event) -> None:
        """Record an event, after the batches that came before it."""
        with self._mutex:
            if not isinstance(event, Heartbeat):
                self._flush()
                self._since = self.now
            self._put(event)

    def batch(self, trained: Batch, metrics: Mapping[str, float] | None = None) -> None:
        """Note a batch; it is recorded with others in one `Progress`, ten times a second at most.

        Args:
            trained: The batch.
            metrics: Other numbers of it, by name; the mean over the batches that had one is recorded.
        """
        with self._mutex:
            self.batches([(trained, metrics)])
            if self.now - self._since >= PROGRESS_SECONDS:
                self._flush()

    def batches(self, trained: Iterable[tuple[Batch, Mapping[str, float] | None]]) -> None:
        """Note several batches, each with other numbers of it; they are recorded before the next event."""
        with self._mutex:
            for batch, metrics in trained:
                self._pending.append(batch)
                for name, value in (metrics or {}).items():
                    self._metrics.setdefault(name, []).append(value)

    def flush(self) -> None:
        """Record the batches that were noted."""
        with self._mutex:
            self._flush()

    def sync(self) -> None:
        """Bring what is written to the disk itself."""
        with self._mutex:
            self._writer.sync()

    def _flush(self) -> None:
        if not self._pending:
            return
        pending, self._pending = self._pending, []
        metrics, self._metrics = self._metrics, {}
        now, last = self.now, pending[-1]
        self._pace.append((now - self._since, sum(trained.images for trained in pending)))
        while sum(seconds for seconds, _ in self._pace) > PACE_SECONDS and len(self._pace) > 1:
            self._pace.popleft()
        seconds, images = (sum(column) for column in zip(*self._pace, strict=True))
        self._put(
            Progress(
                t=now,
                epoch=last.epoch,
                batch=last.batch,
                losses=[trained.loss for trained in pending],
                lr=last.lr,
                images_per_s=images / max(seconds, 1e-3) if images else None,
                gradient_norm=last.gradient_norm,
                metrics={name: sum(values) / len(values) for name, values in metrics.items()},
            )
        )
        self._since = now

    def _put(self, event: Event) -> None:
        # An event is stamped where it is made: meanwhile another thread, or the batches that came before it,
        # may have been recorded with a later time. Times in the file rise.
        if event.t < self._latest:
            event = msgspec.structs.replace(event, t=self._latest)
        self._latest = event.t
        self._listen(event)
        self._writer.write(event)
