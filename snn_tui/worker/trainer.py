"""The trainer process: a run directory's config in, its events, weights and metrics out.

`python -m snn_tui.worker RUN` is how the screens start it; `--train-only` calls `train_run` in the
foreground. This is the one place where training meets the run directory.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from snn_tui.errors import SnnTuiError, TrainingError, UsageError
from snn_tui.runs import events
from snn_tui.runs.ending import ending_of
from snn_tui.runs.files import clear_leftovers, failure, open_to_append
from snn_tui.runs.lock import Lock
from snn_tui.runs.process import TIED
from snn_tui.runs.ranks import Rank
from snn_tui.runs.resume import refuse_links, refuse_old_resume_state
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.state import ENDED
from snn_tui.runs.store import read_config
from snn_tui.runs.summary import state_of
from snn_tui.runs.writer import EventWriter
from snn_tui.values.words import printable
from snn_tui.worker.on_end import OnEnd
from snn_tui.worker.recorder import Recorder
from snn_tui.worker.session import Session, Stopped
from snn_tui.worker.stopping import StopRequest
from snn_tui.worker.tensorboard import LogToTensorBoard

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
"""What makes the trainer save and stop; SIGUSR1 is what Slurm can be told to send before it preempts."""

NICENESS = 5
"""A third of the weight of an ordinary process: nothing changes where the cores are not contended."""

LINE_LIMIT = 1000
"""Longest line of the log, in characters."""

AUTOGROUP = Path("/proc/self/autogroup")

log = logging.getLogger("snn_tui.worker")


def train_run(
    run: RunDir,
    listen: Callable[[events.Event], None],
    stop: StopRequest,
    rank: Rank | None = None,
    on_end: OnEnd | None = None,
) -> int:
    """Train a run to its end or to the request to stop: from its resume state, where it has one.

    Args:
        run: A run directory holding a config.
        listen: Called with every event, from this thread or another.
        stop: Looked at between batches.
        rank: Rank 0 of several processes, where torchrun or srun has started them.
        on_end: What is done once the run has ended, whichever way, and another trainer could have it.

    Returns:
        The exit code: 0, an error's, or 128 + signal; nothing that `on_end` does changes it.

    Raises:
        RunError: Another trainer has the run, its resume state is of an older form, or the run directory
            cannot be written.
    """
    after = _AfterEnd(run, listen, stop, on_end or OnEnd())
    code = 0
    try:
        code = _train(run, after, stop, rank)
    except SnnTuiError as error:  # such as a full disk, which has no room for the events either
        code = error.exit_code
        raise
    finally:
        if after.due:
            with contextlib.ExitStack() as stack:
                with contextlib.suppress(SnnTuiError):
                    stack.enter_context(_logging_to(run.log))
                after(code)
    return code


class _AfterEnd:
    """Keeps the event that ends a run as it passes to the listener, and then does what is to be done."""

    def __init__(
        self, run: RunDir, listen: Callable[[events.Event], None], stop: StopRequest, on_end: OnEnd
    ) -> None:
        self._run, self._stop, self._on_end = run, stop, on_end
        self._listen = listen
        self._end: events.RunFinished | events.RunFailed | events.RunStopped | None = None

    def listen(self, event: events.Event) -> None:
        """Hand an event on."""
        if isinstance(event, events.RunFinished | events.RunFailed | events.RunStopped):
            self._end = event
        self._listen(event)

    @property
    def due(self) -> bool:
        """Whether something is to be done: not if another trainer has it or gets it, or ctrl-c came twice."""
        return self._end is not None and not self._on_end.nothing and not self._stop.preempted

    def __call__(self, exit_code: int) -> None:
        """Do it, where it is due."""
        assert self._end is not None
        state = state_of(self._run)
        if state.phase not in ENDED:  # the disk had no room for the last event
            state.apply(self._end)
        ending = msgspec.structs.replace(ending_of(self._run, state), exit_code=exit_code)
        signal_before = self._stop.signal
        self._on_end(ending, self._run.log, lambda: self._stop.signal is not signal_before)


def _train(run: RunDir, after: _AfterEnd, stop: StopRequest, rank: Rank | None) -> int:
    refuse_links(run)
    refuse_old_resume_state(run)
    with Lock.acquire(run) as lock, EventWriter(run) as writer, _logging_to(run.log):
        curves = LogToTensorBoard(run, after.listen)
        recorder = Recorder(writer, curves)
        session = Session(run, recorder, stop, rank)
        written = (run.weights, run.resume_state, run.metrics)
        clear_leftovers(run.path, {path.name for path in written}, time.time())

        def stop_now() -> None:
            if session.save_and_say_stopped():
                lock.release()
                session.end(None)
                stop.before_exit()
                after(stop.exit_code)
                os._exit(stop.exit_code)

        code: int | None = None
        try:
            stop.on_overdue = stop_now
            session.train()
            code = 0
        except Stopped:
            session.say_stopped()
            code = stop.exit_code
        except SnnTuiError as error:
            if not run.path.is_dir():
                error.remedy = "if the run was moved or renamed, go on where it is now: --resume and its path"
            code = _fail(recorder, error)
        except Exception as error:
            log.exception("the trainer failed")
            code = _fail(recorder, _explain(error, run))
        finally:
            stop.on_overdue = None
            session.end(code)
            curves.close()
    return code


def _fail(recorder: Recorder, error: SnnTuiError) -> int:
    log.error("%s (%s)", error, error.remedy)
    recorder.emit(events.RunFailed.of(error, recorder.now))
    return error.exit_code


def _explain(error: Exception, run: RunDir) -> SnnTuiError:
    if type(error).__name__ == "OutOfMemoryError":
        size = read_config(run).batch_size
        return TrainingError(
            f"the device ran out of memory at batch size {size}",
            remedy=f"try --batch-size {max(1, size // 2)}, or another --device",
        )
    return TrainingError(
        f"the trainer failed: {type(error).__name__}: {error}", remedy=f"the details are in {run.log}"
    )


class _CleanFormatter(logging.Formatter):
    """Keeps what came from files and people in its place: no control character, no line of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line; those of a traceback follow, indented."""
        lines = super().format(record).expandtabs().splitlines()
        return "\n    ".join(printable(line, LINE_LIMIT) for line in lines)


@contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    """Send the program's log and Python's warnings to a file."""
    try:
        file = open(open_to_append(path), "a", encoding="utf-8", errors="backslashreplace")  # noqa: SIM115
    except OSError as error:
        raise failure(error, path) from error
    handler = logging.StreamHandler(file)
    logging.raiseExceptions = False  # a full disk is told of by the events, not by logging's own traceback
    handler.setFormatter(_CleanFormatter("%(asctime)s %(levelname)s %(message)s"))
    loggers = [logging.getLogger(name) for name in ("snn_tui", "py.warnings")]
    logging.captureWarnings(True)
    loggers[0].setLevel(logging.INFO)
    for logger in loggers:
        logger.addHandler(handler)
        logger.propagate = False
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
        logging.captureWarnings(False)
        handler.close()
        with contextlib.suppress(OSError):  # a full disk
            file.close()


def make_way() -> None:
    """Let the screens, and whoever else waits for a key, go first where all cores are busy.

    Linux shares the processor out by session before it looks at a process's niceness, so both are set.
    """
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
    with contextlib.suppress(OSError):
        AUTOGROUP.write_text(str(NICENESS))


def main(arguments: list[str]) -> int:
    """Train the run directory named by the last argument; used by `runs.process.launch`.

    Args:
        arguments: The run directory, after `--tied` where this process is to save and end when its standard
            input ends.
    """
    make_way()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # whoever started it may leave, whatever sends the signal
    stop = StopRequest()
    stop.listen(STOP_SIGNALS)
    on_end = None
    with contextlib.suppress(UsageError):  # whoever started this process has checked it
        on_end = OnEnd.from_environment()
    if arguments[0] == TIED:
        stop.listen_to_input()
    try:
        return train_run(RunDir(Path(arguments[-1])), lambda event: None, stop, on_end=on_end)
    except SnnTuiError as error:
        with contextlib.suppress(OSError):  # the log may be on the very disk that is full
            sys.stderr.write(f"{printable(str(error), LINE_LIMIT)}\n{printable(error.remedy, LINE_LIMIT)}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
