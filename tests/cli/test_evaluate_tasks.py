"""`snn-tui evaluate` and `report` of several classes in colour, and of several labels an image."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch

from cli.conftest import Command
from cli.test_other_images import trained
from snn_tui.runs.rundir import RunDir
from snn_tui.training.checkpoint import metadata_of, weights_to_bytes

SIZES = {"train": 60, "val": 20, "test": 30}


def write_set(path: Path, labels: int, *, several: bool) -> None:
    """A file in MedMNIST's layout whose images are brighter in the place of their class or labels."""
    rng = np.random.default_rng(3)
    arrays: dict[str, Any] = {}
    for split, size in SIZES.items():
        if several:
            truth = (rng.random((size, labels)) < 0.3).astype(np.uint8)
            truth[:labels] |= np.eye(labels, dtype=np.uint8)
            truth[labels : 2 * labels] = 0
            hot = truth
        else:
            truth = (np.arange(size) % labels).astype(np.uint8)[:, None]
            hot = np.eye(labels, dtype=np.uint8)[truth[:, 0]]
        images = rng.integers(0, 90, (size, 28, 28))
        for label in range(labels):
            images[:, 2 * label : 2 * label + 2] += 150 * hot[:, label, None, None]
        colour = images if several else np.stack([images, images // 2, images], axis=-1)
        arrays |= {f"{split}_images": colour.astype(np.uint8), f"{split}_labels": truth}
    np.savez(path, **arrays)


@pytest.fixture(params=["retinamnist", "chestmnist"])
def flag(request: pytest.FixtureRequest) -> str:
    """A set of several classes, and one of several labels."""
    return str(request.param)


@pytest.fixture
def run(command: Command, flag: str, tmp_path: Path) -> RunDir:
    """A run trained on a small set of that kind."""
    several = flag == "chestmnist"
    write_set(tmp_path / f"{flag}.npz", 14 if several else 5, several=several)
    return trained(command, tmp_path / "runs", "--data", tmp_path / f"{flag}.npz", "--dataset", flag)


def test_scores_of_every_kind_are_medmnists(command: Command, run: RunDir, flag: str, tmp_path: Path) -> None:
    from medmnist import INFO
    from medmnist.evaluator import getACC, getAUC

    results = tmp_path / "results"
    results.mkdir()
    code, out, err = command("evaluate", run.path, "--json", "--all", "--medmnist-csv", results)
    assert (code, err) == (0, "")
    found = json.loads(out)
    scored = found["task_scores"]
    (file,) = results.iterdir()
    assert file.name.startswith(f"{flag}_test_[AUC]{scored['auc']:.3f}_[ACC]{scored['accuracy']:.3f}@")
    rows = np.array([[float(cell) for cell in line] for line in csv.reader(file.open())])
    assert rows[:, 0].tolist() == [*range(30)]
    with np.load(tmp_path / f"{flag}.npz") as arrays:
        truth = arrays["test_labels"]
    task = INFO[flag]["task"]
    assert getACC(truth, rows[:, 1:], task) == scored["accuracy"] == found["scores"]["accuracy"]
    assert getAUC(truth, rows[:, 1:], task) == scored["auc"] == found["scores"]["auc"]
    assert len(scored["classes"]) == (14 if flag == "chestmnist" else 5)
    assert found["benchmarks"] == []  # it is not the official file


def test_the_tables_of_every_kind(command: Command, run: RunDir, flag: str) -> None:
    code, out, _ = command("evaluate", run.path, "--split", "val")
    assert code == 0
    for words in ("balanced accuracy", "macro F1", "sens", "spec", "prec", "AP"):
        assert words in out
    assert ("quadratic kappa" in out) is (flag == "retinamnist")
    assert ("missed" in out) is (flag == "chestmnist")
    assert "published" not in out.lower()


def test_two_runs_of_every_kind_are_compared_and_tried_on_worse_images(
    command: Command, run: RunDir, flag: str, tmp_path: Path
) -> None:
    other = trained(
        command, tmp_path / "more", "--data", tmp_path / f"{flag}.npz", "--dataset", flag, "--seed", "5"
    )
    code, out, _ = command("evaluate", run.path, "--against", other.path)
    assert code == 0
    assert "McNemar" in out
    assert ("right: all labels of an image" in out) is (flag == "chestmnist")
    found = json.loads(command("evaluate", run.path, "--against", other.path, "--robustness", "--json")[1])
    test = found["against"]["mcnemar"]
    assert test["both"] + test["first"] + test["second"] + test["neither"] == found["images"]
    trials = found["robustness"][run.name]
    assert trials[0]["scores"]["accuracy"] == found["scores"]["accuracy"]
    assert all(trial["scores"]["balanced"] is not None for trial in trials)


def test_a_report_of_every_kind(command: Command, run: RunDir, flag: str, tmp_path: Path) -> None:
    page, table = tmp_path / "r.html", tmp_path / "r.csv"
    code, _, err = command("report", run.path, "-o", page, "--csv", table)
    assert (code, err) == (0, "")
    text = page.read_text("utf-8")
    assert text.count('aria-label="ROC curve of') + text.count("No curve:") == (
        14 if flag == "chestmnist" else 5
    )
    assert "8 draws" in text
    rows = list(csv.DictReader(table.open()))
    wrong = sum(row["right"] == "0" for row in rows)
    assert text.count("data:image/png;base64,") == min(wrong, 12)
    assert f"{wrong} of {len(rows)} images are judged wrong" in text or not wrong


def test_weights_of_an_epoch_that_was_not_completed_are_called_so(command: Command, copy: RunDir) -> None:
    assert f"{copy.name}, epoch 3, test of" in command("evaluate", copy.path)[1]
    content = copy.weights.read_bytes()
    metadata = {**metadata_of(content), "batch": "2"}
    copy.weights.write_bytes(weights_to_bytes(safetensors.torch.load(content), metadata))
    assert f"{copy.name}, within epoch 3, test of" in command("evaluate", copy.path)[1]
