"""Layers as the field writes them."""

from __future__ import annotations

import pytest
import torch

from snn_tui.config.build import build
from snn_tui.config.layers import parse
from snn_tui.errors import UsageError
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.values.task import PNEUMONIA


def test_the_studys_layers() -> None:
    topology = parse("12C5-MP2-32C3-MP2")
    assert (topology.channels, topology.kernels) == ((12, 32), (5, 3))
    assert (topology.pools, topology.global_pool) == (("max", "max"), False)
    assert topology.sizes(28, padded=False) == [12, 5]
    assert NetworkSpec.of(build({}), PNEUMONIA) == NetworkSpec() == NetworkSpec(topology)


def test_the_layers_of_plus() -> None:
    config = build({"preset": "plus"})
    topology = parse(config.layers)
    assert topology.pools == ("average", "none", "average", "none", "none")
    assert topology.sizes(28, padded=True) == [14, 14, 7, 7, 7]
    network = SpikingNetwork(NetworkSpec.of(config, PNEUMONIA))
    assert next(iter(network.shapes.values())) == (24, 14, 14)
    assert network.shapes["out"] == (2,)
    assert network.parameter_count == 78_655


@pytest.mark.parametrize(
    "text", ["", "12", "MP2", "12C5-", "12C5-MP3", "0C5", "12C0", "GAP", "12C5-GAP-32C3", "12c5"]
)
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="12C5-MP2"):
        parse(text)
    with pytest.raises(UsageError, match="--layers"):
        build({"layers": text})


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"layers": "4C5-MP2-4C5-MP2-4C5"}, "leaves nothing"),
        ({"layers": "4C4", "padding": "same"}, "even size"),
        ({"layers": "-".join(["999C3"] * 3), "padding": "same"}, " parameters, and 16 000 000 is the most"),
        ({"layers": "999C1-999C1"}, "1 566 432 neurons, and 1 000 000 is the most"),
        ({"layers": "128C3-128C3", "num_steps": 1000}, "in 1000 steps, and 250 000 000 is the most"),
        ({"fold": "3/2"}, "no fold"),
        ({"group_by": "(", "data": "folder"}, "no regular expression"),
        ({"group_by": "(person[0-9]+)_"}, "no names to group them by"),
        ({"group_by": "(person[0-9]+)_", "data": __file__}, "no names to group them by"),
        ({"fold": "1/1"}, "no fold"),
    ],
)
def test_options_that_contradict_each_other_are_refused(options: dict[str, object], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        build(options)


@pytest.mark.parametrize("layers", ["12C5-MP2-32C3-MP2", "7C3-5C1-AP2-GAP"])
@pytest.mark.parametrize("padding", ["none", "same"])
def test_parameters_and_neurons_are_known_before_the_network_is_made(layers: str, padding: str) -> None:
    config = build({"layers": layers, "padding": padding})
    topology, network = parse(layers), SpikingNetwork(NetworkSpec.of(config, PNEUMONIA))
    hidden = [layer for name, layer in network.named_layers() if name != "out"]
    assert topology.parameters() == sum(value.numel() for layer in hidden for value in layer.parameters())
    sizes: list[int] = []
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(lambda module, inputs, output: sizes.append(output.numel()))
    network(torch.zeros(1, 1, 28, 28), network.initial_state(1))
    values = sum(sizes) + sum(network.neuron_counts.values()) - 2
    assert topology.values(28, padded=padding == "same") == values
    assert topology.neurons(28, padded=padding == "same") == sum(network.neuron_counts.values()) - 2
