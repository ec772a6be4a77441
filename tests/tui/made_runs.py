"""Made-up run directories in every state a run can be in, written by the real writers."""

from __future__ import annotations

import math
import os
import random
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from counting import two_classes

from snn_tui.config.build import build
from snn_tui.config.space import Range, Space, Values
from snn_tui.runs import events
from snn_tui.runs.lock import LockInfo
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import Metrics, create, write_metrics
from snn_tui.runs.sweep import SweepDir, SweepRecord, Trial, TrialState, front, write_record
from snn_tui.runs.writer import EventWriter
from snn_tui.values.dataset import DatasetSummary
from snn_tui.values.scores import Scores

NOON = datetime(2026, 11, 23, 12, 0)
BATCHES = 10
STARTED_AT = 1_795_435_200.0
XRAYS = DatasetSummary(
    name="PneumoniaMNIST",
    synthetic=False,
    source="pneumoniamnist.npz",
    notice="",
    before={"train": two_classes(1214, 3494), "val": two_classes(135, 389), "test": two_classes(234, 390)},
    after={"train": two_classes(1214, 1214), "val": two_classes(135, 135), "test": two_classes(234, 234)},
)
PHANTOMS = DatasetSummary(
    name="Phantoms",
    synthetic=True,
    source="generated",
    notice="These images are synthetic, no x-rays.",
    before={},
    after={"train": two_classes(400, 400), "val": two_classes(50, 50), "test": two_classes(50, 50)},
)


def scores(epoch: int) -> Scores:
    """Scores that get better with the epochs, to 0.9 or so."""
    good = 1 - math.exp(-(epoch + 1) / 4)
    accuracy, sensitivity, specificity = 0.55 + 0.32 * good, 0.60 + 0.30 * good, 0.50 + 0.34 * good
    return Scores(
        images=270,
        loss=0.42 + 0.26 * math.exp(-epoch / 5),
        accuracy=accuracy,
        sensitivity=sensitivity,
        specificity=specificity,
        precision=accuracy - 0.01,
        recall=sensitivity,
        f1=accuracy + 0.005,
        gmean=math.sqrt(sensitivity * specificity),
        auc=0.6 + 0.33 * good,
        tn=100,
        fp=35,
        fn=20,
        tp=115,
        rates={"conv1": 0.121, "conv2": 0.064, "out": 0.412},
    )


def started(
    t: float, epochs: int = 20, dataset: DatasetSummary = XRAYS, **options: object
) -> events.RunStarted:
    """A trainer that is ready."""
    config = build({"epochs": epochs, "dataset": "demo" if dataset.synthetic else None, **options})
    return events.RunStarted(
        t=t,
        name=config.title,
        config=config,
        dataset=dataset,
        device="cpu",
        engine="reference",
        parameters=5242,
        layers={"conv1": 1728, "conv2": 800, "out": 2},
        batches=BATCHES,
        images=2428,
        started_at=STARTED_AT,
        pid=1,
        host="here",
        versions={},
    )


def progress(t: float, epoch: int, batch: int, lr: float = 1e-3) -> events.Progress:
    """One batch; the losses fall and wobble."""
    step = (epoch - 1) * BATCHES + batch
    loss = 0.40 + 0.32 * math.exp(-step / 50) + 0.04 * math.sin(step * 1.7)
    return events.Progress(
        t=t, epoch=epoch, batch=batch, losses=[loss], lr=lr, images_per_s=4812.0, gradient_norm=loss / 2
    )


def trained(
    epochs: int, extra_batches: int = 0, of: int = 20, dataset: DatasetSummary = XRAYS
) -> list[events.Event]:
    """Events of a run that completed some epochs and a few batches more, half a second a batch."""
    told: list[events.Event] = [events.Preparing(t=0.5, what="loading images"), started(1.0, of, dataset)]
    t = 1.0
    for epoch in range(1, epochs + 2):
        lr = 1e-3 if epoch <= 10 else 1e-4
        for batch in range(1, (BATCHES if epoch <= epochs else extra_batches) + 1):
            t += 0.5
            told.append(progress(t, epoch, batch, lr))
        if epoch <= epochs:
            end = events.EpochEnded(t=t, epoch=epoch, train_loss=0.45, val=scores(epoch), lr=lr, seconds=5.0)
            told += [end, events.CheckpointSaved(t=t, epoch=epoch, batch=0, weights=True)]
    told.append(events.Heartbeat(t=t, cpu=187.0, memory=1_288_490_188))
    return told


