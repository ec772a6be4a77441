"""Holding between two batches while the run directory asks for it."""

from __future__ import annotations

import time
from collections.abc import Callable

from snn_tui.runs import events
from snn_tui.runs.process import is_paused
from snn_tui.runs.rundir import RunDir
from snn_tui.worker.recorder import Recorder

PAUSE_POLL_SECONDS = 0.1


def hold_while_paused(
    run: RunDir, recorder: Recorder, stopping: Callable[[], bool], between: Callable[[], None] = lambda: None
) -> None:
    """Hold as long as a run is asked to pause, and record that.

    Args:
        run: The run directory.
        recorder: Where the events go.
        stopping: Whether to stop instead.
        between: Called again and again meanwhile.
    """
    if not is_paused(run):
        return
    recorder.emit(events.Paused(t=recorder.now))
    while is_paused(run) and not stopping():
        time.sleep(PAUSE_POLL_SECONDS)
        between()
    recorder.emit(events.Resumed(t=recorder.now))
