"""`--steps` and `--exit` from the command line: judged, looked at, reported, studied, and refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Command, Refused
from cli.test_dense_twin import trained
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import list_runs, read_config


@pytest.fixture
def run(command: Command, tiny_file: Path, tmp_path: Path) -> RunDir:
    """A run of six steps."""
    return trained(command, tmp_path / "runs", "--data", tiny_file, "--num-steps", 6)


def judged(command: Command, run: RunDir, *options: object) -> dict[str, Any]:
    """What `evaluate --json` writes."""
    code, out, err = command("evaluate", run.path, "--json", *options)
    assert code == 0, err
    answer: dict[str, Any] = json.loads(out)
    return answer


@pytest.mark.parametrize("steps", [1, 3, 9])
def test_a_run_is_judged_after_other_steps_than_its_own(command: Command, run: RunDir, steps: int) -> None:
    own, other = judged(command, run), judged(command, run, "--steps", steps)
    assert (own["num_steps"], other["num_steps"]) == (6, steps)
    assert other["energy"]["num_steps"] == len(other["energy"]["nanojoules_by_step"]) == steps
    shared = min(steps, 6)
    assert other["energy"]["nanojoules_by_step"][:shared] == pytest.approx(
        own["energy"]["nanojoules_by_step"][:shared]
    )
    assert read_config(run).num_steps == 6
    steps_word = "step" if steps == 1 else "steps"
    assert f"judged after {steps} time {steps_word}" in command("evaluate", run.path, "--steps", steps)[1]


def test_early_exit_is_chosen_on_val_and_stands_beside_all_steps(command: Command, run: RunDir) -> None:
    full, early = judged(command, run), judged(command, run, "--exit", "0.2")
    assert full["exit"] is None
    exits = early["exit"]
    rule = exits["rule"]
    assert (rule["split"], rule["loss"], rule["num_steps"]) == ("val", 0.2, 6)
    assert rule["accuracy"] >= rule["full_accuracy"] - 0.2 - 1e-9
    assert sum(exits["stops"]) == early["images"]
    steps = range(1, 7)
    mean = sum(number * step for number, step in zip(exits["stops"], steps, strict=True)) / early["images"]
    assert exits["mean_steps"] == pytest.approx(mean)
    by_step = full["energy"]["nanojoules_by_step"]
    assert exits["nanojoules"] == pytest.approx(
        sum(number * cost for number, cost in zip(exits["stops"], by_step, strict=True)) / early["images"]
    )
    assert exits["full_nanojoules"] == full["energy"]["nanojoules"] == early["energy"]["nanojoules"]
    assert exits["full_accuracy"] == full["scores"]["accuracy"]
    assert exits["full_auc"] == full["scores"]["auc"]
    assert exits["accuracy"] == early["scores"]["accuracy"]
    assert exits["auc"] == early["scores"]["auc"]
    points = exits["points"]
    assert points[-1]["mean_steps"] == 6
    assert points[-1]["accuracy"] == pytest.approx(rule["full_accuracy"])
    assert [point["threshold"] for point in points] == sorted({point["threshold"] for point in points})
    assert [point["mean_steps"] for point in points] == sorted(point["mean_steps"] for point in points)
    out = command("evaluate", run.path, "--exit", "0.2")[1]
    assert "chosen on the" in out
    assert "to lose at most 0.2 of accuracy there" in out
    assert "all 6 steps" in out


def test_one_image_has_the_verdict_of_the_step_at_which_it_fell(command: Command, run: RunDir) -> None:
    for index in range(4):
        arguments = ("inspect", run.path, "--index", index, "--json")
        code, out, err = command(*arguments, "--exit", "0.5")
        assert code == 0, err
        early = json.loads(out)
        assert early["exit"]["loss"] == 0.5
        step = early["verdict_step"]
        assert early["num_steps"] == 6
        after = json.loads(command(*arguments, "--steps", step)[1])
        assert after["exit"] is None
        for name in ("prediction", "score", "counts", "membranes"):
            assert early[name] == after[name], name
    assert f"step {step} of 6" in command("inspect", run.path, "--index", index, "--exit", "0.5")[1]


def test_a_run_whose_configuration_has_an_exit_is_judged_by_it(
    command: Command, tiny_file: Path, tmp_path: Path
) -> None:
    run = trained(command, tmp_path / "runs", "--data", tiny_file, "--num-steps", 6, "--exit", "auto")
    assert read_config(run).exit == "auto"
    assert judged(command, run)["exit"]["rule"]["loss"] == 0
    assert judged(command, run, "--exit", "off")["exit"] is None
    assert judged(command, run, "--steps", 1)["exit"] is None
    page = tmp_path / "report.html"
    assert command("report", run.path, "-o", page)[0] == 0
    assert "<h2>Early exit</h2>" in page.read_text()
    assert "never on test" in page.read_text()
    assert "until the verdict falls" in page.read_text()
    assert "judged with early exit, " in page.read_text()
    assert command("report", run.path, "-o", page, "--force", "--exit", "off", "--steps", 2)[0] == 0
    assert "<h2>Early exit</h2>" not in page.read_text()
    assert "judged after 2 time steps, trained to be judged after 6" in page.read_text()


def test_a_study_is_judged_early_and_after_other_steps(
    command: Command, tiny_file: Path, tmp_path: Path
) -> None:
    quick = ("--epochs", 1, "--batch-size", 8, "--num-steps", 6, "--device", "cpu")
    call = ("study", "--seeds", "0", "--data", tiny_file, "--runs-dir", tmp_path / "runs", *quick)
    assert command(*call)[0] == 0
    code, out, err = command(*call, "--exit", "0.3", "--steps", "4", "--json")
    assert code == 0, err
    assert len(list_runs(tmp_path / "runs")) == 1  # it is the same run, judged in another way
    together = json.loads(out)["together"]
    assert set(together["full_means"]) == set(together["means"])
    assert 1 <= together["mean_steps"] <= 4
    out = command(*call, "--exit", "0.3", "--steps", "4")[1]
    assert "after all steps" in out
    assert "judged after 4 time steps" in out


def test_what_has_no_earlier_step_is_refused(
    command: Command, refused: Refused, run: RunDir, tiny_file: Path, tmp_path: Path
) -> None:
    twin = trained(command, tmp_path / "twins", "--data", tiny_file, "--neuron", "relu")
    for name in ("evaluate", "inspect"):
        more = ("--index", 0) if name == "inspect" else ()
        words = refused(2, name, twin.path, "--exit", "auto", *more)
        assert words.startswith("error: --exit: a network without spikes has no earlier step")
        words = refused(2, name, twin.path, "--steps", 4, *more)
        assert words.startswith("error: --steps: a network without spikes (--neuron relu) has one time step")
        words = refused(2, name, run.path, "--exit", "auto", "--steps", 1, *more)
        assert words.startswith("error: --exit: an image that is judged after one step has no earlier step")
        assert "--exit: 'soon' is not allowed" in refused(2, name, run.path, "--exit", "soon", *more)
    assert "--steps" in refused(2, "evaluate", run.path, "--steps", 0)
