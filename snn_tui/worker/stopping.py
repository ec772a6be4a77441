"""Requests to stop: a signal is remembered at once, and acted on even where the main thread is busy."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterable
from types import FrameType

from snn_tui.runs.signals import HELD_BACK

OVERDUE_SECONDS = 2.0
"""How long the main thread has to reach the end of a batch before `on_overdue` is called instead."""


class StopRequest:
    """Remembers the signal that asked the trainer to stop; the trainer looks between two batches.

    A batch can take longer than whoever stops us waits (Slurm, a closing laptop), and Python runs its signal
    handlers only between two steps of the main thread. So another thread reads the signal from the
    interpreter's wakeup pipe, and calls `on_overdue` when the main thread does not get there in time.

    Args:
        preemption: The signal after which the run is resumed by another process, so that it has not ended.

    Attributes:
        signal: The signal, None before one came.
        by_file: Whether the request was a file in the run directory, and `signal` stands for it.
        before_exit: Called before `on_overdue` ends the process, to leave the terminal in order.
        on_overdue: Called from that thread; expected to save what there is and end the process.
    """

    def __init__(self, preemption: signal.Signals | None = None) -> None:
        self._preemption = preemption
        self.signal: signal.Signals | None = None
        self.by_file = False
        self.on_overdue: Callable[[], None] | None = None
        self.before_exit: Callable[[], None] = lambda: None
        self._numbers: set[int] = set()  # signals taken as requests
        self._handled = False  # whether the main thread has run its handler

    def listen(self, signals: Iterable[signal.Signals]) -> None:
        """Take these signals as requests to stop. A second ctrl-c ends the process at once.

        A signal that was ignored when this process started stays ignored, as `nohup` does with SIGHUP;
        signals that were `held_back` meanwhile arrive now.
        """
        for number in signals:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._caught)
                self._numbers.add(number)
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        threading.Thread(target=self._watch, args=(reader,), daemon=True, name="stop request").start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_BACK)

    def listen_to_input(self) -> None:
        """Take the end of standard input as SIGTERM: whoever started this process has ended."""

        def wait() -> None:
            with contextlib.suppress(OSError):
                while os.read(0, 1024):
                    pass
            os.kill(os.getpid(), signal.SIGTERM)

        threading.Thread(target=wait, daemon=True, name="standard input").start()

    @property
    def preempted(self) -> bool:
        """Whether the run is resumed by another process."""
        return self.signal is not None and self.signal is self._preemption

    @property
    def exit_code(self) -> int:
        """The exit code that a shell expects of a process that a signal ended: 128 + signal."""
        return 128 + (self.signal or 0)

    def _caught(self, number: int, frame: FrameType | None) -> None:
        if self._handled and number == signal.SIGINT:
            raise KeyboardInterrupt
        self._handled = True
        self.signal = signal.Signals(number)

    def _watch(self, reader: int) -> None:
        number = 0
        while number not in self._numbers:
            number = os.read(reader, 1)[0]
        if self.signal is None:  # the main thread has not run its handler yet
            self.signal = signal.Signals(number)
        threading.Event().wait(OVERDUE_SECONDS)
        if self.on_overdue is not None:
            self.on_overdue()
