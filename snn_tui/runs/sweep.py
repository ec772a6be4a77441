"""Sweeps: the files of one beside the runs, the names of its runs, what it strives for, and its front."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from snn_tui.config.options import shortened
from snn_tui.config.run_config import OPTIONS, RunConfig
from snn_tui.config.space import Space
from snn_tui.errors import RunError, UsageError
from snn_tui.runs.events import EpochEnded
from snn_tui.runs.files import failure, read_bounded, write_atomic
from snn_tui.runs.rundir import STAMP, RunDir
from snn_tui.runs.state import RunState
from snn_tui.values.energy_constants import EnergyConstants
from snn_tui.values.scores import METRICS, metrics_for
from snn_tui.values.task import TaskKind
from snn_tui.values.words import listed, printable

SWEEPS_FOLDER = "sweeps"
"""Folder beside the runs with a folder for each sweep; it is no run, as it has no configuration."""

MOST_TRIALS = 10_000
"""Most trials of a sweep."""

RECORD_LIMIT = 32 << 20
"""Largest `sweep.json` that is read, in bytes; 10 000 trials of 20 options take some 8 MB."""

ENERGY = "energy"
"""The objective that is measured with the weights a run ends with, and not after each epoch."""

STAMP_LENGTH = len("2026-11-23T2150")
"""Characters of the stamp that a run's name begins with."""

SMALLER_IS_BETTER = ("loss", ENERGY)

_PLAN_LIMIT = 1 << 20
_TRIAL = re.compile(r"(.+)-t(\d{4,6})")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,55}")

TrialState = Literal["running", "complete", "pruned", "failed"]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep is, settled by the first of its processes in `plan.json`: all others have to agree.

    Args:
        name: Its name.
        space: The options that are swept.
        recipe: All other options.
        objectives: What is to be large, or small if it is one of `SMALLER_IS_BETTER`: fields of `Scores`, or
            `energy`, in nJ an image.
        prune: Whether trials that are worse than the median are ended early; with one objective only.
        checksums: The `Split.checksum` of each split of the images.
        constants: What energy is counted by.
    """

    name: str
    space: Space
    recipe: RunConfig
    objectives: tuple[str, ...]
    prune: bool = True
    checksums: dict[str, str] = {}
    constants: EnergyConstants = EnergyConstants()


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One trial.

    Args:
        number: Counted from 0.
        run: The name of its run's directory. There is none where the values could not be combined.
        state: `running` until its result is known, be its trainer at work or interrupted; then `complete`,
            `pruned` or `failed`.
        params: Value of each swept option.
        values: The objectives, in their order; empty unless it is complete.
        epoch: The epoch after which it was pruned; None otherwise.
        reason: Why it failed; empty otherwise.
    """

    number: int
    run: str
    state: TrialState
    params: dict[str, int | float | str]
    values: list[float] = []
    epoch: int | None = None
    reason: str = ""


class SweepRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A sweep so far, `sweep.json`: for all that cannot read its journal, such as the screens.

    Args:
        name: Its name.
        objectives: What it strives for, see `Plan`.
        space: The options that are swept.
        trials: All trials, by number.
        front: Numbers of the trials that no other one beats in all objectives: of one objective the best one.
        importance: For each objective, which share of its differences each swept option decides; empty where
            there are too few trials.
    """

    name: str
    objectives: tuple[str, ...]
    space: Space
    trials: list[Trial]
    front: list[int] = []
    importance: dict[str, dict[str, float]] = {}


@dataclass(frozen=True)
class SweepDir:
    """One sweep's folder; it need not exist."""

    path: Path

    @classmethod
    def of(cls, root: Path, name: str) -> SweepDir:
        """That of a sweep, beside the runs in a folder."""
        return cls(root / SWEEPS_FOLDER / name)

    @property
    def plan(self) -> Path:
        """The `Plan`."""
        return self.path / "plan.json"

    @property
    def journal(self) -> Path:
        """Optuna's journal: which trial was asked for and what came of it, one JSON object a line."""
        return self.path / "journal.log"

    @property
    def record(self) -> Path:
        """The `SweepRecord`."""
        return self.path / "sweep.json"

    def make(self) -> None:
        """Make the folder.

        Raises:
            RunError: It cannot be made.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise failure(error, self.path) from error


def check_name(name: str) -> str:
    """A sweep's name, which its runs' names begin with.

    Raises:
        UsageError: It is none.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{shortened(name)} is no name of a sweep",
            where="--name",
            remedy="give up to 56 letters, digits, '.', '_' and '-', beginning with a letter or digit",
        )
    return name


def title_of(sweep: str, number: int) -> str:
    """The title of a trial's run, such as `rates-t0012`."""
    return f"{sweep}-t{number:04d}"


def run_name(sweep: str, number: int, now: datetime) -> str:
    """The name of a trial's run, settled when the trial is asked for: by it the run is made once."""
    return f"{now.strftime(STAMP)}-{title_of(sweep, number)}"


def sweep_of(run: str) -> str | None:
    """The name of the sweep that a run's name says it is of; None where it says nothing."""
    match = _TRIAL.fullmatch(RunDir(Path(run)).title)
    return match[1] if match else None


def check_objectives(objectives: Sequence[str]) -> tuple[str, ...]:
    """What a sweep strives for, in the names of fields.

    Raises:
        UsageError: It cannot be told of a run, or is named twice.
    """
    checked = tuple(name.replace("-", "_") for name in objectives)
    known = (*METRICS, "loss", ENERGY)
    for name in checked:
        if name not in known:
            raise UsageError(
                f"{shortened(name)} is no objective",
                where="--objective",
                remedy=f"give one of {listed(known)}",
            )
        if checked.count(name) > 1:
            raise UsageError(f"{name} is there twice", where="--objective", remedy="give each once")
    return checked


