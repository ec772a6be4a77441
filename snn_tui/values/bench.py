"""What `snn-tui bench` measured."""

from __future__ import annotations

import msgspec

from snn_tui.values.numbers import Whole


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
