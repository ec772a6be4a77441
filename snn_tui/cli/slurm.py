"""`--slurm`: options of jobs, and what is checked before one is submitted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from snn_tui.cli.common import print_json
from snn_tui.config.own_network import flag_words
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import UsageError
from snn_tui.render.copied import run_command
from snn_tui.render.text import clean
from snn_tui.runs.ranks import rank_of
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import read_config

if TYPE_CHECKING:
    from snn_tui.worker.cluster import JobOptions

Slurm = Annotated[
    bool, typer.Option("--slurm", help="Train as a job of a Slurm cluster, requeued when preempted.")
]
Partition = Annotated[
    str | None, typer.Option("--partition", metavar="NAME", help="With --slurm: the queue of the job.")
]
Gpus = Annotated[
    int | None, typer.Option("--gpus", min=0, max=64, help="With --slurm: GPUs of the job; default 0.")
]
Time = Annotated[
    str | None,
    typer.Option(
        "--time",
        metavar="TIME",
        help="With --slurm: minutes or HH:MM:SS after which a job is requeued; default 60.",
    ),
]
Extra = Annotated[
    list[str] | None,
    typer.Option(
        "--slurm-extra", metavar="KEY=VALUE", help="With --slurm: an option of sbatch, such as account=lab."
    ),
]


def job_options(
    slurm: bool, partition: str | None, gpus: int | None, time: str | None, extra: Sequence[str] | None
) -> JobOptions | None:
    """What a job is to ask for; None where there is to be none.

    Raises:
        UsageError: An option is wrong or stands without `--slurm`, or there is no cluster.
    """
    if not slurm:
        given = {"--partition": partition, "--gpus": gpus, "--time": time, "--slurm-extra": extra or None}
        for flag, value in given.items():
            if value is not None:
                raise UsageError("there is no job to ask for it", where=flag, remedy="add --slurm")
        return None
    from snn_tui.worker.cluster import JobOptions, executor_name, parse_extra, parse_minutes

    if rank_of(os.environ) is not None:
        raise UsageError(
            "torchrun and srun start processes of one job, and submit none",
            where="--slurm",
            remedy="call snn-tui alone",
        )
    options = JobOptions(
        partition=partition,
        gpus=gpus or 0,
        minutes=parse_minutes(time) if time is not None else JobOptions.minutes,
        extra=parse_extra(extra or ()),
    )
    executor_name()
    return options


def checked_here(config: RunConfig) -> RunConfig:
    """The configuration as the machine that submits can check it, which may have no GPU.

    Raises:
        UsageError: Several devices are asked for.
    """
    if config.devices > 1:
        raise UsageError(
            "a job trains on one device", where="--devices", remedy="leave it out, or leave out --slurm"
        )
    return msgspec.structs.replace(config, device="cpu", engine="auto", precision=RunConfig().precision)


def submit_run(run: RunDir, options: JobOptions, *, as_json: bool) -> int:
    """Submit a run and say its job and how to watch it.

    Raises:
        SnnTuiError: The cluster refuses the job.
    """
    from snn_tui.worker.cluster import submit

    job = submit(run, options)
    if as_json:
        print_json({"run": str(run.path), "job": job.id})
    else:
        watch = run_command(run.name, False, flag_words(read_config(run)))
        typer.echo(f"{clean(run.name)} is queued as job {job.id}; watch it with {watch}")
    return 0
