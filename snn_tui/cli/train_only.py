"""`--train-only`: the trainer in the foreground, and what becomes of it when its output is gone."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, cast

from rich.console import Console

from snn_tui.cli.progress import progress
from snn_tui.cli.train_views import JsonLines, LiveView, PlainLines, TrainView
from snn_tui.config.preferences import load_preferences
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import SnnTuiError
from snn_tui.render.attention import notice
from snn_tui.render.terminal import Terminal
from snn_tui.runs import events
from snn_tui.runs.ending import ending_of
from snn_tui.runs.ranks import Rank
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.summary import state_of
from snn_tui.worker import trainer
from snn_tui.worker.on_end import OnEnd
from snn_tui.worker.preparation import check_new, prepare
from snn_tui.worker.stopping import StopRequest

_READER_GONE = {errno.EPIPE, errno.EIO, errno.ENXIO}
STOP_SIGNALS = (*trainer.STOP_SIGNALS, signal.SIGHUP)


def check(
    config: RunConfig, resumed: RunDir | None, root: Path, *, as_json: bool, rank: Rank | None = None
) -> None:
    """Check all that can be checked before anything is written.

    Args:
        config: The configuration to train with.
        resumed: The run to go on with; None for a new one.
        root: Where runs are kept.
        as_json: Write what stands in the way as the event that a training would have ended with.
        rank: As for `train`.

    Raises:
        SnnTuiError: The images, device, engine or resume state cannot be used.
    """
    try:
        with progress() as on_progress:
            if resumed is None:
                check_new(config, on_progress, rank, root)
            else:
                prepare(config, resumed, on_progress, rank)
    except SnnTuiError as error:
        if as_json:
            failed = events.RunFailed.of(error, t=0.0)
            sys.stdout.write(events.encode(failed).decode(errors="replace"))
        raise


def train(
    run: RunDir,
    terminal: Terminal,
    console: Console,
    *,
    as_json: bool,
    rank: Rank | None = None,
    on_end: OnEnd | None = None,
) -> int:
    """Train a run, new or interrupted, and draw its progress.

    Args:
        run: A run directory with its config.
        terminal: What the terminal can show.
        console: The standard output.
        as_json: Write the events as JSON lines, and nothing else.
        rank: Rank 0 of several processes, where torchrun or srun has started them.
        on_end: What is done once the run has ended, whichever way.

    Returns:
        0, or 128 + the signal that stopped it.

    Raises:
        SnnTuiError: The run failed.
    """
    stop = StopRequest()
    stop.listen(STOP_SIGNALS)
    if as_json and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # JSON is, whatever the terminal's locale
    outlet = Outlet(sys.stdout if as_json else console.file, stop)
    view: TrainView
    if as_json:
        view = JsonLines(cast(IO[str], outlet))
    elif console.is_terminal:
        live = view = LiveView(run, terminal, console, stop)
        stop.before_exit = live.leave
    else:
        view = PlainLines(run, terminal, console)
    view.state = state_of(run)  # with the epochs before, where a run is resumed
    console.file = cast(IO[str], outlet)
    call = _caller(run, view, outlet) if sys.stdout.isatty() and not as_json else lambda: None
    leave = stop.before_exit

    def before_exit() -> None:
        leave()
        call()

    stop.before_exit = before_exit
    with view.display():
        code = trainer.train_run(run, view, stop, rank, on_end)
    call()
    if view.failure:
        failure = SnnTuiError(view.failure.what, where=view.failure.where, remedy=view.failure.remedy)
        failure.exit_code = code
        raise failure
    view.close()
    if outlet.lost is not None and outlet.lost.errno not in _READER_GONE:
        raise outlet.lost
    return code


def _caller(run: RunDir, view: TrainView, outlet: Outlet) -> Callable[[], None]:
    """What calls the user to the terminal at the end of the run, unless the user prefers silence."""

    def call() -> None:
        if load_preferences().preferences.notifications:
            outlet.write(notice("snn-tui", ending_of(run, view.state).line, os.environ))
            outlet.flush()

    return call


class Outlet:
    """A stream that may be gone: a closed pipe, a terminal that was hung up, a full disk. Training goes on.

    Where nobody reads a pipe any more the run is stopped, after a checkpoint; a terminal that is gone sends
    SIGHUP, and that decides.

    Args:
        file: The stream.
        stop: The request to stop; its signal becomes SIGPIPE where the stream is a pipe without a reader.

    Attributes:
        lost: The error that the stream was given up for, None while it can be written to.
    """

    def __init__(self, file: IO[str], stop: StopRequest) -> None:
        self._file, self._stop = file, stop
        self.lost: OSError | None = None

    def write(self, text: str) -> int:
        """Write a text, unless the stream is gone."""
        try:
            return self._file.write(text)
        except OSError as error:
            self._lose(error)
            return len(text)

    def flush(self) -> None:
        """Flush, unless the stream is gone."""
        try:
            self._file.flush()
        except OSError as error:
            self._lose(error)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def _lose(self, error: OSError) -> None:
        if self.lost is None:
            self.lost = error
            if error.errno == errno.EPIPE:
                self._stop.signal = self._stop.signal or signal.SIGPIPE
        # What is still in the stream's buffer, and all that is yet to be written, is dropped.
        os.dup2(os.open(os.devnull, os.O_WRONLY), self._file.fileno())
