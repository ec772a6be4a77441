"""Beginning a run of a training loop of one's own: its settings, its names, and what is refused."""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import snn_tui
from snn_tui.config.decided import MOST_VALUES, values_of
from snn_tui.config.loop import of_loop
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import RunError, UsageError
from snn_tui.runs.rundir import RUNS_VARIABLE, RunDir
from snn_tui.runs.store import read_config
from snn_tui.runs.summary import state_of


@dataclass
class Settings:
    """What a loop may have its settings in."""

    lr: float
    layers: tuple[int, ...]


def config_of(config: Any, folder: Path) -> RunConfig:
    """The configuration of a run as it is read back."""
    with snn_tui.start("net", config=config, runs_dir=folder) as run:
        pass
    return read_config(RunDir(run.path))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (None, {}),
        (
            {"lr": 1e-3, "net": {"beta": 0.9, "sizes": [1, 2]}},
            {"lr": 1e-3, "net": {"beta": 0.9, "sizes": [1, 2]}},
        ),
        (argparse.Namespace(lr=0.1, cuda=True), {"lr": 0.1, "cuda": True}),
        (Settings(0.5, (1, 2)), {"lr": 0.5, "layers": [1, 2]}),
        ({"path": Path("/x"), 3: None}, {"path": "/x", "3": None}),
        ({"scale": np.float32(0.5), "bad": math.nan}, {"scale": 0.5, "bad": None}),
        ({"line\nbreak": "a\x1b[31mb"}, {"line?break": "a?[31mb"}),
    ],
)
def test_settings_of_any_form_are_read_back(given: Any, kept: dict[str, Any], tmp_path: Path) -> None:
    assert config_of(given, tmp_path).loop == kept


def test_nested_settings_have_names_with_dots() -> None:
    config = of_loop("net", {"optimizer": {"name": "sgd", "betas": [0.9, 0.99]}, "lr": 1.0}, epochs=3)
    assert values_of(config) == {
        "epochs": 3,
        "optimizer.name": "sgd",
        "optimizer.betas": "[0.9,0.99]",
        "lr": 1.0,
    }


def test_of_very_many_settings_some_are_named() -> None:
    assert len(values_of(of_loop("net", {str(index): index for index in range(1000)}))) == MOST_VALUES


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"name": "my net"}, "name: 'my net' is not allowed"),
        ({"name": "last"}, "names the run that began last"),
        ({"config": 3}, "config: it has no names and values"),
        ({"config": {"pixels": ["0123456789"] * 40_000}}, "256 KiB is the most"),
        ({"epochs": -1}, "epochs: -1 is not allowed"),
        ({"classes": ["a", "A"]}, "classes:"),
        ({"classes": ["a", "b"], "positive": "c"}, "positive: 'c' is not one of two classes"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    arguments: dict[str, Any], words: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError) as refused:
        snn_tui.start(**{"name": "net", "runs_dir": tmp_path, **arguments})
    assert words in str(refused.value)
    assert refused.value.remedy
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_one_is_said_before_training(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="not a folder"):
        snn_tui.start("net", runs_dir=tmp_path / "file")


def test_the_folder_of_the_environment_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RUNS_VARIABLE, str(tmp_path))
    with snn_tui.start("net") as run:
        pass
    assert run.path.parent == tmp_path


@pytest.mark.parametrize(
    ("positive", "kind", "metric"), [(None, "multiclass", "macro_f1"), ("cat", "binary", "sensitivity")]
)
def test_the_task_is_what_was_told(positive: str | None, kind: str, metric: str, tmp_path: Path) -> None:
    options: dict[str, Any] = {"classes": ["dog", "cat"], "positive": positive, "dataset": "Pets"}
    with snn_tui.start("net", runs_dir=tmp_path, **options) as run:
        scores: dict[str, Any] = {metric: 0.25}
        run.epoch(**scores)
    state = state_of(RunDir(run.path))
    assert (state.task.name, state.task.classes, state.task.kind) == ("Pets", ("dog", "cat"), kind)
    assert getattr(state.epochs_ended[0].val, metric) == 0.25


def test_two_runs_of_one_name_are_two_directories(tmp_path: Path) -> None:
    with snn_tui.start("net", runs_dir=tmp_path) as one, snn_tui.start("net", runs_dir=tmp_path) as two:
        one.batch(1.0)
        two.batch(2.0)
    assert one.path != two.path
    assert [state_of(RunDir(run.path)).losses[0] for run in (one, two)] == [1.0, 2.0]
