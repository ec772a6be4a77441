"""The other libraries' networks compute what they are said to compute."""

from __future__ import annotations

import msgspec
import pytest
import torch
from torch import Tensor
from typed import present

from snn_tui.config.build import build
from snn_tui.config.run_config import RunConfig
from snn_tui.evaluation.bench.candidates import PeerCandidate, Subject
from snn_tui.evaluation.bench.peers import PEERS, NotPossible, PeerNetwork
from snn_tui.snn.engines.reference import ReferenceEngine
from snn_tui.snn.network import SpikingNetwork

DIRECT = build(
    {"layers": "4C3-MP2-6C3-MP2", "encoding": "direct", "num_steps": 12, "batch_size": 8, "device": "cpu"}
)
"""Without random numbers, so that networks can be compared spike by spike."""

LIKE_PLUS = build(
    {"preset": "plus", "layers": "4C3-AP2-6C3-GAP", "train_steps": 3, "num_steps": 30, "batch_size": 8}
)

INSTALLED = ["snntorch", "spikingjelly", "norse"]


def needs(name: str) -> None:
    """Skip a test of a library that is not installed."""
    pytest.importorskip(name, exc_type=ImportError)


def made(name: str, config: RunConfig) -> tuple[Subject, SpikingNetwork, PeerNetwork]:
    """A library's network beside the run's, both with strong first synapses, so that much spikes."""
    subject = Subject(config, torch.device("cpu"))
    network = subject.network()
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() > 1:
                parameter.mul_(5)
    return subject, network, PEERS[name].load()(network, subject.recipe)


@pytest.mark.parametrize("config", [DIRECT, LIKE_PLUS], ids=["paper", "plus"])
def test_the_plain_snntorch_loop_is_the_reference(config: RunConfig) -> None:
    subject, network, peer = made("snntorch", config)
    batch, _ = subject.batch("test", 16, 0)
    expected = ReferenceEngine(network, subject.recipe).record(batch)
    with torch.no_grad():
        _, spikes = peer.eval()(batch.images / 255, config.num_steps)
    assert expected.spikes_out.sum() > 0
    assert torch.equal(spikes, expected.spikes_out)


def test_the_plain_snntorch_loop_has_the_gradients_of_the_reference() -> None:
    subject, network, peer = made("snntorch", DIRECT)
    batch, labels = subject.batch("train", 16, 0)
    loss = ReferenceEngine(network, subject.recipe).learn(batch, labels)
    currents, spikes = peer(batch.images / 255, DIRECT.num_steps)
    own = peer.loss(currents, spikes, labels)
    own.backward()  # type: ignore[no-untyped-call]
    assert float(own.detach()) == pytest.approx(loss)
    for parameter, other in zip(network.parameters(), peer.parameters(), strict=True):
        assert torch.allclose(present(other.grad), present(parameter.grad), atol=1e-6)


def spikes_when_the_reset_leaks(network: SpikingNetwork, frames: Tensor) -> Tensor:
    """`[T, B, K]` output spikes of a network whose membranes are reset before they leak.

    Args:
        network: The network.
        frames: `[T, B, C, H, W]` inputs.
    """
    spec = network.spec
    spikes = frames
    for _, layer in network.named_layers():
        membranes = torch.zeros(())
        fired = []
        for current in layer.currents(spikes):
            membranes = spec.beta * membranes + current
            fired.append((membranes > spec.threshold).float())
            membranes = membranes - spec.threshold * fired[-1]
        spikes = torch.stack(fired)
    return spikes


@pytest.mark.parametrize("name", ["spikingjelly", "norse"])
def test_a_spike_takes_beta_times_the_threshold_off_the_next_membrane(name: str) -> None:
    needs(name)
    subject, network, peer = made(name, DIRECT)
    batch, _ = subject.batch("test", 32, 0)
    images = batch.images / 255
    with torch.no_grad():
        expected = spikes_when_the_reset_leaks(network, images.expand(DIRECT.num_steps, *images.shape))
        _, spikes = peer.eval()(images, DIRECT.num_steps)
    assert expected.sum() > 0
    # Norse's membranes are scaled, so some of those at the threshold are rounded to its other side.
    assert float((spikes != expected).float().mean()) < 0.01
    assert "0.6 x the threshold" in peer.differences


@pytest.mark.parametrize("name", INSTALLED)
@pytest.mark.parametrize("config", [DIRECT, LIKE_PLUS], ids=["paper", "plus"])
def test_every_parameter_learns(name: str, config: RunConfig) -> None:
    needs(name)
    subject, network, peer = made(name, config)
    batch, labels = subject.batch("train", 32, 0)
    currents, spikes = peer.train()(batch.images / 255, subject.recipe.learning_steps)
    assert currents.shape == spikes.shape == (subject.recipe.learning_steps, 32, 2)
    assert ((spikes == 0) | (spikes == 1)).all()
    peer.loss(currents, spikes, labels).backward()  # type: ignore[no-untyped-call]
    learned = list(peer.parameters())
    assert len(learned) == len(list(network.parameters()))
    for parameter in learned:
        assert parameter.grad is not None
        assert torch.isfinite(parameter.grad).all()
        assert (parameter.grad != 0).any()


@pytest.mark.parametrize("name", INSTALLED)
def test_rate_coding_is_the_librarys(name: str) -> None:
    needs(name)
    config = msgspec.structs.replace(DIRECT, encoding="rate", num_steps=200)
    _, _, peer = made(name, config)
    inputs = []
    peer.synapses[0].register_forward_hook(lambda module, received, out: inputs.append(received[0]))
    images = torch.linspace(0, 1, 28).expand(2, 1, 28, 28)
    with torch.no_grad():
        peer.eval()(images, 200)
    coded = torch.stack([part.view(-1, 2, 1, 28, 28) for part in inputs]).flatten(0, 1)
    assert len(coded) == 200
    assert ((coded == 0) | (coded == 1)).all()
    assert torch.allclose(coded.mean((0, 1, 2, 3)), torch.linspace(0, 1, 28), atol=0.03)


@pytest.mark.parametrize("name", INSTALLED)
def test_a_step_changes_weights_and_a_prediction_does_not(name: str) -> None:
    needs(name)
    candidate = PeerCandidate(name, Subject(LIKE_PLUS, torch.device("cpu")))
    before = [value.clone() for value in candidate._network.state_dict().values()]
    candidate.predict(5)
    assert all(map(torch.equal, before, candidate._network.state_dict().values()))
    candidate.step()
    assert not all(map(torch.equal, before, candidate._network.state_dict().values()))


@pytest.mark.parametrize("name", ["spikingjelly", "norse"])
def test_neurons_that_a_library_lacks_are_a_reason(name: str) -> None:
    needs(name)
    config = msgspec.structs.replace(DIRECT, beta=1.0, leak="learned")
    with pytest.raises(NotPossible, match="beta"):
        PeerCandidate(name, Subject(config, torch.device("cpu")))


def test_libraries_for_spiking_networks_time_no_dense_one() -> None:
    config = build({"layers": "2C3-MP2", "neuron": "relu"})
    with pytest.raises(NotPossible, match="spike"):
        PeerCandidate("snntorch", Subject(config, torch.device("cpu")))
