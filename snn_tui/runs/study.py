"""A study: the same recipe with several seeds, and folds of train, each an ordinary run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from snn_tui.config.run_config import OPTIONS, RunConfig
from snn_tui.errors import RunError, UsageError
from snn_tui.runs import process
from snn_tui.runs.resume import has_old_resume_state
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import list_runs, read_config
from snn_tui.runs.summary import RunSummary, summarise

MOST_SEEDS = 1000


@dataclass
class Member:
    """One run of a study.

    Args:
        config: What it is decided by.
        run: Its directory; None as long as it was not begun.
        summary: How it stands.
        tried: Whether a trainer was started on it in this session.
    """

    config: RunConfig
    run: RunDir | None = None
    summary: RunSummary | None = None
    tried: bool = False

    @property
    def finished(self) -> bool:
        """Whether it went to its end."""
        return self.summary is not None and self.summary.state == "finished"

    @property
    def going(self) -> bool:
        """Whether a trainer is at work on it."""
        return self.summary is not None and self.summary.state in ("preparing", "training", "paused")


def parse_seeds(text: str) -> list[int]:
    """The seeds that a text such as `0-4` or `1,3,10-12` means, each once, in its order.

    Raises:
        UsageError: It means none, or too many.
    """
    seeds: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"(\d{1,10})(?:-(\d{1,10}))?", part.strip())
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if first > last or last - first >= MOST_SEEDS:
            raise UsageError(
                f"{text!r} is not allowed", where="--seeds", remedy="give seeds such as 0-4 or 1,3,10-12"
            )
        seeds += range(first, last + 1)
    return [OPTIONS["seed"].check(seed) for seed in dict.fromkeys(seeds)]


def plan(config: RunConfig, seeds: Iterable[int], folds: int) -> list[RunConfig]:
    """The configurations of a study: every fold with every seed; folds never read test.

    Args:
        config: The recipe.
        seeds: Seeds.
        folds: Into how many folds train is divided; below 2 for none.
    """
    config = msgspec.structs.replace(config, name=None)
    if folds < 2:
        return [msgspec.structs.replace(config, seed=seed) for seed in seeds]
    return [
        msgspec.structs.replace(config, seed=seed, fold=f"{number}/{folds}", read_test="never")
        for seed in seeds
        for number in range(1, folds + 1)
    ]


def members(configs: Sequence[RunConfig], root: Path) -> list[Member]:
    """A study as it stands in a folder: of each configuration the newest run, rather one that is finished.

    An interrupted run that cannot be resumed, because an earlier version trained it, is left out.
    """
    known: dict[tuple[object, ...], list[RunDir]] = {}
    for run in list_runs(root):
        if not run.shipped:
            try:
                known.setdefault(_key(read_config(run)), []).append(run)
            except RunError:
                continue
    found = []
    for config in configs:
        runs = [(run, summarise(run)) for run in known.get(_key(config), [])]
        runs = [(run, summary) for run, summary in runs if _usable(run, summary)]
        runs.sort(key=lambda pair: pair[1].state != "finished")
        found.append(Member(config, *runs[0]) if runs else Member(config))
    return found


def look_again(study: Sequence[Member]) -> None:
    """Read how those members stand that may have moved on."""
    for member in study:
        if member.run is not None and not member.finished:
            member.summary = summarise(member.run)


def advance(study: Sequence[Member], root: Path, jobs: int, now: datetime) -> list[Member]:
    """Start trainers on members that need one, as long as fewer than `jobs` are at work.

    Interrupted runs go on from their checkpoints. A member is started once: one that fails stays failed.

    Returns:
        Those that were started.
    """
    started = []
    for member in study:
        if sum(one.going for one in study) >= jobs:
            break
        if member.finished or member.going or member.tried:
            continue
        member.tried = True
        if member.run is None:
            member.run = process.launch(member.config, root, now)
        else:
            process.start_worker(member.run)
        member.summary = summarise(member.run)
        started.append(member)
    return started


def _usable(run: RunDir, summary: RunSummary) -> bool:
    interrupted = summary.state in ("stopped", "failed", "crashed")
    return not (interrupted and has_old_resume_state(run))


def _key(config: RunConfig) -> tuple[object, ...]:
    values = {name: getattr(config, name) for name, option in OPTIONS.items() if option.decides_result}
    if values["data"] is not None:
        values["data"] = os.path.abspath(os.path.expanduser(values["data"]))
    return tuple(values.values())
