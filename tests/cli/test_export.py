"""`snn-tui export`: what is written where, what is refused before any work, and runs that cannot be read."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from export.event_files import scalars

from cli.conftest import Command, Refused
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.summary import state_of


@pytest.fixture
def other(copy: RunDir) -> RunDir:
    """A second run beside `copy`."""
    return RunDir(Path(shutil.copytree(copy.path, copy.path.parent / "other")))


def test_every_format_has_the_losses_of_the_run(command: Command, copy: RunDir, tmp_path: Path) -> None:
    table, document, parquet, board = (tmp_path / name for name in ("c.csv", "c.json", "c.parquet", "board"))
    formats = ("--csv", table, "--json", document, "--parquet", parquet, "--tensorboard", board)
    code, out, err = command("export", "last", *formats)
    assert (code, err) == (0, "")
    assert out.splitlines() == [str(path) for path in (table, document, parquet, board)]
    state = state_of(copy)
    losses = dict(zip(state.loss_steps, state.losses, strict=True))
    with table.open() as file:
        rows = [row for row in csv.DictReader(file) if row["metric"] == "train/loss"]
    assert {int(row["step"]): float(row["value"]) for row in rows} == losses
    points = [
        point for point in json.loads(document.read_text())[0]["points"] if point["metric"] == "train/loss"
    ]
    assert {point["step"]: point["value"] for point in points} == losses
    assert scalars(board / copy.name)["train/loss"] == pytest.approx(losses, rel=1e-6)
    assert parquet.read_bytes().startswith(b"PAR1")
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_the_output_holds_nothing_but_the_table(command: Command, copy: RunDir, other: RunDir) -> None:
    code, out, err = command("export", copy.name, other.name, "--csv", "-")
    assert (code, err) == (0, "")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert {row["run"] for row in rows} == {copy.name, other.name}
    assert [run["run"] for run in json.loads(command("export", copy.name, "--json", "-")[1])] == [copy.name]


def test_all_runs_but_those_that_cannot_be_read(
    command: Command, refused: Refused, copy: RunDir, other: RunDir
) -> None:
    other.events.unlink()
    other.events.mkdir()
    code, out, err = command("export", "--all", "--csv", "-")
    assert code == 0
    assert {row["run"] for row in csv.DictReader(io.StringIO(out))} == {copy.name}
    assert err.startswith("left out: ")
    assert "other/events.jsonl" in err
    assert "other/events.jsonl" in refused(4, "export", "other", "--csv", "a.csv")
    assert not Path("a.csv").exists()


def test_a_run_named_but_unreadable_is_an_error_after_the_others_were_written(
    command: Command, copy: RunDir, other: RunDir, tmp_path: Path
) -> None:
    other.events.unlink()
    other.events.mkdir()
    code, _, err = command("export", copy.name, "other", "--csv", "a.csv")
    assert code == 4
    assert "1 of 2 runs left out" in err
    assert copy.name in (tmp_path / "a.csv").read_text()


def test_nothing_is_written_over_without_force(
    command: Command, refused: Refused, copy: RunDir, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("mine")
    assert "exists already" in refused(2, "export", copy.name, "--csv", "a.csv")
    assert (tmp_path / "a.csv").read_text() == "mine"
    assert command("export", copy.name, "--csv", "a.csv", "--force")[0] == 0
    assert command("export", copy.name, "--tensorboard", "board")[0] == 0
    assert "event files already" in refused(2, "export", copy.name, "--tensorboard", "board")
    assert command("export", copy.name, "--tensorboard", "board", "--force")[0] == 0
    assert len(list((tmp_path / "board" / copy.name).iterdir())) == 1


def test_what_is_wrong_is_named(refused: Refused, copy: RunDir, tmp_path: Path) -> None:
    assert "no format" in refused(2, "export", copy.name)
    assert "no run was named" in refused(2, "export", "--csv", "-")
    assert "besides" in refused(2, "export", copy.name, "--all", "--csv", "-")
    assert "both tables" in refused(2, "export", copy.name, "--csv", "-", "--json", "-")
    assert "no run" in refused(4, "export", "nothing", "--csv", "-")
    assert "there is no run yet" in refused(4, "export", "--all", "--csv", "-", "--runs-dir", "empty")
    assert "no such folder" in refused(2, "export", copy.name, "--csv", "no/a.csv")
    assert "no folder" in refused(2, "export", copy.name, "--tensorboard", "no/where/board")
    (tmp_path / "file").touch()
    assert "no folder" in refused(2, "export", copy.name, "--tensorboard", "file")
    twin = shutil.copytree(copy.path, tmp_path / "elsewhere" / copy.name)
    assert "have this name" in refused(2, "export", copy.name, twin, "--csv", "-")


@pytest.mark.parametrize(
    ("option", "module"), [("--tensorboard", "tensorboardX"), ("--parquet", "pyarrow")], ids=str
)
def test_a_missing_library_is_named_with_the_extra_that_brings_it(
    refused: Refused, copy: RunDir, monkeypatch: pytest.MonkeyPatch, option: str, module: str
) -> None:
    for room in ("tables", "tensorboard"):
        monkeypatch.setattr(f"snn_tui.export.curves.{room}.find_spec", lambda name: None)
    told = refused(2, "export", copy.name, option, "x")
    assert module in told
    assert f"snn-tui[{option[2:]}]" in told
    assert not Path("x").exists()


def test_a_run_that_cannot_be_logged_is_not_begun(
    refused: Refused, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snn_tui.export.curves.tensorboard.find_spec", lambda name: None)
    for arguments in (("--train-only", "--demo"), ("study", "--demo")):
        message = refused(2, *arguments, "--log-tensorboard", "board")
        assert "--log-tensorboard: TensorBoard's files are written by tensorboardX" in message
        assert "snn-tui[tensorboard]" in message
    assert not (tmp_path / "checkpoints").exists()
