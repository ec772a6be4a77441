"""`--log-tensorboard`: a run's curves as files for TensorBoard, while it is trained.

The folder comes from the command line or the environment of whoever starts the trainer, as it says nothing
about the run. A file that cannot be written any more is given up; the run goes on.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import cast

from snn_tui.config.paths import typed_path
from snn_tui.errors import TrainingError
from snn_tui.export.curves.tensorboard import RunLog, check_folder, check_tensorboard
from snn_tui.runs.events import AnyEvent, Event, RunStarted
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.summary import state_of
from snn_tui.values.words import printable

FLAG = "--log-tensorboard"
VARIABLE = "SNN_TUI_LOG_TENSORBOARD"

log = logging.getLogger("snn_tui.worker.tensorboard")


def hand_to_trainers(folder: str | None) -> None:
    """Let this process and the trainers that it starts write event files into a folder.

    Args:
        folder: The folder; None or empty for no files.

    Raises:
        UsageError: The library for them is not installed, or it cannot be a folder.
    """
    os.environ.pop(VARIABLE, None)
    if folder:
        check_tensorboard(FLAG)
        path = Path(os.path.abspath(typed_path(folder)))
        check_folder(path, (), force=True, where=FLAG)
        os.environ[VARIABLE] = str(path)


class LogToTensorBoard:
    """A listener that logs a run's events, and hands them on.

    Args:
        run: The run.
        listen: Called with each event first.
    """

    def __init__(self, run: RunDir, listen: Callable[[Event], None]) -> None:
        self._run, self._listen = run, listen
        self._folder = os.environ.get(VARIABLE, "")
        self._log: RunLog | None = None

    def __call__(self, event: Event) -> None:
        """Hand an event on, and log its points.

        Raises:
            UsageError: This trainer has no library for it.
            TrainingError: It begins, and the file cannot be made.
        """
        self._listen(event)
        if self._folder and isinstance(event, RunStarted):
            check_tensorboard(FLAG)
            try:
                self._log = RunLog(Path(self._folder), self._run.name, event, state_of(self._run))
            except OSError as error:
                raise TrainingError(
                    f"{printable(self._folder)}: {error.strerror or 'cannot be written'}",
                    where=FLAG,
                    remedy="choose a folder that you can write to",
                ) from error
        if self._log is not None:
            try:
                self._log.write(cast(AnyEvent, event))
            except OSError as error:
                log.warning("no more curves for TensorBoard in %s: %s", self._folder, error.strerror)
                self.close()

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._log is not None:
            kept, self._log = self._log, None
            with contextlib.suppress(OSError):  # what could not be written was said
                kept.close()
