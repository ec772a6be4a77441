"""Curves of runs: the run's own numbers, each once, in every format."""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from runs.samples import ended, finished, new_run, progress, scores, started

from export.event_files import events, scalars
from snn_tui.errors import RunError
from snn_tui.export.curves.points import Point
from snn_tui.export.curves.reading import differing, read_curves
from snn_tui.export.curves.tables import write_csv, write_json, write_parquet
from snn_tui.export.curves.tensorboard import RunLog, write_tensorboard
from snn_tui.runs.events import AnyEvent, Heartbeat, RunStopped, encode
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.state import RunState, replay
from snn_tui.runs.summary import state_of
from snn_tui.values.scores import metrics_for

RESUMED: list[AnyEvent] = [
    started(1.0, epochs=2, batches=3),
    progress(2.0, 1, 2, 0.9, 0.8),
    progress(3.0, 1, 3, 0.7),
    ended(4.0, 1, 0.6),
    progress(5.0, 2, 2, 0.5, 0.4),
    RunStopped(t=6.0, signal="SIGTERM"),
    started(1.0, epochs=2, batches=3),
    Heartbeat(t=1.5, cpu=80.0, memory=1000),
    progress(2.0, 2, 1, 0.55),
    progress(3.0, 2, 3, None, 0.35),
    ended(4.0, 2, 0.65),
    finished(5.0),
]
"""A run of two epochs that was stopped after the second batch of the second, and went on from before it."""


def run_of(root: Path, events: list[AnyEvent], seed: int = 0, **options: object) -> RunDir:
    """A run with some events."""
    run = new_run(root, seed, **options)
    run.events.write_bytes(b"".join(map(encode, events)))
    return run


def curve(points: list[Point], metric: str) -> dict[int, float | None]:
    """A curve by step; a step that comes twice fails."""
    own = [point for point in points if point.metric == metric]
    assert len({point.step for point in own}) == len(own)
    return {point.step: point.value for point in own}


def test_what_a_resumed_run_trained_anew_is_there_once(tmp_path: Path) -> None:
    points = list(read_curves(run_of(tmp_path, RESUMED)).points())
    assert curve(points, "train/loss") == {1: 0.9, 2: 0.8, 3: 0.7, 4: 0.55, 5: None, 6: 0.35}
    assert curve(points, "val/loss") == {3: 0.6, 6: 0.65}
    assert curve(points, "val/accuracy") == {3: 0.75, 6: 0.75}
    assert curve(points, "firing_rate/conv1") == {3: 0.1, 6: 0.1}
    assert curve(points, "epoch/train_loss") == {3: 0.4, 6: 0.4}
    assert curve(points, "best/epoch") == {3: 1.0}
    assert curve(points, "last/loss") == {6: 0.65}
    assert curve(points, "test/loss") == {12: 0.5}
    assert curve(points, "machine/cpu") == {}  # when the first trainer had come further than the second began
    assert not any(point.metric.endswith(("/recall", "/auc")) for point in points)
    last = next(point for point in points if point.metric == "train/loss" and point.step == 6)
    assert (last.epoch, last.seconds, last.time) == (2.0, 9.0, 1.7e9 + 2.0)
    best = next(point for point in points if point.metric == "best/epoch")
    assert (best.seconds, best.epoch) == (4.0, 1.0)


BATCHES = st.tuples(st.just("batch"), st.integers(1, 4), st.integers(1, 3), st.integers(1, 4))
ENDS = st.tuples(st.just("end"), st.integers(1, 4), st.just(0), st.just(1))


@given(st.lists(BATCHES | ENDS, max_size=30))
def test_the_points_are_those_that_the_state_of_the_run_has(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, int]]
) -> None:
    losses = itertools.count(1)
    written: list[AnyEvent] = [started(0.0, epochs=4, batches=3)]
    for kind, epoch, batch, length in steps:
        values = [float(next(losses)) for _ in range(length)]
        written.append(
            progress(1.0, epoch, batch, *values) if kind == "batch" else ended(1.0, epoch, values[0])
        )
    run = run_of(tmp_path_factory.mktemp("runs"), written)
    state = replay(written)
    points = list(read_curves(run).points())
    assert curve(points, "train/loss") == dict(zip(state.loss_steps, state.losses, strict=True))
    assert curve(points, "val/loss") == dict(state.val_points)


