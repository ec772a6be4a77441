"""The network and its reference engine against plain torch, against snnTorch's own way, and each other."""

from __future__ import annotations

import math

import pytest
import snntorch
import torch
from snntorch import functional as SF
from snntorch import surrogate, utils
from torch import Tensor, nn
from typed import present

from snn import plain
from snn_tui.snn.encoding import Batch, Stream, rate
from snn_tui.snn.engines import Recipe
from snn_tui.snn.engines.reference import ReferenceEngine
from snn_tui.snn.loss import rate_cross_entropy
from snn_tui.snn.network import NetworkSpec, SpikingNetwork

STEPS = 12
NAMES = {
    "conv1": "layers.conv1.synapses.0",
    "conv2": "layers.conv2.synapses.0",
    "out": "layers.out.synapses.1",
}
GAINS = {"silent": 0.0, "sparse": 1.0, "half": 4.0, "saturated": 1.0}
EXPECTED = {"silent": (0, 0), "sparse": (0.001, 0.15), "half": (0.2, 0.7), "saturated": (1, 1)}


def network(regime: str = "half", seed: int = 3) -> SpikingNetwork:
    """A network whose neurons fire about as often as the regime says."""
    made = SpikingNetwork(NetworkSpec(), seed)
    with torch.no_grad():
        for name, parameter in made.named_parameters():
            parameter.mul_(GAINS[regime])
            if regime == "saturated" and name.endswith("bias"):
                parameter.fill_(30.0)
    return made


def images(count: int = 6, seed: int = 0) -> Batch:
    """Random images; the later ones brighter."""
    generator = torch.Generator().manual_seed(seed)
    pixels = torch.rand(count, 1, 28, 28, generator=generator) * torch.linspace(60, 255, count).view(
        -1, 1, 1, 1
    )
    return Batch(pixels.to(torch.uint8), torch.arange(count), 0, Stream.TRAIN)


LABELS = torch.tensor([0, 1, 1, 0, 1, 0])


def weights(of: SpikingNetwork) -> dict[str, Tensor]:
    """Its parameters by the plain network's names, as leaves of their own."""
    state = of.state_dict()
    return {
        f"{layer}.{short}": state[f"{name}.{long}"].clone().requires_grad_()
        for layer, name in NAMES.items()
        for short, long in (("w", "weight"), ("b", "bias"))
    }


def gradients(of: SpikingNetwork) -> dict[str, Tensor]:
    """Its gradients by the plain network's names."""
    parameters = dict(of.named_parameters())
    return {
        f"{layer}.{short}": present(parameters[f"{name}.{long}"].grad)
        for layer, name in NAMES.items()
        for short, long in (("w", "weight"), ("b", "bias"))
    }


@pytest.mark.parametrize("regime", GAINS)
def test_spikes_are_exactly_those_of_plain_torch(regime: str) -> None:
    ours, batch = network(regime), images()
    with torch.no_grad():
        theirs = plain.forward(weights(ours), rate(batch, STEPS, 0))
    recording = ReferenceEngine(ours, Recipe(STEPS, 0)).record(batch)
    assert torch.equal(recording.spikes_out, theirs["out"])
    assert torch.allclose(recording.membranes, theirs["membranes"], rtol=1e-6, atol=1e-6)
    rates = ReferenceEngine(ours, Recipe(STEPS, 0)).predict(batch).rates
    for layer, rate_ in rates.items():
        assert rate_ == pytest.approx(float(theirs[layer].mean()), abs=1e-6)
    low, high = EXPECTED[regime]
    assert low <= rates["conv2"] <= high  # the regime is what it is called


