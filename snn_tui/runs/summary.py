"""A run in one line: what `snn-tui runs` prints and the screens let one choose from."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import msgspec

from snn_tui.errors import RunError
from snn_tui.runs.notes import read_note
from snn_tui.runs.process import liveness
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.state import RunState, fold
from snn_tui.runs.store import list_runs, read_config, read_metrics, shipped_runs
from snn_tui.runs.tail import Tail
from snn_tui.values.scores import Scores


class RunSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One run.

    Args:
        name: The run directory's name.
        path: The run directory.
        state: Its phase, or `crashed` where a trainer vanished without a word, or `broken`.
        epoch: Epochs completed.
        epochs: Epochs it was to have; 0 if not known.
        val: Scores of the last completed epoch.
        test: Scores on test, of a finished run.
        started_at: Seconds since the epoch (UTC); None if it never started.
        dataset: Name of the data set, empty if not known.
        synthetic: Whether it was trained on generated images.
        shipped: Whether it came with the program.
        trained: Whether it has weights to look at.
        problem: What is wrong with it, empty if nothing.
        seconds: What trainers have spent on it so far, pauses included.
        note: What the user wrote about it, empty if nothing.
    """

    name: str
    path: str
    state: str
    epoch: int
    epochs: int
    val: Scores | None
    test: Scores | None
    started_at: float | None
    dataset: str
    synthetic: bool
    shipped: bool
    trained: bool
    problem: str = ""
    seconds: float = 0.0
    note: str = ""


def summaries(root: Path, now: datetime | None = None) -> list[RunSummary]:
    """All runs of a folder, newest first, then the shipped ones."""
    return [summarise(run, now) for run in known_runs(root)]


def known_runs(root: Path) -> list[RunDir]:
    """The runs of a folder, newest first, then the shipped ones; nothing of them is read."""
    own = list_runs(root)
    if _same(root, shipped := shipped_runs()):
        return own
    return [*own, *shipped]


def _same(root: Path, shipped: list[RunDir]) -> bool:
    """Whether the shipped runs lie in a folder themselves, as in a source checkout."""
    try:
        return bool(shipped) and os.path.samefile(shipped[0].path.parent, root)
    except OSError:
        return False


def state_of(run: RunDir) -> RunState:
    """What all events of a run so far add up to."""
    state, tail = RunState(), Tail(run.events)
    while True:
        fold(tail.poll(), state)
        if not tail.more:
            return state


def summarise(run: RunDir, now: datetime | None = None) -> RunSummary:
    """Sum up one run by all its events; a broken one says so instead of raising."""
    return summarise_state(run, state_of(run), now)


def summarise_state(run: RunDir, state: RunState, now: datetime | None = None) -> RunSummary:
    """Sum up one run whose events are read already."""
    problem, synthetic, metrics = "", False, None
    try:
        synthetic = read_config(run).synthetic
        metrics = read_metrics(run)
    except RunError as error:
        problem = str(error)
    word: str = state.phase
    if problem:
        word = "broken"
    elif liveness(run, state, now or datetime.now()) in ("dead", "unknown"):
        word = "crashed"
    last = state.epochs_ended[-1] if state.epochs_ended else None
    return RunSummary(
        name=run.name,
        path=str(run.path),
        state=word,
        epoch=last.epoch if last else 0,
        epochs=state.epochs,
        val=last.val if last else None,
        test=metrics.test if metrics else None,
        started_at=state.started.started_at if state.started else None,
        dataset=state.dataset.name if state.dataset else "",
        synthetic=synthetic,
        shipped=run.shipped,
        trained=run.weights.exists(),
        problem=problem,
        seconds=state.last_t,
        note=read_note(run),
    )
