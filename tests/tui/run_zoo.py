"""Runs of every kind, each with curves of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from snn_tui.runs import events
from snn_tui.runs.notes import write_note
from snn_tui.runs.rundir import RunDir
from tui import made_runs


def shifted(told: list[events.Event], by: float) -> list[events.Event]:
    """The same events of a run that learns worse, or better."""
    changed: list[events.Event] = []
    for event in told:
        if isinstance(event, events.Progress):
            event = msgspec.structs.replace(event, losses=[loss + by for loss in event.losses if loss])
        elif isinstance(event, events.EpochEnded):
            val = event.val
            scores = {
                name: getattr(val, name) - by for name in ("accuracy", "sensitivity", "specificity", "auc")
            }
            event = msgspec.structs.replace(
                event, val=msgspec.structs.replace(val, loss=(val.loss or 0) + by, **scores)
            )
        changed.append(event)
    return changed


def fill(root: Path, hold: Callable[[RunDir], RunDir]) -> None:
    """A folder of runs: two that finished, one each that goes on, failed, stopped, crashed and is broken."""
    report = made_runs.finished_run(root, seed=4)
    write_note(report, "the one for the report")
    made_runs.finished_run(root, seed=5, minute=1, epochs=5, synthetic=True)
    made_runs.failed_run(root, seed=6, minute=2)
    told = shifted(made_runs.trained(11, 4), 0.03)
    told.append(events.RunStopped(t=told[-1].t, signal="SIGTERM"))
    made_runs.make_run(root, told, 7, 3, beta=0.9, lr=5e-4)
    made_runs.crashed_run(root, seed=8, minute=4)
    broken = RunDir(root / "2026-11-23T1205-broken")
    broken.path.mkdir()
    broken.config.write_text("")
    made_runs.begun_long_ago(broken)
    hold(made_runs.make_run(root, shifted(made_runs.trained(6, 3), -0.04), seed=9, minute=6))