@pytest.mark.parametrize("regime", GAINS)
def test_loss_and_gradients_are_those_of_plain_torch(regime: str) -> None:
    ours, batch = network(regime), images()
    theirs = weights(ours)
    loss = plain.loss(plain.forward(theirs, rate(batch, STEPS, 0))["out"], LABELS)
    torch.autograd.backward(loss)
    assert ReferenceEngine(ours, Recipe(STEPS, 0)).learn(batch, LABELS) == pytest.approx(
        float(loss.detach()), rel=1e-6
    )
    for name, gradient in gradients(ours).items():
        expected = present(theirs[name].grad)
        assert torch.allclose(gradient, expected, rtol=1e-5, atol=1e-6 * float(expected.abs().max())), name
    if regime == "half":
        assert all(float(gradient.abs().max()) > 0 for gradient in gradients(ours).values())


@pytest.mark.parametrize("beta", [0.0, 0.6, 0.95])
def test_the_result_is_that_of_snntorchs_hidden_state(beta: float) -> None:
    ours = SpikingNetwork(NetworkSpec(beta=beta), 5)
    with torch.no_grad():
        for parameter in ours.parameters():
            parameter.mul_(3)

    def neurons(*, output: bool = False) -> snntorch.Leaky:
        grad = surrogate.fast_sigmoid(slope=25)
        return snntorch.Leaky(beta=beta, spike_grad=grad, init_hidden=True, output=output)

    conv1, conv2, linear = nn.Conv2d(1, 12, 5), nn.Conv2d(12, 32, 3), nn.Linear(800, 2)
    state = ours.state_dict()
    for layer, name in zip((conv1, conv2, linear), NAMES.values(), strict=True):
        layer.load_state_dict({part: state[f"{name}.{part}"] for part in ("weight", "bias")})
    study = nn.Sequential(
        *(conv1, nn.MaxPool2d(2), neurons(), conv2, nn.MaxPool2d(2), neurons()),
        *(nn.Flatten(), linear, neurons(output=True)),
    )
    utils.reset(study)
    batch = images()
    spikes = torch.stack([study(step)[0] for step in rate(batch, STEPS, 0)])
    loss = SF.ce_rate_loss()(spikes, LABELS)
    loss.sum().backward()

    engine = ReferenceEngine(ours, Recipe(STEPS, 0))
    assert torch.equal(engine.record(batch).spikes_out, spikes.detach())
    assert 0 < float(spikes.detach().mean()) < 1
    assert engine.learn(batch, LABELS) == pytest.approx(float(loss.detach().sum()), rel=1e-6)
    found = gradients(ours)
    layers: tuple[nn.Conv2d | nn.Linear, ...] = (conv1, conv2, linear)
    for name, layer in zip(("conv1", "conv2", "out"), layers, strict=True):
        assert torch.allclose(found[f"{name}.w"], present(layer.weight.grad), rtol=1e-5, atol=1e-8)
        assert torch.allclose(found[f"{name}.b"], present(present(layer.bias).grad), rtol=1e-5, atol=1e-8)


def test_learning_predicting_and_recording_agree() -> None:
    engine, batch = ReferenceEngine(network(), Recipe(STEPS, 9)), images()
    recording, prediction = engine.record(batch), engine.predict(batch, LABELS)
    assert torch.equal(prediction.counts, recording.spikes_out.sum(0).to(torch.int64))
    assert torch.equal(prediction.membranes, recording.membranes[-1])
    assert torch.equal(recording.spikes_in, rate(batch, STEPS, 9))
    assert prediction.losses is not None
    assert engine.learn(batch, LABELS) == pytest.approx(float(prediction.losses.mean()), rel=1e-6)
    assert engine.predict(batch).losses is None


def test_an_output_fires_exactly_where_its_membrane_is_above_the_threshold() -> None:
    recording = ReferenceEngine(network(), Recipe(STEPS, 0)).record(images())
    assert torch.equal(recording.spikes_out, (recording.membranes > 1).float())
    assert 0 < float(recording.spikes_out.mean()) < 1


