"""Trainers as processes of their own: started, stopped, held, and watched from any number of viewers."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

from snn_tui.config.own_network import as_named_now
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import RunError
from snn_tui.runs.files import create as create_file
from snn_tui.runs.files import failure, open_regular, open_to_append
from snn_tui.runs.job import cancel, queued_job
from snn_tui.runs.lock import LockInfo, holder_alive, read_lock, silence
from snn_tui.runs.named_weights import with_checksums
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.signals import held_back
from snn_tui.runs.state import ENDED, RunState
from snn_tui.runs.store import create, list_runs, read_config
from snn_tui.values.words import printable

Liveness = Literal["alive", "dead", "ended", "queued", "unknown"]

GRACE = 15.0
"""Seconds a trainer that was just started has to write its lock."""

SILENT_SECONDS = 30.0
"""Seconds without an event after which a trainer on another machine is taken for dead."""

LOG_LIMIT = 64 << 10
"""How much of the end of a log is read, in bytes."""

FOLLOW_SECONDS = 0.25
"""How often a followed log is looked at."""

_children: dict[Path, subprocess.Popen[bytes]] = {}  # kept so that their ends are noticed and reaped


def check_command(run: RunDir | None) -> list[str]:
    """The command line of the check whether a trainer could begin a new run, or go on with one."""
    place = [os.path.abspath(run.path)] if run else []
    return [sys.executable, "-P", "-m", "snn_tui.worker", "--check", *place]


def worker_command(run: RunDir, *options: str) -> list[str]:
    """The command line of a run's trainer.

    With -P, so that a `torch.py` in the user's folder is not taken for torch.
    """
    return [sys.executable, "-P", "-m", "snn_tui.worker", *options, os.path.abspath(run.path)]


TIED = "--tied"
"""Option of a trainer that saves and ends when its standard input does."""


def launch(config: RunConfig, root: Path, now: datetime, *, tied: bool = False) -> RunDir:
    """Make a new run and start its trainer.

    Args:
        root: Where runs are kept.
        now: The time the run is named by, as in `store.create`.
        tied: As for `start_worker`.

    Raises:
        RunError: The run cannot be made, a run that it learns from is missing, or no process started.
    """
    run = create(root, with_checksums(as_named_now(config), root), now)
    start_worker(run, tied=tied)
    return run


def start_worker(run: RunDir, *, tied: bool = False) -> subprocess.Popen[bytes]:
    """Start a trainer on a run, new or interrupted, in a session of its own: it outlives this terminal.

    What it prints goes to the end of `worker.log`. A request to pause from an earlier time is dropped.

    Args:
        run: The run directory.
        tied: Whether the trainer saves and ends when this process does, however that comes about: it reads
            from a pipe that this process alone could write to, and even SIGKILL closes that.

    Raises:
        RunError: The log cannot be written, or no process started.
    """
    try:
        run.pause.unlink(missing_ok=True)
        run.stop.unlink(missing_ok=True)
        log = open(open_to_append(run.log), "ab")  # noqa: SIM115 - closed below
    except OSError as error:
        raise failure(error, run.log) from error
    with log:
        try:
            with held_back():
                child = subprocess.Popen(
                    worker_command(run, *([TIED] if tied else [])),
                    stdin=subprocess.PIPE if tied else subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    close_fds=True,
                )
        except OSError as error:
            raise RunError(
                f"no trainer could be started: {error.strerror}",
                where=printable(str(run.path)),
                remedy="see whether the machine is out of memory or of processes (ulimit -u)",
            ) from error
    _children[_key(run)] = child
    announce(run)
    return child


def announce(run: RunDir) -> None:
    """Let others know that a trainer is about to take the run's lock."""
    with contextlib.suppress(OSError):
        os.utime(run.config, follow_symlinks=False)


def exit_code(run: RunDir) -> int | None:
    """How the trainer that this process started on the run ended; None if it runs or none was started."""
    child = _children.get(_key(run))
    code = child.poll() if child else None
    if child and code is not None and child.stdin:
        child.stdin.close()  # a process may start thousands of them
    return code


def stop(run: RunDir) -> None:
    """Ask the run's trainer to save a checkpoint and end; returns at once.

    A trainer of this machine gets SIGTERM. One of another machine finds the file `stop` after its batch.
    A job that waits in the queue of a cluster is cancelled.

    Raises:
        RunError: No trainer is at work, or it is another user's, or a program of the user's own on another
            machine, which looks for no file.
    """
    where = printable(str(run.path))
    if is_queued(run) and (job := queued_job(run)):
        cancel(run, job)
        return
    info = read_lock(run)
    alive = holder_alive(info, run) if info else False
    child = _children.get(_key(run))
    if info and alive and os.path.lexists(run.job):
        _ask(run.stop)  # a job takes SIGTERM for its cluster's
    elif info and alive:
        try:
            os.kill(info.pid, signal.SIGTERM)
        except ProcessLookupError:
            alive = False
        except PermissionError:
            raise RunError(
                f"process {info.pid} trains it and is not yours", where=where, remedy="ask its owner"
            ) from None
    elif child and child.poll() is None:  # so young that it has no lock yet
        child.terminate()
        alive = True
    if info and alive is None and _by_silence(run, info, time.time()) == "alive":
        if not read_config(run).own_loop:
            _ask(run.stop)
            return
        host = printable(info.host, 80)
        raise RunError(f"being trained on {host}", where=where, remedy=f"log in to {host} and stop it there")
    if not alive:
        raise RunError("no trainer is at work on this run", where=where, remedy="see `snn-tui runs`")


def pause(run: RunDir) -> None:
    """Ask the run's trainer, wherever it is, to hold after the present batch.

    Raises:
        RunError: The run directory cannot be written to.
    """
    _ask(run.pause)


