"""Following a run: reads what its trainer appends, and says when something changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from snn_tui.runs import process
from snn_tui.runs.events import RunFailed
from snn_tui.runs.job import queued_job
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.state import RunState
from snn_tui.runs.store import label
from snn_tui.runs.tail import Tail

LIVENESS_SECONDS = 2.0
LOG_LINES = 20


@dataclass
class Followed:
    """A run as it was at the last look.

    Args:
        run: Its directory.
        state: What its events add up to.
        dead: Whether its trainer vanished without a word.
        paused: Whether it is asked to hold.
        label: What to call it, see `runs.store.label`; its title before the first look.
        log: Last lines of its log, where it is dead or failed, and why its events cannot be read.
        gone: Whether there is no such run any more: its directory was moved, renamed or deleted.
        seen_alive: Whether its trainer was seen at work since it is followed.
        queued_as: The job that waits in the queue of a cluster to train it; empty if none.
    """

    run: RunDir
    state: RunState = field(default_factory=RunState)
    dead: bool = False
    paused: bool = False
    log: list[str] = field(default_factory=list)
    label: str = ""
    gone: bool = False
    seen_alive: bool = False
    queued_as: str = ""

    def __post_init__(self) -> None:
        self.label = self.label or self.run.title

    @property
    def active(self) -> bool:
        """Whether a trainer is at work on it, or will be when its job's turn comes."""
        running = not self.dead and self.state.phase in ("preparing", "training", "paused")
        return running or bool(self.queued_as)

    @property
    def word(self) -> str:
        """State of the run in one word; `paused` is a request, which the trainer may not have seen yet."""
        if self.gone and self._interrupted:
            return "gone"
        if self.queued_as:
            return "queued"
        if self.dead:
            return "crashed"
        if self.paused and self.state.phase == "training":
            return "pausing"
        if not self.paused and self.state.phase == "paused":
            return "resuming"
        return self.state.phase

    @property
    def resumable(self) -> bool:
        """Whether it was interrupted, is there, and is no own loop, which its program starts."""
        return self._interrupted and not (
            self.run.shipped or self.gone or self.queued_as or self.state.own_loop
        )

    @property
    def _interrupted(self) -> bool:
        return self.dead or self.state.phase in ("stopped", "failed")


async def follow(followed: Followed, interval: float, changed: Callable[[], None]) -> None:
    """Follow a run until cancelled. Reading happens in threads, so that a slow disk blocks no key.

    Args:
        followed: The run; kept up to date in place.
        interval: Seconds between two looks.
        changed: Called, in this task, after the first look and whenever something changed.
    """
    tail, looked, missing = Tail(followed.run.events), -LIVENESS_SECONDS, 0
    news = True
    while True:
        events = await asyncio.to_thread(tail.poll)
        if tail.restarted:
            followed.state = RunState()
        for event in events:
            followed.state.apply(event)
        if any(isinstance(event, RunFailed) for event in events):
            followed.log = await asyncio.to_thread(process.log_tail, followed.run, LOG_LINES)
        news |= bool(events)
        if tail.more:
            await asyncio.sleep(0)  # a long history: let the keys in between
            continue
        if time.monotonic() - looked >= LIVENESS_SECONDS:
            looked = time.monotonic()
            was_gone, was_queued = followed.gone, followed.queued_as
            asked = followed.paused
            alive, paused = await asyncio.to_thread(_look, followed)
            if followed.paused != asked:  # a key was faster, and what was read is what it was before
                paused = followed.paused
            # A trainer that has just ended well may have left while its last event was not yet read.
            missing = 0 if alive else missing + 1
            before = followed.dead, followed.paused, was_gone, was_queued
            news |= (missing > 1, paused, followed.gone, followed.queued_as) != before
            followed.paused = paused
            if missing > 1 and not followed.dead:
                followed.log = await asyncio.to_thread(process.log_tail, followed.run, LOG_LINES)
                if tail.error:
                    followed.log.append(f"{followed.run.events.name} cannot be read: {tail.error}")
            followed.dead = missing > 1
        if news:
            changed()
        news = False
        await asyncio.sleep(interval)


def _look(followed: Followed) -> tuple[bool, bool]:
    """Whether the trainer lives (or has ended as it should), and whether it is asked to hold.

    The label is looked up, too: another run may have the same title by now. So is whether the run is there.
    """
    followed.gone = not followed.run.exists
    followed.label = label(followed.run)
    liveness = process.liveness(followed.run, followed.state, datetime.now())
    followed.seen_alive |= liveness == "alive"
    job = queued_job(followed.run) if liveness == "queued" else None
    followed.queued_as = job.id if job is not None else ""
    alive = liveness in ("alive", "ended", "queued")
    return alive, process.is_paused(followed.run)