def make_run(
    root: Path, told: list[events.Event], seed: int = 0, minute: int = 0, **options: object
) -> RunDir:
    """A run directory with these events; weights where a checkpoint was saved."""
    root.mkdir(exist_ok=True)
    run = create(root, build({"seed": seed, **options}), NOON.replace(minute=minute))
    began = run.stamped_at
    told = [
        msgspec.structs.replace(event, started_at=began) if isinstance(event, events.RunStarted) else event
        for event in told
    ]
    if told:
        with EventWriter(run) as writer:
            writer.write(*told)
    if any(isinstance(event, events.CheckpointSaved) for event in told):
        run.weights.write_bytes(b"no weights at all")
    begun_long_ago(run)
    return run


def begun_long_ago(run: RunDir) -> None:
    """Let no trainer be expected that has only just been started."""
    os.utime(run.config, (1e9, 1e9))


def finished_run(
    root: Path, seed: int = 0, minute: int = 0, epochs: int = 20, synthetic: bool = False
) -> RunDir:
    """A run that went to its end."""
    dataset = PHANTOMS if synthetic else XRAYS
    told = trained(epochs, of=epochs, dataset=dataset)
    test = scores(epochs)
    told.append(events.RunFinished(t=told[-1].t, test=test, kept_epoch=epochs, seconds=told[-1].t))
    options = {"dataset": "demo"} if synthetic else {}
    run = make_run(root, told, seed, minute, epochs=epochs, **options)
    found = Metrics(test=test, kept_epoch=epochs, synthetic=synthetic, dataset=dataset.name)
    write_metrics(run, found)
    return run


def failed_run(root: Path, seed: int = 0, minute: int = 0) -> RunDir:
    """A run whose images could not be read."""
    failure = events.RunFailed(
        t=2.0,
        what="the file ends in the middle of an image",
        where="/data/[old]/pneumoniamnist.npz",
        remedy="download it again",
        exit_code=3,
    )
    return make_run(root, [events.Preparing(t=1.0, what="loading images"), failure], seed, minute)


def stopped_run(root: Path, seed: int = 0, minute: int = 0) -> RunDir:
    """A run that was told to stop in its fourth epoch."""
    told = trained(3, 4)
    return make_run(root, [*told, events.RunStopped(t=told[-1].t, signal="SIGTERM")], seed, minute)


def crashed_run(root: Path, seed: int = 0, minute: int = 0) -> RunDir:
    """A run whose trainer is gone: its lock is of a process that does not exist."""
    run = make_run(root, trained(2, 5), seed, minute)
    run.log.write_text("step by step\nBus error (core dumped)\n")
    from snn_tui.runs.lock import _own_start

    start = ":".join([*_own_start().split(":")[:2], "1"])  # this machine, but no process is that old
    import socket

    gone = LockInfo(pid=2**22 - 1, host=socket.gethostname(), process_start=start)
    run.lock.write_bytes(msgspec.json.encode(gone))
    return run


def sweep_runs(root: Path, *objectives: str, trials: int = 40) -> SweepRecord:
    """A sweep, of which only the first three and the best trials still have their runs."""
    rng, made = random.Random(0), []
    space: Space = {
        "lr": Range(1e-4, 1e-2, True),
        "num_steps": Range(4, 20, step=4),
        "batch_size": Values((32, 64)),
    }
    for number in range(trials):
        lr, steps = 10 ** rng.uniform(-4, -2), rng.randrange(4, 24, 4)
        accuracy = 0.95 - 0.05 * abs(math.log10(lr) + 2.7) - 0.4 / steps
        values = [accuracy, 60.0 * steps + 9 * rng.random()][: len(objectives)]
        state: TrialState = "pruned" if number % 7 == 6 else "running" if number == trials - 1 else "complete"
        made.append(
            Trial(
                number=number,
                run=f"2026-11-23T12{number:02}-rates-t{number:04d}",
                state=state,
                params={"lr": lr, "num_steps": steps, "batch_size": 32},
                values=values if state == "complete" else [],
                epoch=4 if state == "pruned" else None,
            )
        )
    points = {trial.number: trial.values for trial in made}
    shares = {"lr": 0.61, "num_steps": 0.37, "batch_size": 0.02}
    record = SweepRecord(
        name="rates",
        objectives=objectives,
        space=space,
        trials=made,
        front=front(points, objectives),
        importance=dict.fromkeys(objectives, shares),
    )
    folder = SweepDir.of(root, "rates")
    folder.make()
    write_record(folder, record)
    for trial in made[:3]:
        options: dict[str, Any] = {**trial.params, "name": f"rates-t{trial.number:04d}", "epochs": 20}
        make_run(root, trained(20, of=20), minute=trial.number, **options)
    return record
