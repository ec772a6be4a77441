"""`--slurm`: jobs by submitit's local executor, a preemption, and what is refused."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from safetensors import safe_open
from typed import present

from cli.conftest import Command, Refused
from snn_tui.config.run_config import RunConfig
from snn_tui.runs.job import Job, cancel, forget_if_gone, read_job, write_job
from snn_tui.runs.lock import read_lock
from snn_tui.runs.process import pause, unpause
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import create, list_runs
from snn_tui.runs.study import Member, refresh
from snn_tui.runs.summary import state_of, summarise
from snn_tui.worker.cluster import parse_minutes

QUICK = ("--epochs", 12, "--batch-size", 8, "--num-steps", 6, "--device", "cpu")


def wait(reached: Callable[[], bool]) -> None:
    """Wait until something is so; fails after a minute."""
    end = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.01)


def weights(run: RunDir) -> dict[str, bytes]:
    """Every tensor of a checkpoint as bytes."""
    with safe_open(run.weights, "numpy") as file:
        return {name: file.get_tensor(name).tobytes() for name in file.keys()}  # noqa: SIM118


def queued(root: Path, cluster: str = "slurm") -> RunDir:
    """A run whose job waits."""
    run = create(root, RunConfig(), datetime(2026, 11, 23, 12, 0))
    write_job(run, Job(id="4711", cluster="local" if cluster == "local" else "slurm", host="login"))
    return run


def test_a_preempted_study_ends_as_one_that_was_not(
    command: Command, tiny_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNN_TUI_SLURM", "local")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    root, ended = tmp_path / "jobs", tmp_path / "ended"
    options = ("--data", tiny_file, *QUICK)
    call = ("study", "--seeds", 3, "--runs-dir", root, *options, "--slurm", "--on-end", f"echo >> {ended}")
    code, _, err = command(*call, "--no-wait")
    assert code == 0
    assert "the same command" in err
    (run,) = list_runs(root)
    assert summarise(run).active
    wait(lambda: state_of(run).phase == "training")
    pause(run)
    wait(lambda: state_of(run).phase == "paused")
    assert present(present(read_job(run)).started_at) > 0
    first = present(read_lock(run)).pid
    os.kill(first, signal.SIGUSR2)  # as Slurm is told to before it preempts
    wait(lambda: state_of(run).phase == "stopped")
    unpause(run)
    code, out, _ = command(*call, "--json")  # waits, and averages
    assert code == 0
    assert [row["state"] for row in json.loads(out)["runs"]] == ["finished"]
    assert run.events.read_text().count('"type":"RunStarted"') == 2
    assert ended.read_text() == "\n"  # not after the preemption

    monkeypatch.setenv("SNN_TUI_RUNS_DIR", str(tmp_path / "whole"))
    assert command("--train-only", "--seed", 3, *options)[0] == 0
    (whole,) = list_runs(tmp_path / "whole")
    assert weights(run) == weights(whole)


@pytest.mark.usefixtures("alone")
def test_a_queued_run_says_so_and_is_cancelled(
    command: Command, refused: Refused, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, called = tmp_path / "checkpoints", tmp_path / "called"
    run = queued(root)
    assert summarise(run).state == "queued"
    assert "queued" in command("runs", "--runs-dir", root)[1]
    assert "queued as job 4711" in command("logs", run.name, "--runs-dir", root)[2]
    assert "queued as job 4711" in refused(4, "--train-only", "--resume", run.name, "--runs-dir", root)
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "scancel").write_text(f'#!/bin/sh\necho "$@" > {called}\n')
    (commands / "scancel").chmod(0o755)
    monkeypatch.setenv("PATH", f"{commands}:{os.environ['PATH']}")
    assert command("stop", run.name, "--runs-dir", root)[0] == 0
    assert called.read_text() == "-- 4711\n"
    assert not run.job.exists()
    assert summarise(run).state != "queued"


def test_a_local_job_ends_its_own_process_and_no_other_of_its_number(tmp_path: Path) -> None:
    run = create(tmp_path, RunConfig(), datetime(2026, 11, 23, 12, 0))
    for words, ended in (("submitit", True), ("other", False)):
        with subprocess.Popen(["sh", "-c", "sleep 60; :", words], start_new_session=True) as child:
            job = Job(id=str(child.pid), cluster="local", host=socket.gethostname())
            write_job(run, job)
            cancel(run, job)
            try:
                assert not run.job.exists()
                if ended:
                    assert child.wait(10) == -signal.SIGTERM
                else:
                    with pytest.raises(subprocess.TimeoutExpired):
                        child.wait(0.2)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
    cancel(run, Job(id="9" * 40, cluster="local", host=socket.gethostname()))


@pytest.mark.parametrize(
    ("squeue", "gone"),
    [
        ("true", True),
        ("echo slurm_load_jobs error: Invalid job id specified >&2; exit 1", True),
        ("echo PENDING", False),
        ("echo RUNNING", False),
        ("echo cannot contact the controller >&2; exit 1", False),
    ],
)
def test_a_job_that_was_cancelled_elsewhere_is_forgotten_once_somebody_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, squeue: str, gone: bool
) -> None:
    run, commands = queued(tmp_path / "runs"), tmp_path / "bin"
    commands.mkdir()
    (commands / "squeue").write_text(f'#!/bin/sh\n[ "$3" = --jobs=4711 ] || exit 2\n{squeue}\n')
    (commands / "squeue").chmod(0o755)
    monkeypatch.setenv("PATH", f"{commands}:{os.environ['PATH']}")
    member = Member(RunConfig(), run, summarise(run))
    refresh([member])
    assert run.job.exists() is not gone
    assert (present(member.summary).state == "queued") is not gone


def test_a_job_is_not_forgotten_where_no_cluster_is_to_be_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = queued(tmp_path / "runs")
    monkeypatch.setenv("PATH", str(tmp_path))
    forget_if_gone(run)
    assert run.job.exists()
    write_job(run, Job(id="4711", submitted_at=time.time()))  # so new that Slurm may not know it yet
    forget_if_gone(run, every=0.0)
    assert run.job.exists()
    write_job(run, Job(id=str(os.getpid()), cluster="local", host=socket.gethostname()))
    forget_if_gone(run, every=0.0)  # the process is there, but is no job
    assert not run.job.exists()


def test_a_queued_run_stays_where_the_cluster_is_out_of_reach(refused: Refused, tmp_path: Path) -> None:
    run = queued(tmp_path / "checkpoints")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(tmp_path))
        assert "4711" in refused(4, "stop", run.name)
    assert run.job.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--train-only", "--gpus", 1), "add --slurm"),
        (("study", "--no-wait"), "add --slurm"),
        (("--slurm",), "add --train-only"),
        (("--train-only", "--slurm", "--time", "soon"), "give minutes, or HH:MM:SS"),
        (("--train-only", "--slurm", "--slurm-extra", "lab"), "give KEY=VALUE"),
        (("--train-only", "--slurm", "--demo", "--devices", 2), "a job trains on one device"),
    ],
)
def test_what_a_job_cannot_be_asked_for(
    refused: Refused, monkeypatch: pytest.MonkeyPatch, arguments: tuple[object, ...], words: str
) -> None:
    monkeypatch.setenv("SNN_TUI_SLURM", "local")
    assert words in refused(2, *arguments)


def test_a_missing_cluster_or_library_is_said_with_the_remedy(
    refused: Refused, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "SNN_TUI_SLURM=local" in refused(2, "--train-only", "--slurm", "--demo")
    monkeypatch.setitem(sys.modules, "submitit", None)
    assert "pip install" in refused(2, "--train-only", "--slurm", "--demo")
    rank = {"RANK": "0", "WORLD_SIZE": "2", "LOCAL_RANK": "0", "MASTER_ADDR": "localhost", "MASTER_PORT": "1"}
    for name, value in rank.items():
        monkeypatch.setenv(name, value)
    assert "torchrun" in refused(2, "--train-only", "--slurm", "--demo")


def test_what_slurm_is_asked_for(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands, script = tmp_path / "bin", tmp_path / "script"
    commands.mkdir()
    said = {"sbatch": f'cat "$1" > {script}; echo Submitted batch job 4711', "srun": "true"}
    for name, line in said.items():
        (commands / name).write_text(f"#!/bin/sh\n{line}\n")
        (commands / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{commands}:{os.environ['PATH']}")
    asked = ("--partition", "gpu", "--gpus", 1, "--time", "2:00:00", "--slurm-extra", "account=lab")
    code, out, _ = command("--train-only", "--demo", "--slurm", *asked)
    assert code == 0
    assert "queued as job 4711" in out
    lines = script.read_text().splitlines()
    for option in (
        "partition=gpu",
        "gpus-per-node=1",
        "time=120",
        "account=lab",
        "requeue",
        "signal=USR2@120",
    ):
        assert f"#SBATCH --{option}" in lines
    (run,) = list_runs(Path("checkpoints"))
    assert summarise(run).state == "queued"


def test_times() -> None:
    assert [parse_minutes(text) for text in ("90", "1:30:00", "0:00:01")] == [90, 90, 1]
