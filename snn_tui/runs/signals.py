"""Signals that a trainer must not miss while it starts."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

HELD_BACK = frozenset({signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGUSR1})
"""Signals that would end a trainer that does not handle them yet, before it could write an event."""


@contextmanager
def held_back() -> Iterator[None]:
    """Start a trainer inside of this `with` block: signals then wait until its `StopRequest` listens.

    A process inherits what the thread that starts it has blocked, and that outlives exec.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HELD_BACK)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
