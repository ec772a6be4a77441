"""Whole runs to be compared, and what differs between them."""

from __future__ import annotations

import math
import os
from pathlib import Path

import msgspec

from runs.samples import DATASET, ended, new_run, progress, started
from snn_tui.config.run_config import RunConfig
from snn_tui.runs.compare import differences, facts, unusual
from snn_tui.runs.events import RunStarted
from snn_tui.runs.history import KEPT, Histories, History, history
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.summary import state_of
from snn_tui.runs.writer import EventWriter


def told(run: RunDir, *events: object) -> RunDir:
    with EventWriter(run) as writer:
        writer.write(*events)  # type: ignore[arg-type]
    os.utime(run.config, (1e9, 1e9))
    return run


def trained(root: Path, seed: int = 0, start: RunStarted | None = None, **options: object) -> History:
    """A run of one epoch and a half of ten batches."""
    told(
        run := new_run(root, seed, **options),
        start or started(),
        progress(1.0, 1, 10, *[0.5] * 10),
        ended(2.0, 1, 0.4),
        progress(3.0, 2, 5, 0.4, None, 0.3, 0.2, 0.1),
    )
    return history(run, state_of(run))


def test_a_history_has_curves_by_epoch(tmp_path: Path) -> None:
    one = trained(tmp_path)
    assert list(one.positions[:2]) == [0.1, 0.2]
    assert one.positions[-1] == 1.5
    assert math.isnan(one.losses[11])
    assert [end.epoch for end in one.ended] == [1]
    assert (one.epochs, one.best_epoch, one.config) == (4, 1, RunConfig())


def test_histories_are_the_same_objects_until_a_run_changes(tmp_path: Path) -> None:
    runs = [trained(tmp_path, seed).run for seed in range(2)]
    histories = Histories()
    first = histories.read(runs)
    again = histories.read(runs)
    assert all(again[run] is first[run] for run in runs)
    told(runs[0], progress(4.0, 2, 6, 0.05))
    third = histories.read(runs)
    assert third[runs[1]] is first[runs[1]]
    assert third[runs[0]].losses[-1] == 0.05
    assert len(third[runs[0]].losses) == 16
    assert len(first[runs[0]].losses) == 15  # what was given is not changed under the reader's hands
    runs[0].events.unlink()
    told(runs[0], started())
    assert len(histories.read(runs)[runs[0]].losses) == 0


def test_only_the_latest_histories_are_remembered(tmp_path: Path) -> None:
    runs = [told(new_run(tmp_path, seed), started()) for seed in range(KEPT + 3)]
    histories = Histories()
    for run in runs:
        histories.read([run])
    assert len(histories._known) == KEPT
    assert runs[-1] in histories._known
    assert len(histories.read(runs)) == len(runs)


def test_a_broken_or_missing_run_has_an_empty_history(tmp_path: Path) -> None:
    broken = told(new_run(tmp_path), started())
    broken.config.write_text("{")
    gone = RunDir(tmp_path / "gone")
    read = Histories().read([broken, gone])
    assert read[broken].config == RunConfig(epochs=4)  # as its events have it
    assert (read[gone].config, read[gone].started, list(read[gone].losses)) == (None, None, [])
    assert facts(read[gone]) == {}


def test_only_what_differs_is_told(tmp_path: Path) -> None:
    other = msgspec.structs.replace(
        started(),
        engine="fused",
        device="cuda:0",
        versions={"torch": "2.9"},
        dataset=msgspec.structs.replace(DATASET, name="PneumoniaMNIST", synthetic=False),
    )
    mine = msgspec.structs.replace(started(), versions={"torch": "2.8"})
    told_apart = dict(
        differences(
            [
                trained(tmp_path, 0, mine, lr=1e-3),
                trained(tmp_path, 1, other, lr=5e-4, name="other", keep="best"),
            ]
        )
    )
    assert told_apart == {
        "lr": ["0.001", "0.0005"],
        "seed": ["0", "1"],
        "keep": ["last", "best"],
        "images": ["Phantoms (synthetic)", "PneumoniaMNIST"],
        "engine used": ["reference", "fused"],
        "device used": ["cpu", "cuda:0"],
        "torch version": ["2.8", "2.9"],
    }


def test_between_a_run_and_itself_nothing_differs(tmp_path: Path) -> None:
    one = trained(tmp_path)
    assert differences([one, one]) == []
    assert differences([]) == []


def test_a_run_that_never_started_lacks_what_only_the_trainer_knows(tmp_path: Path) -> None:
    young = history(run := new_run(tmp_path, 3), state_of(run))
    told_apart = dict(differences([trained(tmp_path), young]))
    assert told_apart["seed"] == ["0", "3"]
    assert told_apart["engine used"] == ["reference", None]


def test_unusual_options_are_those_that_the_study_has_otherwise() -> None:
    assert unusual(RunConfig(name="x")) == []
    assert unusual(RunConfig(beta=0.9, epochs=5, data="/d")) == [
        ("data", "/d"),
        ("epochs", "5"),
        ("beta", "0.9"),
    ]
