"""How a run began, by its first `RunStarted`, and which one began last."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable

from snn_tui.runs.events import RunStarted
from snn_tui.runs.lock import holder_alive, read_lock
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.tail import Tail

HEAD = 1 << 20
"""How much of the events is read for it, in bytes: a download reports its progress before training begins."""


CLOCKS_APART = 86_400.0
"""Seconds by which the clocks of a file server and of the machines that train may differ."""


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


def last_begun(runs: Iterable[RunDir]) -> RunDir | None:
    """The run that began last, going by the UTC time in its events; None where none ever began.

    Names hold local time, which differs between machines that share a folder, and goes back once a year. A
    trainer that is still preparing has begun when it was started.

    Args:
        runs: The runs to choose from.
    """
    last: tuple[float, str, RunDir] | None = None
    for written, run in sorted(((_written(run), run) for run in runs), key=lambda pair: -pair[0]):
        # A run's events are never older than its beginning, so most need not be opened.
        if last is not None and written + CLOCKS_APART < last[0]:
            break
        began = _began(run)
        if began is not None and (last is None or (began, run.name) > last[:2]):
            last = began, run.name, run
    return last[2] if last else None


def _began(run: RunDir) -> float | None:
    """When a run began, in seconds since 1970."""
    started = beginning_of(run)
    if started is not None:
        return started.started_at
    info = read_lock(run)
    if info is None or holder_alive(info, run) is False:
        return None
    try:
        return os.lstat(run.config).st_mtime  # set when a trainer is started
    except OSError:
        return None


def _written(run: RunDir) -> float:
    """When a run's events were last written to, or a trainer last started on it, in seconds since 1970."""
    times = [0.0]
    for path in (run.events, run.config):
        with contextlib.suppress(OSError):
            times.append(os.lstat(path).st_mtime)
    return max(times)
