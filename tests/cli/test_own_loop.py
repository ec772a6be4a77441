"""Commands and a run of a training loop of one's own: what shows it, and what refuses it in a sentence."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import snn_tui
from cli.conftest import Command, Refused


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The directory of such a run."""
    with snn_tui.start("mine", config={"lr": 0.5, "net": {"beta": 0.9}}, dataset="Pets") as run:
        for loss in (1.0, 0.5):
            run.batch(loss, reward=2.0)
        run.epoch(accuracy=0.75, loss=0.25, spikes=9.0)
        run.checkpoint({"w": np.zeros(3)})
    return run.path


@pytest.mark.parametrize(
    "arguments",
    [
        ["evaluate", "mine"],
        ["inspect", "mine", "--index", "0"],
        ["report", "mine", "-o", "x.html"],
        ["export", "mine", "--nir", "x.nir"],
        ["--train-only", "--resume", "mine"],
        ["--train-only", "--demo", "--init-from", "mine"],
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_what_needs_the_network_is_refused_in_a_sentence(
    arguments: list[str], own: Path, refused: Refused
) -> None:
    words = refused(4, *arguments)
    assert "whose network snn-tui does not have" in words or "no checkpoint" in words


def test_it_is_listed_and_found_by_its_settings(own: Path, command: Command) -> None:
    code, out, _ = command("runs", "--query", "loop.lr>0.4 loop.net.beta=0.9 acc>0.7")
    assert code == 0
    assert "mine" in out
    assert "Pets" in out
    assert "mine" not in command("runs", "--query", "preset=paper")[1]
    assert "mine" in command("runs", "--query", "lr=0.5")[1]


def test_all_that_it_logged_is_exported(own: Path, command: Command) -> None:
    assert command("export", "mine", "--csv", "out.csv", "--json", "out.json")[0] == 0
    with open("out.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    values = {row["metric"]: row["value"] for row in rows}
    assert values["train/reward"] == "2.0"
    assert values["epoch/spikes"] == "9.0"
    assert values["val/accuracy"] == "0.75"
    assert [row["value"] for row in rows if row["metric"] == "train/loss"] == ["1.0", "0.5"]
    (exported,) = json.loads(Path("out.json").read_text())
    assert exported["config"]["lr"] == 0.5
    assert exported["config"]["preset"] is None
