"""Neuron models: the kernel of the leaky one against snnTorch, and another model through both engines."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from typed import present

from snn.parity import images
from snn_tui.config.layers import parse
from snn_tui.errors import UsageError
from snn_tui.snn.engines import Recipe
from snn_tui.snn.engines.batched import BatchedEngine
from snn_tui.snn.engines.reference import ReferenceEngine
from snn_tui.snn.engines.registry import choose
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.snn.neurons import Leaky, State, Surrogate, step_by_step

SURROGATES = {"fast_sigmoid": Surrogate("fast_sigmoid", 25.0), "arctan": Surrogate("arctan", 2.0)}


@pytest.mark.parametrize("learn_beta", [False, True])
@pytest.mark.parametrize("beta", [0.1, 0.6, 0.95, 1.2])
@pytest.mark.parametrize("surrogate", SURROGATES)
def test_all_steps_at_once_are_the_steps_one_by_one(surrogate: str, beta: float, learn_beta: bool) -> None:
    neurons = Leaky(beta, 0.7, SURROGATES[surrogate], learn_beta=learn_beta)
    generator = torch.Generator().manual_seed(0)
    currents = torch.randn(9, 4, 6, generator=generator).requires_grad_()
    weights = torch.randn(9, 4, 6, generator=generator)
    results = []
    for spikes, membranes in (step_by_step(neurons, currents), neurons.over_time(currents)):
        leaves = [currents, neurons.beta] if learn_beta else [currents]
        results.append((spikes, membranes, torch.autograd.grad((spikes * weights).sum(), leaves)))
    (spikes, membranes, gradients), (spikes_at_once, membranes_at_once, gradients_at_once) = results
    assert torch.equal(spikes, spikes_at_once)
    assert torch.equal(membranes, membranes_at_once)
    for one, other in zip(gradients, gradients_at_once, strict=True):
        assert float((one - other).norm()) <= 1e-5 * float(one.norm())


class Adaptive(nn.Module):
    """Leaky neurons whose threshold rises with every spike of their own: two tensors of state."""

    state_size = 2

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        self._beta, self._threshold = spec.beta, spec.threshold
        self._fire = SURROGATES["fast_sigmoid"].function()
        self.rise = nn.Parameter(torch.tensor(0.3))

    def step(self, current: Tensor, state: State) -> tuple[Tensor, State]:
        membrane, tiredness = state
        membrane = self._beta * membrane + current
        spikes = self._fire(membrane - self._threshold - tiredness)
        return spikes, (membrane, 0.9 * tiredness + self.rise * spikes)

    def over_time(self, currents: Tensor) -> tuple[Tensor, Tensor]:
        return step_by_step(self, currents)


def test_another_model_is_one_class() -> None:
    """Both engines compute it, it learns, and the fused engine says that it does not cover it."""
    spec = NetworkSpec(parse("5C3-MP2-6C3"), size=14)
    network = SpikingNetwork(spec, 1, lambda spec, readout: Adaptive(spec))
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            parameter.mul_(6.0 if "synapses" in name else 1.0)
    batch, labels = images(spec)
    predictions, gradients = [], []
    for engine in (ReferenceEngine(network, Recipe(7)), BatchedEngine(network, Recipe(7))):
        engine.learn(batch, labels)
        gradients.append([present(parameter.grad).clone() for parameter in network.parameters()])
        predictions.append(engine.predict(batch, labels))
    assert torch.equal(predictions[0].counts, predictions[1].counts)
    assert predictions[0].counts.sum() > 0
    assert predictions[1].rates == pytest.approx(predictions[0].rates)
    for one, other in zip(*gradients, strict=True):
        assert torch.allclose(one, other, rtol=1e-4, atol=1e-6)
    assert float(present(dict(network.named_parameters())["layers.conv1.neurons.rise"].grad).abs()) > 0
    with pytest.raises(UsageError, match="other neurons than leaky"):
        choose("fused", network, Recipe(7))
