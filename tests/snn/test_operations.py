"""Synaptic operations against NeuroBench's own count, and against a case done by hand."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from typed import synapses

from snn.parity import SPECS, images, network
from snn_tui.config.build import build
from snn_tui.config.layers import parse
from snn_tui.snn.encoding import Batch, Stream
from snn_tui.snn.engines import Recipe
from snn_tui.snn.engines.reference import ReferenceEngine
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.snn.neurons import State
from snn_tui.snn.operations import Tally
from snn_tui.values.energy import PICOJOULES_A_MAC, PICOJOULES_AN_AC, Energy, Operations, facts
from snn_tui.values.task import PNEUMONIA

STEPS = 4


def counted(of: SpikingNetwork, recipe: Recipe, parts: int = 1) -> Energy:
    batch, _ = images(of.spec)
    engine, tally = ReferenceEngine(of, recipe), Tally(of)
    size = len(batch.images) // parts
    assert isinstance(batch.draws, Tensor)
    for start in range(0, len(batch.images), size):
        picks = slice(start, start + size)
        tally.add(
            engine.record(
                type(batch)(batch.images[picks], batch.ids[picks], batch.draws[picks], batch.stream)
            )
        )
    return tally.energy()


class Stepped(nn.Module):
    """A network as NeuroBench drives it: one time step a call."""

    def __init__(self, of: SpikingNetwork) -> None:
        super().__init__()
        self.of = of
        self.states: list[State] = []

    def reset(self) -> None:
        self.states = []

    def forward(self, given: Tensor) -> tuple[Tensor, Tensor]:
        fired, self.states = self.of(given, self.states or self.of.initial_state(len(given)))
        return fired[-1], self.states[-1][0]


@pytest.mark.parametrize("encoding", ["rate", "direct"])
@pytest.mark.parametrize("name", ["paper", "padded, averaged"])
def test_it_is_what_neurobench_counts(name: str, encoding: str) -> None:
    from neurobench.metrics.workload import ActivationSparsity, SynapticOperations
    from neurobench.models import SNNTorchModel

    if name == "paper":
        of = network(SPECS["paper"])
    else:
        of = SpikingNetwork(
            NetworkSpec(parse("4C3-AP2-6C3"), size=12, padded=True, norm=True),
            3,
        )
        with torch.no_grad():
            synapses(of, "conv1")[0].weight[0] = 0.0  # synapses that are not there cost nothing
            for name in list(of.layers)[:-1]:
                synapses(of, name)[-1].bias.add_(0.5)
    of.eval()
    recipe = Recipe(STEPS, 3, encoding=encoding)
    batch, labels = images(of.spec)
    found = counted(of, recipe)

    model, shown = SNNTorchModel(Stepped(of)), recipe.encode(batch, STEPS).transpose(0, 1)
    model.register_hooks()
    said = model(shown)
    theirs = SynapticOperations()(model, said, (shown, labels))
    assert found.macs == pytest.approx(float(theirs["Effective_MACs"]))
    assert found.acs == pytest.approx(float(theirs["Effective_ACs"]))
    assert found.dense == pytest.approx(float(theirs["Dense"]))
    assert found.sparsity == pytest.approx(ActivationSparsity()(model, said, (shown, labels)))
    assert found.acs > 0
    assert (found.macs > 0) == (encoding == "direct")


def test_a_network_small_enough_for_paper_and_pencil() -> None:
    """One bright pixel in a corner of 4 by 4, direct coding, two steps.

    A 3 by 3 kernel fits in 2 by 2 places, and the corner is seen from one of them, by each of two channels:
    2 MACs a step of 72. Pooling leaves 1 by 1, so the readout has 2 by 2 synapses, each used where the
    neuron before it fires, and a bias lets the first channel fire always and the second never.
    """
    of = SpikingNetwork(NetworkSpec(parse("2C3-MP2"), size=4))
    with torch.no_grad():
        synapses(of, "conv1")[0].bias.copy_(torch.tensor([9.0, -9.0]))
    pixels = torch.zeros(1, 1, 4, 4, dtype=torch.uint8)
    pixels[0, 0, 0, 0] = 204
    recipe = Recipe(2, encoding="direct")
    tally = Tally(of)
    tally.add(ReferenceEngine(of, recipe).record(Batch(pixels, torch.zeros(1).long(), 0, Stream.VAL)))
    found = tally.energy()
    assert found.layers["conv1"] == Operations(
        macs=4.0, acs=0.0, dense=144.0, macs_by_step=[2.0, 2.0], acs_by_step=[0.0, 0.0], constant=True
    )
    assert found.layers["out"] == Operations(
        macs=0.0, acs=4.0, dense=8.0, macs_by_step=[0.0, 0.0], acs_by_step=[2.0, 2.0]
    )
    assert found.state_bytes == 4 * (2 + 2)
    assert found.share == 0.5
    # The pixels are a constant current: the MACs of the first step are those of both.
    assert found.nanojoules == pytest.approx((2 * PICOJOULES_A_MAC + 4 * PICOJOULES_AN_AC) / 1e3)
    assert found.neurobench_nanojoules == pytest.approx((4 * PICOJOULES_A_MAC + 4 * PICOJOULES_AN_AC) / 1e3)
    assert found.nanojoules_after(0) == 0.0
    assert found.nanojoules_after(1) == pytest.approx((2 * PICOJOULES_A_MAC + 2 * PICOJOULES_AN_AC) / 1e3)
    assert found.nanojoules_after(1.5) == pytest.approx((2 * PICOJOULES_A_MAC + 3 * PICOJOULES_AN_AC) / 1e3)
    assert found.neurobench_nanojoules_after(1.5) == pytest.approx(
        (3 * PICOJOULES_A_MAC + 3 * PICOJOULES_AN_AC) / 1e3
    )
    assert found.dense_nanojoules == pytest.approx(76 * PICOJOULES_A_MAC / 1e3)
    # 76 MACs without spikes, 2 of which direct coding takes: the rest is there for 8 additions.
    assert found.break_even == pytest.approx(74 * PICOJOULES_A_MAC / (8 * PICOJOULES_AN_AC))
    assert facts(found)["effective_acs"] == 4.0


def test_parts_add_up_to_the_whole() -> None:
    of = network(SPECS["paper"])
    assert counted(of, Recipe(STEPS), parts=5) == counted(of, Recipe(STEPS))


def test_operations_whose_steps_are_not_known_are_spread_over_them() -> None:
    """Values written before steps were counted have neither a list of them nor a constant input."""
    old = Operations(macs=8.0, acs=4.0, dense=100.0)
    assert old.after(3, 4) == old.counted_after(3, 4) == (6.0, 3.0)


def test_the_presets_say_what_they_cost() -> None:
    """Rate coding needs no multiplication; direct coding multiplies in its first layer, and in the mean."""
    paper, plus = (build({"preset": preset}) for preset in ("paper", "plus"))
    cheap = counted(SpikingNetwork(NetworkSpec.of(paper, PNEUMONIA)), Recipe(STEPS))
    assert cheap.macs == 0.0
    dear = counted(SpikingNetwork(NetworkSpec.of(plus, PNEUMONIA)).eval(), Recipe(STEPS, encoding="direct"))
    assert dear.layers["conv1"].macs > 0
    assert [layer.constant for layer in dear.layers.values()] == [True, *[False] * (len(dear.layers) - 1)]
    assert not any(layer.constant for layer in cheap.layers.values())
    assert dear.layers["conv2"].macs == 0
    assert dear.dense > cheap.dense
