"""Which run somebody means."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from runs.samples import NOON, new_run, started
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import RunError
from snn_tui.runs import events, store
from snn_tui.runs.lock import Lock
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import create, find, has_checkpoint, label, shipped_runs
from snn_tui.runs.summary import summaries


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Runs are kept here."""
    path = tmp_path / "runs"
    path.mkdir()
    return path


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package without shipped runs."""
    path = tmp_path / "site" / "snn_tui"
    path.mkdir(parents=True)
    monkeypatch.setattr(store, "_PACKAGE", path)
    return path


def begin(run: RunDir, at: float) -> None:
    """Let a trainer have been ready at a time, in seconds since 1970."""
    run.events.write_bytes(events.encode(msgspec.structs.replace(started(), started_at=at)))


def ship(folder: Path, name: str) -> RunDir:
    """A run with a model card."""
    run = RunDir(folder / name)
    run.path.mkdir(parents=True)
    run.config.write_bytes(b"{}")
    run.card.write_text("# card")
    return run


def test_by_name_title_and_their_beginnings(root: Path) -> None:
    run, other = new_run(root, 4), create(root, RunConfig(seed=51), NOON + timedelta(days=1))
    assert find("2026-11-23T1200-paper-s4", root) == run
    assert find("2026-11-23", root) == run
    assert find("paper-s4", root) == run
    assert find("paper-s5", root) == other


def test_a_whole_title_goes_before_the_beginning_of_another(root: Path) -> None:
    new_run(root, 41)
    run = new_run(root, 4)
    assert find("paper-s4", root) == run


@pytest.mark.parametrize("reference", ["paper", "paper-s4", "2026", "2"])
def test_what_could_be_several_is_refused_with_their_names(root: Path, reference: str) -> None:
    runs = [create(root, RunConfig(seed=4), NOON + timedelta(days=day)) for day in range(2)]
    with pytest.raises(RunError) as raised:
        find(reference, root)
    assert all(run.name in raised.value.what for run in runs)


def test_of_ten_thousand_matches_six_are_named(root: Path) -> None:
    for number in range(10_000):
        (root / f"2026-11-23T1200-paper-s{number}").mkdir()
        (root / f"2026-11-23T1200-paper-s{number}" / "config.json").touch()
    with pytest.raises(RunError) as raised:
        find("2026", root)
    assert raised.value.what.count("2026-11-23T1200-paper-s") == 6
    assert raised.value.what.endswith(" and 9 994 others")
    assert len(raised.value.what) < 250


def test_by_path(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = new_run(root)
    assert find(str(run.path), root / "elsewhere") == run
    monkeypatch.chdir(run.path)
    assert find(".", root / "elsewhere") == run
    monkeypatch.chdir(root)
    assert find(f"./{run.name}/", root / "elsewhere") == run
    with pytest.raises(RunError, match="there is no run at"):
        find(str(root), root)


def test_last_is_the_newest_of_ones_own(root: Path) -> None:
    with pytest.raises(RunError, match="no run yet"):
        find("last", root)
    ship(root, "2027-01-01T0000-shipped")
    with pytest.raises(RunError, match="no run yet"):
        find("last", root)
    never_began = new_run(root)
    with pytest.raises(RunError, match="no run has begun"):
        find("last", root)
    begin(never_began, 1.7e9)
    assert find("last", root) == never_began


def test_last_began_last_whatever_the_local_time_in_its_name(root: Path) -> None:
    in_a_container = create(root, RunConfig(seed=1), NOON + timedelta(hours=8))
    on_the_host, never = new_run(root, 2), create(root, RunConfig(seed=3), NOON + timedelta(days=1))
    begin(in_a_container, 1.7e9)
    begin(on_the_host, 1.7e9 + 60)
    assert find("last", root) == on_the_host
    assert [row.name for row in summaries(root)] == [run.name for run in (never, on_the_host, in_a_container)]
    in_a_container.weights.write_bytes(b"weights")
    assert find("last", root, has_checkpoint) == in_a_container
    os.utime(on_the_host.events, (1.7e9, 1.7e9))
    os.utime(in_a_container.events, (1.7e9 + 7 * 86400, 1.7e9 + 7 * 86400))  # it trained for a week
    assert find("last", root) == on_the_host


def test_a_trainer_that_is_preparing_has_begun(root: Path) -> None:
    begin(new_run(root, 1), 1.7e9)
    preparing = new_run(root, 2)
    with Lock.acquire(preparing):
        assert find("last", root) == preparing
    assert find("last", root) != preparing


def test_shipped_runs_of_a_source_checkout_and_of_an_installed_package(root: Path, package: Path) -> None:
    assert shipped_runs() == []
    beside = ship(package.parent / "checkpoints", "pneumonia-paper")
    new_run(package.parent / "checkpoints")
    assert shipped_runs() == [beside]
    assert find("pneumonia-paper", root) == beside
    assert find("pneu", root) == beside
    inside = ship(package / "shipped", "pneumonia-paper")
    assert shipped_runs() == [inside]


def test_ones_own_run_goes_before_a_shipped_one_of_the_same_name(root: Path, package: Path) -> None:
    ship(package / "shipped", "pneumonia-paper")
    own = ship(root, "pneumonia-paper")
    assert find("pneumonia-paper", root) == own
    assert find("pneu", root) == own


def test_not_found_names_the_nearest(root: Path) -> None:
    run = new_run(root, 4)
    with pytest.raises(RunError) as raised:
        find("papr-s4", root)
    assert run.name in raised.value.what
    assert "snn-tui runs" in raised.value.remedy


@pytest.mark.parametrize(
    "reference", ["", "\x1b[2Jpaper", "a\0b", "/a\0b", "\udcff", "./\x1b]0;x\x07", "x" * 10_000]
)
def test_strange_references_are_not_found_and_not_repeated_raw(root: Path, reference: str) -> None:
    new_run(root)
    with pytest.raises(RunError) as raised:
        find(reference, root)
    message = f"{raised.value} {raised.value.remedy}"
    assert message.isprintable()
    assert len(message) < 1000


def test_strange_names_of_folders_are_not_repeated_raw(root: Path) -> None:
    for number in range(2):
        run = RunDir(root / f"bad\x1b[2J{number}")
        run.path.mkdir()
        run.config.write_bytes(b"{}")
    with pytest.raises(RunError) as raised:
        find("bad", root)
    assert raised.value.what.isprintable()


def test_runs_with_one_title_are_called_by_their_whole_names(root: Path) -> None:
    first = create(root, RunConfig(seed=1), NOON)
    assert label(first) == "paper-s1"
    second = create(root, RunConfig(seed=1), NOON + timedelta(minutes=1))
    other = create(root, RunConfig(seed=2), NOON)
    os.utime(root, ns=(1, 1))
    assert [label(run) for run in (first, second, other)] == [first.name, second.name, "paper-s2"]
    assert label(RunDir(root / "gone" / "2026-11-23T1200-x")) == "x"
