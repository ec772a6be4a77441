"""Ctrl-c: outside a command it ends this process silently; within one it is an exception, as usual in Python.

Imports nothing of this program, and little else: it is the first module of the `snn-tui` command.
"""

from __future__ import annotations

import os
import signal

EXIT_CODE = 128 + signal.SIGINT
"""What a shell expects of a process that ctrl-c ended."""


def exit_on_it() -> None:
    """From now on ctrl-c ends this process at once: nothing has begun yet, or all is done.

    An exception would be printed with a traceback by whatever import it comes up in. A process that ignores
    ctrl-c, as one does that a shell started with `&`, goes on ignoring it.
    """
    if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
        signal.signal(signal.SIGINT, _exit)


def raise_it() -> None:
    """From now on ctrl-c raises KeyboardInterrupt, where `exit_on_it` was called before."""
    if signal.getsignal(signal.SIGINT) is _exit:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _exit(number: int, frame: object) -> None:
    os._exit(EXIT_CODE)
