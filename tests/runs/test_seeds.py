"""Runs of one recipe as one row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from runs.samples import scores
from snn_tui.config.run_config import RunConfig
from snn_tui.runs.catalogue import Entry
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.seeds import folded
from snn_tui.runs.summary import RunSummary


def entry(name: str, seed: int, accuracy: float | None, *, lr: float = 1e-3, **facts: Any) -> Entry:
    val = None if accuracy is None else msgspec.structs.replace(scores(), accuracy=accuracy)
    summary = RunSummary(
        name=name,
        path=f"/runs/{name}",
        state="finished",
        epoch=4,
        epochs=4,
        val=val,
        test=val,
        started_at=float(seed),
        dataset="PneumoniaMNIST",
        synthetic=False,
        shipped=False,
        trained=True,
        seconds=10.0,
        config=RunConfig(seed=seed, name=name, lr=lr),
        best={} if accuracy is None else {"accuracy": accuracy + 0.1},
    )
    return Entry(RunDir(Path(f"/runs/{name}")), msgspec.structs.replace(summary, **facts))


ENTRIES = (
    entry("wide-s1", 1, 0.5),
    entry("wide-s2", 2, 0.7),
    entry("fast-s1", 1, 0.9, lr=1e-2),
    entry("other-s3", 3, 0.6),
)


def test_runs_that_differ_by_seed_and_name_are_one_row_with_mean_and_deviation() -> None:
    wide, fast = folded(ENTRIES)
    assert fast is ENTRIES[2]
    assert wide.title == "wide (3 seeds)"
    assert wide.members == (ENTRIES[0], ENTRIES[1], ENTRIES[3])
    assert wide.summary.val is not None
    assert wide.summary.val.accuracy == pytest.approx(0.6)
    assert wide.spread["val", "accuracy"] == pytest.approx(0.1)
    assert wide.spread["test", "accuracy"] == pytest.approx(0.1)
    assert wide.summary.best["accuracy"] == pytest.approx(0.7)
    assert wide.spread["best", "accuracy"] == pytest.approx(0.1)
    assert (wide.summary.seconds, wide.started_at) == (30.0, 3.0)
    assert wide.summary.val.auc is None
    again = folded((ENTRIES[0], entry("wide-s1-again", 1, 0.5)))
    assert [each.title for each in again] == ["wide (2 runs)"]


def test_a_row_of_several_is_nothing_to_change_or_resume_and_bears_the_state_that_wants_attention() -> None:
    (row,) = folded([entry("a", 1, 0.5), entry("b", 2, None, state="failed"), entry("c", 3, None)])
    assert row.summary.state == "failed"
    assert [row.changeable, row.resumable, row.active] == [False] * 3
    assert not row.summary.trained
    assert row.summary.val is not None
    assert row.summary.val.accuracy == 0.5
    assert ("val", "accuracy") not in row.spread  # of a single value


def test_shipped_runs_and_those_without_configuration_stay() -> None:
    apart = [
        entry("a", 1, 0.5, shipped=True),
        entry("b", 2, 0.5, shipped=True),
        entry("c", 1, 0.5, config=None),
        entry("d", 2, 0.5, config=None),
    ]
    assert folded(apart) == apart


def test_its_path_stays_when_another_seed_comes() -> None:
    before, after = folded(ENTRIES[:2]), folded([entry("wide-s9", 9, 0.1), *ENTRIES[:2]])
    assert before[0].summary.path == after[0].summary.path
