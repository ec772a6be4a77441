"""Made-up judgements: labels and scores as one likes, and counts that lead to them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

from snn_tui.analysis.judgement import Judgement
from snn_tui.training.metrics import output_scores
from snn_tui.values.task import PNEUMONIA, Task, TaskKind

STEPS = 4


def judgement(
    labels: Sequence[int],
    rows: Sequence[Sequence[float]],
    fired: Sequence[tuple[int, int]] | None = None,
    **options: Any,
) -> Judgement:
    """A judgement with the decision scores `rows` (`[N, T]`) and final counts `fired` (`[N, 2]`)."""
    steps = len(rows[0])
    last = fired or [(max(0, int(-row[-1])), max(0, int(row[-1]))) for row in rows]
    counts = [[(0, 0)] * (steps - 1) + [pair] for pair in last]
    given = {
        "split": "test",
        "balanced": True,
        "task": PNEUMONIA,
        "synthetic": False,
        "notice": "",
        "source": "/somewhere/pneumoniamnist.npz",
        "epoch": 7,
        "engine": "fused",
        "num_steps": steps,
        "ids": [3 * place for place in range(len(labels))],
        "labels": bytes(labels),
        "counts": np.array(counts, "<u2").tobytes(),
        "decisions": np.array(rows, "<f8").tobytes(),
        "membranes": struct.pack(f"<{2 * len(labels)}f", *(0.5,) * (2 * len(labels))),
        "loss": 0.5,
        "rates": {"conv1": 0.2, "out": 0.5},
    }
    return Judgement(**(given | options))  # type: ignore[arg-type]


def many(size: int = 300, seed: int = 0, **options: Any) -> Judgement:
    """Scores of both classes that overlap, sharper with every step; whole numbers and ties among them."""
    rng = np.random.default_rng(seed)
    labels = (np.arange(size) % 5 > 1).astype(int)
    lean = (2 * labels - 1)[:, None] * np.linspace(0.2, 1.3, STEPS) * 4
    rows = lean + rng.normal(0, 5, (size, STEPS))
    rows = np.where(rng.random(rows.shape) < 0.5, np.rint(rows), rows)
    return judgement(labels.tolist(), rows.tolist(), **options)


def task_of(kind: TaskKind, classes: int = 5, **options: Any) -> Task:
    """A task of a kind that is not binary."""
    names = tuple(f"kind {chr(ord('A') + index)}" for index in range(classes))
    return Task(**({"name": "Samples", "classes": names, "kind": kind, "noun": "sample"} | options))


def task_judgement(
    task: Task, size: int = 90, seed: int = 0, steps: int = 6, absent: Sequence[int] = (), **options: Any
) -> Judgement:
    """A judgement of several classes or labels: the true ones' neurons fire more often.

    The classes or labels in `absent` have no images.
    """
    rng = np.random.default_rng(seed)
    outputs = task.outputs
    present = [label for label in range(outputs) if label not in absent]
    truth = np.zeros((size, outputs), np.uint8)
    if task.kind == "multilabel":
        truth[:, present] = rng.random((size, len(present))) < 0.3
        truth[: len(present), present] |= np.eye(len(present), dtype=np.uint8)
    else:
        truth[np.arange(size), np.array(present)[np.arange(size) % len(present)]] = 1
    fires = rng.random((size, steps, outputs)) < (0.25 + 0.45 * truth[:, None])
    counts = fires.cumsum(1)
    membranes = rng.normal(0.4, 0.3, (size, steps, outputs)).astype(np.float32)
    labels = truth if task.kind == "multilabel" else truth.argmax(1).astype(np.uint8)
    classes = output_scores(counts, membranes).argmax(2).astype(np.uint8)
    given = {
        "split": "test",
        "balanced": False,
        "task": task,
        "synthetic": False,
        "notice": "",
        "source": "/somewhere/samples.npz",
        "epoch": 7,
        "engine": "fused",
        "num_steps": steps,
        "ids": [3 * index for index in range(size)],
        "labels": labels.tobytes(),
        "counts": counts.astype("<u2").tobytes(),
        "decisions": b"",
        "classes": b"" if task.kind == "multilabel" else classes.tobytes(),
        "membranes": membranes[:, -1].astype("<f4").tobytes(),
        "loss": 0.5,
        "rates": {"conv1": 0.2, "out": 0.5},
    }
    return Judgement(**(given | options))  # type: ignore[arg-type]
