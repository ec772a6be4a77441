"""A run that went on for hours, told in seconds: for measuring what the screens make of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tui.made_runs import PHANTOMS, begun_long_ago, make_run, progress, scores, started

from snn_tui.runs import events
from snn_tui.runs.rundir import RunDir

BATCHES = 10
"""Batches an epoch, as `made_runs` has it."""

EPOCHS = 10_000
EVENTS_A_SECOND = 10
"""As many as a trainer writes at most."""


def story() -> Iterator[bytes]:
    """The lines of a run, ten batches a second, with heartbeats, epochs and checkpoints among them."""
    yield events.encode(started(1.0, EPOCHS, PHANTOMS))
    t = 1.0
    for epoch in range(1, EPOCHS + 1):
        for batch in range(1, BATCHES + 1):
            t += 1 / EVENTS_A_SECOND
            yield events.encode(progress(t, epoch, batch))
        yield events.encode(
            events.EpochEnded(t=t, epoch=epoch, train_loss=0.45, val=scores(epoch), lr=1e-3, seconds=1.0)
        )
        yield events.encode(events.CheckpointSaved(t=t, epoch=epoch, batch=0, weights=True))
        if epoch % 2 == 0:
            yield events.encode(events.Heartbeat(t=t, cpu=187.0, memory=1_288_490_188))


def new_run(root: Path, lines: list[bytes], minute: int = 0) -> RunDir:
    """A run directory that holds these lines."""
    run = make_run(root, [], minute=minute, epochs=EPOCHS, dataset="demo")
    run.events.write_bytes(b"".join(lines))
    begun_long_ago(run)
    return run
