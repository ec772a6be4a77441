"""Requests to stop a training loop of the user's own: between two batches, by an exception."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any


class Stopped(SystemExit):
    """Raised by a run's methods after the run was asked to stop, as by `x` on Train.

    As a `SystemExit`, it ends the program without a traceback and passes by an `except Exception`; its code
    is 128 + signal. Catch it to save something first.
    """


class StopSignal:
    """Remembers a SIGTERM, so that the loop stops between two batches. A second one stops it at once.

    Attributes:
        signal: The signal, None before it came.
    """

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None
        self._before: Callable[[int, FrameType | None], Any] | int | None = None
        self._listening = False

    def listen(self) -> None:
        """Take SIGTERM as the request, and hand it on to a handler that there is already.

        Python handles signals in the main thread only; in another one SIGTERM stays what it was. A program
        that ignores it goes on doing so.
        """
        if threading.current_thread() is not threading.main_thread():
            return
        before = signal.getsignal(signal.SIGTERM)
        if before not in (signal.SIG_IGN, None):
            self._before, self._listening = before, True
            signal.signal(signal.SIGTERM, self._caught)

    def restore(self) -> None:
        """Leave SIGTERM as it was, unless the program has changed it meanwhile."""
        if not self._listening or threading.current_thread() is not threading.main_thread():
            return
        self._listening = False
        if signal.getsignal(signal.SIGTERM) == self._caught:
            signal.signal(signal.SIGTERM, self._before)

    def check(self) -> None:
        """Raise `Stopped` once a request came."""
        if self.signal is not None:
            raise Stopped(128 + self.signal)

    def _caught(self, number: int, frame: FrameType | None) -> None:
        again, self.signal = self.signal is not None, signal.Signals(number)
        if callable(self._before):
            self._before(number, frame)
        if again:
            self.check()
