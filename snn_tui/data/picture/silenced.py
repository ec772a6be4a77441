"""Messages of decoders that are written in C, which go to the terminal and name no file."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator

_lock = threading.Lock()


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """Nothing that is written to standard error meanwhile is seen; libtiff writes there what is broken."""
    with _lock, contextlib.ExitStack() as stack:
        # A process may have no standard error, or no free descriptor; then decoders may write.
        with contextlib.suppress(OSError, ValueError, AttributeError):
            sys.stderr.flush()
            before = os.dup(2)
            stack.callback(os.close, before)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            stack.callback(os.close, nowhere)
            os.dup2(nowhere, 2)
            stack.callback(os.dup2, before, 2)
        yield
