"""The runs that a run learns from: which they are, and whether they still have the weights they had."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import msgspec

from snn_tui.config.run_config import RunConfig
from snn_tui.errors import RunError
from snn_tui.runs.files import failure, read_bounded
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import find, has_checkpoint
from snn_tui.values.words import printable

WEIGHTS_LIMIT = 256 * 1024 * 1024
"""Largest weights file that is read, in bytes."""


def with_checksums(config: RunConfig, root: Path) -> RunConfig:
    """The configuration with each teacher by its name, and the CRC-32 of its weights.

    Args:
        config: Its `teacher` names runs as a user types them, or as this function wrote them.
        root: Where runs are kept; a run elsewhere that is not shipped is named by its absolute path.

    Raises:
        RunError: There is no such run, it has no weights, or others than the checksum says.
    """
    if config.teacher is None:
        return config
    names = []
    for run, content in teachers_of(config, root):
        named = run.shipped or run.path.parent == Path(os.path.abspath(root))
        names.append(f"{run.name if named else run.path}@{zlib.crc32(content):08x}")
    return msgspec.structs.replace(config, teacher=",".join(names))


def teachers_of(config: RunConfig, root: Path) -> list[tuple[RunDir, bytes]]:
    """The runs that a run learns from, each with the content of its weights file.

    Args:
        config: The configuration.
        root: Where runs are kept.

    Raises:
        RunError: As for `with_checksums`.
    """
    return [_teacher(reference, root) for reference in (config.teacher or "").split(",") if reference]


def _teacher(reference: str, root: Path) -> tuple[RunDir, bytes]:
    name, _, checksum = reference.partition("@")
    where = f"--teacher {printable(name, 80)}"
    try:
        run = find(name, root, has_checkpoint)
    except RunError as error:
        gone = "a run needs its teachers until it ends: put it back, or start a run without it"
        raise RunError(error.what, where=where, remedy=gone if checksum else error.remedy) from error
    try:
        content = read_bounded(run.weights, WEIGHTS_LIMIT)
    except FileNotFoundError:
        raise RunError("this run has no checkpoint yet", where=where, remedy="train it first") from None
    except OSError as error:
        raise failure(error, run.weights) from error
    if checksum and checksum != f"{zlib.crc32(content):08x}":
        raise RunError(
            "this run has other weights than those that were learned from so far",
            where=where,
            remedy="put those back, or start a new run",
        )
    return run, content
