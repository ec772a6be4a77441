"""The sweep of a run on Runs: its chart, its facts, its key, and files that somebody else made."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from snn_tui.config.space import Range
from snn_tui.render.canvas import Canvas
from snn_tui.runs.catalogue import Catalogue
from snn_tui.runs.sweep import SweepDir, SweepRecord, Trial
from snn_tui.tui.runs import watching
from snn_tui.tui.runs.draw.columns import STARTED
from snn_tui.tui.runs.draw.run_axes import run_axes
from snn_tui.tui.runs.draw.sweep import sweep_chart, sweep_facts
from tui import made_runs
from tui.conftest import NewApp
from tui.driving import ASCII, LOCAL, NARROW, WIDE, covers, opened

CANVAS = Canvas(60, 30, LOCAL)


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "REFRESH_SECONDS", 0.1)
    monkeypatch.setattr(watching, "STEADY_SECONDS", 0.0)


@covers("runs", "w")
async def test_w_draws_the_sweep_of_a_trials_run_and_is_offered_there_alone(
    root: Path, new_app: NewApp
) -> None:
    made_runs.finished_run(root, minute=30)
    made_runs.sweep_runs(root, "accuracy", "energy")
    async with opened(new_app(LOCAL), size=WIDE) as user:
        await user.press("6")
        await user.until_sees("Runs · 4", "paper-s0")
        await user.press("home", "w")
        assert "Sweep rates" not in user.sees
        await user.press("down", "w")  # fast fingers: before the sweep was read
        await user.until_sees("w sweep", "Sweep rates", "front", "trial 2")
        await user.until_sees("what decides energy nJ", "61%", "pruned")
        await user.resize(*NARROW)
        await user.until_sees("Sweep rates")
        await user.press("v")
        await user.until_sees("what decides acc")
        await user.press("J", "J", "J")
        await user.until_sees("above")
        await user.press("w")
        await user.until_gone("what decides")


async def test_a_record_that_somebody_else_made_gives_one_sentence(root: Path, new_app: NewApp) -> None:
    made_runs.sweep_runs(root, "accuracy")
    SweepDir.of(root, "rates").record.write_text("[1, 2")
    async with opened(new_app(LOCAL), size=WIDE) as user:
        await user.press("6")
        await user.until_sees("w sweep")
        await user.press("w")
        await user.until_sees("not the file of a sweep")


def test_of_one_objective_the_best_so_far_is_drawn(tmp_path: Path) -> None:
    record = made_runs.sweep_runs(tmp_path, "accuracy")
    trials, best, here = sweep_chart(record, 1).series
    complete = [trial for trial in record.trials if trial.values]
    assert list(trials.ys) == [trial.values[0] for trial in complete]
    most = [max(trials.ys[: at + 1]) for at in range(len(complete))]  # type: ignore[type-var]
    so_far = dict(zip(trials.xs, most, strict=True))
    assert [so_far[x] for x in best.xs] == list(best.ys)
    assert set(best.ys) == set(most)
    assert len(best.xs) < len(trials.xs)
    assert list(here.xs) == [1]
    less = sweep_chart(msgspec.structs.replace(record, objectives=("loss",)), None).series[1]
    assert less.ys[0] == trials.ys[0]
    assert less.ys[-1] == min(trials.ys)  # type: ignore[type-var]


def test_what_makes_no_sense_is_drawn_all_the_same() -> None:
    odd = SweepRecord(
        name="\x1b[2Jx",
        objectives=("\x1b]0;x\x07", "energy"),
        space={},
        trials=[
            Trial(number=-3, run="../x", state="complete", params={"\x1b": "\x1b"}, values=[1.0]),
            Trial(number=-3, run="", state="failed", params={}, reason="\x1b[2J[bold]" * 99),
            Trial(number=10**18, run="", state="complete", params={}, values=[float("inf"), 1e308]),
        ],
        front=[7, -3],
        importance={"\x1b": {"\x1b": float("inf")}},
    )
    for record in (odd, msgspec.structs.replace(odd, objectives=()), msgspec.structs.replace(odd, trials=[])):
        sweep_chart(record, -3)
        for canvas in (CANVAS, Canvas(60, 30, ASCII), Canvas(5, 2, LOCAL)):
            assert "\x1b" not in sweep_facts(record, -3, 0, canvas).plain


def test_the_longest_sweep_is_listed_in_part() -> None:
    trials = [
        Trial(number=number, run="", state="complete", params={}, values=[number / 1e4])
        for number in range(10_000)
    ]
    record = SweepRecord(name="x", objectives=("accuracy",), space={}, trials=trials, front=[9999])
    assert len(sweep_facts(record, None, 150, CANVAS).plain.splitlines()) == 30
    points, best, _ = sweep_chart(record, 9).series
    assert 100 < len(points.xs) < 500
    assert best.ys[-1] == 0.9999


@pytest.mark.parametrize(
    ("width", "head"), [(40, "trial     acc  weight-decay"), (24, "trial  acc, weight-decay")]
)
def test_values_of_trials_stand_below_one_another(width: int, head: str) -> None:
    trials = [
        Trial(number=0, run="", state="complete", params={"weight_decay": 0.0123}, values=[0.75]),
        Trial(number=1, run="", state="pruned", params={"weight_decay": 0.5}),
        Trial(number=2, run="", state="failed", params={"weight_decay": 0.5}, reason="no such layer"),
    ]
    record = SweepRecord(
        name="x", objectives=("accuracy",), space={"weight_decay": Range(0.01, 0.5)}, trials=trials, front=[0]
    )
    lines = sweep_facts(record, None, 0, Canvas(width, 30, LOCAL)).plain.splitlines()
    complete, pruned, failed = lines[-3:]
    assert complete.index("0.0123") + len("0.0123") == pruned.index("0.5") + len("0.5")
    assert complete.index("0.75") + len("0.75") == pruned.index("pruned") + len("pruned")
    assert "no such layer" in failed
    assert lines[-4].rstrip() == head


def test_of_runs_of_one_sweep_the_objectives_are_the_last_axes(tmp_path: Path) -> None:
    record = made_runs.sweep_runs(tmp_path, "accuracy", "energy")
    entries = [entry for entry in Catalogue(tmp_path).refresh() if entry.run.title.startswith("rates")]
    drawn = run_axes(entries, {}, entries[0], STARTED, 0, record)
    assert drawn is not None
    assert {axis.name for axis in drawn.axes[:-2]} <= {"lr", "num steps"}
    assert [axis.name for axis in drawn.axes[-2:]] == ["energy nJ", "acc"]
    values = {trial.run: trial.values for trial in record.trials}
    assert list(drawn.axes[-1].values) == [values[entry.run.name][0] for entry in entries]
    made_runs.finished_run(tmp_path, minute=30)
    mixed = run_axes(Catalogue(tmp_path).refresh(), {}, entries[0], STARTED, 0, record)
    assert mixed is not None
    assert "energy nJ" not in [axis.name for axis in mixed.axes]
