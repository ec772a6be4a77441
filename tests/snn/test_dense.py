"""Networks without spikes: what they compute, by every engine that covers them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from typed import present

from snn.parity import FURTHER, NORMED, SPECS, images, network
from snn_tui.config.layers import parse
from snn_tui.errors import UsageError
from snn_tui.snn.engines import Engine, Recipe
from snn_tui.snn.engines.batched import BatchedEngine
from snn_tui.snn.engines.reference import ReferenceEngine
from snn_tui.snn.engines.registry import choose
from snn_tui.snn.engines.selfcheck import Candidate, first_right
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.snn.operations import Tally

RECIPE = Recipe(1, encoding="direct", loss="current", train_steps=1)
DENSE = {
    name: replace((SPECS | FURTHER | NORMED)[name], neuron="relu")
    for name in ("paper", "three blocks, three classes", "colour", "all but batch norm", "as plus")
}


def currents_of(of: SpikingNetwork, pixels: Tensor) -> Tensor:
    """What the layers compute as an ordinary network, `[B, K]`."""
    *hidden, (_, out) = of.named_layers()
    values = pixels.float() / 255
    for _, layer in hidden:
        values = F.relu(layer.synapses(values))
    currents: Tensor = out.synapses(values)
    return currents


@pytest.mark.parametrize("kind", [ReferenceEngine, BatchedEngine])
@pytest.mark.parametrize("name", DENSE)
def test_a_dense_network_is_an_ordinary_one(
    name: str, kind: type[ReferenceEngine] | type[BatchedEngine]
) -> None:
    of = network(DENSE[name], "sparse")
    batch, labels = images(of.spec, 20)
    engine = kind(of, RECIPE)
    of.eval()
    prediction, recording = engine.predict(batch, labels), engine.record(batch)
    with torch.no_grad():
        wanted = currents_of(of, batch.images)
    assert torch.allclose(prediction.membranes, wanted, rtol=1e-4, atol=1e-5)
    assert torch.allclose(present(prediction.losses), F.cross_entropy(2 * wanted, labels, reduction="none"))
    assert prediction.counts.shape == (20, 0), "nothing is counted where nothing fires"
    assert recording.spikes_in.shape[0] == 1
    assert list(prediction.rates) == [name for name in of.shapes if name != "out"]
    for name, rate in prediction.rates.items():
        assert rate == pytest.approx(float((recording.spikes[name] > 0).float().mean()), abs=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("name", DENSE)
def test_gradients_of_a_dense_network_agree(name: str, smoothing: float) -> None:
    of, recipe = network(DENSE[name], "sparse"), replace(RECIPE, label_smoothing=smoothing)
    batch, labels = images(of.spec, 24)
    engines: list[Engine] = [ReferenceEngine(of, recipe), BatchedEngine(of, recipe)]
    losses, gradients = [], []
    for engine in engines:
        losses.append(engine.learn(batch, labels))
        gradients.append([present(parameter.grad).clone() for parameter in of.parameters()])
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    for mine, theirs in zip(*gradients, strict=True):
        assert float((mine - theirs).norm()) <= 1e-4 * float(theirs.norm()) + 1e-7


def test_several_labels_are_learned_without_spikes() -> None:
    of = network(replace(DENSE["colour"], classes=5), "sparse")
    recipe = replace(RECIPE, several_labels=True)
    batch, _ = images(of.spec, 12)
    labels = torch.randint(0, 2, (12, 5), generator=torch.Generator().manual_seed(1)).float()
    found, wanted = (kind(of, recipe).learn(batch, labels) for kind in (BatchedEngine, ReferenceEngine))
    assert found == pytest.approx(wanted, rel=1e-5)


def test_the_fused_engine_says_that_it_covers_no_dense_network() -> None:
    of = network(DENSE["paper"])
    with pytest.raises(UsageError, match="other neurons than leaky ones"):
        choose("fused", of, RECIPE)
    chosen = choose("auto", of, RECIPE)
    assert chosen.engine.name == "batched"
    assert "other neurons than leaky ones" in chosen.note


def test_the_self_check_takes_a_right_engine_and_finds_a_wrong_one() -> None:
    of = network(DENSE["paper"], "sparse")
    batches = [images(of.spec, 4, seed) for seed in (1, 2)]
    reference = ReferenceEngine(of, RECIPE)
    right = Candidate("right", lambda: BatchedEngine(of, RECIPE))
    engine, notes = first_right([right], reference, of, batches)
    assert (engine.name, notes) == ("batched", [])
    other = network(DENSE["paper"], "half", seed=3)
    wrong = Candidate("wrong", lambda: BatchedEngine(other, RECIPE))
    engine, notes = first_right([wrong], reference, of, batches)
    assert engine is reference
    assert notes == ["wrong not used: the outputs of conv1 are others"]


def test_operations_of_a_dense_network_are_multiply_adds() -> None:
    """By hand: a 1x1 kernel of weight 1 on four pixels, of which one is black; then two outputs."""
    of = SpikingNetwork(NetworkSpec(layers=parse("1C1"), size=2, neuron="relu"))
    with torch.no_grad():
        for parameter in of.parameters():
            parameter.fill_(1.0)
        bias = next(module.bias for module in of.modules() if isinstance(module, nn.Conv2d))
        present(bias).zero_()
    batch, _ = images(of.spec, 2)
    batch.images[:] = torch.tensor([[[0, 255], [51, 102]]])
    tally = Tally(of)
    tally.add(ReferenceEngine(of, RECIPE).record(batch))
    energy = tally.energy()
    assert (energy.layers["conv1"].macs, energy.layers["conv1"].dense) == (3, 4)
    assert (energy.layers["out"].macs, energy.layers["out"].dense) == (6, 8)
    assert energy.acs == 0
    assert energy.sparsity == 0.25
    assert energy.state_bytes == 0
