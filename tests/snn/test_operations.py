"""Synaptic operations against NeuroBench's own count, and against a case done by hand."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
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
from snn_tui.snn.operations import Tally, multiply_adds, spike_costs
from snn_tui.values.energy import Energy, Operations, facts
from snn_tui.values.energy_constants import EnergyConstants
from snn_tui.values.task import PNEUMONIA

STEPS = 4
MAC, AC, BYTE = 4.6, 0.9, 12.5


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


def plus_network() -> SpikingNetwork:
    """The network of the preset `plus`, with a bias that lets deep layers fire though nothing was learned."""
    of = SpikingNetwork(NetworkSpec.of(build({"preset": "plus"}), PNEUMONIA), 3)
    with torch.no_grad():
        for name in list(of.layers)[:-1]:
            synapses(of, name)[-1].bias.add_(0.3)
    return of


def pruned_network() -> SpikingNetwork:
    """A network with average pools and batch norm, some of whose synapses are not there and cost nothing."""
    of = SpikingNetwork(NetworkSpec(parse("4C3-AP2-6C3"), size=12, padded=True, norm=True), 3)
    with torch.no_grad():
        synapses(of, "conv1")[0].weight[0] = 0.0
        for name in list(of.layers)[:-1]:
            synapses(of, name)[-1].bias.add_(0.5)
    return of


NETWORKS: dict[str, Callable[[], SpikingNetwork]] = {
    "paper": lambda: network(SPECS["paper"]),
    "plus": plus_network,
    "max pools of three channels": lambda: network(
        NetworkSpec(parse("7C4-MP2-9C3-MP2"), size=22, channels=3)
    ),
    "padded, averaged, pruned": pruned_network,
}


@pytest.mark.parametrize("encoding", ["rate", "direct"])
@pytest.mark.parametrize("name", NETWORKS)
def test_it_is_what_neurobench_counts(name: str, encoding: str) -> None:
    """In all steps, and so in each: after t steps it is what NeuroBench counts in a run of t steps."""
    from neurobench.metrics.workload import ActivationSparsity, SynapticOperations
    from neurobench.models import SNNTorchModel

    of = NETWORKS[name]()
    of.eval()
    recipe = Recipe(STEPS, 3, encoding=encoding)
    batch, labels = images(of.spec)
    found = counted(of, recipe)

    def neurobench(steps: int) -> tuple[dict[str, float], float]:
        model, inputs = SNNTorchModel(Stepped(of)), recipe.encode(batch, STEPS)[:steps].transpose(0, 1)
        model.register_hooks()
        out = model(inputs)
        counts = SynapticOperations()(model, out, (inputs, labels))
        sparsity = ActivationSparsity()(model, out, (inputs, labels))
        model.cleanup_hooks()
        return {key: float(value) for key, value in counts.items()}, sparsity

    theirs, sparsity = neurobench(STEPS)
    assert found.macs == pytest.approx(theirs["Effective_MACs"])
    assert found.acs == pytest.approx(theirs["Effective_ACs"])
    assert found.dense == pytest.approx(theirs["Dense"])
    assert found.sparsity == pytest.approx(sparsity)
    energy = (theirs["Effective_MACs"] * MAC + theirs["Effective_ACs"] * AC) / 1e3
    assert found.neurobench_nanojoules == pytest.approx(energy)
    after, _ = neurobench(STEPS - 1)
    energy = (after["Effective_MACs"] * MAC + after["Effective_ACs"] * AC) / 1e3
    assert found.neurobench_nanojoules_after(STEPS - 1) == pytest.approx(energy)
    # Ours differs by the first layer alone, which direct coding computes once.
    first = found.layers["conv1"]
    again = (STEPS - 1) / STEPS * (first.macs * MAC + first.acs * AC) / 1e3 * (encoding == "direct")
    assert found.nanojoules == pytest.approx(found.neurobench_nanojoules - again)
    assert found.acs > 0
    assert encoding == "rate" or found.layers["conv1"].macs > 0


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
        macs=4.0,
        acs=0.0,
        dense=144.0,
        macs_by_step=[2.0, 2.0],
        acs_by_step=[0.0, 0.0],
        constant=True,
        inputs=16,
        neurons=2,
    )
    assert found.layers["out"] == Operations(
        macs=0.0,
        acs=4.0,
        dense=8.0,
        macs_by_step=[0.0, 0.0],
        acs_by_step=[2.0, 2.0],
        inputs=2,
        neurons=2,
    )
    assert found.state_bytes == 4 * (2 + 2)
    assert found.share == 0.5
    assert facts(found)["effective_acs"] == 4.0


def test_one_step_of_direct_coding_costs_the_first_of_several() -> None:
    """Its input is a current, as that of the dense network is, though no other step shows it."""
    of = plus_network()
    one, several = (counted(of, Recipe(steps, encoding="direct")) for steps in (1, 2))
    assert one.layers["conv1"].constant
    assert one.memory_nanojoules == pytest.approx(several.memory_nanojoules_after(1))
    own, first = one.constants, one.layers["conv1"].dense
    without_first = sum(layer.dense for layer in one.layers.values()) - first
    matched = (first * own.mac + without_first * own.multiply_add(1)) / 1e3
    assert one.dense_nanojoules(one.matched_bits) == pytest.approx(matched)


SMALL = Energy(
    images=1,
    num_steps=2,
    layers={
        "conv1": Operations(
            macs=4.0, acs=0.0, dense=144.0, macs_by_step=[2.0, 2.0], constant=True, inputs=16, neurons=2
        ),
        "out": Operations(macs=0.0, acs=4.0, dense=8.0, acs_by_step=[1.0, 3.0], inputs=2, neurons=2),
    },
    sparsity=0.5,
    parameter_bytes=104,
    state_bytes=16,
)
"""The network of the test above, but its readout adds one weight at the first step, three at the second."""


def test_arithmetic_by_hand() -> None:
    """The pixels are a constant current, so the two MACs of the first step are those of both."""
    assert SMALL.nanojoules == pytest.approx((2 * MAC + 4 * AC) / 1e3)
    assert SMALL.neurobench_nanojoules == pytest.approx((4 * MAC + 4 * AC) / 1e3)
    assert SMALL.nanojoules_after(0) == 0.0
    assert SMALL.nanojoules_after(1) == pytest.approx((2 * MAC + AC) / 1e3)
    assert SMALL.nanojoules_after(1.5) == pytest.approx((2 * MAC + 2.5 * AC) / 1e3)
    assert SMALL.neurobench_nanojoules_after(1.5) == pytest.approx((3 * MAC + 2.5 * AC) / 1e3)
    assert SMALL.dense_nanojoules() == pytest.approx(76 * MAC / 1e3)
    # 76 MACs without spikes, 2 of which direct coding takes: the rest is there for 8 additions.
    assert SMALL.break_even() == pytest.approx(74 * MAC / (8 * AC))


def test_memory_by_hand() -> None:
    """All bytes that an image moves, and the update of four neurons at both steps."""
    weights = (2 + 4) * 4
    inputs = 2 * 4
    membranes = 2 * 16 * 2  # read and written at each step
    current = 2 * 4 * (1 + 2)  # written once and read twice
    spikes = (2 + 2) / 8 * 2 + 2 / 8 * 2  # written by all neurons, read by the readout
    bytes_moved = weights + inputs + membranes + current + spikes
    assert SMALL.memory_nanojoules == pytest.approx((2 * MAC + 4 * AC + 8 * MAC + bytes_moved * BYTE) / 1e3)
    first = (2 + 1) * 4 + inputs + membranes / 2 + 2 * 4 * (1 + 1) + spikes / 2
    assert SMALL.memory_nanojoules_after(1) == pytest.approx((2 * MAC + AC + 4 * MAC + first * BYTE) / 1e3)
    assert SMALL.memory_nanojoules_after(0) == 0.0
    dense = (76 * MAC + (76 * (4 + 4) + 4 * 4) * BYTE) / 1e3
    assert SMALL.dense_memory_nanojoules() == pytest.approx(dense)
    fixed = SMALL.memory_nanojoules - 4 * (AC + 4 * BYTE) / 1e3
    assert SMALL.memory_break_even() == pytest.approx((dense - fixed) / (8 * (AC + 4 * BYTE) / 1e3))


def test_the_matched_network_by_hand() -> None:
    """Counts of 0, 1 and 2 spikes take 2 bits; the pixels stay as they are."""
    assert SMALL.matched_bits == 2
    narrow = AC + (MAC - AC) * 2 / 32
    assert SMALL.dense_nanojoules(2) == pytest.approx((72 * MAC + 4 * narrow) / 1e3)
    moved = 72 * (4 + 4) + 4 * (4 + 2 / 8) + 4 * 2 / 8
    assert SMALL.dense_memory_nanojoules(2) == pytest.approx(SMALL.dense_nanojoules(2) + moved * BYTE / 1e3)
    assert SMALL.moved_bits_break_even == 2 / (8 * 2)
    spikes = SMALL.dense_nanojoules(2) - 2 * MAC / 1e3
    assert SMALL.break_even(2) == pytest.approx(spikes / (8 * AC / 1e3))


def test_what_the_spikes_cost_at_the_break_even_is_what_the_dense_network_costs() -> None:
    for bits in (32, 2):
        at_arithmetic, at_memory = (
            msgspec.structs.replace(
                SMALL,
                layers=SMALL.layers
                | {"out": Operations(macs=0, acs=8 * share, dense=8.0, inputs=2, neurons=2)},
            )
            for share in (SMALL.break_even(bits), SMALL.memory_break_even(bits))
        )
        assert at_arithmetic.nanojoules == pytest.approx(SMALL.dense_nanojoules(bits))
        assert at_memory.memory_nanojoules == pytest.approx(SMALL.dense_memory_nanojoules(bits))


def test_weights_of_few_bits_move_fewer_bytes_and_are_added_as_floats() -> None:
    """Each of 2 MACs and 4 ACs reads a byte in place of 4; of the dense network each synapse does."""
    eight = msgspec.structs.replace(SMALL, weight_bits=8)
    for name in ("nanojoules", "neurobench_nanojoules", "matched_bits"):
        assert getattr(eight, name) == getattr(SMALL, name)
    assert eight.dense_nanojoules(2) == SMALL.dense_nanojoules(2)
    less = (2 + 4) * 3 * BYTE / 1e3
    assert SMALL.memory_nanojoules - eight.memory_nanojoules == pytest.approx(less)
    dense = SMALL.dense / SMALL.num_steps * 3 * BYTE / 1e3
    for bits in (32, 2):
        assert SMALL.dense_memory_nanojoules(bits) - eight.dense_memory_nanojoules(bits) == pytest.approx(
            dense
        )


def test_other_constants_are_counted_with() -> None:
    """All forms are linear in what they are counted with."""
    other = msgspec.structs.replace(SMALL, constants=EnergyConstants(mac=9.2, ac=1.8, byte=25.0))
    for name in ("nanojoules", "memory_nanojoules", "neurobench_nanojoules"):
        assert getattr(other, name) == pytest.approx(2 * getattr(SMALL, name))
    assert other.break_even() == pytest.approx(SMALL.break_even())
    assert facts(other)["constants"] == {"mac": 9.2, "ac": 1.8, "byte": 25.0}


def test_a_network_without_spikes_reads_and_writes_what_a_dense_one_does() -> None:
    """One step, all inputs used, no membranes."""
    relu = Energy(
        images=1,
        num_steps=1,
        layers={
            "conv1": Operations(macs=72.0, acs=0.0, dense=72.0, constant=True, inputs=16, neurons=2),
            "out": Operations(macs=4.0, acs=0.0, dense=4.0, inputs=2, neurons=2),
        },
        sparsity=0.0,
        parameter_bytes=104,
        state_bytes=0,
    )
    assert relu.memory_nanojoules == pytest.approx(relu.dense_memory_nanojoules())
    assert relu.break_even() == relu.share == 0.0


def test_counting_leaves_the_network_as_it_was() -> None:
    """In training, too: batch norm would take what goes through it into its statistics."""
    of = plus_network().train()
    before = {name: value.clone() for name, value in of.state_dict().items()}
    counted(of, Recipe(STEPS, 7, encoding="direct"))
    multiply_adds(of)
    spike_costs(of)
    assert all(torch.equal(value, before[name]) for name, value in of.state_dict().items())


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
