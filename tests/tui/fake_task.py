"""What the stand-in inspector judges of a task with five classes, or five labels an image.

Environment:
    FAKE_TASK: The kind of the task.
    FAKE_OFFICIAL: The images are those of MedMNIST's own file.
"""

from __future__ import annotations

import os
import random
import struct
from collections.abc import Mapping

import msgspec

from snn_tui.analysis.judgement import Judgement
from snn_tui.analysis.task_results import TaskResults
from snn_tui.inspector import run_messages
from snn_tui.values.task import Task, TaskKind

STEPS = 8
NAMES = ("no lesion", "mild", "moderate", "severe", "proliferative")


def task() -> Task:
    """The task of the environment."""
    kind = msgspec.convert(os.environ["FAKE_TASK"], TaskKind)
    return Task(name="RetinaMNIST", classes=NAMES, kind=kind, channels=3, noun="photograph")


def judge(
    question: run_messages.JudgeSplit, sizes: Mapping[str, int], epoch: int, draw: int = 0
) -> Judgement:
    """Images whose true neurons fire more often; no image has the last class or label."""
    asked, rng = task(), random.Random(f"{question.split} {draw}")
    outputs, images = asked.outputs, range(sizes[question.split])
    labels, counts, classes, membranes = bytearray(), [], bytearray(), []
    several = asked.kind == "multilabel"
    for index in images:
        truth = {index % 4, index % 3} if several else {index % 4}
        labels += bytes(label in truth for label in range(outputs)) if several else bytes(truth)
        fired = [0] * outputs
        for _ in range(STEPS):
            chances = [0.6 if label in truth else 0.35 for label in range(outputs)]
            fired = [count + (rng.random() < chance) for count, chance in zip(fired, chances, strict=True)]
            counts += fired
            classes.append(fired.index(max(fired)))
        ends = [-label / 10 for label in range(outputs)]
        membranes += ends
    return Judgement(
        split=question.split,
        balanced=False,
        task=asked,
        synthetic=False,
        notice="",
        source="retinamnist.npz",
        epoch=epoch,
        engine="fused",
        num_steps=STEPS,
        ids=list(images),
        labels=bytes(labels),
        counts=struct.pack(f"<{len(counts)}H", *counts),
        decisions=b"",
        classes=b"" if several else bytes(classes),
        membranes=struct.pack(f"<{len(membranes)}f", *membranes),
        loss=0.9,
        rates={"conv1": 0.12, "out": 0.4},
        official="FAKE_OFFICIAL" in os.environ,
    )


def redraw(
    question: run_messages.RedrawSplit, sizes: Mapping[str, int], epoch: int
) -> run_messages.RedrawResult:
    """The scores in another draw."""
    again = run_messages.JudgeSplit(question.run, question.split)
    scored = TaskResults(judge(again, sizes, epoch, question.draw)).scored
    return run_messages.RedrawResult(b"", epoch, scored)
