"""Runs read for an export: in bounded memory however long they are, and while they are trained."""

from __future__ import annotations

import contextlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from snn_tui.config.decided import value_of
from snn_tui.config.run_config import OPTIONS, RunConfig
from snn_tui.errors import RunError
from snn_tui.export.curves.points import Point, PointReader, first_step
from snn_tui.runs.events import AnyEvent, EpochEnded, Progress, RunFinished
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.state import RunState
from snn_tui.runs.store import read_config
from snn_tui.runs.summary import RunSummary, summarise_state
from snn_tui.runs.tail import Tail
from snn_tui.values.words import printable

ALWAYS = ("preset", "dataset", "seed")
"""Options that every export says of every run."""

PRIVATE = ("data", "name")
"""Options that no export and no report says: paths and names may tell who trained the run, and where."""

Options = dict[str, int | float | str | None]


class Rewinds:
    """Where a run went back to, each time that a trainer went on from an earlier checkpoint.

    What was written before such a place is void from a position on. Of all later places the lowest counts, so
    only those are kept that are lower than all that follow.
    """

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._firsts: list[int] = []

    def add(self, number: int, first: int) -> None:
        """Event `number`, later than all before, went back to position `first`."""
        while self._firsts and self._firsts[-1] >= first:
            self._numbers.pop()
            self._firsts.pop()
        self._numbers.append(number)
        self._firsts.append(first)

    def valid(self, number: int, position: int) -> bool:
        """Whether what event `number` said of a position still holds at the end."""
        later = bisect_right(self._numbers, number)
        return later == len(self._numbers) or position < self._firsts[later]


@dataclass(frozen=True)
class RunCurves:
    """A run to export, as far as it is trained.

    Args:
        run: Its directory.
        name: Its name, without control characters.
        summary: Its summary, as `snn-tui runs` has it.
        options: Its configuration, without what is private.
        events: How many events were read; what is written later is left out.
        finished: The number of the event that it finished with, from 0; None where it has not.
        steps: Where it went back to, in batches.
        epochs: Where it went back to, in epochs.
    """

    run: RunDir
    name: str
    summary: RunSummary
    options: Options
    events: int
    finished: int | None
    steps: Rewinds
    epochs: Rewinds

    def points(self) -> Iterator[Point]:
        """All points, in the order in which they came about; then the best and the last scores.

        What a resumed run trained anew is there once.

        Raises:
            RunError: The events cannot be read any more.
        """
        reader = PointReader()
        for number, event in enumerate(islice(_events(self.run), self.events)):
            for point in reader.read(event):
                if isinstance(event, RunFinished):
                    valid = number == self.finished
                else:
                    valid = self.steps.valid(number, point.step)
                if isinstance(event, EpochEnded):
                    valid = valid and self.epochs.valid(number, event.epoch)
                if valid:
                    yield point
        yield from reader.best_and_last()


def read_curves(run: RunDir) -> RunCurves:
    """Read a run's events for the first time, to know which of them hold.

    Raises:
        RunError: Its events cannot be read, or neither they nor its directory have a configuration.
    """
    state, steps, epochs = RunState(), Rewinds(), Rewinds()
    events, latest, finished = 0, 0, None
    for number, event in enumerate(_events(run)):
        events = number + 1
        ended = state.epochs_ended[-1].epoch if state.epochs_ended else 0
        state.apply(event)
        match event:
            case Progress():
                first = first_step(state, event)
                if first is not None:
                    if first <= latest:
                        steps.add(number, first)
                    latest = state.step
            case EpochEnded() if event.epoch <= ended and state.epochs_ended[-1:] == [event]:
                epochs.add(number, event.epoch)
            case RunFinished():
                finished = number
    try:
        config = read_config(run)
    except RunError:
        if state.config is None:
            raise
        config = state.config
    return RunCurves(
        run=run,
        name=printable(run.name),
        summary=summarise_state(run, state),
        options=options_of(config),
        events=events,
        finished=finished if state.result else None,
        steps=steps,
        epochs=epochs,
    )


def differing(runs: Iterable[RunDir]) -> list[str]:
    """Names of the options that an export has columns for: those of `ALWAYS`, and those in which runs differ.

    A run whose configuration cannot be read is passed over.
    """
    first: Options | None = None
    names = set(ALWAYS)
    for run in runs:
        with contextlib.suppress(RunError):
            options = options_of(read_config(run))
            first = first or options
            names.update(name for name, value in options.items() if value != first[name])
    return [name for name in OPTIONS if name in names]


def options_of(config: RunConfig) -> Options:
    """The values of all options of a configuration that are not private, by name."""
    return {name: value_of(config, name) for name in OPTIONS if name not in PRIVATE}


def _events(run: RunDir) -> Iterator[AnyEvent]:
    """The events of a run so far; those that are no events, or of a later version, are left out."""
    tail = Tail(run.events)
    while True:
        events = tail.poll()
        if tail.error or tail.restarted:
            raise RunError(
                tail.error or "became another file while it was read",
                where=printable(str(run.events)),
                remedy="check the file's permissions, and that it is an ordinary file",
            )
        yield from events
        if not tail.more:
            return
