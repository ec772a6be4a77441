"""Measurements of `snn-tui bench`."""

from __future__ import annotations

import msgspec

from snn_tui.values.numbers import Count


class Quartiles(msgspec.Struct, frozen=True, kw_only=True):
    """The median of several measurements, and their lower and upper quartile."""

    median: float
    low: float
    high: float


class EngineSpeed(msgspec.Struct, frozen=True, kw_only=True):
    """The speed and memory of one engine.

    Attributes:
        name: The engine.
        training: Whole training steps (encoding, gradients, Adam), in images a second.
        training_ratio: Speed of training relative to the reference engine, round by round; None without it.
        evaluation: Evaluation, in images a second.
        evaluation_ratio: Speed of evaluation relative to the reference engine; None without it.
        memory: Peak of memory in training, in bytes, without that of the loaded libraries; None where the
            system does not report it.
        note: Why the engine was not measured; empty where it was.
    """

    name: str
    training: Quartiles | None = None
    training_ratio: Quartiles | None = None
    evaluation: Quartiles | None = None
    evaluation_ratio: Quartiles | None = None
    memory: Count | None = None
    note: str = ""


class BenchReport(msgspec.Struct, frozen=True, kw_only=True):
    """All measurements of one call of `snn-tui bench`.

    Attributes:
        engines: The engines, each with its speed.
        device: The device that computed.
        threads: Number of CPU threads.
        load: Processes that waited for a core at the start; a high load explains low speeds.
        batch_size: Images in a training step.
        num_steps: Time steps of an image.
        rounds: Training steps that were timed for each engine, in turn.
        sgemm: Speed of a matrix product on the same device, timed in between, in 10**9 multiplications and
            additions a second.
        dense_flops: Multiplications and additions of a training image if none is left out.
        roofline: Images a second if all operations ran at the speed of the matrix product.
    """

    engines: list[EngineSpeed]
    device: str
    threads: Count
    load: float
    batch_size: Count
    num_steps: Count
    rounds: Count
    sgemm: Quartiles
    dense_flops: Count
    roofline: float