def unpause(run: RunDir) -> None:
    """Let a held trainer go on; harmless if it is not held.

    Raises:
        RunError: The run directory cannot be written to.
    """
    _withdraw(run.pause)


def withdraw_requests(run: RunDir) -> None:
    """Drop requests to pause or stop that were meant for an earlier trainer.

    Raises:
        RunError: The run directory cannot be written to.
    """
    _withdraw(run.pause)
    _withdraw(run.stop)


def is_stop_asked(run: RunDir) -> bool:
    """Whether the run's trainer is asked to save and end by the file `stop`."""
    return os.path.lexists(run.stop)


def _ask(request: Path) -> None:
    """Make the file that stands for a request; harmless if it is there."""
    try:
        create_file(request)
    except FileExistsError:
        return
    except OSError as error:
        raise failure(error, request) from error


def _withdraw(request: Path) -> None:
    try:
        request.unlink(missing_ok=True)
    except OSError as error:
        raise failure(error, request) from error


def is_paused(run: RunDir) -> bool:
    """Whether the run's trainer is asked to hold."""
    return os.path.lexists(run.pause)


def liveness(run: RunDir, state: RunState, now: datetime) -> Liveness:
    """Whether a trainer is at work on the run.

    `ended` goes by the events, the rest by the lock. Of a trainer on another machine only its events can be
    seen: after `SILENT_SECONDS` seconds without any it counts as dead. `queued` is a run that no trainer is
    at work on, and whose job waits in the queue of a cluster.

    Args:
        state: The run's events so far.
        now: The present; local if it has no time zone.
    """
    if not run.shipped and state.phase != "finished" and is_queued(run):
        return "queued"
    if run.shipped or state.phase in ENDED:
        exit_code(run)  # reaps it
        return "ended"
    return _at_work(run, now.timestamp())


def is_queued(run: RunDir) -> bool:
    """Whether a run's job waits in the queue of a cluster, and nothing else trains the run meanwhile."""
    if queued_job(run) is None:
        return False
    info = read_lock(run)
    return info is None or holder_alive(info, run) is False or _by_silence(run, info, time.time()) != "alive"


def is_trained(run: RunDir) -> bool:
    """Whether a trainer is at work on a run now, going by its lock."""
    return not run.shipped and _at_work(run, time.time()) == "alive"


def running(root: Path, now: datetime | None = None) -> list[RunDir]:
    """The runs in a folder that a trainer is at work on, newest first, going by their locks.

    Args:
        now: The present, for tests; local if it has no time zone.
    """
    present = now.timestamp() if now else time.time()
    return [run for run in list_runs(root) if not run.shipped and _at_work(run, present) == "alive"]


def follow_log(run: RunDir, lines: int, between: Callable[[], None]) -> Iterator[str]:
    """The last lines the trainer printed, then every further one as it comes, until no trainer is at work.

    Args:
        lines: How many to begin with.
        between: Called every now and then, also where nothing comes.
    """
    content, offset = _read_log(run, None)
    *whole, rest = content.split(b"\n")
    yield from _log_lines(b"\n".join(whole))[-lines:]
    going = True
    while going or content:
        between()
        going = is_trained(run)  # before the log is read: what was written last is not missed
        content, offset = _read_log(run, offset)
        *whole, rest = (rest + content).split(b"\n")
        if len(rest) > LOG_LIMIT or not (going or content):
            whole, rest = [*whole, rest], b""
        yield from _log_lines(b"\n".join(whole))
        if not content and going:
            time.sleep(FOLLOW_SECONDS)


def log_tail(run: RunDir, lines: int = 20) -> list[str]:
    """The last lines the trainer printed, without control characters; none if there is no log."""
    return _log_lines(_read_log(run, None)[0])[-lines:] if lines > 0 else []


def _read_log(run: RunDir, offset: int | None) -> tuple[bytes, int]:
    """What a log holds from an offset on, or its last whole lines if None, and the offset after that."""
    try:
        with open(open_regular(run.log), "rb") as file:
            size = os.fstat(file.fileno()).st_size
            begin = max(0, size - LOG_LIMIT) if offset is None else offset
            if begin > size:  # another file by now
                begin = 0
            file.seek(begin)
            content = file.read(LOG_LIMIT)
    except OSError:
        return b"", offset or 0
    after = begin + len(content)
    if offset is None and begin:
        content = content[content.find(b"\n") + 1 :]
    return content, after


def _log_lines(content: bytes) -> list[str]:
    # splitlines also ends a line at the carriage returns of a progress bar
    return [printable(line, 1000) for line in content.decode(errors="replace").expandtabs().splitlines()]


def _at_work(run: RunDir, now: float) -> Liveness:
    child = _children.get(_key(run))
    if child and child.poll() is None:
        return "alive"
    info = read_lock(run)
    alive = holder_alive(info, run) if info else None
    if alive or (not child and _just_started(run, now)):
        return "alive"
    if alive is False or not (info or os.path.lexists(run.lock)):
        return "dead"
    return _by_silence(run, info, now)


def _by_silence(run: RunDir, info: LockInfo | None, now: float) -> Liveness:
    quiet = silence(run, now)
    if quiet is not None and quiet <= SILENT_SECONDS:
        return "alive"
    return "dead" if info else "unknown"


def _just_started(run: RunDir, now: float) -> bool:
    """Whether a trainer was started moments ago and has shown neither a lock nor an event since."""
    try:
        started = os.lstat(run.config).st_mtime
    except OSError:
        return False
    quiet = silence(run, now)
    return now - started <= GRACE and (quiet is None or now - quiet < started)


def _key(run: RunDir) -> Path:
    return Path(os.path.realpath(run.path))
