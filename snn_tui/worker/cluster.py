"""Trainers as jobs of a cluster: submitted by submitit, which alone is imported here, and requeued.

The job trains in its own process. On the signal that announces a preemption or the end of its time it saves a
checkpoint, as for any request to stop, and hands over to submitit, which puts the job into the queue again;
the next time it goes on with the same run directory.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shlex
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from snn_tui.errors import RunError, SnnTuiError, UsageError
from snn_tui.runs.job import Cluster, Job, read_job, write_job
from snn_tui.runs.rundir import RunDir
from snn_tui.values.words import printable
from snn_tui.worker.on_end import OnEnd
from snn_tui.worker.stopping import StopRequest
from snn_tui.worker.trainer import STOP_SIGNALS, train_run

EXECUTOR_VARIABLE = "SNN_TUI_SLURM"
"""`local` in it runs jobs as processes of this machine, to try them out without a cluster."""

PREEMPTED = signal.SIGUSR2
"""What submitit tells Slurm to send before it preempts a job or its time is up."""

JOBS_FOLDER = ".slurm"
"""Folder beside the runs with submitit's files: what each job calls, and what it printed of itself."""

REQUEUES = 1000
"""How often a job may go on after its time was up."""

NOTICE_SECONDS = 120
"""How long before the end of its time a job is told."""

GRACE_SECONDS = 300.0
"""How long a job that got SIGTERM waits, all saved, for Slurm to requeue it."""

_SUBMITTED_SECONDS = 60.0
_EXTRA = re.compile(r"([a-z][a-z0-9-]*)=([^\x00-\x1f\x7f]+)")


@dataclass(frozen=True)
class JobOptions:
    """What a job asks of the cluster.

    Args:
        partition: The queue; None for the cluster's own choice.
        gpus: Graphics cards.
        minutes: Longest time of one job; a run that takes longer goes on in the next.
        extra: Further options of sbatch, without their dashes.
    """

    partition: str | None = None
    gpus: int = 0
    minutes: int = 60
    extra: dict[str, str] = field(default_factory=dict)


def parse_minutes(text: str) -> int:
    """Minutes of a text: `90`, or `1:30:00` as hours, minutes and seconds, rounded up.

    Raises:
        UsageError: It is neither.
    """
    match = re.fullmatch(r"(\d{1,6})|(\d{1,4}):([0-5]\d):([0-5]\d)", text)
    if match:
        hours, minutes, seconds = (int(match[part] or 0) for part in (2, 3, 4))
        total = int(match[1]) if match[1] else 60 * hours + minutes + (seconds > 0)
        if total > 0:
            return total
    raise UsageError(f"{text!r} is no time", where="--time", remedy="give minutes, or HH:MM:SS")


def parse_extra(texts: Sequence[str]) -> dict[str, str]:
    """Options of sbatch from texts such as `account=lab`.

    Raises:
        UsageError: One is none.
    """
    extra = {}
    for text in texts:
        match = _EXTRA.fullmatch(text)
        if not match:
            raise UsageError(
                f"{text!r} is no option of sbatch",
                where="--slurm-extra",
                remedy="give KEY=VALUE, such as account=lab",
            )
        extra[match[1]] = match[2]
    return extra


def executor_name() -> Cluster:
    """Where jobs run: slurm, or local where the environment says so.

    Raises:
        UsageError: submitit or Slurm's commands are missing, or the environment names something else.
    """
    name = os.environ.get(EXECUTOR_VARIABLE) or "slurm"
    if name not in ("slurm", "local"):
        raise UsageError(f"{name!r} is no executor", where=EXECUTOR_VARIABLE, remedy="give slurm or local")
    if importlib.util.find_spec("submitit") is None:
        raise UsageError(
            "jobs are submitted by submitit, which is not installed",
            where="--slurm",
            remedy="pip install 'snn-tui[slurm]'",
        )
    if name == "slurm" and not (shutil.which("sbatch") and shutil.which("srun")):
        raise UsageError(
            "there is no Slurm here: sbatch and srun are not found",
            where="--slurm",
            remedy=f"log in to the cluster, or try it out with {EXECUTOR_VARIABLE}=local",
        )
    return "local" if name == "local" else "slurm"


def submit(run: RunDir, options: JobOptions) -> Job:
    """Put a run, new or interrupted, into the cluster's queue.

    Raises:
        SnnTuiError: There is no cluster, or it refuses the job.
    """
    cluster = executor_name()
    path = Path(os.path.abspath(run.path))
    with contextlib.suppress(OSError):
        run.job.unlink(missing_ok=True)
    try:
        submitted = _executor(cluster, path, options).submit(TrainingJob(str(path)))
    except Exception as error:
        reason = printable(str(error).strip().rpartition("\n")[2] or type(error).__name__, 300)
        raise RunError(
            f"the cluster did not take the job: {reason}",
            where=printable(run.name),
            remedy="mend the options and submit it again with --resume",
        ) from error
    job = Job(id=str(submitted.job_id), cluster=cluster, host=socket.gethostname(), submitted_at=time.time())
    write_job(run, job)
    return job


