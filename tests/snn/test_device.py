"""Choosing a device: what is there is taken, what is not is said."""

from __future__ import annotations

import os

import pytest
import torch

from snn_tui.errors import UsageError
from snn_tui.snn.device import resolve, resolve_shared


def test_the_cpu_is_always_there() -> None:
    assert resolve("cpu") == torch.device("cpu")


def test_auto_takes_a_gpu_only_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert resolve("auto") == torch.device("cpu")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert resolve("auto") == torch.device("mps")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert resolve("auto") == torch.device("cuda:0")


@pytest.mark.parametrize(
    ("name", "said"), [("cuda", "no CUDA GPU"), ("cuda:0", "no CUDA GPU"), ("mps", "Apple")]
)
def test_a_device_that_is_absent_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, said: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(UsageError, match=said) as refused:
        resolve(name)
    assert name in refused.value.where
    assert "cpu" in refused.value.remedy


def test_a_gpu_beyond_the_last_is_refused_with_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert resolve("cuda:1") == torch.device("cuda:1")
    assert resolve("cuda") == torch.device("cuda:0")
    with pytest.raises(UsageError, match="there are 2"):
        resolve("cuda:2")


def test_a_gpu_computes_in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    """TF32 would move membranes by a thousandth, and so the spikes."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8")
    for name in ("auto", "cuda:0"):
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = True
        resolve(name)
        assert not torch.backends.cudnn.allow_tf32
        assert not torch.backends.cuda.matmul.allow_tf32
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":16:8"


@pytest.mark.parametrize(
    ("name", "gpus", "bound", "device"),
    [
        ("auto", 0, False, "cpu"),
        ("cpu", 2, False, "cpu"),
        ("auto", 2, False, "cuda:1"),
        ("cuda", 4, False, "cuda:1"),
        ("auto", 1, True, "cuda:0"),  # srun let it see no other
    ],
)
def test_each_of_several_processes_gets_a_gpu_of_its_own(
    name: str, gpus: int, bound: bool, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    assert resolve_shared(name, 1, 2, bound=bound) == torch.device(device)


@pytest.mark.parametrize(
    ("name", "gpus", "what", "remedy"),
    [
        ("cuda", 0, "there is no GPU for 3 processes", "give --device cpu"),
        ("auto", 1, "there is 1 GPU for 3 processes", "give --devices 1, or --device cpu"),
        ("auto", 2, "there are 2 GPUs for 3 processes", "give --devices 2, or --device cpu"),
    ],
)
def test_more_processes_than_gpus_are_refused(
    name: str, gpus: int, what: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    with pytest.raises(UsageError, match=what) as refusal:
        resolve_shared(name, 0, 3)
    assert refusal.value.remedy == remedy
