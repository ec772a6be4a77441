"""A command of the user's, run when a run has ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from snn_tui.runs.ending import Ending
from snn_tui.runs.files import open_to_append

LIMIT_SECONDS = 60.0
"""How long the command may take; what it starts with `&` may take longer."""

_POLL_SECONDS = 0.05
_KILL_SECONDS = 2.0


def variables(ending: Ending) -> dict[str, str]:
    """The facts of an ending as variables of the environment; those that are not known are empty."""

    def text(value: float | int | None) -> str:
        return "" if value is None else f"{value:g}"

    return {
        "SNN_TUI_RUN": ending.run,
        "SNN_TUI_RUN_DIR": ending.run_dir,
        "SNN_TUI_OUTCOME": ending.outcome,
        "SNN_TUI_REASON": ending.reason,
        "SNN_TUI_EXIT_CODE": text(ending.exit_code),
        "SNN_TUI_EPOCH": str(ending.epoch),
        "SNN_TUI_EPOCHS": str(ending.epochs),
        "SNN_TUI_SECONDS": text(ending.seconds),
        "SNN_TUI_SPLIT": ending.split,
        "SNN_TUI_ACCURACY": text(ending.scores.get("accuracy")),
        "SNN_TUI_AUC": text(ending.scores.get("auc")),
    }


def run(command: str, ending: Ending, output: Path, interrupted: Callable[[], bool]) -> str:
    """Run a command with the facts of an ending in its environment, and wait for it.

    Args:
        command: For `sh`.
        ending: How the run ended.
        output: The file that what it prints is appended to.
        interrupted: Looked at now and then; True ends the command.

    Returns:
        What went wrong; empty where nothing did.
    """
    try:
        with _opened(output) as log:
            child = subprocess.Popen(
                ["/bin/sh", "-c", command],
                env={**os.environ, **variables(ending)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        return f"the command of --on-end could not be started: {reason or type(error).__name__}"
    until = time.monotonic() + LIMIT_SECONDS
    try:
        while (code := child.poll()) is None:
            if interrupted():
                _end(child)
                return "the command of --on-end was interrupted"
            if time.monotonic() > until:
                _end(child)
                return f"the command of --on-end took more than {LIMIT_SECONDS:g} seconds and was ended"
            time.sleep(_POLL_SECONDS)
    except KeyboardInterrupt:
        _end(child)
        raise
    if code:
        how = f"exit code {code}" if code > 0 else f"signal {-code}"
        return f"the command of --on-end ended with {how}; {output.name} has what it printed"
    return ""


def _opened(output: Path) -> IO[bytes]:
    """The end of a file; where there is no such file, because the run was moved, what leads nowhere."""
    try:
        return open(open_to_append(output), "ab")
    except OSError:
        return open(os.devnull, "ab")


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the command, and what it started and waits for."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(OSError):
            os.killpg(child.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_KILL_SECONDS)
            return
