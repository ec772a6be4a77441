"""Runs to draw, as events."""

from __future__ import annotations

import math
from typing import Any

from counting import two_classes

from snn_tui.config.build import build
from snn_tui.runs import events
from snn_tui.runs.state import RunState, replay
from snn_tui.values.confusion import ConfusionMatrix
from snn_tui.values.dataset import DatasetSummary
from snn_tui.values.scores import Scores
from snn_tui.values.task import Task
from snn_tui.values.task_scores import ClassScores

BATCHES = 4


def dataset(synthetic: bool = False, notice: str = "") -> DatasetSummary:
    """What a run is trained on."""
    after = {"train": two_classes(1214, 1214), "val": two_classes(135, 135), "test": two_classes(234, 234)}
    name = "Phantoms" if synthetic else "PneumoniaMNIST"
    return DatasetSummary(
        name=name, synthetic=synthetic, source="here", notice=notice, before=after, after=after
    )


def scores(accuracy: float | None = 0.75) -> Scores:
    """An evaluation."""
    return Scores(
        images=270,
        loss=0.5,
        accuracy=accuracy,
        sensitivity=0.9,
        specificity=0.6,
        precision=0.7,
        recall=0.9,
        f1=0.787,
        gmean=0.735,
        auc=None,
        tn=1,
        fp=1,
        fn=1,
        tp=1,
        rates={"conv1": 0.12, "conv2": 0.003, "out": 0.41},
    )


GRADES = Task(name="Grades", classes=("none", "mild", "severe"), kind="ordinal", channels=3)
"""Three ordinal classes in colour."""

FINDINGS = Task(name="Findings", classes=("mass", "nodule", "edema"), kind="multilabel")
"""Three labels, any number of which an image may have."""


def task_scores(task: Task, accuracy: float = 0.75) -> Scores:
    """An evaluation of 90 images for a task that is not binary."""
    rows = tuple(ClassScores(name=name, matrix=ConfusionMatrix(50, 10, 5, 25)) for name in task.classes)
    several = task.kind == "multilabel"
    return Scores(
        images=90,
        loss=0.6,
        accuracy=accuracy,
        auc=0.81,
        balanced=0.7,
        macro_f1=0.66,
        mcc=None if several else 0.55,
        average_precision=0.5,
        quadratic_kappa=0.62 if task.kind == "ordinal" else None,
        classes=rows,
        confusion=() if several else ((20, 8, 2), (5, 20, 5), (1, 9, 20)),
        rates={"conv1": 0.12, "out": 0.41},
    )


def of_task(task: Task) -> RunState:
    """A finished run of a task."""
    counts = {split: dict.fromkeys(task.classes, 30) for split in ("train", "val", "test")}
    facts = DatasetSummary(
        name=task.name,
        synthetic=False,
        source="here",
        notice="",
        before=counts,
        after=counts,
        task=task,
        sizes=dict.fromkeys(counts, 60 if task.kind == "multilabel" else 90),
    )
    state = replay([started(dataset=facts)])
    for number in (1, 2):
        end = events.EpochEnded(
            t=float(number + 1),
            epoch=number,
            train_loss=0.5,
            val=task_scores(task, 0.6 + number / 20),
            lr=0.001,
            seconds=1.0,
        )
        state.apply(end)
    return state


def started(epochs: int = 4, **facts: Any) -> events.RunStarted:
    """A trainer that is ready, after a second."""
    about: dict[str, Any] = {"dataset": dataset(), "device": "cuda:0 · H200", **facts}
    return events.RunStarted(
        t=1.0,
        name="paper-s0",
        config=build({"epochs": epochs}),
        engine="reference",
        parameters=1,
        layers={"conv1": 1728, "conv2": 800, "out": 2},
        batches=BATCHES,
        images=2428,
        started_at=0.0,
        pid=1,
        host="here",
        versions={},
        **about,
    )


def run(epochs: int, *after: events.AnyEvent, **facts: Any) -> RunState:
    """A run that has completed some epochs of four, a batch a second, and what came after."""
    told: list[events.AnyEvent] = [started(**facts)]
    for step in range(1, epochs * BATCHES + 1):
        epoch, batch = (step - 1) // BATCHES + 1, (step - 1) % BATCHES + 1
        losses: list[float | None] = [math.exp(-step / 9)]
        told.append(
            events.Progress(
                t=1.0 + step, epoch=epoch, batch=batch, losses=losses, lr=1e-3, images_per_s=4812.0
            )
        )
        if batch == BATCHES:
            told.append(
                events.EpochEnded(
                    t=1.0 + step, epoch=epoch, train_loss=0.4, val=scores(), lr=1e-3, seconds=4.0
                )
            )
    return replay([*told, *after])


def finished(**facts: Any) -> RunState:
    """A run that went to its end."""
    return run(4, events.RunFinished(t=20.0, test=scores(), kept_epoch=4, seconds=125.0), **facts)