def _executor(cluster: Cluster, path: Path, options: JobOptions) -> Any:
    os.environ.pop("SUBMITIT_PREEMPT_SIGNAL", None)  # the job listens to PREEMPTED
    import submitit

    # With -P, as for every trainer: a torch.py in the user's folder is not taken for torch.
    python = f"{shlex.quote(sys.executable)} -P"
    folder = path.parent / JOBS_FOLDER / "%j"
    if cluster == "local":
        local = submitit.LocalExecutor(folder, max_num_timeout=REQUEUES, python=python)
        local.update_parameters(
            timeout_min=options.minutes, gpus_per_node=options.gpus, signal_delay_s=NOTICE_SECONDS // 4
        )
        return local
    slurm = submitit.SlurmExecutor(folder, max_num_timeout=REQUEUES, python=python)
    asked: dict[str, Any] = {"job_name": f"snn-tui {path.name}", "time": options.minutes}
    if options.partition is not None:
        asked["partition"] = options.partition
    if options.gpus:
        asked["gpus_per_node"] = options.gpus
    slurm.update_parameters(
        **asked,
        signal_delay_s=NOTICE_SECONDS,
        ntasks_per_node=1,
        additional_parameters={"requeue": True, **options.extra},
    )
    return slurm


class TrainingJob:
    """What a job calls: the trainer, in the job's own process.

    Args:
        path: Absolute path of the run directory, on a disk that the cluster shares.
    """

    def __init__(self, path: str) -> None:
        self.path = path

    def __call__(self) -> None:
        """Train to the end, to a request to stop, or to a preemption, which requeues the job."""
        run = RunDir(Path(self.path))
        self._note_begin(run)
        requeue = signal.getsignal(PREEMPTED)  # submitit's
        assert callable(requeue)
        stop = StopRequest(preemption=PREEMPTED)
        stop.listen((*STOP_SIGNALS, PREEMPTED))

        def leave() -> None:
            _wait_for_requeue(stop)
            if stop.preempted:
                _requeue(requeue)

        stop.before_exit = leave
        try:
            on_end = OnEnd.from_environment()
            code = train_run(run, lambda event: None, stop, on_end=on_end)
        except SnnTuiError as error:
            sys.stderr.write(f"{printable(str(error), 1000)}\n{printable(error.remedy, 1000)}\n")
            code = error.exit_code
        if stop.signal is not None:
            leave()
        if code:
            sys.exit(code)

    def checkpoint(self) -> Any:
        """What submitit puts into the queue in place of this job: the same again, as all is saved."""
        from submitit.helpers import DelayedSubmission

        run = RunDir(Path(self.path))
        job = read_job(run)
        if job is not None:
            write_job(run, msgspec.structs.replace(job, submitted_at=time.time(), started_at=None))
        return DelayedSubmission(self)

    def _note_begin(self, run: RunDir) -> None:
        """Note that the job has left the queue, once the machine that submitted it has written its id."""
        end = time.monotonic() + _SUBMITTED_SECONDS
        while (job := read_job(run)) is None and time.monotonic() < end:
            time.sleep(0.05)
        if job is not None:
            write_job(run, msgspec.structs.replace(job, started_at=time.time()))


def _wait_for_requeue(stop: StopRequest) -> None:
    """Stay after a SIGTERM of Slurm's, which may mean a preemption: it requeues a job that it has to kill.

    A job that ended by itself would count as done. After a cancellation Slurm kills it within a minute.
    """
    if stop.signal is not signal.SIGTERM or stop.by_file or os.environ.get("SUBMITIT_EXECUTOR") != "slurm":
        return
    end = time.monotonic() + GRACE_SECONDS
    while not stop.preempted and time.monotonic() < end:
        time.sleep(0.5)


def _requeue(requeue: Callable[..., Any]) -> NoReturn:
    """End this process, from whichever thread, after submitit has put the job into the queue again."""
    code: object = 1
    try:
        requeue(PREEMPTED, None)
    except SystemExit as end:
        code = end.code
    except Exception as error:  # noqa: BLE001 - the process ends, whatever submitit met
        sys.stderr.write(f"could not be requeued: {printable(str(error), 1000)}\n")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code & 255 if isinstance(code, int) else 1)
