"""Says once that a run has ended which this program started or watches."""

from __future__ import annotations

from collections.abc import Callable

from snn_tui.runs.ending import Ending, ending_of
from snn_tui.runs.events import Event
from snn_tui.runs.rundir import RunDir
from snn_tui.tui.shared.follower import Followed


class EndNotices:
    """Compares a followed run with what it was at the look before.

    Args:
        ended: Called with the ending of a run that ended between two looks, once.
    """

    def __init__(self, ended: Callable[[Followed, Ending], None]) -> None:
        self._ended = ended
        self._endings: dict[RunDir, Event | None] = {}  # the last event that ended it, None where none did
        self._alive: set[RunDir] = set()

    def begin(self, run: RunDir) -> None:
        """A trainer was just started on a new run: whatever ends it is news, however soon."""
        self._endings[run] = None
        self._alive.add(run)

    def forget(self, run: RunDir) -> None:
        """Nobody watched the run meanwhile: how it is at the next look is no news."""
        self._endings.pop(run, None)
        self._alive.discard(run)

    def look(self, followed: Followed) -> None:
        """Say whether the run has ended since the last look; at the first one nothing is news."""
        run, state = followed.run, followed.state
        ending = state.result or state.failure or state.stop
        if run not in self._endings:
            self._endings[run] = ending
        elif ending is not None and ending != self._endings[run]:
            self._endings[run] = ending
            self._alive.discard(run)
            self._ended(followed, ending_of(run, state))
        if followed.seen_alive and ending is None and not followed.dead:
            self._alive.add(run)
        if followed.dead and run in self._alive and not followed.gone:
            self._alive.discard(run)
            self._ended(followed, ending_of(run, state))