def test_a_run_that_grows_is_exported_as_far_as_it_was(tmp_path: Path) -> None:
    run = run_of(tmp_path, RESUMED[:5])
    curves = read_curves(run)
    with run.events.open("ab") as file:
        file.write(encode(RESUMED[5]) + encode(RESUMED[6]) + encode(RESUMED[8]) + b'{"type":"Prog')
    assert curve(list(curves.points()), "train/loss") == {1: 0.9, 2: 0.8, 3: 0.7, 4: 0.5, 5: 0.4}
    assert not curve(list(curves.points()), "test/loss")


def test_what_a_later_version_of_an_event_measures_is_a_curve(tmp_path: Path) -> None:
    """Numbers of events are found by their fields, so none is forgotten when one is added."""
    points = list(
        read_curves(run_of(tmp_path, [*RESUMED[:5], Heartbeat(t=7.0, cpu=5.0, memory=9, gpu=1.5)])).points()
    )
    assert curve(points, "machine/gpu") == {5: 1.5}
    assert curve(points, "train/images_per_s") == {2: 100.0, 3: 100.0, 5: 100.0}


def test_the_csv_has_a_row_for_each_point_and_a_column_for_what_differs(tmp_path: Path) -> None:
    runs = [run_of(tmp_path, RESUMED, 1, lr=0.01), run_of(tmp_path, [], 2, name="new")]
    options = differing(runs)
    assert options == ["preset", "dataset", "lr", "seed"]
    file = io.StringIO()
    write_csv(file, map(read_curves, runs), options)
    rows = list(csv.DictReader(io.StringIO(file.getvalue())))
    assert list(rows[0]) == [
        "run",
        "metric",
        "step",
        "epoch",
        "seconds",
        "value",
        "config_preset",
        "config_dataset",
        "config_lr",
        "config_seed",
    ]
    points = list(read_curves(runs[0]).points())
    assert [(row["metric"], int(row["step"]), row["value"]) for row in rows] == [
        (point.metric, point.step, "" if point.value is None else repr(point.value)) for point in points
    ]
    assert {(row["run"], row["config_lr"], row["config_seed"]) for row in rows} == {
        (runs[0].name, "0.01", "1")
    }


def test_names_are_no_formulas_and_numbers_stay_numbers(tmp_path: Path) -> None:
    run = run_of(tmp_path, [started(), progress(1.0, 1, 1, -0.5)])
    renamed = RunDir(run.path.rename(tmp_path / "=1+1"))
    file = io.StringIO()
    write_csv(file, [read_curves(renamed)], ["preset"])
    row = next(csv.DictReader(io.StringIO(file.getvalue())))
    assert (row["run"], row["value"]) == ("'=1+1", "-0.5")


def test_json_holds_the_configuration_and_the_points_of_each_run(tmp_path: Path) -> None:
    runs = [run_of(tmp_path, RESUMED, data="/somewhere/x.npz"), run_of(tmp_path, [], 2)]
    file = io.StringIO()
    write_json(file, map(read_curves, runs))
    first, second = json.loads(file.getvalue())
    points = list(read_curves(runs[0]).points())
    assert [(row["metric"], row["step"], row["value"]) for row in first["points"]] == [
        (point.metric, point.step, point.value) for point in points
    ]
    assert (first["run"], first["state"], first["task"]) == (runs[0].name, "finished", "binary")
    assert first["config"]["lr"] == 0.001
    assert "/somewhere" not in file.getvalue()
    assert second["points"] == []
    nothing = io.StringIO()
    write_json(nothing, [])
    assert json.loads(nothing.getvalue()) == []


