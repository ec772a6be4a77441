"""A screen that keeps the list of runs true while it is looked at, and reads the runs of its curves."""

from __future__ import annotations

import asyncio
import contextlib
import time

from textual import work

from snn_tui.errors import RunError
from snn_tui.runs.catalogue import Catalogue
from snn_tui.runs.history import Histories, History
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.sweep import RecordReader, SweepRecord, sweep_of
from snn_tui.tui.runs.state import RunListState
from snn_tui.tui.shared.chart_screen import ChartScreen

REFRESH_SECONDS = 1.0
SLOW_REFRESH_SECONDS = 2.0
BUDGET_SECONDS = 0.2
"""After this long what was read so far is shown, and reading goes on; later, if showing it takes long."""

_SHOWING_SHARE = 1 / 8  # of the time, so that keys are answered while thousands of runs are read

STEADY_SECONDS = 0.05
"""A cursor that moves on sooner does not make its runs be read."""


class WatchingScreen(ChartScreen):
    """Reads the runs again and again, in a thread; what it shows of them is up to the screen."""

    def __init__(self) -> None:
        super().__init__()
        self._state = RunListState()
        self._catalogue: Catalogue | None = None
        self._histories = Histories()
        self._read: dict[RunDir, History] = {}
        self._sweep_read: tuple[str | None, SweepRecord | RunError | None] = None, None  # with its name
        self._here = asyncio.Event()
        self._news = asyncio.Event()  # something else is to be read, sooner than the next look
        self._showing_seconds = 0.0  # how long it took to show the runs the last time
        self._due = 0.0  # when the runs are looked at next
        self._still = asyncio.Lock()  # a run that gets another name is not looked at half-way

    @property
    def _sweep_name(self) -> str | None:
        """The sweep that the cursor's run is of, by its name."""
        current = self._state.current
        return sweep_of(current.run.name) if current is not None else None

    @property
    def _record(self) -> SweepRecord | RunError | None:
        """The sweep of the cursor's run, once it has been read: not the one of the run before."""
        name, record = self._sweep_read
        return record if name == self._sweep_name else None

    @property
    def _has_sweep(self) -> bool:
        """Whether there is a sweep to draw, or may be: until it was read the name of the run counts."""
        name = self._sweep_name
        return name is not None and (name != self._sweep_read[0] or self._record is not None)

    def _show(self) -> None:
        """Draw everything as it is now."""
        raise NotImplementedError

    def _show_below(self) -> None:
        """Draw what is made of the histories."""
        raise NotImplementedError

    def _show_sweep(self) -> None:
        """Draw what is made of the sweep of the cursor's run."""
        raise NotImplementedError

    def entered(self) -> None:
        """Read the runs at once: the list may be out of date."""
        self._here.set()
        self._look_now()

    def _look_now(self) -> None:
        self._due = 0.0
        self._news.set()

    @work(exclusive=True, group="watch")
    async def _watch(self) -> None:
        """Look at the runs as long as the screen is there, but only while it is looked at."""
        assert self._catalogue is not None
        sweeps = RecordReader(self.host.root)
        interval = SLOW_REFRESH_SECONDS if self.host.terminal.slow else REFRESH_SECONDS
        while True:
            if self.app.current_mode != "runs":
                self._here.clear()
                await self._here.wait()
            self._news.clear()
            if time.monotonic() >= self._due:
                self._due = time.monotonic() + interval
                async with self._still:
                    await self._look(self._catalogue)
            current = self._state.current
            rows = [entry for entry, _ in self._state.marked] + ([current] if current else [])
            wanted = [entry.run for row in rows for entry in (row, *row.members)]
            read = await asyncio.to_thread(self._histories.read, wanted)
            if read != self._read:
                self._read = read
                self._show_below()
            name = self._sweep_name
            record = await asyncio.to_thread(sweeps.read, name) if name else None
            before, self._sweep_read = self._sweep_read, (name, record)
            if name != before[0] or record is not before[1]:
                self._show_sweep()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), max(0.0, self._due - time.monotonic()))
                await asyncio.sleep(STEADY_SECONDS)

    async def _look(self, catalogue: Catalogue) -> None:
        budget = max(BUDGET_SECONDS, self._showing_seconds / _SHOWING_SHARE)
        entries = await asyncio.to_thread(catalogue.refresh, budget)
        begun = time.monotonic()
        if not catalogue.complete:
            self._due = 0.0
        before = self._state.total
        if self._state.take(entries) or not entries:
            self._show()
        if self._state.total != before:
            self.lay_out()
        self._showing_seconds = time.monotonic() - begun
