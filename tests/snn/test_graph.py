"""A captured training step, with a stand-in for the graphs of CUDA that records operations on the CPU."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor
from typed import present

from snn.fake_cuda import FakeCuda
from snn.parity import NORMED, SPECS, images
from snn_tui.snn.batch_norm import share_statistics, statistics_of
from snn_tui.snn.encoding import Batch, Stream
from snn_tui.snn.engines import Recipe
from snn_tui.snn.engines.batched import BatchedEngine, graph
from snn_tui.snn.network import NetworkSpec, SpikingNetwork

PLUS = Recipe(4, 3, encoding="direct", loss="current", label_smoothing=0.1, class_weights=(0.5, 1.5))
RECIPES = {"paper": (SPECS["one block"], Recipe(4, 3)), "plus": (NORMED["as plus"], PLUS)}


@pytest.fixture
def cuda(monkeypatch: pytest.MonkeyPatch) -> FakeCuda:
    fake = FakeCuda()
    monkeypatch.setattr(graph, "cuda", fake)
    return fake


def learned(engine: BatchedEngine, network: SpikingNetwork, batch: Batch, labels: Tensor) -> list[Tensor]:
    """The loss and the gradients of a batch."""
    loss = engine.learn(batch, labels)
    gradients = [present(parameter.grad).clone() for parameter in network.parameters()]
    return [torch.tensor(loss), *gradients]


def batches(spec: NetworkSpec) -> list[tuple[Batch, Tensor]]:
    """Two batches of one size with a draw for all of their images, a smaller one, and one of another draw."""
    made = [images(spec, count, seed) for seed, count in enumerate((4, 4, 3, 4))]
    return [
        (replace(batch, draws=draw, stream=Stream.TRAIN), labels)
        for (batch, labels), draw in zip(made, (1, 1, 1, 2), strict=True)
    ]


@pytest.mark.parametrize("name", RECIPES)
def test_a_replayed_step_is_the_step(name: str, cuda: FakeCuda) -> None:
    """Over batches and optimizer steps: losses, gradients, weights, and batch norm's statistics."""
    spec, recipe = RECIPES[name]
    networks = [SpikingNetwork(spec, 1) for _ in range(2)]
    engines = [
        BatchedEngine(of, recipe, graph=captured)
        for of, captured in zip(networks, (False, True), strict=True)
    ]
    optimizers = [torch.optim.Adam(of.parameters(), lr=0.01) for of in networks]
    for batch, labels in batches(spec):
        step = [learned(engine, of, batch, labels) for engine, of in zip(engines, networks, strict=True)]
        for one, other in zip(*step, strict=True):
            assert torch.equal(one, other)
        for optimizer in optimizers:
            optimizer.step()
        plain, captured = (of.state_dict() for of in networks)
        assert all(torch.equal(captured[key], value) for key, value in plain.items() if "mem" not in key)
    assert cuda.captures == 2  # for batches of four and of three


def test_weights_that_are_loaded_are_those_that_a_replay_reads(cuda: FakeCuda) -> None:
    spec, recipe = RECIPES["paper"]
    one, other = SpikingNetwork(spec, 1), SpikingNetwork(spec, 2)
    engine = BatchedEngine(one, recipe, graph=True)
    (batch, labels), *_ = batches(spec)
    before = learned(engine, one, batch, labels)
    one.load_state_dict(other.state_dict())
    one.zero_grad(set_to_none=True)
    after = learned(engine, one, batch, labels)
    assert not torch.equal(before[1], after[1])
    expected = learned(BatchedEngine(other, recipe, graph=False), other, batch, labels)
    assert all(torch.equal(mine, theirs) for mine, theirs in zip(after, expected, strict=True))


def test_the_capture_follows_the_rules(cuda: FakeCuda) -> None:
    """Warmed up and captured on one stream of the device, which waits and is waited for."""
    spec, recipe = RECIPES["paper"]
    engine = BatchedEngine(SpikingNetwork(spec, 1), recipe, graph=True)
    engine.learn(*batches(spec)[0])
    assert cuda.log == [
        "device cpu",
        "side waits for main",
        "on side",
        "main waits for side",
        "capture on side, thread_local",
    ]


def test_a_step_that_waits_for_the_device_cannot_be_captured(cuda: FakeCuda) -> None:
    batch, labels = batches(SPECS["one block"])[0]
    weight = torch.ones(3)

    def waits(batch: Batch, labels: Tensor) -> tuple[Tensor, list[Tensor]]:
        return weight * float(weight.sum()), []

    with pytest.raises(RuntimeError, match="capturing"):
        graph.CapturedStep(waits, [], batch, labels)


def test_statistics_shared_by_processes_are_not_captured(cuda: FakeCuda) -> None:
    """They are exchanged while the step is computed."""
    spec = NORMED["as plus"]
    network = SpikingNetwork(spec, 1)
    share_statistics(network, lambda values: values.unsqueeze(0))
    BatchedEngine(network, PLUS, graph=True).learn(*batches(spec)[0])
    assert cuda.captures == 0


def test_warming_up_leaves_batch_norm_as_it_was(cuda: FakeCuda, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = NORMED["as plus"]
    network = SpikingNetwork(spec, 1)
    before = statistics_of(network)
    monkeypatch.setattr(FakeCuda, "graph", None)
    with pytest.raises(TypeError):
        BatchedEngine(network, PLUS, graph=True).learn(*batches(spec)[0])
    assert all(torch.equal(before[name], value) for name, value in statistics_of(network).items())
