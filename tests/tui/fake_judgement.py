"""What the stand-in inspector judges: verdicts of `fake_inspector`, with margins and counts that lead there.

Environment:
    FAKE_HOLDS_DRAWS: A marker file; while it is missing, no draw after the third is answered.
"""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from snn_tui.analysis.judgement import Judgement
from snn_tui.inspector import run_messages
from snn_tui.values.decision import decision_score
from snn_tui.values.energy import Energy, Operations
from snn_tui.values.task import PNEUMONIA

STEPS = 20
PORTRAIT = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080000000"
    "03a7e9b550000000a49444154789c636800000082008177cd72b60000000049454e44ae426082"
)
"""A grey picture of one pixel."""

COST = Energy(
    images=48,
    num_steps=STEPS,
    layers={
        "conv1": Operations(macs=0.0, acs=2.05e6, dense=3.456e6),
        "conv2": Operations(macs=0.0, acs=1.96e6, dense=6.912e6),
        "out": Operations(macs=0.0, acs=14.2e3, dense=32e3),
    },
    sparsity=0.666,
    parameter_bytes=21_668,
    state_bytes=10_120,
)
"""What the paper network costs, more or less."""

Said = Callable[[int], int]


def kept(labels: list[int], balanced: bool) -> list[int]:
    """The images that are judged: all, or the first ones of each class, equally many."""
    classes = [[index for index, label in enumerate(labels) if label == wanted] for wanted in (0, 1)]
    size = min(map(len, classes))
    return sorted(index for members in classes for index in (members[:size] if balanced else members))


def margin(index: int, draw: int = 0) -> int:
    """The lead of the neuron that wins, in spikes: from 1 to 15."""
    return max(1, 1 + index * 7 % 15 - (index * draw) % 3)


def counts(said: int, lead: int) -> tuple[int, int]:
    """Final firing counts (normal, pneumonia) that make up a verdict."""
    low = (STEPS - lead) // 2
    return (low, low + lead) if said else (low + lead, low)


def score(said: int, index: int, draw: int = 0) -> float:
    """The decision score of an image."""
    return decision_score(counts(said, margin(index, draw)), (0.0, (index % 9 - 4) / 10), PNEUMONIA)


def judge(
    question: run_messages.JudgeSplit, labels: list[int], said: Said, epoch: int, synthetic: bool
) -> Judgement:
    """The answer; every third image leans the other way for its first four steps."""
    ids = kept(labels, question.balanced)
    fired, scores = [], []
    for index in ids:
        final = counts(said(index), margin(index))
        for step in range(1, STEPS + 1):
            normal, pneumonia = (count * step // STEPS for count in final)
            if index % 3 == 0 and step < 5:
                normal, pneumonia = pneumonia, normal
            fired += [normal, pneumonia]
            tie = (index % 9 - 4) / 10
            scores.append(decision_score((normal, pneumonia), (0.0, tie), PNEUMONIA))
    return Judgement(
        split=question.split,
        balanced=question.balanced,
        task=msgspec.structs.replace(PNEUMONIA, name="Phantoms") if synthetic else PNEUMONIA,
        synthetic=synthetic,
        notice="",
        source="pneumoniamnist.npz",
        epoch=epoch,
        engine="fused",
        num_steps=STEPS,
        ids=ids,
        labels=bytes(labels[index] for index in ids),
        counts=struct.pack(f"<{len(fired)}H", *fired),
        decisions=struct.pack(f"<{len(scores)}d", *scores),
        membranes=struct.pack(f"<{2 * len(ids)}f", *([0.5] * 2 * len(ids))),
        loss=0.43,
        rates={"conv1": 0.12, "conv2": 0.06, "out": 0.4},
    )


def redraw(question: run_messages.RedrawSplit, labels: list[int], said: Said) -> bytes:
    """Scores in another draw."""
    gate = os.environ.get("FAKE_HOLDS_DRAWS")
    while gate and question.draw > 2 and not Path(gate).exists():
        time.sleep(0.01)
    ids = kept(labels, question.balanced)
    return struct.pack(f"<{len(ids)}d", *(score(said(index), index, question.draw) for index in ids))
