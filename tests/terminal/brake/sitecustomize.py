"""Holds a trainer where a test wants it, for as long as a file is there.

Python imports a `sitecustomize` that it finds on its path by itself, before the program. In the environment:

    HOLD_AT: `torch`, before it is imported; or `epoch`, once the end of an epoch was told.
    HOLD_WHILE: The file.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any


def hold() -> None:
    """Wait, in the main thread: signals are heard, and other threads go on."""
    while os.path.exists(os.environ["HOLD_WHILE"]):
        time.sleep(0.02)


class BeforeTorch:
    """Asked first for every module that is imported; finds none."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """Wait where it is torch."""
        if name == "torch":
            hold()


def hold_after_epochs() -> None:
    """Wait whenever the end of an epoch was told."""
    from snn_tui.runs.events import EpochEnded
    from snn_tui.worker.recorder import Recorder

    emit = Recorder.emit

    def emit_and_hold(self: Recorder, event: Any) -> None:
        emit(self, event)
        if isinstance(event, EpochEnded):
            hold()

    Recorder.emit = emit_and_hold  # type: ignore[method-assign]


if {"snn_tui.worker", "--train-only"} & set(sys.orig_argv):
    if os.environ.get("HOLD_AT") == "torch":
        sys.meta_path.insert(0, BeforeTorch)
    elif os.environ.get("HOLD_AT") == "epoch":
        hold_after_epochs()
