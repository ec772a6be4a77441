"""What a configuration makes of the trainer that is prepared."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from snn_tui.config.build import build
from snn_tui.worker.preparation import Prepared, prepare, share_cores


def prepared(path: Path, **options: object) -> Prepared:
    """A quick training, ready to begin."""
    quick = {"data": str(path), "epochs": 1, "batch_size": 8, "num_steps": 4, "device": "cpu"}
    return prepare(build({**quick, **options}), None, lambda what, share: None)


def trained(path: Path, **options: object) -> Tensor:
    """All parameters of the network after training, in one row."""
    trainer = prepared(path, **options).trainer
    for _ in trainer.run():
        pass
    return torch.cat([parameter.detach().flatten() for parameter in trainer.network.parameters()])


@pytest.mark.parametrize("engine", ["batched", "fused"])
def test_class_weights_of_a_configuration_reach_the_training(tiny_file: Path, engine: str) -> None:
    plain, same, weighted = (
        trained(tiny_file, engine=engine, balance="none", class_weights=weights)
        for weights in ("none", "none", "balanced")
    )
    assert torch.equal(plain, same)
    assert not torch.equal(plain, weighted)


def test_class_weights_of_undersampled_classes_are_noted(tiny_file: Path) -> None:
    words = "all class weights are 1: the classes are undersampled to one size"
    assert words in prepared(tiny_file, class_weights="balanced").dataset.notice
    assert words not in prepared(tiny_file).dataset.notice
    assert words not in prepared(tiny_file, class_weights="balanced", balance="none").dataset.notice


@pytest.mark.parametrize(("processes", "threads"), [(1, 9), (2, 4), (20, 1)])
def test_the_processes_of_a_machine_share_its_cores(
    processes: int, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    monkeypatch.setattr("snn_tui.worker.preparation._threads_alone", lambda: 9)
    monkeypatch.setattr(torch, "set_num_threads", taken.append)
    share_cores(processes)  # the tests' own OMP_NUM_THREADS says how many
    assert taken == []
    monkeypatch.delenv("OMP_NUM_THREADS")
    share_cores(processes)
    assert taken == [threads]
