"""How a run began: its first `RunStarted`, read from the head of its events."""

from __future__ import annotations

from snn_tui.runs.events import RunStarted
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.tail import Tail

HEAD = 1 << 20
"""How much of the events is read for it, in bytes: a download reports its progress before training begins."""


def beginning_of(run: RunDir) -> RunStarted | None:
    """The event of a run's first trainer being ready for its first batch; None where none ever was."""
    tail, offset = Tail(run.events), 0
    while offset < HEAD:
        for event in tail.poll(1 << 14):
            if isinstance(event, RunStarted):
                return event
        if not tail.more:
            return None
        offset += 1 << 14
    return None
