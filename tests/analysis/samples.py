"""Made-up judgements: labels and scores as one likes, and counts that lead to them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

from snn_tui.analysis.judgement import Judgement
from snn_tui.values.task import PNEUMONIA

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
