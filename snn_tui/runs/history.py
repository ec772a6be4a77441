"""Histories of runs, for comparing them: their curves, and the configuration that decided them."""

from __future__ import annotations

import contextlib
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

from snn_tui.config.run_config import RunConfig
from snn_tui.errors import RunError
from snn_tui.runs.catalogue import Signature, signature_of
from snn_tui.runs.events import EpochEnded, RunStarted
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.state import RunState
from snn_tui.runs.store import read_config
from snn_tui.runs.summary import catch_up
from snn_tui.runs.tail import Tail
from snn_tui.values.task import TaskKind

KEPT = 12
"""Largest number of runs whose history is kept, unless more are asked for at once."""


@dataclass(frozen=True, eq=False)
class History:
    """One run from its first batch on; the same object as long as the run has not changed.

    Args:
        run: Its directory.
        config: Its configuration; None where that cannot be read.
        started: Its latest RunStarted, None before the first.
        positions: `[N]` position of each batch, in epochs.
        steps: `[N]` position of each batch, in batches; of a long run not all batches are there.
        losses: `[N]` mean loss of each batch; NaN where it was not finite.
        ema: `[N]` their moving average over all batches, see `losses.EMA_DECAY`.
        ended: The event of each completed epoch.
        epochs: Epochs the whole run has; 0 if not known.
        best_epoch: The epoch with the lowest loss on val.
        times: `[N]` when each batch was done, in seconds that trainers had spent on the run.
        batches: Batches an epoch has, 1 at least.
    """

    run: RunDir
    config: RunConfig | None
    started: RunStarted | None
    positions: array[float]
    steps: array[int]
    losses: array[float]
    ema: array[float]
    ended: tuple[EpochEnded, ...]
    epochs: int
    best_epoch: int | None
    times: array[float] = field(default_factory=lambda: array("d"))
    batches: int = 1

    @property
    def kind(self) -> TaskKind:
        """What its data set asks, which decides its metrics; that of the study before it started."""
        return self.started.dataset.task.kind if self.started else "binary"


@dataclass
class _Known:
    signature: Signature
    tail: Tail
    state: RunState
    history: History


class Histories:
    """Reads runs, and later only what was added to them. For use by one thread at a time."""

    def __init__(self) -> None:
        self._known: dict[RunDir, _Known] = {}

    def read(self, runs: Iterable[RunDir]) -> dict[RunDir, History]:
        """The history of each of some runs."""
        histories = {run: self._read(run) for run in runs}
        while len(self._known) > max(KEPT, len(histories)):
            self._known.pop(next(iter(self._known)))
        return histories

    def _read(self, run: RunDir) -> History:
        signature = signature_of(run)
        known = self._known.pop(run, None)  # and put back at the end: the longest unused comes first
        if known is None or known.signature != signature:
            tail, state = (known.tail, known.state) if known else (Tail(run.events), RunState())
            state = catch_up(tail, state)
            known = _Known(signature, tail, state, history(run, state))
        self._known[run] = known
        return known.history


def history(run: RunDir, state: RunState) -> History:
    """A run's history, from all its events."""
    config = state.config
    with contextlib.suppress(RunError):
        config = read_config(run)
    batches = max(1, state.batches)
    return History(
        run,
        config,
        state.started,
        array("d", (step / batches for step in state.loss_steps)),
        array("q", state.loss_steps),
        array("d", state.losses),
        array("d", state.ema),
        tuple(state.epochs_ended),
        state.epochs or (config.epochs if config else 0),
        state.best_epoch,
        array("d", map(state.pace.time_of, state.loss_steps)),
        batches,
    )
