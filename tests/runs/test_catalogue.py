"""The list of all runs, kept up to date: what is read, what is not read again, and what may be done."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from runs.samples import NOON, ended, finished, new_run, progress, started
from snn_tui.config.run_config import RunConfig
from snn_tui.runs import catalogue, summary
from snn_tui.runs.catalogue import UNREAD, Catalogue, Entry
from snn_tui.runs.events import RunFailed, RunStopped
from snn_tui.runs.lock import Lock
from snn_tui.runs.notes import write_note
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.summary import summarise_state
from snn_tui.runs.writer import EventWriter

Reads = Callable[[], list[str]]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs are kept here, and none are shipped."""
    monkeypatch.setattr(summary, "shipped_runs", list)
    path = tmp_path / "runs"
    path.mkdir()
    return path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Reads:
    """Gives the names of the runs that were summed up since it was last asked."""
    names: list[str] = []
    real = summarise_state

    def counted(run: RunDir, *rest: object) -> object:
        names.append(run.title)
        return real(run, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(catalogue, "summarise_state", counted)

    def since() -> list[str]:
        found, names[:] = list(names), []
        return found

    return since


@pytest.mark.parametrize("how", ["link", "pipe", "size"])
def test_a_run_whose_events_cannot_be_read_is_broken_and_says_why(root: Path, how: str) -> None:
    run = told(new_run(root), started(0), ended(1, 1), old=True)
    whole = run.path / "whole"
    run.events.rename(whole)
    if how == "link":
        run.events.symlink_to(whole)
    elif how == "pipe":
        os.mkfifo(run.events)
    else:
        for path in (run.events, run.log):
            path.touch()
            os.truncate(path, 50 << 30)
    reason = {"link": "a link, which is not followed", "pipe": "not a regular file"}
    what = reason.get(how, "larger than the 4 GiB that events can have")
    (entry,) = Catalogue(root).refresh()
    assert (entry.summary.state, entry.problem) == ("broken", f"events.jsonl: {what}")
    assert summary.summarise(run).problem == f"{run.events}: {what}"


def told(run: RunDir, *events: object, old: bool = True) -> RunDir:
    with EventWriter(run) as writer:
        writer.write(*events)  # type: ignore[arg-type]
    if old:
        os.utime(run.config, (1e9, 1e9))
    return run


def done(root: Path, seed: int = 0) -> RunDir:
    """A finished run of one epoch."""
    return told(
        new_run(root, seed), started(), progress(1.0, 1, 10, *[0.5] * 10), ended(2.0, 1), finished(3.0)
    )


def by_title(entries: list[Entry]) -> dict[str, Entry]:
    return {entry.run.title: entry for entry in entries}


def test_runs_are_read_once_and_again_only_when_something_changed(root: Path, reads: Reads) -> None:
    runs = [done(root, seed) for seed in range(3)]
    kept = Catalogue(root)
    first = kept.refresh()
    assert kept.complete
    assert sorted(reads()) == ["paper-s0", "paper-s1", "paper-s2"]
    assert kept.refresh() == first
    assert reads() == []
    write_note(runs[1], "good")
    assert by_title(kept.refresh())["paper-s1"].summary.note == "good"
    assert reads() == ["paper-s1"]
    told(runs[2], started(4.0), old=False)  # goes on
    kept.refresh()
    assert reads() == ["paper-s2"]
    done(root, 7)
    assert len(kept.refresh()) == 4
    assert reads() == ["paper-s7"]


def test_an_entry_is_the_runs_summary_and_more(root: Path) -> None:
    run = done(root)
    (entry,) = Catalogue(root).refresh()
    assert entry.summary == summary.summarise(run)
    assert (entry.fraction, entry.trend, entry.problem) == (1.0, (0.75,), "")
    assert entry.summary.seconds == 3.0


def test_a_run_that_goes_on_is_followed_event_by_event(root: Path) -> None:
    run = told(new_run(root), started(), progress(1.0, 1, 5, *[0.5] * 5))
    kept = Catalogue(root)
    with Lock.acquire(run):
        (entry,) = kept.refresh()
        assert entry.active
        assert (entry.summary.state, entry.summary.epoch, entry.changeable) == ("training", 0, False)
        told(run, progress(2.0, 1, 10, *[0.5] * 5), ended(2.5, 1))
        (entry,) = kept.refresh()
        assert (entry.summary.epoch, entry.fraction) == (1, 0.25)
    (entry,) = kept.refresh()  # its trainer is gone, and no file but the lock
    assert (entry.summary.state, entry.resumable, entry.changeable) == ("crashed", True, True)
    told(run, finished(3.0))
    (entry,) = kept.refresh()
    assert (entry.summary.state, entry.resumable) == ("finished", False)


def test_a_run_that_was_replaced_is_read_anew(root: Path) -> None:
    run = told(new_run(root), started(), progress(1.0, 1, 10, *[0.5] * 10), ended(2.0, 1))
    kept = Catalogue(root)
    with Lock.acquire(run):
        kept.refresh()
        run.events.unlink()
        told(run, started())
        (entry,) = kept.refresh()
        assert entry.summary.epoch == 0


def test_reading_takes_breaks_and_comes_to_an_end(root: Path, reads: Reads) -> None:
    for seed in range(4):
        done(root, seed)
    kept = Catalogue(root)
    for read in range(1, 5):
        entries = kept.refresh(budget=0.0)
        assert [entry.summary.state for entry in entries].count(UNREAD) == 4 - read
        assert kept.complete == (read == 4)
    assert len(reads()) == 4
    unread = Catalogue(root).refresh(budget=0.0)[-1]
    assert not (unread.changeable)
    assert not (unread.resumable)
    assert not (unread.active)


def test_a_change_waits_for_its_turn_and_shows_what_was_before(root: Path) -> None:
    runs = [done(root, seed) for seed in range(2)]
    kept = Catalogue(root)
    kept.refresh()
    for run in runs:
        write_note(run, "new")
    assert sorted(entry.summary.note for entry in kept.refresh(budget=0.0)) == ["", "new"]
    assert [entry.summary.note for entry in kept.refresh(budget=0.0)] == ["new", "new"]
    assert kept.complete


def test_what_is_wrong_is_said_without_the_whole_path(root: Path) -> None:
    broken, failed = done(root, 1), new_run(root, 2)
    broken.config.write_text("{")
    failure = RunFailed(t=1.0, what="no such file", where="/x.npz", remedy="", exit_code=3)
    told(failed, failure)
    entries = by_title(Catalogue(root).refresh())
    assert entries["paper-s1"].problem.startswith("config.json: not a run configuration")
    assert (entries["paper-s1"].summary.state, entries["paper-s1"].resumable) == ("broken", False)
    assert entries["paper-s1"].changeable
    assert entries["paper-s2"].problem == "no such file (/x.npz)"
    assert entries["paper-s2"].resumable


def test_a_shipped_run_is_only_looked_at(root: Path) -> None:
    run = told(new_run(root), started(), RunStopped(t=1.0, signal="SIGTERM"))
    run.card.write_text("# card")
    (entry,) = Catalogue(root).refresh()
    assert entry.shipped
    assert not (entry.changeable)
    assert not (entry.resumable)
    assert not (entry.active)


def test_a_trend_is_short_and_ends_with_the_latest(root: Path) -> None:
    epochs = [ended(float(epoch), epoch) for epoch in range(1, 41)]
    told(new_run(root), started(epochs=40), *epochs, finished(50.0))
    (entry,) = Catalogue(root).refresh()
    assert len(entry.trend) == catalogue.TREND_POINTS


def test_the_start_is_the_events_or_else_the_names(root: Path) -> None:
    run = done(root)
    (entry,) = Catalogue(root).refresh()
    assert entry.started_at == 1.7e9
    run.events.unlink()
    (entry,) = Catalogue(root).refresh()
    assert entry.started_at == NOON.timestamp()
    assert RunConfig().title in str(run.path)


def test_a_folder_that_is_gone_has_no_runs(root: Path) -> None:
    root.rmdir()
    kept = Catalogue(root)
    assert kept.refresh() == []
    assert kept.complete


def test_every_run_is_looked_at_again_in_turn(root: Path) -> None:
    runs = [done(root, seed) for seed in range(4)]
    kept = Catalogue(root)
    kept.refresh()
    for run in runs:
        write_note(run, "new")
    for read in range(1, 5):
        assert [entry.summary.note for entry in kept.refresh(budget=0.0)].count("new") == read
        assert kept.complete
    for note in ("second", "third"):  # the one that the last round ended before is not passed over
        for run in runs:
            write_note(run, note)
        for _ in runs:
            entries = kept.refresh(budget=0.0)
        assert {entry.summary.note for entry in entries} == {note}


def test_the_first_list_of_many_runs_looks_at_each_but_twice_and_reads_one(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in range(100):
        run = RunDir(root / f"2026-11-23T1200-paper-s{seed}")
        run.path.mkdir()
        run.config.write_text("{}")
    looks: list[object] = []

    def counted(look: Callable[..., os.stat_result]) -> Callable[..., os.stat_result]:
        def counting(path: object, **how: object) -> os.stat_result:
            looks.append(path)
            return look(path, **how)

        return counting

    monkeypatch.setattr(os, "stat", counted(os.stat))
    monkeypatch.setattr(os, "lstat", counted(os.lstat))
    entries = Catalogue(root).refresh(budget=0.0)
    monkeypatch.undo()
    assert [entry.summary.state for entry in entries].count(UNREAD) == 99
    assert len(looks) <= 2 * 100 + 50  # the rest is for the run that was read
