"""What a process of a sweep leaves behind when it is killed, another one finishes; no run is trained here."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from runs.samples import scores, started

from snn_tui.config.build import build
from snn_tui.config.run_config import RunConfig
from snn_tui.config.space import Range, Space, Values
from snn_tui.errors import RunError, UsageError
from snn_tui.runs import events, process
from snn_tui.runs.lock import Lock
from snn_tui.runs.notes import read_note
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import list_runs, read_config
from snn_tui.runs.sweep import Plan, SweepDir, Trial, read_record, title_of
from snn_tui.runs.writer import EventWriter
from snn_tui.worker.journal import RANDOM_TRIALS, Journal
from snn_tui.worker.sweeping import MOST_FAILURES, MOST_STARTS, Sweep

SPACE: Space = {
    "lr": Range(1e-4, 1e-2, True),
    "beta": Range(0.0, 1.0),
    "num_steps": Range(4, 20, step=4),
    "batch_size": Values((32, 64)),
}
EPOCHS = 6


class Killed(BaseException):
    """Ends a process of a sweep where it is, as SIGKILL does."""


def plan(*objectives: str, **changes: Any) -> Plan:
    made = Plan(
        name="rates",
        space=SPACE,
        recipe=RunConfig(epochs=EPOCHS, read_test="never"),
        objectives=objectives or ("accuracy",),
        prune=len(objectives) < 2,
    )
    return msgspec.structs.replace(made, **changes)


def accuracy(config: RunConfig, epoch: int = EPOCHS) -> float:
    """Best for a beta of 0.3, and better after each epoch."""
    return 0.9 - abs(config.beta - 0.3) - 0.01 * (EPOCHS - epoch)


def told(run: RunDir, *, epochs: int = EPOCHS, end: events.Event | None = None) -> list[events.Event]:
    """What a trainer records of a run."""
    config = read_config(run)
    record: list[events.Event] = [started(epochs=EPOCHS)]
    for epoch in range(1, epochs + 1):
        val = msgspec.structs.replace(scores(), accuracy=accuracy(config, epoch))
        record.append(events.EpochEnded(t=epoch, epoch=epoch, train_loss=0.5, val=val, lr=1e-3, seconds=1.0))
    if end is None and epochs == EPOCHS:
        end = events.RunFinished(t=9.0, test=None, kept_epoch=EPOCHS, seconds=9.0)
    return [*record, *([end] if end else [])]


def train(run: RunDir) -> None:
    """Train a run to its end at once; one that is finished is never trained again."""
    assert not run.events.exists() or b"RunFinished" not in run.events.read_bytes()
    with EventWriter(run) as writer:
        writer.write(*told(run))


def old(run: RunDir) -> None:
    """Let no trainer be expected that has only just been started."""
    if run.config.exists():
        os.utime(run.config, (1e9, 1e9))


def _config(trial: Trial, name: str = "rates") -> RunConfig:
    config = build({**trial.params, "epochs": EPOCHS, "read_test": "never"})
    return msgspec.structs.replace(config, name=title_of(name, trial.number))


def sweep(
    root: Path,
    *,
    total: int = 4,
    of: Plan | None = None,
    submit: Callable[[RunDir], object] = train,
    measure: Callable[[RunDir], float] = lambda run: float(read_config(run).num_steps),
    jobs: int = 1,
) -> Sweep:
    of = of or plan()

    def make(trial: Trial) -> RunConfig:
        return _config(trial, of.name)

    made = Sweep(root, of, total=total, jobs=jobs, make=make, measure=measure, submit=submit)
    made.join()
    return made


def go_on(process: Sweep) -> list[Trial]:
    for _ in range(1000):
        process._looked = -1e9  # the trials of others are looked at each time
        process.step()
        if process.done:
            return process.trials
    raise AssertionError("the sweep does not end")


def outcome(trials: list[Trial]) -> list[Any]:
    """Trials without the names of their runs, which hold the time."""
    return [msgspec.structs.replace(trial, run="") for trial in trials]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """What a sweep of one process comes to that nobody disturbs."""
    trials = go_on(sweep(tmp_path_factory.mktemp("undisturbed"), total=RANDOM_TRIALS + 4))
    assert {trial.state for trial in trials} == {"complete", "pruned"}
    return outcome(trials)


def test_a_trial_is_a_run_and_their_number_is_that_of_the_whole_sweep(tmp_path: Path) -> None:
    one = sweep(tmp_path)
    go_on(one)
    runs = list_runs(tmp_path)
    assert sorted(run.title for run in runs) == [f"rates-t000{number}" for number in range(4)]
    assert all(read_config(run).read_test == "never" for run in runs)
    record = read_record(SweepDir.of(tmp_path, "rates"))
    assert record == one.record
    assert record is not None
    best = max(record.trials, key=lambda trial: trial.values)
    assert record.front == [best.number]
    assert len(go_on(sweep(tmp_path, total=4))) == 4
    assert len(go_on(sweep(tmp_path, total=6))) == 6
    assert len(list_runs(tmp_path)) == 6


@pytest.mark.parametrize(
    "window",
    [
        "asking",
        "before the run",
        "before its configuration",
        "before the trainer",
        "training",
        "before telling",
    ],
)
def test_killed_wherever_it_is_a_sweep_comes_to_the_same(
    window: str, tmp_path: Path, undisturbed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from optuna.storages import JournalStorage

    from snn_tui.runs import store
    from snn_tui.worker import sweeping

    def kill(*arguments: object, **options: object) -> None:
        raise Killed

    def half(run: RunDir) -> None:
        with EventWriter(run) as writer:
            writer.write(*told(run, epochs=2))
        raise Killed

    where = {
        "asking": (JournalStorage, "set_trial_user_attr"),
        "before the run": (sweeping, "create_named"),
        "before its configuration": (store, "_write_config"),
        "before telling": (Journal, "tell"),
    }.get(window)
    starts, kills = {"before the trainer": kill, "training": half}, 0
    while True:
        with monkeypatch.context() as patch:
            if where is not None:
                patch.setattr(*where, kill)
            victim = sweep(tmp_path, total=len(undisturbed), submit=starts.get(window, train))
            try:
                trials = go_on(victim)
                break
            except Killed:
                kills += 1
        for run in list_runs(tmp_path):
            old(run)
        sweep(tmp_path, total=len(undisturbed)).step()
    assert kills >= len(undisturbed) // 2
    assert outcome(trials) == undisturbed
    assert len(list_runs(tmp_path)) == len(undisturbed)
    assert {run.name for run in list_runs(tmp_path)} == {trial.run for trial in trials}


def test_a_line_that_a_killed_process_has_not_ended_is_cut_off(tmp_path: Path) -> None:
    go_on(sweep(tmp_path, total=2))
    journal = SweepDir.of(tmp_path, "rates").journal
    whole = journal.read_bytes()
    for torn in (b'{"op_code": 4, "stu', b"{" * 100_000):
        journal.write_bytes(whole + torn)
        assert [trial.number for trial in sweep(tmp_path, total=2).trials] == [0, 1]
        assert journal.read_bytes() == whole


def test_a_run_that_another_process_trains_is_left_to_it(tmp_path: Path) -> None:
    started_on: list[RunDir] = []
    first = sweep(tmp_path, total=1, submit=started_on.append)
    first.step()
    (run,) = started_on
    second = sweep(tmp_path, total=1)
    second.step()  # its trainer is only about to take the lock
    old(run)
    with Lock.acquire(run):
        second._looked = -1e9
        second.step()
    assert not run.events.exists()
    assert [trial.state for trial in go_on(second)] == ["complete"]


def test_processes_that_ask_at_the_same_time_get_different_trials(tmp_path: Path) -> None:
    taken: list[list[int]] = []

    def ask() -> None:
        journal, mine = Journal(tmp_path / "journal.log", plan()), []
        for _ in range(10):
            with journal.held():
                mine.append(journal.ask(lambda number: f"2026-11-23T2150-rates-t{number:04d}").number)
        taken.append(mine)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(number for mine in taken for number in mine) == list(range(40))


def test_a_pruned_trial_is_stopped_and_its_run_says_so(tmp_path: Path, undisturbed: list[Any]) -> None:
    trials = go_on(sweep(tmp_path, total=len(undisturbed)))
    pruned = [trial for trial in trials if trial.state == "pruned"]
    for trial in pruned:
        assert trial.epoch is not None
        assert 1 < trial.epoch < EPOCHS
        assert f"#pruned after epoch {trial.epoch}" in read_note(RunDir(tmp_path / trial.run))
    kept = go_on(sweep(tmp_path, total=len(undisturbed), of=plan(name="all", prune=False)))
    assert {trial.state for trial in kept} == {"complete"}


def test_several_objectives_have_a_front(tmp_path: Path) -> None:
    process = sweep(tmp_path, total=12, of=plan("accuracy", "energy"))
    trials = go_on(process)
    assert all(trial.values[1] == trial.params["num_steps"] for trial in trials)
    on_front = {trial.number for trial in trials if trial.number in process.record.front}
    for trial in trials:
        beaten = any(
            other.values != trial.values
            and other.values[0] >= trial.values[0]
            and other.values[1] <= trial.values[1]
            for other in trials
        )
        twin = any(other.values == trial.values and other.number < trial.number for other in trials)
        assert (trial.number in on_front) is not (beaten or twin)
    assert max(process.record.importance["energy"].items(), key=lambda pair: pair[1])[0] == "num_steps"


def test_values_that_cannot_be_combined_fail_the_trial_and_not_the_sweep(tmp_path: Path) -> None:
    space: Space = {"neuron": Values(("leaky", "relu")), "encoding": Values(("rate",))}
    trials = go_on(sweep(tmp_path, total=8, of=plan(space=space)))
    failed = [trial for trial in trials if trial.params["neuron"] == "relu"]
    assert failed
    assert {trial.state for trial in failed} == {"failed"}
    assert "without spikes" in failed[0].reason
    assert len(list_runs(tmp_path)) == 8 - len(failed)


def test_a_sweep_whose_runs_all_fail_ends_with_the_reason(tmp_path: Path) -> None:
    def fail(run: RunDir) -> None:
        end = events.RunFailed(t=2.0, what="the loss is no number", where="epoch 1", remedy="", exit_code=1)
        with EventWriter(run) as writer:
            writer.write(*told(run, epochs=0, end=end))
        old(run)

    process = sweep(tmp_path, total=50, submit=fail)
    with pytest.raises(RunError, match="epoch 1: the loss is no number"):
        go_on(process)
    assert [trial.state for trial in process.trials].count("failed") == MOST_FAILURES


def test_a_trainer_that_gets_nowhere_is_not_started_for_ever(tmp_path: Path) -> None:
    starts: list[RunDir] = []

    def die(run: RunDir) -> None:
        starts.append(run)
        old(run)

    process = sweep(tmp_path, total=1, submit=die)
    (trial,) = go_on(process)
    assert trial.state == "failed"
    assert len(starts) == MOST_STARTS


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"space": {"lr": SPACE["lr"]}}, "another space"),
        ({"objectives": ("loss",)}, "other objectives"),
        ({"recipe": RunConfig(epochs=7, read_test="never")}, "--epochs 6, not 7"),
        ({"prune": False}, "pruning"),
        ({"checksums": {"val": "other"}}, "other images"),
    ],
)
def test_another_sweep_of_the_same_name_is_refused(
    changes: dict[str, Any], words: str, tmp_path: Path
) -> None:
    sweep(tmp_path)
    with pytest.raises(UsageError, match=words):
        sweep(tmp_path, of=plan(**changes))
    sweep(tmp_path, of=plan(recipe=RunConfig(epochs=EPOCHS, read_test="never", device="cpu")))


def test_files_that_somebody_else_made_give_one_sentence(tmp_path: Path) -> None:
    folder = SweepDir.of(tmp_path, "rates")
    sweep(tmp_path)
    journal = folder.journal.read_bytes()
    for content in (b"no\njournal\n", b'{"op_code": 99}\n', b"[]\n", b'{"op_code": 4, "study_id": "x"}\n'):
        folder.journal.write_bytes(journal + content)
        with pytest.raises(RunError, match="not a journal of this sweep"):
            sweep(tmp_path)
    folder.journal.write_bytes(b"")
    with pytest.raises(RunError, match="gone or empty"):
        sweep(tmp_path)
    folder.journal.unlink()
    with pytest.raises(RunError, match="gone or empty"):
        sweep(tmp_path)
    folder.journal.unlink()
    folder.journal.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RunError, match="a link"):
        sweep(tmp_path)
    assert not (tmp_path / "elsewhere").exists()
    for content in (b"{", b"[]", b'{"name": 3}', b"[" * 10_000):
        folder.record.write_bytes(content)
        with pytest.raises(RunError, match="not the file of a sweep"):
            read_record(folder)


def test_no_run_is_made_outside_of_the_folder_of_runs(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.log", plan())
    with journal.held(), pytest.raises(RunError, match="names no run"):
        journal.ask(lambda number: "../../2026-11-23T2150-rates-t0000")


def test_trainers_that_have_ended_hold_no_files_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "worker_command", lambda run, *options: ["true"])
    monkeypatch.setattr(process, "_children", {})

    def start(run: RunDir, *, tied: bool) -> None:
        process_start(run, tied=tied)
        train(run)

    process_start = process.start_worker
    monkeypatch.setattr("snn_tui.worker.sweeping.process.start_worker", start)
    of = plan(prune=False)
    one = Sweep(tmp_path, of, total=6, jobs=1, make=_config, measure=lambda run: 0.0)
    one.join()
    go_on(one)
    for child in process._children.values():
        child.wait()
    one.step()
    assert len(process._children) == 6
    assert all(child.stdin is not None and child.stdin.closed for child in process._children.values())
