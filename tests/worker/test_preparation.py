"""What a configuration makes of the trainer that is prepared."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from typed import present

from snn_tui.config.build import build
from snn_tui.errors import RunError
from snn_tui.runs.named_weights import with_checksums
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import create, read_config
from snn_tui.worker.preparation import Prepared, prepare, share_cores
from snn_tui.worker.stopping import StopRequest
from snn_tui.worker.trainer import train_run


def ignore(what: str, share: float | None) -> None:
    """Nobody is told of what is prepared."""


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


def test_a_run_learns_from_the_runs_that_it_names(tiny_file: Path, tmp_path: Path) -> None:
    """Teachers are opened from the folder of the run, and change what is learned; a resume needs them."""

    def made(**options: object) -> RunDir:
        quick = {"data": str(tiny_file), "epochs": 1, "batch_size": 8, "num_steps": 4, "device": "cpu"}
        config = with_checksums(build({**quick, **options}), tmp_path)
        run = create(tmp_path, config, datetime(2026, 11, 23, 12, 0))
        assert train_run(run, lambda event: None, StopRequest()) == 0
        return run

    teacher = made(name="teacher", seed=1)
    plain, taught = made(name="plain"), made(name="taught", teacher="teacher", teacher_share=0.9)
    assert plain.weights.read_bytes() != taught.weights.read_bytes()
    assert present(read_config(taught).teacher).startswith(f"{teacher.name}@")
    teacher.weights.write_bytes(plain.weights.read_bytes())
    with pytest.raises(RunError, match="other weights"):
        prepare(read_config(taught), taught, lambda what, share: None)
    retina = with_checksums(build({"dataset": "demo-retinamnist", "teacher": "teacher"}), tmp_path)
    with pytest.raises(RunError, match="it cannot teach these images: their classes are") as error:
        prepare(retina, RunDir(tmp_path / "new"), lambda what, share: None)
    assert "same classes" in error.value.remedy


def test_the_weights_before_the_first_batch_are_those_of_the_run_to_begin_with(
    tiny_file: Path, tmp_path: Path
) -> None:
    quick = {"data": str(tiny_file), "epochs": 1, "batch_size": 8, "device": "cpu"}
    source = create(tmp_path, build({**quick, "neuron": "relu"}), datetime(2026, 11, 23, 12, 0))
    assert train_run(source, lambda event: None, StopRequest()) == 0
    config = with_checksums(build({**quick, "num_steps": 4, "seed": 3, "init_from": source.name}), tmp_path)
    run = create(tmp_path, config, datetime(2026, 11, 23, 12, 1))
    weights = load_file(source.weights)
    for ready in (prepare(config, run, ignore), prepare(config, None, ignore, root=tmp_path)):
        state = ready.trainer.network.state_dict()
        assert all(torch.equal(state[name], value) for name, value in weights.items())
    source.weights.write_bytes(source.weights.read_bytes() + b" ")
    with pytest.raises(RunError, match="other weights than when the new run was made"):
        prepare(config, run, ignore)
