"""`snn-tui sweep`: a table, JSON, the winner as a config file, and what is refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from cli.conftest import Command, Refused
from snn_tui.config.build import build
from snn_tui.config.files import read_toml
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import list_runs, read_config, read_metrics
from snn_tui.worker.stopping import StopRequest

QUICK = ("--epochs", 1, "--batch-size", 8, "--device", "cpu")


@pytest.fixture
def rates(tmp_path: Path) -> Path:
    file = tmp_path / "rates.toml"
    file.write_text("lr = {low = 1e-4, high = 1e-2, log = true}\nnum-steps = [4, 6]\n")
    return file


@pytest.fixture
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trainers do their work at once, without a process of their own."""
    from snn_tui.worker.trainer import train_run

    def train(run: RunDir, *, tied: bool) -> None:
        assert tied
        assert train_run(run, lambda event: None, StopRequest()) == 0

    monkeypatch.setattr("snn_tui.worker.sweeping.process.start_worker", train)
    monkeypatch.setattr("snn_tui.cli.sweep.LOOK_SECONDS", 0.0)


@pytest.mark.usefixtures("_in_this_process")
def test_a_sweep_has_a_front_a_table_and_a_winner(
    command: Command, refused: Refused, tiny_file: Path, tmp_path: Path, rates: Path
) -> None:
    root, best = tmp_path / "runs", tmp_path / "best.toml"
    call = ("sweep", "--space", rates, "--data", tiny_file, "--runs-dir", root, *QUICK)
    several = (*call, "--objective", "accuracy", "--objective", "energy")
    code, out, _ = command(*several, "--trials", 2, "--json")
    assert code == 0
    found = json.loads(out)
    assert [trial["state"] for trial in found["trials"]] == ["complete", "complete"]
    accuracy, energy = found["trials"][0]["values"]
    assert 0 <= accuracy <= 1 < energy
    run = root / found["trials"][0]["run"]
    judged = json.loads(command("evaluate", run, "--split", "val", "--json")[1])
    assert energy == pytest.approx(judged["energy"]["nanojoules"])
    assert all(read_metrics(run).test is None for run in list_runs(root))  # type: ignore[union-attr]

    code, out, err = command(*several, "--trials", 2, "--best", best)
    assert code == 0
    assert "2 complete" in out
    assert "num-steps" in out
    assert "front" in out
    winner = build({}, toml=read_toml(best))
    chosen = read_config(RunDir(root / found["trials"][found["front"][0]]["run"]))
    assert (winner.lr, winner.num_steps, winner.epochs) == (chosen.lr, chosen.num_steps, chosen.epochs)
    assert winner.read_test == "once"
    assert "--config" in err
    assert "exists already" in refused(2, *several, "--trials", 2, "--best", best)
    assert command(*several, "--trials", 2, "--best", best, "--force", "--pick", 1)[0] == 0
    assert read_toml(best)["lr"] == read_config(RunDir(root / found["trials"][1]["run"])).lr
    assert "no trial 7" in command(*several, "--trials", 2, "--best", best, "--force", "--pick", 7)[2]
    assert "other objectives" in refused(2, *call, "--trials", 2)
    assert "rates, 2 trials: 2 complete" in command(*several, "--trials", 1)[1]
    code, out, _ = command("runs", "--runs-dir", root, "--query", "sweep=rates", "--json")
    assert len(json.loads(out)) == 2
    assert command("runs", "--runs-dir", root, "--query", "sweep=rate", "--json")[1] == "[]\n"


def test_what_a_sweep_sets_itself_is_refused(refused: Refused, rates: Path, tmp_path: Path) -> None:
    call = ("sweep", "--demo", "--space", rates, "--trials", 2)
    assert "--read-test" in refused(2, *call, "--read-test", "once")
    assert "--lr" in refused(2, *call, "--lr", 0.1)
    assert "--pick" in refused(2, *call, "--pick", 1)
    assert "--objective" in refused(2, *call, "--objective", "speed")
    assert "there twice" in refused(2, *call, "--objective", "loss", "--objective", "loss")
    assert "no quadratic_kappa" in refused(2, *call, "--objective", "quadratic-kappa")
    assert "--name" in refused(2, *call, "--name", "x" * 60)
    assert "no such folder" in refused(2, *call, "--best", tmp_path / "none" / "best.toml")
    assert "seed" in refused(2, "sweep", "--demo", "--trials", 2, "--space", _space(tmp_path, "seed = [1]"))
    over = refused(2, *call, "--best", rates, "--force")
    assert "file of --space" in over
    assert rates.read_text().startswith("lr = {low")
    assert not (tmp_path / "checkpoints").exists()


def test_without_optuna_one_sentence_says_what_to_install(
    refused: Refused, rates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    assert "snn-tui[sweep]" in refused(2, "sweep", "--demo", "--space", rates, "--trials", 2)


def test_a_sweep_of_which_nothing_is_complete_says_why(command: Command, tmp_path: Path) -> None:
    file = _space(tmp_path, "layers = ['12C5-MP2-32C3-MP2-64C9']")
    code, _, err = command("sweep", "--space", file, "--trials", 2, "--demo", *QUICK)
    assert code == 4
    assert "no trial is complete" in err
    assert "leaves nothing of a picture" in err


def _space(folder: Path, text: str) -> Path:
    file = folder / "space.toml"
    file.write_text(text)
    return file
