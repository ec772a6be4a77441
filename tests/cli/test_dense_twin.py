"""`--neuron relu` and `--init-from` from the command line: a network and its dense twin."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typed import present

from cli.conftest import Command, Refused
from cli.test_evaluate_tasks import write_set
from snn_tui.runs.beginning import beginning_of
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import list_runs

QUICK = ("--epochs", 1, "--batch-size", 8, "--lr", 3e-3, "--device", "cpu")
SPIKE_WORDS = re.compile(r"spik|fire|firing|membrane", re.IGNORECASE)


def trained(command: Command, root: Path, *options: object) -> RunDir:
    """A run that was just trained."""
    code, _, err = command("--train-only", "--runs-dir", root, *QUICK, *options)
    assert code == 0, err
    return list_runs(root)[0]


@pytest.fixture
def twin(command: Command, tiny_file: Path, tmp_path: Path) -> RunDir:
    """A dense twin of the study's network."""
    return trained(command, tmp_path / "runs", "--data", tiny_file, "--neuron", "relu")


def without_spike_words(text: str) -> None:
    """No word says that something fires, but for the sentence that says that nothing does."""
    for line in text.replace("Without spikes", "").splitlines():
        assert not SPIKE_WORDS.search(line), line


def test_a_twin_is_trained_judged_and_looked_at_without_a_word_of_spikes(
    command: Command, twin: RunDir, tmp_path: Path
) -> None:
    started = present(beginning_of(twin))
    assert (started.config.neuron, started.config.num_steps, started.engine) == ("relu", 1, "batched")
    for arguments in (("evaluate", twin.path), ("inspect", twin.path, "--index", 3)):
        code, out, err = command(*arguments)
        assert code == 0, err
        without_spike_words(out.replace("without spikes", ""))
    code, out, _ = command("evaluate", twin.path, "--json")
    judged = json.loads(out)
    assert list(judged["scores"]["rates"]) == ["conv1", "conv2"]
    assert judged["energy"]["effective_acs"] == 0
    assert 0 < judged["energy"]["effective_macs"] < judged["energy"]["dense"]
    assert judged["energy"]["matched_bits"] == 32


def test_what_inspect_says_of_a_twin_is_what_evaluate_counts(
    command: Command, twin: RunDir, tmp_path: Path
) -> None:
    page, table = tmp_path / "report.html", tmp_path / "images.csv"
    assert command("report", twin.path, "-o", page, "--csv", table)[0] == 0
    without_spike_words(re.sub(r"(?s)<style>.*?</style>|<svg.*?</svg>", "", page.read_text()))
    rows = list(csv.DictReader(table.open()))
    for row in rows[:3]:
        code, out, _ = command("inspect", twin.path, "--index", row["image"], "--json")
        image = json.loads(out)
        assert code == 0
        assert image["counts"] is image["membranes"] is None
        low, high = image["currents"]
        assert image["score"] == pytest.approx(2 * (high - low))
        assert float(row["decision"]) == pytest.approx(image["score"], abs=1e-5)
        assert float(row["probability"]) == pytest.approx(1 / (1 + np.exp(-image["score"])), abs=1e-5)
        assert row["verdict"] == image["prediction"]
        assert float(row["current_pneumonia"]) == pytest.approx(high, abs=1e-5)


def test_a_twin_is_compared_with_the_spiking_network(
    command: Command, twin: RunDir, tiny_file: Path, tmp_path: Path
) -> None:
    spiking = trained(command, twin.path.parent, "--data", tiny_file, "--num-steps", 4)
    code, out, err = command("evaluate", twin.path, "--against", spiking.path, "--robustness")
    assert code == 0, err
    assert "McNemar" in out
    study = ("study", "--runs-dir", twin.path.parent, *QUICK, "--data", tiny_file, "--neuron", "relu")
    code, out, err = command(*study, "--seeds", "0-1", "--against", spiking.path)
    assert code == 0, err
    assert "McNemar" in out


@pytest.mark.parametrize("flag", ["retinamnist", "chestmnist"])
def test_twins_of_several_classes_and_labels(command: Command, flag: str, tmp_path: Path) -> None:
    several = flag == "chestmnist"
    write_set(tmp_path / f"{flag}.npz", 14 if several else 5, several=several)
    data = "--data", tmp_path / f"{flag}.npz", "--dataset", flag
    run = trained(command, tmp_path / "runs", *data, "--neuron", "relu")
    page, table = tmp_path / "report.html", tmp_path / "images.csv"
    code, _, err = command("report", run.path, "-o", page, "--csv", table)
    assert code == 0, err
    without_spike_words(re.sub(r"(?s)<style>.*?</style>|<svg.*?</svg>", "", page.read_text()))
    for arguments in (("evaluate", run.path), ("inspect", run.path, "--index", 3)):
        code, out, err = command(*arguments)
        assert code == 0, err
        without_spike_words(out)
    image = json.loads(command("inspect", run.path, "--index", 3, "--json")[1])
    logits: Any = [8 * (current - 0.5) if several else 2 * current for current in image["currents"]]
    assert image["scores"] == pytest.approx(logits)
    said = [name for name, logit in zip(image["classes"], logits, strict=True) if logit > 0]
    assert image["predicted"] == (said if several else [image["classes"][int(np.argmax(logits))]])


def test_a_run_begins_with_the_weights_of_another_and_says_whose(
    command: Command, refused: Refused, twin: RunDir, tiny_file: Path
) -> None:
    """A spiking run after its twin: the weights are those, they are recorded, and a resume does without."""
    common = "--data", tiny_file, "--num-steps", 4, "--init-from", twin.name
    run = trained(command, twin.path.parent, *common, "--lr", 1e-7)
    assert re.fullmatch(rf"{twin.name}@[0-9a-f]{{8}}", present(present(beginning_of(run)).config.init_from))
    from safetensors.numpy import load_file

    ours, theirs = load_file(run.weights), load_file(twin.weights)
    for name, value in theirs.items():
        assert np.allclose(ours[name], value, atol=1e-5), name
    words = refused(
        4, "--train-only", "--runs-dir", twin.path.parent, *QUICK, *common, "--layers", "12C5-MP2-16C3-MP2"
    )
    assert f"--init-from {twin.name}" in words
    assert "its layer conv2 has weights of 32x12x3x3, and this network's of 16x12x3x3" in words
    assert len(list_runs(twin.path.parent)) == 2
    for path in twin.path.iterdir():
        path.unlink()
    assert command("--train-only", "--resume", run.path, "--epochs", 2)[0] == 0