def check_kind(objectives: Sequence[str], kind: TaskKind) -> None:
    """Check that images of a kind of task have these objectives.

    Raises:
        UsageError: There is one that they do not have.
    """
    known = (*metrics_for(kind), "loss", ENERGY)
    for name in objectives:
        if name not in known:
            raise UsageError(
                f"these images have no {name}", where="--objective", remedy=f"give one of {listed(known)}"
            )


def settle(folder: SweepDir, plan: Plan) -> None:
    """Write down what a sweep is, or check that this process means the sweep that is there.

    Only for whoever holds the journal's lock.

    Raises:
        RunError: The plan cannot be read or written.
        UsageError: It is another one.
    """
    found = read_plan(folder)
    if found is None:
        write_atomic(folder.plan, msgspec.json.format(msgspec.json.encode(plan), indent=2) + b"\n")
        return
    differing = _difference(found, plan)
    if differing:
        raise UsageError(
            f"there is a sweep of this name with {differing}",
            where=printable(plan.name),
            remedy="give the same, or another --name",
        )


def read_plan(folder: SweepDir) -> Plan | None:
    """What a sweep is; None where there is none of this name yet.

    Raises:
        RunError: The file cannot be read, or is none.
    """
    try:
        return msgspec.json.decode(read_bounded(folder.plan, _PLAN_LIMIT), type=Plan)
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError) as error:
        raise _damaged(folder.plan, error) from error


def write_record(folder: SweepDir, record: SweepRecord) -> None:
    """Write `sweep.json`, atomically.

    Raises:
        RunError: It cannot be written.
    """
    write_atomic(folder.record, msgspec.json.encode(record) + b"\n")


def read_record(folder: SweepDir) -> SweepRecord | None:
    """A sweep so far; None where it has none yet.

    Raises:
        RunError: The file cannot be read, is too large, or is none.
    """
    try:
        return msgspec.json.decode(read_bounded(folder.record, RECORD_LIMIT), type=SweepRecord)
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError) as error:
        raise _damaged(folder.record, error) from error


class RecordReader:
    """Reads the records of sweeps beside the runs of a folder, again only where one has changed.

    Args:
        root: Where runs are kept.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, tuple[tuple[int, int, int], SweepRecord | RunError | None]] = {}

    def read(self, name: str) -> SweepRecord | RunError | None:
        """A sweep so far, or why that cannot be read; None where there is no record of this name."""
        folder = SweepDir.of(self._root, name)
        try:
            status = os.lstat(folder.record)
        except (OSError, ValueError):
            return None
        stamp = status.st_ino, status.st_size, status.st_mtime_ns
        if name not in self._known or self._known[name][0] != stamp:
            try:
                self._known[name] = stamp, read_record(folder)
            except RunError as error:
                self._known[name] = stamp, error
        return self._known[name][1]


def score_at(end: EpochEnded, objective: str) -> float | None:
    """An objective on val after an epoch; None where it is undefined, or not known then."""
    return None if objective == ENERGY else getattr(end.val, objective)


def kept_epoch(state: RunState) -> EpochEnded | None:
    """The epoch with whose weights a finished run ended; None where its events do not hold it."""
    kept = state.result.kept_epoch if state.result is not None else 0
    return next((end for end in state.epochs_ended if end.epoch == kept), None)


def front(points: Mapping[int, Sequence[float]], objectives: Sequence[str]) -> list[int]:
    """Those of some points that no other one beats, which is at least as good in all and better in one.

    Args:
        points: The objectives of each trial, by its number.
        objectives: Their names, which say what is better.

    Returns:
        Numbers, the best in the first objective first; of one objective the best trial alone, of equal
        ones the first.
    """
    signs = [-1 if name in SMALLER_IS_BETTER else 1 for name in objectives]
    signed = {
        number: [sign * value for sign, value in zip(signs, values, strict=True)]
        for number, values in points.items()
        if len(values) == len(signs)
    }
    found: list[int] = []
    # In this order no point is beaten by a later one.
    for number in sorted(signed, key=lambda number: ([-value for value in signed[number]], number)):
        # Of two objectives, the last one found is the best in the second.
        rivals = found[-1:] if len(signs) < 3 else found
        if not any(_at_least(signed[other], signed[number]) for other in rivals):
            found.append(number)
    return found


def _at_least(one: Sequence[float], other: Sequence[float]) -> bool:
    return all(mine >= theirs for mine, theirs in zip(one, other, strict=True))


def _difference(found: Plan, plan: Plan) -> str:
    """In what a plan differs from the one that is there, in words; empty where it does not."""
    if found.space != plan.space or list(found.space) != list(plan.space):
        return "another space"
    if found.objectives != plan.objectives:
        return f"other objectives ({printable(listed(found.objectives))})"
    if found.prune != plan.prune:
        return "pruning" if found.prune else "no pruning"
    if ENERGY in plan.objectives and found.constants != plan.constants:
        return "other constants of energy"
    if plan.checksums and found.checksums != plan.checksums:
        return "other images"
    if found.recipe.network != plan.recipe.network:
        return "another network"
    for name, option in OPTIONS.items():
        # Whatever the path, it is the images that count.
        if option.decides_result and name not in ("data", "name"):
            there, here = getattr(found.recipe, name), getattr(plan.recipe, name)
            if there != here:
                return f"{option.flag} {shortened(there)}, not {shortened(here)}"
    return ""


def _damaged(path: Path, error: Exception) -> RunError:
    return RunError(
        f"not the file of a sweep: {printable(str(error))}",
        where=printable(str(path)),
        remedy="the file is damaged, or of a newer version; sweep under another --name",
    )
