"""The list of all runs of a folder, kept up to date by reading only what has changed on the disk."""

from __future__ import annotations

import functools
import math
import os
import time
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from snn_tui.config.decided import recipe_of
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.state import RunState
from snn_tui.runs.summary import RunSummary, catch_up, known_runs, summarise_state
from snn_tui.runs.tail import Tail

TREND_POINTS = 8
"""Largest number of values in `Entry.trend`."""

SETTLED_SECONDS = 5.0
"""A folder that was not changed for so long has the runs it had when it was listed."""

LISTING_SECONDS = 30.0
"""A folder is listed again after this long, whatever its time says."""

UNREAD = "reading"
"""State of a run that was not read yet."""


@dataclass(frozen=True)
class Entry:
    """One run of the list.

    Args:
        run: Its directory.
        summary: Its summary.
        fraction: Share of its batches done, from 0 to 1.
        trend: Accuracy on val after up to `TREND_POINTS` epochs, evenly spaced, the latest last.
        problem: What is wrong with the run, or why it failed; empty where nothing is.
        members: The runs that this entry stands for, where it is several of one recipe (see `seeds`); its
            scores are their means then, and `run` is the first of them.
        spread: Standard deviation of their scores, by `val`, `best` or `test` and the field of `Scores`.
    """

    run: RunDir
    summary: RunSummary
    fraction: float = 0.0
    trend: tuple[float | None, ...] = ()
    problem: str = ""
    members: tuple[Entry, ...] = ()
    spread: Mapping[tuple[str, str], float] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Its name in the list."""
        return self.summary.name if self.members else self.run.title

    @functools.cached_property
    def recipe(self) -> Hashable:
        """What decided it, but for the seed and the name; None where that is not known."""
        config = self.summary.config
        return None if config is None else recipe_of(config)

    @property
    def active(self) -> bool:
        """Whether a trainer is at work on it."""
        return not self.shipped and not self.members and self.summary.active

    @property
    def resumable(self) -> bool:
        """Whether it was interrupted, so that a trainer may go on with it."""
        return not self.shipped and not self.members and self.summary.resumable

    @property
    def changeable(self) -> bool:
        """Whether it may be renamed or deleted."""
        return not (self.shipped or self.active or self.members) and self.summary.state != UNREAD

    @property
    def shipped(self) -> bool:
        """Whether it came with the program."""
        return self.summary.shipped

    @functools.cached_property
    def started_at(self) -> float | None:
        """When it began, in seconds since 1970: by its events, else by the time stamp of its name."""
        if self.summary.started_at is not None:
            return self.summary.started_at
        return self.run.stamped_at


Signature = tuple[tuple[int, int, int] | None, ...]
"""Inode, size and modification time of each file that a run is read from; None for a missing one."""


@dataclass
class _Known:
    signature: Signature
    entry: Entry
    tail: Tail
    state: RunState | None = field(repr=False)  # kept only while the run is active, to save memory


class Catalogue:
    """The runs of a folder and the shipped ones. For use by one thread at a time.

    Args:
        root: Where runs are kept.

    Attributes:
        complete: Whether all runs were read, if not looked at again by the last `refresh`.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.complete = False
        self._known: dict[Path, _Known] = {}
        self._unread: dict[RunDir, Entry] = {}
        self._next = 0  # the run that the next refresh begins with
        self._listing: list[RunDir] = []
        self._listed: tuple[int, float] = (0, -math.inf)  # the folder's time at that, and when that was

    def refresh(self, budget: float = math.inf, now: datetime | None = None) -> list[Entry]:
        """The runs as they are now, newest first and shipped ones last.

        Args:
            budget: Seconds after which no further run is looked at, but for those in training; the next call
                goes on there. A run not looked at is listed as it was before, or with the state `UNREAD`. At
                least one run is read.
            now: The present time, for tests.
        """
        end = time.monotonic() + budget
        runs = self._runs(budget)
        before, self._known, self.complete = self._known, {}, True
        first, stopped_at = self._next % max(1, len(runs)), None
        read = False
        for position in (*range(first, len(runs)), *range(first)):
            run = runs[position]
            known = before.get(run.path)
            late = read and time.monotonic() >= end
            if late and (known is None or not known.entry.active):
                stopped_at = position if stopped_at is None else stopped_at
                self.complete &= known is not None
            else:
                signature = signature_of(run)
                if known is None or known.signature != signature or known.entry.active:
                    known = _read(run, known, signature, now)
                read = True
            if known is not None:
                self._known[run.path] = known
        self._next = first if stopped_at is None else stopped_at
        entries = {path: known.entry for path, known in self._known.items()}
        unread = (run for run in runs if run.path not in entries)
        self._unread = {run: self._unread.get(run) or Entry(run, _unread(run)) for run in unread}
        return [entries.get(run.path) or self._unread[run] for run in runs]

    def _runs(self, budget: float) -> list[RunDir]:
        """The runs there are; listed anew where one may have come or gone, and now and then anyway."""
        try:
            stamp = os.stat(self.root).st_mtime_ns
        except OSError:
            stamp = 0
        seen, at = self._listed
        settled = time.time() - stamp / 1e9 > SETTLED_SECONDS  # a run's files come after its folder
        if budget == math.inf or stamp != seen or not settled or time.monotonic() - at > LISTING_SECONDS:
            self._listing, self._listed = known_runs(self.root), (stamp, time.monotonic())
        return self._listing


def signature_of(run: RunDir) -> Signature:
    """Changes whenever a run does: the directory's own time changes with any file made in it."""
    files = (_stamp(path) for path in (run.events, run.config, run.metrics))
    return _stamp(run.path, follow=True), *files


def _stamp(path: Path, *, follow: bool = False) -> tuple[int, int, int] | None:
    try:
        status = os.stat(path, follow_symlinks=follow)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _read(run: RunDir, known: _Known | None, signature: Signature, now: datetime | None) -> _Known:
    if known is None or known.state is None:
        tail, state = Tail(run.events), RunState()
    else:
        tail, state = known.tail, known.state
    state = catch_up(tail, state)
    summary = summarise_state(run, state, now, tail.error)
    problem = summary.problem.removeprefix(f"{run.path}{os.sep}")  # the file's name says enough
    if not problem and state.failure:
        failure = state.failure
        problem = f"{failure.what} ({failure.where})" if failure.where else failure.what
    entry = Entry(run, summary, state.fraction, _trend(state), problem)
    return _Known(signature, entry, tail, state if entry.active else None)


def _trend(state: RunState) -> tuple[float | None, ...]:
    scores = [end.val.accuracy for end in state.epochs_ended]
    if len(scores) <= TREND_POINTS:
        return tuple(scores)
    last = len(scores) - 1
    return tuple(scores[round(index * last / (TREND_POINTS - 1))] for index in range(TREND_POINTS))


def _unread(run: RunDir) -> RunSummary:
    return RunSummary(
        name=run.name,
        path=str(run.path),
        state=UNREAD,
        epoch=0,
        epochs=0,
        val=None,
        test=None,
        started_at=None,
        dataset="",
        synthetic=False,
        shipped=run.shipped,
        trained=False,
    )