def test_parquet_is_the_table_with_types(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    runs = [run_of(tmp_path, RESUMED, size=64), run_of(tmp_path, RESUMED, 2)]
    file = io.BytesIO()
    write_parquet(file, map(read_curves, runs), ["size", "seed", "lr", "preset"])
    table = parquet.read_table(io.BytesIO(file.getvalue()))
    points = [point for run in runs for point in read_curves(run).points()]
    assert table.column("value").to_pylist() == [point.value for point in points]
    assert table.column("metric").to_pylist() == [point.metric for point in points]
    assert Counter(table.column("config_size").to_pylist()).keys() == {64, None}
    assert [str(table.schema.field(name).type) for name in ("step", "config_lr")] == ["int64", "double"]


def test_tensorboard_sees_the_runs_own_numbers(finished: RunDir, tmp_path: Path) -> None:
    """Those of a real run, as its state has them, to the precision of the format's 32 bits."""
    write_tensorboard(tmp_path, [read_curves(finished)])
    curves, state = scalars(tmp_path / finished.name), state_of(finished)
    assert state.result is not None
    assert state.result.test is not None

    def same(tag: str, values: dict[int, float | None]) -> None:
        assert curves.get(tag, {}) == {
            step: pytest.approx(value, rel=1e-6) for step, value in values.items() if value is not None
        }

    same("train/loss", dict(zip(state.loss_steps, state.losses, strict=True)))
    ends = {end.epoch * state.batches: end for end in state.epochs_ended}
    best, test = state.best_epoch, state.result.test
    assert best is not None
    for field in ["loss", *(name for name, metric in metrics_for("binary").items() if not metric.same_as)]:
        same(f"val/{field}", {step: getattr(end.val, field) for step, end in ends.items()})
        same(f"test/{field}", {state.result.kept_epoch * state.batches: getattr(test, field)})
        same(f"best/{field}", {best * state.batches: getattr(ends[best * state.batches].val, field)})
    for layer in state.rates:
        same(f"firing_rate/{layer}", {step: end.val.rates[layer] for step, end in ends.items()})
    times = [event.wall_time for event in events(tmp_path / finished.name) if event.summary.value]
    assert state.began_at is not None
    assert state.began_at <= min(times)
    assert max(times) <= state.began_at + state.last_t + 0.001


def test_tensorboard_has_the_hyperparameters_and_losses_that_are_no_numbers(tmp_path: Path) -> None:
    run, board = run_of(tmp_path, RESUMED), tmp_path / "board"
    write_tensorboard(board, [read_curves(run)])
    tags = {value.tag for event in events(board / run.name) for value in event.summary.value}
    assert {"_hparams_/experiment", "_hparams_/session_start_info"} <= tags
    assert math.isnan(scalars(board / run.name)["train/loss"][5])


def test_an_export_replaces_what_was_logged(tmp_path: Path) -> None:
    run = run_of(tmp_path, RESUMED)
    start = msgspec.structs.replace(started(epochs=2, batches=3), started_at=1.8e9)
    RunLog(tmp_path / "board", run.name, start, RunState()).close()
    write_tensorboard(tmp_path / "board", [read_curves(run)])
    assert len(list((tmp_path / "board" / run.name).iterdir())) == 1


def logged(folder: Path, written: list[AnyEvent], state: RunState) -> RunState:
    """Log a trainer's events, the first of which is its start."""
    start = written[0]
    log = RunLog(folder, "run", start, state)  # type: ignore[arg-type]
    for event in written:
        log.write(event)
    log.close()
    return state


def test_a_log_that_goes_on_has_no_step_twice(tmp_path: Path) -> None:
    state = logged(tmp_path, RESUMED[:6], RunState())
    logged(tmp_path, RESUMED[6:], state)
    assert len(list((tmp_path / "run").iterdir())) == 2
    curves = scalars(tmp_path / "run")
    assert {step: value for step, value in curves["train/loss"].items() if step != 5} == pytest.approx(
        {1: 0.9, 2: 0.8, 3: 0.7, 4: 0.55, 6: 0.35}
    )
    assert math.isnan(curves["train/loss"][5])
    assert curves["val/loss"] == pytest.approx({3: 0.6, 6: 0.65})
    assert set(curves["test/loss"]) == {12}


def test_a_run_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    run = run_of(tmp_path, RESUMED)
    run.config.write_text("{")
    assert read_curves(run).options["epochs"] == 2  # the events have the configuration, too
    run.events.unlink()
    with pytest.raises(RunError, match=r"config\.json"):
        read_curves(run)
    run.events.mkdir()
    with pytest.raises(RunError, match="not a regular file"):
        read_curves(run)


def test_several_classes_have_their_own_metrics(tmp_path: Path) -> None:
    start = started(epochs=2, batches=3)
    task = msgspec.structs.replace(
        start.dataset.task, kind="multiclass", classes=("a", "b", "c"), positive=None
    )
    start = msgspec.structs.replace(start, dataset=msgspec.structs.replace(start.dataset, task=task))
    val = msgspec.structs.replace(scores(), balanced=0.5, macro_f1=0.25)
    end = msgspec.structs.replace(ended(2.0, 1), val=val)
    points = list(read_curves(run_of(tmp_path, [start, progress(1.0, 1, 3, 1.0), end])).points())
    assert curve(points, "val/balanced_accuracy") == {3: 0.5}
    assert curve(points, "val/macro_f1") == {3: 0.25}
    assert not curve(points, "val/sensitivity")
