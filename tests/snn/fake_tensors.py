"""Tensors that say they are on a GPU and hold no numbers: operations on tensors of two devices fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import snntorch
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode

from snn_tui.snn import engines
from snn_tui.snn.encoding import Batch, Stream
from snn_tui.snn.network import NetworkSpec, SpikingNetwork


@contextmanager
def on_cuda(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """New tensors are fake in the `with` block.

    Yields:
        What Python waited for the device for, in order: each number that it asked for.
    """
    waits: list[str] = []

    def number(kind: str) -> float:
        waits.append(kind)
        return 0.5

    monkeypatch.setattr(FakeTensor, "__float__", lambda tensor: number("float"), raising=False)
    monkeypatch.setattr(FakeTensor, "__bool__", lambda tensor: number("bool") > 0, raising=False)
    monkeypatch.setattr(
        FakeTensor, "tolist", lambda tensor: [number("list") for _ in range(len(tensor))], raising=False
    )
    monkeypatch.setattr(FakeTensor, "pin_memory", lambda tensor: tensor, raising=False)
    neurons = snntorch.SpikingNeuron.instances  # snnTorch keeps them all, and its resets would meet fake ones
    before = list(neurons)
    try:
        with FakeTensorMode(allow_non_fake_inputs=True):
            yield waits
    finally:
        neurons[:] = before
        engines._on_device.cache_clear()  # of fake class weights


def network_there(spec: NetworkSpec) -> SpikingNetwork:
    """A network whose parameters and buffers are on the GPU; `Module.to` cannot bring fake ones there."""
    network = SpikingNetwork(spec)
    for module in network.modules():
        for name, parameter in list(module.named_parameters(recurse=False)):
            setattr(module, name, nn.Parameter(torch.empty(parameter.shape, device="cuda")))
        for name, buffer in list(module.named_buffers(recurse=False)):
            setattr(module, name, torch.empty(buffer.shape, dtype=buffer.dtype, device="cuda"))
    return network


def batch_there(spec: NetworkSpec, draws: Tensor | int = 2, count: int = 3) -> tuple[Batch, Tensor]:
    """Images and labels on the GPU."""
    pixels = torch.empty(count, spec.channels, spec.size, spec.size, dtype=torch.uint8, device="cuda")
    numbers = torch.empty(count, dtype=torch.int64, device="cuda")
    return Batch(pixels, numbers, draws, Stream.TRAIN), torch.empty(count, dtype=torch.int64, device="cuda")
