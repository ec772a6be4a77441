"""Processes of a sweep killed at random moments, with their trainers or without: what is lost, or doubled."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from faults.forge import Child, Forge
from faults.ledger import LEDGER
from faults.yard import results
from snn_tui.runs.lock import read_lock
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import create, list_runs, read_config
from snn_tui.runs.sweep import SweepDir, SweepRecord, Trial, read_record
from snn_tui.worker.stopping import StopRequest
from snn_tui.worker.trainer import train_run

TRIALS = 12
KILLS = 20
EPOCHS = 20
SECONDS = 1.5
"""Longest time from one kill to the next."""

PATIENCE = 900.0
KIND = "SIGKILL of a process of a sweep"
TRIAL = "trial of a sweep that was killed"
SPACE = """
lr = {low = 1e-4, high = 1e-2, log = true}
beta = {low = 0.1, high = 0.95}
num-steps = {low = 2, high = 8, step = 2}
"""


@dataclass
class Killed:
    """A sweep, and what was killed of it."""

    record: SweepRecord
    processes: int = 0
    trainers: int = 0


def run_sweep(
    forge: Forge, root: Path, images: Path, *, processes: int = 1, kills: int = 0, seed: int = 0
) -> Killed:
    """Run a sweep to its end by several processes, of which one after the other is killed and restarted."""
    rng, killed = random.Random(seed), Killed(SweepRecord(name="", objectives=(), space={}, trials=[]))
    root.mkdir()
    space, log = root.parent / "rates.toml", root.parent / f"{root.name}.log"
    space.write_text(SPACE)
    call = ["sweep", "--space", space, "--trials", TRIALS, "--data", images, "--runs-dir", root]
    call += ["--epochs", EPOCHS, "--batch-size", 8, "--device", "cpu"]

    def start() -> Child:
        return forge.start(None, ("forks_trainers", []), argv=[str(word) for word in call], out=log, err=log)

    children = [start() for _ in range(processes)]
    while killed.processes < kills and not done(root):
        time.sleep(rng.uniform(0.1, SECONDS))
        at = rng.randrange(processes)
        if not children[at].ended:
            children[at].kill(signal.SIGKILL)
            children[at].wait()
            killed.processes += 1
            LEDGER.hit(KIND)
        if rng.random() < 0.4:
            killed.trainers += kill_trainer(root, rng)
        children[at] = start()
    assert [child.wait(PATIENCE) for child in children] == [0] * processes, log.read_text()
    record = read_record(SweepDir.of(root, "rates"))
    assert record is not None
    killed.record = record
    return killed


def done(root: Path) -> bool:
    """Whether all trials of the sweep are told."""
    record = read_record(SweepDir.of(root, "rates"))
    told = [trial for trial in record.trials if trial.state != "running"] if record is not None else []
    return len(told) == TRIALS


def kill_trainer(root: Path, rng: random.Random) -> int:
    """Kill one of the trainers at work, if there is one."""
    locks = [lock for run in list_runs(root) if (lock := read_lock(run)) is not None]
    if not locks:
        return 0
    try:
        os.kill(rng.choice(locks).pid, signal.SIGKILL)
    except ProcessLookupError:
        return 0
    return 1


def check(root: Path, killed: Killed) -> None:
    """Each trial is there once, with one run that ended once and as one that nobody disturbed."""
    trials = killed.record.trials
    titles = Counter(run.title for run in list_runs(root))
    lost = TRIALS - len(trials) + sum(trial.state in ("running", "failed") for trial in trials)
    doubled = sum(titles.values()) - len(titles)
    ends = [(root / trial.run / "events.jsonl").read_bytes().count(b'"RunFinished"') for trial in trials]
    doubled += sum(number > 1 for number in ends)
    complete = [trial for trial in trials if trial.state == "complete"]
    different = sum(not as_undisturbed(root, trial) for trial in complete)
    assert (lost, doubled, different) == (0, 0, 0)
    assert [trial.number for trial in trials] == list(range(TRIALS))
    assert set(titles) == {RunDir(root / trial.run).title for trial in trials}
    LEDGER.survived(KIND, killed.processes)
    if killed.processes:
        LEDGER.hit(TRIAL, TRIALS)
        LEDGER.survived(TRIAL, TRIALS - lost - doubled - different)


def as_undisturbed(root: Path, trial: Trial) -> bool:
    """Whether a trial's run has the weights and scores that training it without a break gives."""
    run = RunDir(root / trial.run)
    again = create(root.parent / f"again-{root.name}", read_config(run), datetime(2026, 11, 23))
    assert train_run(again, lambda event: None, StopRequest()) == 0
    return results(run) == results(again)


def outcome(record: SweepRecord) -> list[Trial]:
    """Trials without the names of their runs, which hold the time."""
    return [msgspec.structs.replace(trial, run="") for trial in record.trials]


@pytest.fixture
def sweeper(images: Path) -> Iterator[Forge]:
    """Starts processes of a sweep quickly."""
    made = Forge(images, "optuna.importance", "optuna.pruners", "optuna.samplers", "optuna.storages.journal")
    yield made
    made.close()


@pytest.mark.soak
def test_a_sweep_whose_processes_are_killed_loses_nothing_and_does_nothing_twice(
    sweeper: Forge, images: Path, tmp_path: Path
) -> None:
    whole = run_sweep(sweeper, tmp_path / "whole", images)
    for processes in (1, 4):
        hits = 0
        while hits < KILLS:  # a sweep may end sooner
            root = tmp_path / f"{processes}-{hits}"
            killed = run_sweep(sweeper, root, images, processes=processes, kills=KILLS - hits, seed=hits)
            check(root, killed)
            hits += killed.processes
            if processes == 1:
                assert outcome(killed.record) == outcome(whole.record)
            # What is drawn evenly, before anything is learned from other trials, does not depend on them.
            for mine, theirs in zip(killed.record.trials[:10], whole.record.trials[:10], strict=True):
                assert mine.params == theirs.params
