"""A study: the same recipe with several seeds, and folds of train, each an ordinary run."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from snn_tui.config.paths import typed_path
from snn_tui.config.run_config import OPTIONS, RunConfig
from snn_tui.errors import RunError, UsageError
from snn_tui.runs import process
from snn_tui.runs.beginning import beginning_of
from snn_tui.runs.job import forget_if_gone
from snn_tui.runs.named_weights import with_checksums
from snn_tui.runs.resume import has_old_resume_state
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import create, list_runs, read_network_config
from snn_tui.runs.summary import RunSummary, summarise

MAX_SEEDS = 1000


@dataclass
class Member:
    """One run of a study.

    Args:
        config: Its configuration.
        run: Its directory; None before it is made.
        summary: Its summary; None before it is made.
        started: Whether this process has started a trainer on it.
    """

    config: RunConfig
    run: RunDir | None = None
    summary: RunSummary | None = None
    started: bool = False

    @property
    def finished(self) -> bool:
        """Whether it is complete."""
        return self.summary is not None and self.summary.state == "finished"

    @property
    def active(self) -> bool:
        """Whether a trainer is at work on it."""
        return self.summary is not None and self.summary.active


def parse_seeds(text: str) -> list[int]:
    """The seeds in a text such as `0-4` or `1,3,10-12`, each once, in the text's order.

    Raises:
        UsageError: The text is not such a list, or lists too many seeds.
    """
    seeds: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"(\d{1,10})(?:-(\d{1,10}))?", part.strip())
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if first > last or last - first >= MAX_SEEDS:
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
        folds: Into how many folds train is divided; 0 for none.

    Raises:
        UsageError: A single fold would leave nothing to train on.
    """
    if folds == 1:
        raise UsageError("one fold leaves nothing to train on", where="--folds", remedy="give 2 to 20")
    config = msgspec.structs.replace(config, name=None)
    if not folds:
        return [msgspec.structs.replace(config, seed=seed) for seed in seeds]
    return [
        msgspec.structs.replace(config, seed=seed, fold=f"{number}/{folds}", read_test="never")
        for seed in seeds
        for number in range(1, folds + 1)
    ]


def members(
    configs: Sequence[RunConfig], root: Path, checksums: Mapping[str, str]
) -> tuple[list[Member], list[RunDir]]:
    """The study's members that a folder holds: the newest run of each configuration, a finished one if any.

    An interrupted run that cannot be resumed, because an earlier version trained it, is left out, and so is
    one with a name of its own, which no study began.

    Args:
        configs: The configurations of the study.
        root: Where runs are kept.
        checksums: The `Split.checksum` of each split of the images there are now.

    Returns:
        The members, and the runs that are none because they were trained on other images, or by a version
        that did not record on which.
    """
    known: dict[tuple[object, ...], list[RunDir]] = {}
    for run in list_runs(root):
        if not run.shipped:
            try:
                known.setdefault(_key(read_network_config(run)), []).append(run)
            except RunError:
                continue
    study, of_other_images = [], []
    for config in configs:
        runs = []
        for run in known.get(_key(config), []):
            started = beginning_of(run)
            if started is not None and started.dataset.checksums != checksums:
                of_other_images.append(run)
            elif _usable(run, summary := summarise(run)) and _own(run, summary):
                runs.append((run, summary))
        runs.sort(key=lambda pair: pair[1].state != "finished")
        study.append(Member(config, *runs[0]) if runs else Member(config))
    return study, of_other_images


def refresh(study: Sequence[Member]) -> None:
    """Read the summaries of the members that are not finished again."""
    for member in study:
        if member.run is not None and not member.finished:
            forget_if_gone(member.run)
            member.summary = summarise(member.run)


def advance(
    study: Sequence[Member],
    root: Path,
    jobs: int,
    now: datetime,
    submit: Callable[[RunDir], object] | None = None,
) -> list[Member]:
    """Start trainers on members that need one, as long as fewer than `jobs` are at work.

    Interrupted runs go on from their checkpoints. Trainers end with this process, so that a study called
    again does not add to those of one that was killed. A trainer is started on a member once: if it fails,
    the member stays failed.

    Args:
        submit: Puts a run into the queue of a cluster, in place of a trainer on this machine.

    Returns:
        The members that a trainer was started on.
    """
    started = []
    for member in study:
        if sum(other.active for other in study) >= jobs:
            break
        if member.finished or member.active or member.started:
            continue
        member.started = True
        if submit is not None:
            member.run = member.run or create(root, with_checksums(member.config, root), now)
            submit(member.run)
        elif member.run is None:
            member.run = process.launch(member.config, root, now, tied=True)
        else:
            process.start_worker(member.run, tied=True)
        member.summary = summarise(member.run)
        started.append(member)
    return started


def _usable(run: RunDir, summary: RunSummary) -> bool:
    return not (summary.interrupted and has_old_resume_state(run))


def _own(run: RunDir, summary: RunSummary) -> bool:
    """Whether a study may go on with a run: one that was named and was interrupted is no study's."""
    return not summary.interrupted or read_network_config(run).name is None


def _key(config: RunConfig) -> tuple[object, ...]:
    values = {name: getattr(config, name) for name, option in OPTIONS.items() if option.decides_result}
    if values["data"] is not None:
        values["data"] = os.path.abspath(typed_path(values["data"]))
    own = config.network
    return (*values.values(), own and (own.function, own.sha256))
