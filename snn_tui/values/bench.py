"""Measurements of `snn-tui bench`, as `docs/bench.md` describes them to other programs."""

from __future__ import annotations

import msgspec

from snn_tui.values.numbers import Count


class Quartiles(msgspec.Struct, frozen=True, kw_only=True):
    """The median of several measurements, and their lower and upper quartile."""

    median: float
    low: float
    high: float


class Speed(msgspec.Struct, frozen=True, kw_only=True):
    """How fast something does one kind of work.

    Attributes:
        images_per_second: Images a second.
        rounds: Measurements that the quartiles are of.
        roofline: Median relative to `Work.roofline`.
        vs_snntorch: Speed relative to the plain snnTorch loop, round by round; None without it.
        vs_reference: The same relative to the reference engine.
    """

    images_per_second: Quartiles
    rounds: Count
    roofline: float
    vs_snntorch: Quartiles | None = None
    vs_reference: Quartiles | None = None


class BenchRow(msgspec.Struct, frozen=True, kw_only=True):
    """The speed and memory of an engine or of another library.

    Attributes:
        name: The engine or the library.
        kind: `engine` or `library`.
        version: The library's version; empty for an engine.
        speeds: By the names of `BenchReport.work`; empty where it was not measured.
        memory: Peak of memory in training, in bytes, without that of the loaded libraries; None where the
            system does not report it.
        differs: What a library computes otherwise than the reference engine; empty for nothing.
        note: Why it was not measured; empty where it was.
    """

    name: str
    kind: str
    version: str = ""
    speeds: dict[str, Speed] = {}
    memory: Count | None = None
    differs: str = ""
    note: str = ""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of work that was timed.

    Attributes:
        batch_size: Images at once.
        num_steps: Time steps of an image.
        dense_flops: Multiplications and additions of an image if none is left out.
        matmul: Speed of a matrix product in float32 on the same device, timed in between, in 10**9
            multiplications and additions a second.
        roofline: Images a second if all of them ran at the speed of that product.
    """

    batch_size: Count
    num_steps: Count
    dense_flops: Count
    matmul: Quartiles
    roofline: float


class BenchReport(msgspec.Struct, frozen=True, kw_only=True):
    """All measurements of one call of `snn-tui bench`.

    Attributes:
        rows: The engines, then the other libraries.
        work: What was timed, by name: `training`, `inference_256` and `inference_1`.
        preset: The preset, or the file it was read from.
        layers: The network's layers.
        encoding: Coding of the images.
        device: The device that computed.
        threads: Number of CPU threads.
        load: Processes that waited for a core at the start; a high load explains low speeds.
        torch: Version of torch.
        shape: Channels, height and width of the images, and the number of classes.
    """

    rows: list[BenchRow]
    work: dict[str, Work]
    preset: str
    layers: str
    encoding: str
    device: str
    threads: Count
    load: float
    torch: str
    shape: list[Count]
