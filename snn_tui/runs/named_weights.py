"""Runs that another run is trained from: by name and checksum, so that their weights stay what they were."""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from snn_tui.config.run_config import OWN, RunConfig
from snn_tui.errors import RunError, UsageError
from snn_tui.runs.files import failure, read_bounded
from snn_tui.runs.graph import refuse_graph
from snn_tui.runs.lock import holder_alive, read_lock
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import find, has_checkpoint, read_network_config
from snn_tui.values.words import printable

WEIGHTS_LIMIT = 256 * 1024 * 1024
"""Largest weights file that is read, in bytes."""


@dataclass(frozen=True)
class Use:
    """What a run is named for, in messages.

    Args:
        flag: The option that names it.
        purpose: What the other run does with it, with `it` after these words.
        gone: What to do where it was there when the run was made, and is not any more.
        changed: What is wrong where it has other weights by now.
    """

    flag: str
    purpose: str
    gone: str
    changed: str


TEACHER = Use(
    "--teacher",
    "learns from",
    "put it back under this name, or start a new run without it: a run needs its teachers until it ends",
    "this run has other weights than those that were learned from so far",
)
INIT_FROM = Use(
    "--init-from",
    "is to begin with",
    "put it back under this name, or start a new run: it is needed until the run's own first checkpoint",
    "this run has other weights than when the new run was made",
)
_USES = {"teacher": TEACHER, "init_from": INIT_FROM}


def with_checksums(config: RunConfig, root: Path) -> RunConfig:
    """The configuration with each run that it names by its name, and the CRC-32 of its weights.

    Args:
        config: Its `teacher` and `init_from` name runs as a user types them, or as this function wrote them.
        root: Where runs are kept; a run elsewhere that is not shipped is named by its absolute path.

    Raises:
        RunError: There is no such run, it has no weights, or others than the checksum says, or is still
            being trained.
        UsageError: As for `check_unseen`.
    """
    check_unseen(config, root)
    changes = {}
    for field, use in _USES.items():
        if names := getattr(config, field):
            found = [weights_of(name, root, use) for name in names.split(",")]
            for run, _ in found:
                _check_at_rest(run, use)
            changes[field] = ",".join(_reference(run, content, root) for run, content in found)
    return msgspec.structs.replace(config, **changes) if changes else config


def check_unseen(config: RunConfig, root: Path) -> None:
    """Check that no run that is named was trained on images that are val here.

    Args:
        config: The configuration of a new run.
        root: Where runs are kept.

    Raises:
        RunError: There is no such run.
        UsageError: One was trained on another fold's images of the same set, or on all of train.
    """
    if config.fold is None:
        return
    for field, use in _USES.items():
        for name in filter(None, (getattr(config, field) or "").split(",")):
            run = find(name.partition("@")[0], root, has_checkpoint)
            theirs = read_network_config(run)
            same = (theirs.dataset, theirs.data) == (config.dataset, config.data) or (
                config.dataset != OWN and theirs.dataset == config.dataset
            )
            if same and theirs.fold != config.fold:
                trained = f"fold {theirs.fold} of train held out" if theirs.fold else "all of train"
                raise UsageError(
                    f"this run was trained with {trained}, and so on images that are val here "
                    f"(--fold {config.fold}): its scores would be too good",
                    where=f"{use.flag} {printable(run.name, 80)}",
                    remedy=f"give a run that was trained with --fold {config.fold}, or leave it out",
                )


def _check_at_rest(run: RunDir, use: Use) -> None:
    holder = None if run.shipped else read_lock(run)
    if holder is not None and holder_alive(holder, run):
        raise RunError(
            "this run is still being trained, and its weights change",
            where=f"{use.flag} {printable(run.name, 80)}",
            remedy="wait until it has ended, or stop it",
        )


def teachers_of(config: RunConfig, root: Path) -> list[tuple[RunDir, bytes]]:
    """The runs that a run learns from, each with the content of its weights file.

    Args:
        config: The configuration.
        root: Where runs are kept.

    Raises:
        RunError: As for `with_checksums`.
    """
    references = config.teacher.split(",") if config.teacher else []
    return [weights_of(reference, root, TEACHER) for reference in references]


def _missing(use: Use, what: str) -> str:
    """That a run, or its weights file, is gone that was there when the run that names it was made."""
    return f"the run {use.purpose} it, but the {what} was deleted, moved or renamed"


def _reference(run: RunDir, content: bytes, root: Path) -> str:
    named = run.shipped or run.path.parent == Path(os.path.abspath(root))
    return f"{run.name if named else run.path}@{zlib.crc32(content):08x}"


def weights_of(reference: str, root: Path, use: Use) -> tuple[RunDir, bytes]:
    """A run, and the content of its weights file.

    Args:
        reference: The run as a user types it, or as `with_checksums` wrote it.
        root: Where runs are kept.
        use: What it is for.

    Raises:
        RunError: As for `with_checksums`.
    """
    name, _, checksum = reference.partition("@")
    where = f"{use.flag} {printable(name, 80)}"
    try:
        run = find(name, root, has_checkpoint)
    except RunError as error:
        if not checksum:
            raise RunError(error.what, where=where, remedy=error.remedy) from error
        raise RunError(_missing(use, "run"), where=where, remedy=use.gone) from error
    refuse_graph(run, where)
    try:
        content = read_bounded(run.weights, WEIGHTS_LIMIT)
    except FileNotFoundError:
        if checksum:
            raise RunError(_missing(use, "weights file"), where=where, remedy=use.gone) from None
        raise RunError("this run has no checkpoint yet", where=where, remedy="train it first") from None
    except OSError as error:
        raise failure(error, run.weights) from error
    if checksum and checksum != f"{zlib.crc32(content):08x}":
        raise RunError(use.changed, where=where, remedy="put those back, or start a new run")
    return run, content
