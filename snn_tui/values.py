"""Values that cross the border between processes: plain, typed, free of any library but msgspec.

The trainer and the tracer make them, the run directory and the pipes carry them, the screens draw them.
Class 0 is normal, class 1 is pneumonia, and pneumonia is the positive class throughout.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

import msgspec

Whole = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""A count as files may hold it: JSON's numbers have no end, and floats, tables and arrays do."""

CLASSES = ("normal", "pneumonia")
SPLITS = ("train", "val", "test")

METRICS = {
    "accuracy": "accuracy",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "gmean": "GMean",
}
"""The study's seven metrics: field of `Scores` to the name shown."""

PUBLISHED = {
    "accuracy": 0.853,
    "sensitivity": 0.880,
    "specificity": 0.825,
    "precision": 0.834,
    "recall": 0.880,
    "f1": 0.857,
    "gmean": 0.852,
}
"""What the published study reports on its balanced test split."""


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """How one evaluation of a split went. A metric that is undefined (no positives, say) is None.

    `rates` is each layer's mean firing rate, in spikes a neuron and time step, first layer first.
    """

    images: Whole
    loss: float | None
    accuracy: float | None
    sensitivity: float | None
    specificity: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    gmean: float | None
    auc: float | None
    tn: Whole
    fp: Whole
    fn: Whole
    tp: Whole
    rates: dict[str, float]


class Counts(msgspec.Struct, frozen=True):
    """Images of each class in a split."""

    normal: Whole
    pneumonia: Whole


class DatasetSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What a run was trained on.

    Args:
        name: Name to show, such as `PneumoniaMNIST`.
        synthetic: Whether the images are generated, not x-rays.
        source: The file, or how the images were made.
        notice: What the user should know about the source; empty where nothing.
        before: Images by split as found.
        after: Images by split as used, after balancing.
    """

    name: str
    synthetic: bool
    source: str
    notice: str
    before: dict[str, Counts]
    after: dict[str, Counts]


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A grey image: `pixels` is `[height * width]` bytes, row by row, 0 black to 255 white.

    `label` is its true class, None for a picture of one's own.
    """

    pixels: bytes
    height: int
    width: int
    label: int | None


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """One picture through the network, step by step.

    Args:
        picture: What was shown.
        spikes_in: `[T]` byte strings, each the `[height * width]` input spikes of a step, 0 or 1 a byte; of
            direct coding the current, 0 to 255 for 0 to 1.
        spikes_out: `[T, 2]` output spikes, 0 or 1.
        membranes: `[T, 2]` output membranes as the spikes were decided, in units of the input current.
        threshold: The membrane above which an output neuron fires.
        draw: Which draw of the rate coding this is; draw 0 is the one evaluation uses.
        synthetic: Whether the picture is a generated phantom.
        coding: How the picture was coded: `rate` or `direct`.
    """

    picture: Picture
    spikes_in: list[bytes]
    spikes_out: list[tuple[int, int]]
    membranes: list[tuple[float, float]]
    threshold: float
    draw: int
    synthetic: bool
    coding: str = "rate"

    @property
    def num_steps(self) -> int:
        """Time steps, T."""
        return len(self.spikes_out)

    def counts(self, step: int) -> tuple[int, int]:
        """Firing counts of both output neurons over the first `step` steps."""
        seen = self.spikes_out[:step]
        return sum(pair[0] for pair in seen), sum(pair[1] for pair in seen)

    def score(self, step: int) -> float:
        """`decision_score` after the first `step` steps; 0.0 before the first."""
        return decision_score(self.counts(step), self.membranes[step - 1]) if step else 0.0


def decision_score(counts: Sequence[int], membranes: Sequence[float]) -> float:
    """How far the output neurons lean to pneumonia: above 0 the verdict is pneumonia, else normal.

    The whole part is the difference of firing counts; the difference of the last membranes, squeezed into
    (-0.5, 0.5), only breaks ties.
    """
    lead = membranes[1] - membranes[0]
    return float(counts[1] - counts[0]) + math.atan(lead) / math.pi


def verdict(score: float) -> int:
    """The class a `decision_score` stands for."""
    return int(score > 0)


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """Several measurements of one thing: the middle one, and those a quarter from either end."""

    median: float
    low: float
    high: float


class EngineSpeed(msgspec.Struct, frozen=True, kw_only=True):
    """What `snn-tui bench` measured of an engine.

    Attributes:
        name: The engine.
        training: Images a second of whole training steps: encoding, gradients, Adam.
        training_ratio: How many times the reference's speed, round by round; None without a reference.
        evaluation: Images a second without learning.
        evaluation_ratio: The same for evaluation.
        memory: Bytes at the peak of training above what the loaded libraries take; None where the system
            does not tell.
        note: Why it was not measured, or nothing.
    """

    name: str
    training: Spread | None = None
    training_ratio: Spread | None = None
    evaluation: Spread | None = None
    evaluation_ratio: Spread | None = None
    memory: Whole | None = None
    note: str = ""


class BenchReport(msgspec.Struct, frozen=True, kw_only=True):
    """All that `snn-tui bench` measured.

    Attributes:
        engines: One by one.
        device: What computed.
        threads: Threads on the CPU.
        load: Processes waiting for a core when it began, for those who wonder about the figures.
        batch_size: Images a training step.
        num_steps: Time steps an image.
        rounds: Training steps timed of each engine, in turn.
        sgemm: Multiplications and additions a second of a matrix product on the same device, in units of
            10**9, timed in between.
        dense_flops: Multiplications and additions a training image takes if nothing is left out.
        roofline: Images a second if all of them ran at the speed of the matrix product.
    """

    engines: list[EngineSpeed]
    device: str
    threads: Whole
    load: float
    batch_size: Whole
    num_steps: Whole
    rounds: Whole
    sgemm: Spread
    dense_flops: Whole
    roofline: float
