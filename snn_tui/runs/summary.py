"""Summaries of runs, one line each, for `snn-tui runs` and the screens."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import msgspec

from snn_tui.config.run_config import RunConfig
from snn_tui.errors import RunError
from snn_tui.runs.notes import read_note, tags_of
from snn_tui.runs.process import liveness
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.state import RunState, replay
from snn_tui.runs.store import has_checkpoint, list_runs, read_config, read_metrics, shipped_runs
from snn_tui.runs.tail import Tail
from snn_tui.runs.traces import traces_of
from snn_tui.values.scores import METRICS, Scores
from snn_tui.values.task import TaskKind
from snn_tui.values.words import printable

ACTIVE = ("queued", "preparing", "training", "paused")
"""States of a run that a trainer is at work on, or will be when its job's turn comes."""

INTERRUPTED = ("stopped", "failed", "crashed")
"""States of a run that a trainer may go on with."""


class RunSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One run.

    Args:
        name: The run directory's name.
        path: The run directory.
        state: Its phase, or `queued` while its job waits in the queue of a cluster, or `crashed` where the
            trainer is gone and its last event does not say why, or `broken` where a file cannot be read.
        epoch: Epochs completed.
        epochs: Epochs the whole run has; 0 if not known.
        val: Scores of the last completed epoch.
        test: Scores on test, of a finished run.
        started_at: When its first trainer was ready, in seconds since 1970 (UTC); None if none ever was.
        dataset: Name of the data set, empty if not known.
        synthetic: Whether it was trained on generated images.
        shipped: Whether it came with the program.
        trained: Whether it has weights.
        problem: What is wrong with it, empty if nothing.
        seconds: Seconds trainers have spent on it so far, without pauses.
        note: What the user wrote about it, in one or several lines; empty if nothing.
        kind: What its data set asks, which decides its metrics; None if not known.
        config: Its configuration; None where it cannot be read.
        best: Each score on val after the epoch in which it was best, by field of `Scores`: the smallest loss,
            the highest of all others.
        traced: Whether a loop of the user's own stored traces.
        tags: The tags in the note, sorted: `x` where it says `#x`.
    """

    name: str
    path: str
    state: str
    epoch: int
    epochs: int
    val: Scores | None
    test: Scores | None
    started_at: float | None
    dataset: str
    synthetic: bool
    shipped: bool
    trained: bool
    problem: str = ""
    seconds: float = 0.0
    note: str = ""
    kind: TaskKind | None = None
    config: RunConfig | None = None
    best: dict[str, float] = {}
    tags: tuple[str, ...] = ()
    traced: bool = False

    @property
    def active(self) -> bool:
        """Whether a trainer is at work on it."""
        return self.state in ACTIVE

    @property
    def interrupted(self) -> bool:
        """Whether it ended before its end."""
        return self.state in INTERRUPTED

    @property
    def resumable(self) -> bool:
        """Whether a trainer may go on with it; a loop of the user's own is started by its program."""
        return self.interrupted and not (self.config is not None and self.config.own_loop)


def summaries(root: Path, now: datetime | None = None, *, most: int | None = None) -> list[RunSummary]:
    """All runs of a folder, the one that began last first, then the shipped ones.

    Args:
        root: Where runs are kept.
        now: The present, for tests; local if it has no time zone.
        most: How many of its own runs to read, the newest by their names; None for all.
    """
    runs = known_runs(root)
    if most is not None:
        own = [run for run in runs if not run.shipped]
        runs = [*own[:most], *(run for run in runs if run.shipped)]
    rows = [(run, summarise(run, now)) for run in runs]
    rows.sort(key=lambda row: -math.inf if row[1].shipped else _began(*row), reverse=True)
    return [summary for _, summary in rows]


def _began(run: RunDir, summary: RunSummary) -> float:
    """When a run began, in seconds since 1970: by its events, else by its name."""
    if summary.started_at is not None:
        return summary.started_at
    return run.stamped_at or 0.0


def known_runs(root: Path) -> list[RunDir]:
    """The runs of a folder, newest first, then the shipped ones; nothing of them is read."""
    own = list_runs(root)
    if _same(root, shipped := shipped_runs()):
        return own
    return [*own, *shipped]


def _same(root: Path, shipped: list[RunDir]) -> bool:
    """Whether the shipped runs lie in a folder themselves, as in a source checkout."""
    try:
        return bool(shipped) and os.path.samefile(shipped[0].path.parent, root)
    except OSError:
        return False


def state_of(run: RunDir) -> RunState:
    """The state of a run after all its events so far."""
    return catch_up(Tail(run.events), RunState())


def catch_up(tail: Tail, state: RunState) -> RunState:
    """The state after all further events of a file.

    Args:
        tail: The file's reader.
        state: The state after the events it has read so far; changed, unless the file is another one by now.
    """
    while True:
        events = tail.poll()
        state = replay(events, RunState() if tail.restarted else state)
        if not tail.more:
            return state


def summarise(run: RunDir, now: datetime | None = None) -> RunSummary:
    """The summary of a run from its files; that of a broken run names the problem."""
    tail = Tail(run.events)
    return summarise_state(run, catch_up(tail, RunState()), now, tail.error)


def summarise_state(
    run: RunDir, state: RunState, now: datetime | None = None, unreadable: str = ""
) -> RunSummary:
    """The summary of a run whose events are read already.

    Args:
        run: The run directory.
        state: The state after its events.
        now: The present; local if it has no time zone.
        unreadable: Why its events cannot be read, empty if they can.
    """
    problem, config, metrics = "", None, None
    if unreadable:
        problem = f"{printable(str(run.events))}: {unreadable}"
    try:
        config = read_config(run)
        metrics = read_metrics(run)
    except RunError as error:
        problem = problem or str(error)
    described: str = state.phase
    if problem:
        described = "broken"
    else:
        alive = liveness(run, state, now or datetime.now())
        described = {"dead": "crashed", "unknown": "crashed", "queued": "queued"}.get(alive, described)
    last = state.epochs_ended[-1] if state.epochs_ended else None
    note = read_note(run)
    return RunSummary(
        name=run.name,
        path=str(run.path),
        state=described,
        epoch=last.epoch if last else 0,
        epochs=state.epochs,
        val=last.val if last else None,
        test=metrics.test if metrics else None,
        started_at=state.began_at,
        dataset=state.dataset.name if state.dataset else "",
        synthetic=config is not None and config.synthetic,
        shipped=run.shipped,
        trained=has_checkpoint(run),
        traced=config is not None and config.own_loop and bool(traces_of(run)),
        problem=problem,
        seconds=state.spent,
        note=note,
        kind=state.dataset.task.kind if state.dataset else None,
        config=config,
        tags=tags_of(note),
        best=best_scores(end.val for end in state.epochs_ended),
    )


def best_scores(evaluations: Iterable[Scores]) -> dict[str, float]:
    """The best value of each score that is defined: the smallest loss, the highest of all others.

    Args:
        evaluations: The evaluations of one split after the epochs of a run.
    """
    evaluations = list(evaluations)
    best = {}
    for field in ("loss", *METRICS):
        values = [value for scores in evaluations if (value := getattr(scores, field)) is not None]
        if values:
            best[field] = min(values) if field == "loss" else max(values)
    return best
