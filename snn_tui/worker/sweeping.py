"""One process of a sweep: it asks for trials, trains their runs, and tells what came of them.

Any number of processes do so together, on any number of machines, and each may be killed at any moment. What
they know of each other is in two places: the journal, in which a trial has its values and the name of its run
before the run is made, and the runs, each with the lock of its trainer. So each process can finish what
another one has left behind, at whatever moment it ended:

- asked for, but without a run: the run is made, under the name that the journal has;
- a run whose trainer is gone: the next trainer goes on from its checkpoint, and its lock admits one alone;
- a run that has ended, but is not told: it is told.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from snn_tui.config.run_config import RunConfig
from snn_tui.errors import RunError, SnnTuiError, UsageError
from snn_tui.runs import process
from snn_tui.runs.job import forget_if_gone
from snn_tui.runs.lock import TAKE_OVER_SECONDS, holder_alive, read_lock, silence
from snn_tui.runs.notes import read_note, write_note
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.state import RunState
from snn_tui.runs.store import create_named
from snn_tui.runs.summary import catch_up
from snn_tui.runs.sweep import (
    ENERGY,
    Plan,
    SweepDir,
    SweepRecord,
    Trial,
    front,
    kept_epoch,
    run_name,
    score_at,
    settle,
    write_record,
)
from snn_tui.runs.tail import Tail
from snn_tui.values.words import printable
from snn_tui.worker.journal import Journal

LOOK_SECONDS = 5.0
"""How often a process looks at the trials of others."""

MEASURE_SECONDS = 30.0
"""How long whoever trained a run has to measure what it costs, before another process does."""

MOST_STARTS = 3
"""Trainers in a row that may end without having trained anything."""

MOST_FAILURES = 3
"""Runs in a row that may fail, before a process takes the fault for its own and ends."""

PRUNED_TAG = "#pruned"


@dataclass
class Followed:
    """A run whose trial is not told yet: its events so far, and the trainers that this process started on it.

    Args:
        run: Its directory.
        tail: Its events.
        state: The state after them.
        starts: Trainers of this process that ended without having trained anything, in a row.
        position: Epochs and batches done when the latest of them began.
        energy: What an image costs in nJ, once it is measured.
        reported: The epochs whose objective this process has noted.
    """

    run: RunDir
    tail: Tail
    state: RunState = field(default_factory=RunState)
    starts: int = 0
    position: tuple[int, int] | None = None
    energy: float | None = None
    reported: set[int] = field(default_factory=set)

    def read(self) -> None:
        """Read the events that came since."""
        self.state = catch_up(self.tail, self.state)


class Sweep:
    """One process of a sweep.

    Args:
        root: Where runs are kept.
        plan: What the sweep is.
        total: Trials of the whole sweep, those of other processes counted.
        jobs: Runs that this process trains side by side.
        make: The configuration of a trial's run.
        measure: What an image costs with a finished run's weights, in nJ.
        submit: Puts a run into the queue of a cluster, in place of a trainer on this machine.

    Attributes:
        trials: All trials as they were last seen.
    """

    def __init__(
        self,
        root: Path,
        plan: Plan,
        *,
        total: int,
        jobs: int,
        make: Callable[[Trial], RunConfig],
        measure: Callable[[RunDir], float],
        submit: Callable[[RunDir], object] | None = None,
    ) -> None:
        self._root, self._plan, self._total, self._jobs = root, plan, total, jobs
        self._make, self._measure, self._submit = make, measure, submit
        self._folder = SweepDir.of(root, plan.name)
        self._journal = Journal(self._folder.journal, plan)
        self._followed: dict[int, Followed] = {}
        self._mine: set[int] = set()  # trials that this process has started a trainer on
        self._ending: set[RunDir] = set()  # runs of told trials whose trainers are about to end
        self._looked = -math.inf
        self._repaired = False
        self._failures: list[str] = []
        self._written: list[Trial] = []
        self._importance: dict[str, dict[str, float]] = {}
        self.trials: list[Trial] = []

    @property
    def done(self) -> bool:
        """Whether all trials are there and told."""
        return len(self.trials) >= self._total and all(trial.state != "running" for trial in self.trials)

    @property
    def record(self) -> SweepRecord:
        """The sweep as it was last seen."""
        points = {trial.number: trial.values for trial in self.trials if trial.state == "complete"}
        return SweepRecord(
            name=self._plan.name,
            objectives=self._plan.objectives,
            space=self._plan.space,
            trials=self.trials,
            front=front(points, self._plan.objectives),
            importance=self._importance,
        )

    def state(self, number: int) -> RunState | None:
        """How far the run of a trial is that is not told yet; None where it is not followed."""
        followed = self._followed.get(number)
        return followed.state if followed else None

    def join(self) -> None:
        """Begin the sweep, or join it.

        Raises:
            SnnTuiError: Its files cannot be read or written, or it is another sweep.
        """
        self._folder.make()
        with self._journal.held():
            settle(self._folder, self._plan)
            self.trials = self._journal.trials
            self._importance = self._journal.importance()

    def step(self, stopping: Callable[[], bool] = lambda: False) -> None:
        """Tell what has ended, and start what there is room for.

        Args:
            stopping: Whether nothing is to be begun any more.

        Raises:
            RunError: The journal cannot be used, no trainer can be started, or run after run fails.
        """
        self._ending = {run for run in self._ending if process.exit_code(run) is None}
        for number in self._mine:
            self._followed[number].read()
        if not self._due() or stopping():
            return
        self._looked = time.monotonic()
        start: list[Followed] = []
        with self._journal.held(stopping) as held:
            if not held:
                return
            running = [trial for trial in self._journal.trials if trial.state == "running"]
            for trial in running:
                self._look_at(trial, start)
            while len(self._mine) < self._jobs and len(self._journal.trials) < self._total:
                self._begin(self._journal.ask(self._run_name), start)
            self._note()
        for followed in start:
            self._start(followed)
        self._end_told()
        self._measure_finished()
        if len(self._failures) >= MOST_FAILURES:
            raise RunError(
                f"{MOST_FAILURES} runs in a row failed; the last one: {self._failures[-1]}",
                where=printable(self._plan.name),
                remedy="mend that; the same command goes on with the other trials",
            )

    def stop(self) -> None:
        """Ask the trainers of this process to save and end; jobs of a cluster go on."""
        if self._submit is None:
            for number in self._mine:
                with contextlib.suppress(SnnTuiError):  # it has just come to its end
                    process.stop(self._followed[number].run)

    @property
    def at_work(self) -> bool:
        """Whether a trainer of this process is at work."""
        return self._submit is None and any(
            process.exit_code(self._followed[number].run) is None for number in self._mine
        )

    def _due(self) -> bool:
        """Whether the journal is to be looked at: at news of the runs of this process, else now and then."""
        if time.monotonic() - self._looked >= LOOK_SECONDS:
            return True
        if len(self._mine) < self._jobs and len(self.trials) < self._total:
            return True
        return any(self._has_news(self._followed[number]) for number in self._mine)

    def _has_news(self, followed: Followed) -> bool:
        state = followed.state
        ended = state.phase in ("finished", "failed") or (
            self._submit is None and process.exit_code(followed.run) is not None
        )
        return ended or any(end.epoch not in followed.reported for end in state.epochs_ended[-1:])

    def _look_at(self, trial: Trial, start: list[Followed]) -> None:
        """Tell what has come of a trial, or go on with it where nobody does."""
        followed = self._follow(trial)
        followed.read()
        if self._report(trial, followed):
            return
        state = followed.state
        if state.phase == "finished":
            self._tell_finished(trial, followed)
        elif state.phase == "failed" and not process.is_trained(followed.run):
            assert state.failure is not None
            self._fail(trial, ": ".join(filter(None, (state.failure.where, state.failure.what))))
        elif _left(followed.run):
            self._mine.discard(trial.number)
            if len(self._mine) < self._jobs:
                self._begin(trial, start)

    def _run_name(self, number: int) -> str:
        return run_name(self._plan.name, number, datetime.now())

    def _follow(self, trial: Trial) -> Followed:
        followed = self._followed.get(trial.number)
        if followed is None:
            run = RunDir(self._root / trial.run)
            followed = self._followed[trial.number] = Followed(run, Tail(run.events))
        return followed

    def _report(self, trial: Trial, followed: Followed) -> bool:
        """Note the objective after each epoch; True where the trial is pruned by one of them."""
        new = [end for end in followed.state.epochs_ended if end.epoch not in followed.reported]
        followed.reported.update(end.epoch for end in new)
        if len(self._plan.objectives) > 1:
            return False
        for end in new:
            value = score_at(end, self._plan.objectives[0])
            last = end.epoch >= followed.state.epochs
            if value is not None and self._journal.report(trial.number, end.epoch, value, last=last):
                self._journal.tell(trial.number, "pruned", epoch=end.epoch)
                return True
        return False

    def _tell_finished(self, trial: Trial, followed: Followed) -> None:
        end = kept_epoch(followed.state)
        values = []
        for name in self._plan.objectives:
            if name == ENERGY and followed.energy is None:
                return  # it is measured outside of the journal's lock
            value = followed.energy if name == ENERGY else score_at(end, name) if end else None
            if value is None or not math.isfinite(value):
                self._fail(trial, f"its {name} on val is undefined")
                return
            values.append(value)
        self._journal.tell(trial.number, "complete", values)
        if trial.number in self._mine:
            self._failures.clear()

    def _fail(self, trial: Trial, reason: str) -> None:
        self._journal.tell(trial.number, "failed", reason=printable(reason, 300))
        if trial.number in self._mine:
            self._failures.append(printable(reason, 300))

    def _begin(self, trial: Trial, start: list[Followed]) -> None:
        """Make the run of a trial, or go on with it; its trainer is started outside of the journal's lock."""
        followed = self._follow(trial)
        if not followed.run.exists:
            try:
                create_named(self._root, trial.run, self._make(trial))
            except UsageError as error:
                self._journal.tell(trial.number, "failed", reason=printable(str(error), 300))
                return
        position = (len(followed.state.epochs_ended), followed.state.batch)
        followed.starts = followed.starts + 1 if position == followed.position else 0
        followed.position = position
        if followed.starts >= MOST_STARTS:
            self._fail(
                trial, f"its trainer ended {MOST_STARTS} times without having trained anything; see its log"
            )
            return
        process.announce(followed.run)
        self._mine.add(trial.number)
        start.append(followed)

    def _start(self, followed: Followed) -> None:
        if self._submit is not None:
            self._submit(followed.run)
        else:
            process.start_worker(followed.run, tied=True)

    def _note(self) -> None:
        """Take in the trials as they are now, and write them down for those that do not read the journal."""
        self.trials = self._journal.trials
        self._importance = self._journal.importance()
        if self.trials != self._written:
            write_record(self._folder, self.record)
            self._written = self.trials

    def _end_told(self) -> None:
        """End trainers of trials that are told, which are those of pruned ones."""
        for trial in self.trials:
            if trial.state == "running":
                continue
            if trial.state == "pruned" and (trial.number in self._followed or not self._repaired):
                self._end_pruned(trial)
            if trial.number in self._mine and self._submit is None:
                self._ending.add(self._followed[trial.number].run)
            self._followed.pop(trial.number, None)
            self._mine.discard(trial.number)
        self._repaired = True

    def _end_pruned(self, trial: Trial) -> None:
        run = RunDir(self._root / trial.run)
        if not run.exists:
            return
        if process.is_trained(run) or process.is_queued(run):
            with contextlib.suppress(SnnTuiError):  # it has just come to its end
                process.stop(run)
        words = f"{PRUNED_TAG} after epoch {trial.epoch}: below the median of its sweep"
        note = read_note(run)
        if PRUNED_TAG not in note:
            with contextlib.suppress(SnnTuiError):  # the note says nothing that the journal does not
                write_note(run, f"{note}\n{words}")

    def _measure_finished(self) -> None:
        if ENERGY not in self._plan.objectives:
            return
        for number, followed in self._followed.items():
            if followed.state.phase != "finished" or followed.energy is not None:
                continue
            quiet = silence(followed.run, time.time())
            if number in self._mine or quiet is None or quiet > MEASURE_SECONDS:
                followed.energy = self._measure(followed.run)


def _left(run: RunDir) -> bool:
    """Whether nobody trains a run, as far as can be known, so that a trainer may go on with it."""
    forget_if_gone(run)
    if process.is_queued(run) or process.is_trained(run):
        return False
    info = read_lock(run)
    if info is not None and holder_alive(info, run) is None:
        quiet = silence(run, time.time())
        return quiet is None or quiet > TAKE_OVER_SECONDS
    return True
