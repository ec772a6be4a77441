"""Which run somebody means."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from runs.samples import NOON, new_run
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import RunError
from snn_tui.runs import store
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import create, find, shipped_runs


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
    new_run(root)
    newest = create(root, RunConfig(), NOON + timedelta(minutes=1))
    assert find("last", root) == newest


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
