"""Choosing a device: what is there is taken, what is not is said."""

from __future__ import annotations

import os

import pytest
import torch

from snn_tui.errors import UsageError
from snn_tui.snn.device import resolve


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