def test_gradients_replace_those_of_the_batch_before() -> None:
    engine, ours = ReferenceEngine(net := network(), Recipe(STEPS, 0)), images()
    engine.learn(ours, LABELS)
    once = [present(parameter.grad).clone() for parameter in net.parameters()]
    engine.learn(ours, LABELS)
    assert all(
        torch.equal(present(parameter.grad), grad)
        for parameter, grad in zip(net.parameters(), once, strict=True)
    )


def test_an_image_is_answered_alike_alone_and_in_a_batch() -> None:
    engine, batch = ReferenceEngine(network(), Recipe(STEPS, 0)), images()
    together = engine.predict(batch, LABELS)
    for i in range(len(LABELS)):
        one = Batch(batch.images[i : i + 1], batch.ids[i : i + 1], 0, batch.stream)
        alone = engine.predict(one, LABELS[i : i + 1])
        assert torch.equal(alone.counts[0], together.counts[i])
        assert torch.allclose(alone.membranes[0], together.membranes[i], atol=1e-5)


def test_the_mean_loss_is_snntorchs() -> None:
    generator = torch.Generator().manual_seed(0)
    for share in (0.0, 0.1, 0.5, 1.0):
        spikes = (torch.rand(20, 6, 2, generator=generator) < share).float()
        losses = rate_cross_entropy(spikes, LABELS)
        assert losses.shape == (6,)
        theirs = SF.ce_rate_loss()(spikes, LABELS)
        assert float(losses.mean()) == pytest.approx(float(theirs.sum()), rel=1e-6)


def test_each_images_loss_is_its_own() -> None:
    spikes = torch.zeros(4, 2, 2)
    spikes[:, 0, 1] = 1  # the first says pneumonia at every step, the second nothing
    losses = rate_cross_entropy(spikes, torch.tensor([1, 1]))
    assert losses.tolist() == pytest.approx([math.log(1 + math.exp(-1)), math.log(2)])


def test_the_loss_has_a_floor() -> None:
    right = torch.zeros(20, 1, 2)
    right[:, :, 1] = 1
    assert float(rate_cross_entropy(right, torch.tensor([1]))) == pytest.approx(0.3133, abs=1e-4)
    assert float(rate_cross_entropy(right, torch.tensor([0]))) == pytest.approx(1.3133, abs=1e-4)


def test_initial_weights_are_decided_by_the_seed_alone() -> None:
    torch.manual_seed(1)
    first = SpikingNetwork(NetworkSpec(), 4).state_dict()
    torch.manual_seed(2)
    torch.rand(5)
    again = SpikingNetwork(NetworkSpec(), 4).state_dict()
    other = SpikingNetwork(NetworkSpec(), 5).state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["layers.conv1.synapses.0.weight"], other["layers.conv1.synapses.0.weight"])


def test_initial_weights_are_torchs_own() -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        expected = nn.Conv2d(1, 12, 5).weight
    ours = SpikingNetwork(NetworkSpec(), 4).state_dict()["layers.conv1.synapses.0.weight"]
    assert torch.equal(ours, expected.detach())


def test_nothing_here_moves_torchs_own_random_numbers() -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    engine = ReferenceEngine(SpikingNetwork(NetworkSpec(), 4), Recipe(STEPS, 0))
    engine.learn(images(), LABELS)
    engine.predict(images())
    assert torch.equal(torch.get_rng_state(), before)


def test_the_study_s_size() -> None:
    ours = SpikingNetwork(NetworkSpec())
    assert ours.parameter_count == 5402
    assert ours.neuron_counts == {"conv1": 1728, "conv2": 800, "out": 2}


def test_a_second_network_does_not_disturb_the_first() -> None:
    first = ReferenceEngine(network(), Recipe(STEPS, 0))
    alone = first.record(images())
    mixed = ReferenceEngine(net := network("sparse", 8), Recipe(STEPS, 0))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    mixed.learn(images(seed=1), LABELS)
    optimizer.step()
    snntorch.utils.reset(net)
    again = first.record(images())
    assert torch.equal(again.membranes, alone.membranes)
    assert torch.equal(again.spikes_out, alone.spikes_out)
