"""Whole runs, as far as they are compared: their curves, and what decided them."""

from __future__ import annotations

import contextlib
from array import array
from collections.abc import Iterable
from dataclasses import dataclass

from snn_tui.config.run_config import RunConfig
from snn_tui.errors import RunError
from snn_tui.runs.catalogue import Signature, signature_of
from snn_tui.runs.events import EpochEnded, RunStarted
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.state import RunState, fold
from snn_tui.runs.store import read_config
from snn_tui.runs.tail import Tail

KEPT = 12
"""Runs whose history is remembered."""


@dataclass(frozen=True, eq=False)
class History:
    """One run from its first batch on; the same object as long as the run has not changed.

    Args:
        run: Its directory.
        config: What it was decided by; None where that cannot be read.
        started: Its latest RunStarted, None before the first.
        places: `[N]` position of each batch, in epochs.
        steps: `[N]` position of each batch, in batches; of a long run not all batches are there.
        losses: `[N]` mean loss of each batch; NaN where it was no number.
        ema: `[N]` their moving average over all batches, see `losses.EMA_DECAY`.
        ended: One a completed epoch.
        epochs: Epochs it is to have; 0 if not known.
        best_epoch: The epoch with the lowest loss on val.
    """

    run: RunDir
    config: RunConfig | None
    started: RunStarted | None
    places: array[float]
    steps: array[int]
    losses: array[float]
    ema: array[float]
    ended: tuple[EpochEnded, ...]
    epochs: int
    best_epoch: int | None


@dataclass
class _Known:
    signature: Signature
    tail: Tail
    state: RunState
    history: History


class Histories:
    """Reads runs whole, and again only what was added to them. For use by one thread at a time."""

    def __init__(self) -> None:
        self._known: dict[RunDir, _Known] = {}

    def read(self, runs: Iterable[RunDir]) -> dict[RunDir, History]:
        """The history of each of some runs."""
        found = {run: self._read(run) for run in runs}
        while len(self._known) > max(KEPT, len(found)):
            self._known.pop(next(iter(self._known)))
        return found

    def _read(self, run: RunDir) -> History:
        signature = signature_of(run)
        known = self._known.pop(run, None)  # and put back at the end: the first are forgotten first
        if known is None or known.signature != signature:
            tail, state = (known.tail, known.state) if known else (Tail(run.events), RunState())
            while True:
                told = tail.poll()
                state = fold(told, RunState() if tail.restarted else state)
                if not tail.more:
                    break
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
    )
