"""Signals that a trainer must not miss while it starts."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

HELD_BACK = frozenset({signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGUSR1})
"""What must not meet a trainer that has no ears yet: it would die of it and have said nothing."""


@contextmanager
def held_back() -> Iterator[None]:
    """Start a trainer within this, and signals wait until it has begun to `listen`, with nothing lost.

    A process inherits what the thread that starts it has blocked, and that outlives exec.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HELD_BACK)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
