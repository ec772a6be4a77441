"""`snn-tui study`: several runs, one table; called again it goes on; `evaluate` with its comparisons."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import other_images
from PIL import Image
from typed import present

from cli.conftest import Command, Refused
from snn_tui.config.build import build
from snn_tui.errors import UsageError
from snn_tui.runs.process import is_trained, stop
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import create, list_runs, read_config, read_metrics
from snn_tui.runs.study import parse_seeds
from snn_tui.runs.summary import state_of

QUICK = ("--epochs", 1, "--batch-size", 8, "--num-steps", 6, "--device", "cpu")


def wait(reached: Callable[[], bool]) -> None:
    """Wait until something is so; fails after a minute."""
    end = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_seeds() -> None:
    assert parse_seeds("0-4") == [0, 1, 2, 3, 4]
    assert parse_seeds("7, 1-3,2") == [7, 1, 2, 3]
    for wrong in ("", "a", "4-1", "-3", "1,,2", "0-99999", str(2**32)):
        with pytest.raises(UsageError):
            parse_seeds(wrong)


def test_a_study_trains_each_seed_once_and_is_told_from_its_runs(
    command: Command, tiny_file: Path, tmp_path: Path
) -> None:
    root = tmp_path / "runs"
    call = ("study", "--seeds", "0,1", "--jobs", 2, "--data", tiny_file, "--runs-dir", root, *QUICK, "--json")
    code, out, _ = command(*call)
    assert code == 0
    found = json.loads(out)
    assert [run["state"] for run in found["runs"]] == ["finished", "finished"]
    assert sorted(read_config(run).seed for run in list_runs(root)) == [0, 1]
    tested = [present(present(present(read_metrics(run)).test).accuracy) for run in list_runs(root)]
    mean, deviation = found["spread"]["test"]["accuracy"]
    assert mean == pytest.approx(sum(tested) / 2)
    assert deviation == pytest.approx(abs(tested[0] - tested[1]) / 2**0.5)
    assert found["together"]["images"] == 20
    assert set(found["together"]["means"]) == {"accuracy", "balanced", "auc"}

    code, out, _err = command(*call[:-1], "--against", list_runs(root)[0].path)  # all is there already
    assert (code, len(list_runs(root))) == (0, 2)
    assert "McNemar" in out
    assert "paper-s0" in out


def test_a_study_goes_on_with_what_was_interrupted(
    command: Command, tiny_file: Path, tmp_path: Path, new_tiny_run: object
) -> None:
    root = tmp_path / "runs"
    call = ("study", "--seeds", "0", "--data", tiny_file, "--runs-dir", root, *QUICK)
    assert command(*call)[0] == 0
    (run,) = list_runs(root)
    run.metrics.unlink()
    lines = run.events.read_bytes().splitlines(keepends=True)
    run.events.write_bytes(b"".join(line for line in lines if b"RunFinished" not in line))
    assert command(*call)[0] == 0
    assert list_runs(root) == [run]
    assert read_metrics(run) is not None


def test_runs_of_other_images_do_not_count(command: Command, tiny_file: Path, tmp_path: Path) -> None:
    root, data = tmp_path / "runs", Path(shutil.copy(tiny_file, tmp_path / "mine.npz"))
    call = ("study", "--seeds", "0", "--data", data, "--runs-dir", root, *QUICK, "--json")
    assert command(*call)[0] == 0
    (first,) = list_runs(root)
    other_images(tiny_file, data)
    code, out, err = command(*call)
    assert code == 0
    assert f"left aside: {first.name}" in err
    (counted,) = json.loads(out)["runs"]
    assert counted["name"] != first.name
    assert len(list_runs(root)) == 2
    shutil.copy(tiny_file, data)
    assert json.loads(command(*call)[1])["runs"][0]["name"] == first.name


def test_trainers_save_and_end_with_a_study_that_is_killed(tiny_file: Path, tmp_path: Path) -> None:
    root = tmp_path / "runs"
    long = [
        str(option) for option in (*QUICK[2:], "--epochs", 10_000, "--data", tiny_file, "--runs-dir", root)
    ]
    call = [sys.executable, "-m", "snn_tui", "study", "--seeds", "0-3", "--jobs", "2", *long]
    study = subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait(lambda: sum(state_of(run).step > 0 for run in list_runs(root)) == 2)
    finally:
        study.kill()
        study.wait()
    runs = list_runs(root)
    wait(lambda: not any(is_trained(run) for run in runs))
    for run in runs:
        assert state_of(run).phase == "stopped"
        assert state_of(run).checkpoint is not None
        assert run.resume_state.exists()
    assert len(list_runs(root)) == 2


def test_a_trainer_of_its_own_outlives_who_started_it(tiny_file: Path, tmp_path: Path) -> None:
    config = build(
        {"data": str(tiny_file), "epochs": 10_000, "batch_size": 8, "num_steps": 6, "device": "cpu"}
    )
    run = create(tmp_path, config, datetime(2026, 11, 23))
    code = (
        "import sys, pathlib; from snn_tui.runs import process, rundir; "
        "process.start_worker(rundir.RunDir(pathlib.Path(sys.argv[1])))"
    )
    subprocess.run([sys.executable, "-c", code, run.path], check=True)
    try:
        wait(lambda: state_of(run).step > 0)
        assert is_trained(run)
    finally:
        stop(run)
    wait(lambda: state_of(run).phase == "stopped")


def test_folds_never_read_test(command: Command, tiny_file: Path, tmp_path: Path) -> None:
    root = tmp_path / "runs"
    code, out, _ = command(
        "study", "--seeds", "3", "--folds", 2, "--data", tiny_file, "--runs-dir", root, *QUICK, "--json"
    )
    assert code == 0
    runs = list_runs(root)
    assert sorted(run.title for run in runs) == ["paper-s3-f1of2", "paper-s3-f2of2"]
    assert all(present(read_metrics(run)).test is None for run in runs)
    found = json.loads(out)
    assert found["spread"]["test"] == {}
    assert found["together"] is None


def test_two_runs_are_judged_by_the_same_images_and_it_is_said_by_which(
    command: Command, finished: RunDir, copy: RunDir
) -> None:
    config = json.loads(copy.config.read_bytes())
    copy.config.write_text(json.dumps(config | {"seed": 3}))  # its own balancing leaves out other images
    alone = json.loads(command("evaluate", finished.path, "--json")[1])
    both = json.loads(command("evaluate", finished.path, "--against", copy.path, "--json")[1])
    for field in ("images", "balanced", "scores"):
        assert both[field] == alone[field]
    assert alone["images"] == 16
    assert both["against"]["mcnemar"]["p"] == 1.0
    _, out, _ = command("evaluate", finished.path, "--against", copy.path)
    assert "test of PneumoniaMNIST: 16 images, balanced" in out
    assert "both judged by the same 16 images" in out
    _, out, _ = command("evaluate", finished.path, "--against", copy.path, "--all")
    assert "both judged by the same 20 images" in out


def test_what_a_study_sets_itself_is_refused(refused: Refused) -> None:
    for option, value in (("--seed", 1), ("--fold", "1/2"), ("--name", "x")):
        assert option in refused(2, "study", "--demo", option, value)
    assert "--seeds" in refused(2, "study", "--demo", "--seeds", "4-1")


def test_evaluate_tells_what_a_decision_costs(command: Command, finished: RunDir) -> None:
    code, out, _ = command("evaluate", finished.path, "--json")
    assert code == 0
    energy = json.loads(out)["energy"]
    assert energy["effective_macs"] == 0
    assert 0 < energy["effective_acs"] < energy["dense"]
    assert energy["layers"]["conv1"]["dense"] == 8 * 24 * 24 * 25 * 12
    code, out, _ = command("evaluate", finished.path)
    assert "pays below" in out
    assert "conv2" in out


def test_the_constants_of_energy_can_be_set(
    command: Command, finished: RunDir, refused: Refused, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def energy(*options: str) -> dict[str, Any]:
        cost: dict[str, Any] = json.loads(command("evaluate", finished.path, "--json", *options)[1])["energy"]
        return cost

    usual, twice = energy(), energy("--pj", "mac=9.2,ac=1.8,byte=25")
    for form in ("nanojoules", "memory_nanojoules", "neurobench_nanojoules", "matched_memory_nanojoules"):
        assert twice[form] == pytest.approx(2 * usual[form])
    assert len(usual["nanojoules_by_step"]) == usual["num_steps"]
    assert usual["nanojoules_by_step"][-1] == usual["nanojoules"]
    assert twice["memory_break_even"] == pytest.approx(usual["memory_break_even"])
    assert "--pj" in refused(2, "evaluate", finished.path, "--pj", "mac=much")
    assert "--pj" in refused(2, "report", finished.path, "-o", tmp_path / "no.html", "--pj", "joule=1")
    monkeypatch.setenv("SNN_TUI_PJ", "mac=much")
    words = refused(2, "evaluate", finished.path)
    assert "SNN_TUI_PJ" in words
    assert "--pj" not in words
    monkeypatch.setenv("SNN_TUI_PJ", "mac=9.2,ac=1.8,byte=25")
    assert energy() == twice
    assert command("report", finished.path, "-o", tmp_path / "page.html")[0] == 0
    text = (tmp_path / "page.html").read_text()
    assert "9.2 pJ a MAC and 1.8 pJ an AC" in text
    assert "25 pJ a byte, for" in text  # not the published memory of 1 MB


def test_evaluate_under_corruption_and_against_another_run(
    command: Command, finished: RunDir, copy: RunDir
) -> None:
    code, out, _ = command(
        "evaluate", finished.path, "--split", "val", "--robustness", "--against", copy.path, "--json"
    )
    assert code == 0
    found = json.loads(out)
    assert found["against"]["mcnemar"]["p"] == 1.0
    assert found["balanced"] is True
    assert list(found["robustness"]) == [finished.name, str(copy.path)]
    trials = list(found["robustness"].values())
    assert [len(one) for one in trials] == [13] * len(trials)
    assert trials[0][0]["corruption"] == "none"
    assert trials[0][0]["scores"]["accuracy"] == found["scores"]["accuracy"]
    errors = found["medmnist_c"]
    assert list(errors) == list(found["robustness"])
    own = errors[finished.name]
    assert own.keys() == {
        "dataset",
        "side",
        "paper_side",
        "clean",
        "balanced_error",
        "corruptions",
        "left_out",
    }
    assert own["clean"] == pytest.approx(
        1 - (found["scores"]["sensitivity"] + found["scores"]["specificity"]) / 2
    )
    for corruption in own["corruptions"]:
        assert corruption.keys() == {"corruption", "balanced_error", "severities"}
        assert [one["severity"] for one in corruption["severities"]] == [1, 2, 3, 4, 5]
        for one in corruption["severities"]:
            assert one.keys() == {"severity", "parameters", "balanced_error", "scores"}
    code, out, _ = command("evaluate", finished.path, "--split", "val", "--robustness")
    assert "shift 4 px" in out
    assert "Under corruption, on val" in out
    assert "Balanced error under the corruptions of MedMNIST-C, on val" in out


def test_what_makes_no_sense_is_refused(refused: Refused, finished: RunDir) -> None:
    assert "leaves nothing to train on" in refused(2, "study", "--demo", "--folds", "1")
    assert "the run itself" in refused(2, "evaluate", finished.path, "--against", finished.path)


def test_runs_of_different_folds_are_not_compared_on_val(
    command: Command, finished: RunDir, copy: RunDir
) -> None:
    config = json.loads(copy.config.read_bytes())
    copy.config.write_text(json.dumps(config | {"fold": "1/5"}))
    code, out, err = command("evaluate", finished.path, "--split", "val", "--against", copy.path)
    assert (code, out) == (2, "")
    assert "different folds" in err
    assert command("evaluate", finished.path, "--against", copy.path)[0] == 0


def test_folds_that_divide_a_persons_pictures_are_noticed(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for label, kind in enumerate(("NORMAL", "PNEUMONIA")):
        for index in range(24):
            path = tmp_path / f"films/{kind}/person{index % 12}_{index}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((8, 8), 50 * label + index, np.uint8)).save(path)
    monkeypatch.setattr("snn_tui.cli.study._train", lambda *arguments, **options: None)
    call = ("study", "--folds", 2, "--seeds", 0, "--data", tmp_path / "films", *QUICK)
    advice = r"note: the folds divide images of a person: --group-by '(person\d+)_' keeps"
    assert advice in command(*call)[2]
    assert advice not in command(*call, "--group-by", r"(person\d+)_")[2]
    assert advice not in command(*call[:1], *call[3:])[2]
