"""Traces that a training loop of the user's own stored: what its network did with one image, step by step."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated

import msgspec

from snn_tui.errors import RunError
from snn_tui.runs.files import failure, read_bounded, write_atomic
from snn_tui.runs.rundir import RunDir
from snn_tui.values.dataset import Picture
from snn_tui.values.layer_spikes import LayerSpikes
from snn_tui.values.numbers import Count
from snn_tui.values.task import MOST_CLASSES
from snn_tui.values.words import printable

MOST_TRACES = 64
"""Traces that a run keeps."""

TRACE_LIMIT = 32 << 20
"""Largest file of a trace that is read, in bytes."""

TRACE_FILE = re.compile(r"trace-(\d\d)\.json")
"""Name of the file of a trace."""


class StoredTrace(msgspec.Struct, frozen=True, kw_only=True):
    """What a network did with one image, as a loop of the user's own stored it.

    Args:
        name: What the loop calls it.
        epoch: The epoch in which it was stored.
        outputs: Names of the output neurons.
        label: Index of the true one among them; None where that is not known.
        picture: The image; None where none was stored.
        input: Its input; None where none was stored.
        hidden: The spikes of the hidden layers and their membranes, first to last, as far as stored.
        spikes: `[T, K]` spikes of the output neurons; empty where they do not spike.
        membranes: `[T, K]` their membranes; empty where none were stored.
        threshold: The membrane above which an output neuron fires.
    """

    name: str
    epoch: Count
    outputs: Annotated[list[str], msgspec.Meta(min_length=1, max_length=MOST_CLASSES)]
    label: Count | None
    picture: Picture | None
    input: LayerSpikes | None
    hidden: list[LayerSpikes]
    spikes: list[list[int]]
    membranes: list[list[float | None]]
    threshold: float = 1.0

    @property
    def steps(self) -> int:
        """Number of time steps, T."""
        return len(self.spikes or self.membranes)

    @property
    def sound(self) -> bool:
        """Whether all parts have as many values as they should."""
        layers = [*self.hidden, *([self.input] if self.input is not None else [])]
        picture, outputs = self.picture, len(self.outputs)
        return (
            self.steps > 0
            and len(self.spikes) in (0, self.steps)
            and len(self.membranes) in (0, self.steps)
            and all(len(row) == outputs for row in self.spikes)
            and all(len(row) == outputs for row in self.membranes)
            and all(layer.spikes or layer.membranes for layer in layers)
            and (self.input is None or bool(self.input.spikes))
            and all(len(steps) in (0, self.steps) for layer in layers for steps in _parts(layer))
            and all(
                len(step) == layer.neurons > 0
                for layer in layers
                for steps in _parts(layer)
                for step in steps
            )
            and (
                picture is None
                or (
                    picture.channels in (1, 3)
                    and len(picture.pixels) == picture.height * picture.width * picture.channels > 0
                )
            )
        )


def _parts(layer: LayerSpikes) -> tuple[list[bytes], list[bytes]]:
    return layer.spikes, layer.membranes


def trace_path(run: RunDir, number: int) -> Path:
    """The file of a run's trace of a number, from 0."""
    return run.path / f"trace-{number:02}.json"


def traces_of(run: RunDir) -> list[Path]:
    """The files of a run's traces, by number; none where its directory cannot be read."""
    try:
        names = [name for name in os.listdir(run.path) if TRACE_FILE.fullmatch(name)]
    except OSError:
        return []
    return [run.path / name for name in sorted(names)]


def write_trace(run: RunDir, number: int, trace: StoredTrace) -> None:
    """Write a trace, in place of the one that had the number.

    Raises:
        RunError: It cannot be written, or is too large to be read again.
    """
    content, path = msgspec.json.encode(trace), trace_path(run, number)
    if len(content) > TRACE_LIMIT:
        raise RunError(
            f"a trace of {len(content) >> 20} MiB, and {TRACE_LIMIT >> 20} MiB is the most",
            where=printable(str(path)),
            remedy="store fewer layers or fewer steps",
        )
    write_atomic(path, content)


def read_trace(path: Path) -> StoredTrace:
    """Read a trace.

    Raises:
        RunError: The file is missing, too large, or not what it should be.
    """
    try:
        trace = msgspec.json.decode(read_bounded(path, TRACE_LIMIT), type=StoredTrace)
    except OSError as error:
        raise failure(error, path) from error
    except (ValueError, RecursionError) as error:
        raise _damaged(path, printable(str(error))) from error
    if not trace.sound:
        raise _damaged(path, "its parts do not fit together")
    return trace


def _damaged(path: Path, reason: str) -> RunError:
    return RunError(
        f"not a trace: {reason}",
        where=printable(str(path)),
        remedy="the file is damaged; remove it, or store it again",
    )
