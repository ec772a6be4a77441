"""Being told to stop: a signal is remembered at once, and acted on even where the main thread is busy."""

from __future__ import annotations

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
    handlers only between two steps of the main thread. So a thread of its own hears of the signal through
    the interpreter's wakeup pipe, and when the main thread does not get there in time, calls `on_overdue`.

    Attributes:
        signal: The signal, None before one came.
        before_exit: Called before the process is ended that way, to leave the terminal in order.
        on_overdue: Called from that thread; expected to save what there is and end the process.
    """

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None
        self.on_overdue: Callable[[], None] | None = None
        self.before_exit: Callable[[], None] = lambda: None
        self._heard: set[int] = set()
        self._told = False  # whether the main thread was

    def listen(self, signals: Iterable[signal.Signals]) -> None:
        """Take these signals as requests to stop. A second ctrl-c ends the process at once.

        What whoever started this process has switched off stays off, as `nohup` does with SIGHUP; what was
        `held_back` meanwhile comes now.
        """
        for number in signals:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._caught)
                self._heard.add(number)
        ear, mouth = os.pipe()
        os.set_blocking(mouth, False)
        signal.set_wakeup_fd(mouth, warn_on_full_buffer=False)
        threading.Thread(target=self._watch, args=(ear,), daemon=True, name="stop request").start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_BACK)

    @property
    def exit_code(self) -> int:
        """What the shell expects of a process a signal ended."""
        return 128 + (self.signal or 0)

    def _caught(self, number: int, frame: FrameType | None) -> None:
        if self._told and number == signal.SIGINT:
            raise KeyboardInterrupt
        self._told = True
        self.signal = signal.Signals(number)

    def _watch(self, ear: int) -> None:
        number = 0
        while number not in self._heard:
            number = os.read(ear, 1)[0]
        if self.signal is None:  # the main thread is in the middle of something and has not been told yet
            self.signal = signal.Signals(number)
        threading.Event().wait(OVERDUE_SECONDS)
        if self.on_overdue is not None:
            self.on_overdue()
