"""The cluster's job that trains a run: `job.json`, by which a viewer tells that a run waits in a queue."""

from __future__ import annotations

import contextlib
import math
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Literal

import msgspec

from snn_tui.errors import RunError
from snn_tui.runs.files import open_regular, write_atomic
from snn_tui.runs.rundir import RunDir
from snn_tui.values.words import printable

_PID = re.compile(r"[1-9][0-9]{1,8}")
_ID = re.compile(r"[0-9_]{1,40}")

JOB_LIMIT = 4096
"""Largest job file that is read, in bytes."""

ASK_SECONDS = 60.0
"""How often a cluster is asked for a job, and for how long a new one is taken to be known to it."""

_asked: dict[RunDir, float] = {}  # when a cluster was last asked, by time.monotonic

Cluster = Literal["slurm", "local"]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """The job that trains a run.

    Args:
        id: What the cluster calls the job.
        cluster: slurm, or local for a process of the machine that submitted it.
        host: Name of the machine that submitted it.
        submitted_at: When it was put into the queue, also after a preemption, in seconds since 1970 (UTC).
        started_at: When it last began, in seconds since 1970 (UTC); None while it waits in the queue.
    """

    id: str
    cluster: Cluster = "slurm"
    host: str = ""
    submitted_at: float = 0.0
    started_at: float | None = None


def read_job(run: RunDir) -> Job | None:
    """The job that trains a run; None where there is none, or where the file cannot be understood."""
    try:
        with open(open_regular(run.job), "rb") as file:
            return msgspec.json.decode(file.read(JOB_LIMIT), type=Job)
    except (OSError, ValueError, RecursionError):  # msgspec's and Unicode's errors are ValueErrors
        return None


def write_job(run: RunDir, job: Job) -> None:
    """Write `job.json`, atomically.

    Raises:
        RunError: It cannot be written.
    """
    write_atomic(run.job, msgspec.json.encode(job) + b"\n")


def queued_job(run: RunDir) -> Job | None:
    """The job of a run that waits in the queue; None where there is no job, or it has begun."""
    job = read_job(run)
    return job if job is not None and job.started_at is None else None


def forget_if_gone(run: RunDir, *, every: float = ASK_SECONDS) -> None:
    """Forget the job that a run waits for, if its cluster no longer has it: somebody cancelled it there.

    This asks the cluster, which may take seconds. Where it cannot be asked from here, nothing changes.

    Args:
        run: The run.
        every: How long to go by the last answer, in seconds.
    """
    job, now = queued_job(run), time.monotonic()
    if job is None or now - _asked.get(run, -math.inf) < every:
        return
    _asked[run] = now
    if time.time() - job.submitted_at > ASK_SECONDS and _is_gone(job):
        with contextlib.suppress(OSError):
            run.job.unlink(missing_ok=True)


def _is_gone(job: Job) -> bool:
    if job.cluster == "local":
        return job.host == socket.gethostname() and not _is_submitit(job.id)
    if not _ID.fullmatch(job.id):
        return False
    command = ["squeue", "--noheader", "--format=%T", f"--jobs={job.id}"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    # Slurm forgets a job some minutes after its end; until then the list is empty.
    return "Invalid job id" in told.stderr if told.returncode else not told.stdout.strip()


def cancel(run: RunDir, job: Job) -> None:
    """Take a job out of the queue.

    Raises:
        RunError: The cluster refuses, or is out of reach from here.
    """
    try:
        if job.cluster == "slurm":
            subprocess.run(["scancel", "--", job.id], check=True, capture_output=True, text=True, timeout=60)
        elif job.host == socket.gethostname() and _is_submitit(job.id):
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(job.id), signal.SIGTERM)
    except (OSError, subprocess.SubprocessError) as error:
        reason = printable(str(getattr(error, "stderr", "") or error).strip(), 200)
        raise RunError(
            f"job {printable(job.id, 40)} could not be cancelled: {reason}",
            where=printable(run.name),
            remedy=f"call scancel {printable(job.id, 40)} where the cluster's commands are",
        ) from error
    with contextlib.suppress(OSError):
        run.job.unlink(missing_ok=True)


def _is_submitit(pid: str) -> bool:
    """Whether a process is a job of submitit's: the file may be anybody's, or older than the process."""
    if not _PID.fullmatch(pid):
        return False
    try:
        return b"submitit" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return not Path("/proc/self").exists()  # a system that does not tell
