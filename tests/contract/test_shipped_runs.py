"""The runs that come with the program: complete, self-describing, and nothing in them that is of no use."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from snn_tui.config.files import from_json
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import read_config, read_metrics
from snn_tui.training.checkpoint import metadata_of

ROOT = Path(__file__).parents[2]

TENSORS = {
    "pneumonia-paper": "b68a15d7d489d294a39ce55e782fd7af5bcd6fb3db8afbeaeba1fe27bfafc292",
    "pneumonia-plus": "a6eafba3e601853f8db104bd7a1bf0aa3804b18576fc69a530269aeed9b8680c",
}
"""SHA-256 of the weights' bytes, which all numbers in the model cards were measured with."""

FILES = {"MODEL_CARD.md", "config.json", "events.jsonl", "metrics.json", "model.safetensors"}


@pytest.fixture(params=TENSORS)
def run(request: pytest.FixtureRequest) -> RunDir:
    return RunDir(ROOT / "checkpoints" / request.param)


def test_every_shipped_run_is_looked_at_here() -> None:
    assert {path.name for path in (ROOT / "checkpoints").iterdir() if (path / "MODEL_CARD.md").exists()} == {
        *TENSORS
    }


def test_the_weights_carry_the_configuration(run: RunDir) -> None:
    content = run.weights.read_bytes()
    metadata = metadata_of(content)
    config = read_config(run)
    assert from_json(metadata["config"].encode()) == config
    written = json.loads(run.config.read_text())
    assert {name: json.loads(metadata["config"])[name] for name in written} == written
    assert metadata["format"] == "pt"
    assert (metadata["preset"], metadata["dataset"]) == (config.preset, config.dataset)
    metrics = read_metrics(run)
    assert metrics is not None
    assert int(metadata["epoch"]) == metrics.kept_epoch


def test_the_weights_are_those_the_model_card_speaks_of(run: RunDir) -> None:
    content = run.weights.read_bytes()
    begin = 8 + int.from_bytes(content[:8], "little")
    assert hashlib.sha256(content[begin:]).hexdigest() == TENSORS[run.name]


def test_it_holds_its_files_and_the_card_names_them(run: RunDir) -> None:
    assert {path.name for path in run.path.iterdir()} == FILES
    card = run.card.read_text(encoding="utf-8")
    assert {*re.findall(r"^\| `([\w.]+)` \|", card, re.MULTILINE)} == FILES - {"MODEL_CARD.md"}


def test_the_card_names_the_study_and_the_data(run: RunDir) -> None:
    card = run.card.read_text(encoding="utf-8")
    for source in (
        "SNN-MedMNIST",
        "github.com/aksufatih/snn-medmnist",
        "Yang et al. 2023",
        "Kermany et al. 2018",
    ):
        assert source in card
