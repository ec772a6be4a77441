"""Networks as NIR graphs: what is written means the same, and a graph that does not is found out."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
import torch

from evaluation.nir_networks import LIKE_PAPER, LIKE_PLUS, network_of
from snn_tui.config.build import build
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import RunError, UsageError
from snn_tui.evaluation.nir.checking import ROUNDING, compare, compared_with_file
from snn_tui.evaluation.nir.graph import Graph, graph_of
from snn_tui.evaluation.nir.hdf5 import Group, read
from snn_tui.evaluation.nir.network import GraphNetwork, Stepping
from snn_tui.evaluation.nir.writing import check_exportable, graph_bytes
from snn_tui.snn.network import SpikingNetwork
from snn_tui.snn.neurons import Leaky
from snn_tui.values.task import PNEUMONIA


def inputs_of(config: RunConfig, images: int = 8) -> torch.Tensor:
    """Random spikes, or currents that stay the same."""
    generator = torch.Generator().manual_seed(1)
    if config.encoding == "direct":
        return torch.rand(1, images, 1, 28, 28, generator=generator).expand(config.num_steps, -1, -1, -1, -1)
    return (torch.rand(config.num_steps, images, 1, 28, 28, generator=generator) < 0.3).float()


def read_back(content: bytes) -> Graph:
    tree = read(content)
    assert isinstance(tree, Group)
    return graph_of(tree, "graph.nir")


@pytest.mark.parametrize(
    "options",
    [
        LIKE_PLUS,
        LIKE_PAPER,
        LIKE_PAPER | {"bits": 4},
        LIKE_PLUS | {"bits": 2, "encoding": "rate"},
        LIKE_PAPER | {"beta": 0.1, "padding": "same", "layers": "4C3-8C3-AP2"},
        LIKE_PAPER | {"beta": 0.0},
        LIKE_PAPER | {"beta": 1.0, "readout": "integrate"},
    ],
)
def test_a_graph_fires_as_the_network_does(options: dict[str, Any], tmp_path: Path) -> None:
    config = build(options)
    network = network_of(config)
    path = tmp_path / "graph.nir"
    path.write_bytes(graph_bytes(network, config, PNEUMONIA))
    compared = compared_with_file(network, path, torch.split(inputs_of(config), 3, dim=1))
    assert compared.spikes > 500
    assert sum(compared.differing.values()) <= 1e-4 * compared.places  # some round otherwise
    assert compared.distance is None or compared.distance < ROUNDING
    if not network.norm:
        assert compared.equal  # nothing is folded, so nothing rounds
    assert nir.read(path).nodes["input"].output_type["output"].tolist() == [1, 28, 28]  # its types fit


def test_the_nodes_are_those_of_the_network(tmp_path: Path) -> None:
    config = build(LIKE_PLUS)
    network = network_of(config)
    path = tmp_path / "graph.nir"
    path.write_bytes(graph_bytes(network, config, PNEUMONIA))
    graph = nir.read(path)
    types = {name: type(node).__name__ for name, node in graph.nodes.items()}
    assert types == {
        "input": "Input",
        "conv1": "Conv2d",
        "conv1_pool": "AvgPool2d",
        "conv1_lif": "LIF",
        "conv2": "Conv2d",
        "conv2_pool": "AvgPool2d",
        "conv2_lif": "LIF",
        "out_pool": "AvgPool2d",
        "out_flatten": "Flatten",
        "out": "Affine",
        "out_if": "IF",
        "output": "Output",
    }
    assert graph.nodes["conv1_lif"].output_type["output"].tolist() == [4, 14, 14]
    assert graph.nodes["conv2"].padding.tolist() == [1, 1]
    assert graph.nodes["output"].input_type["input"].tolist() == [2]
    dt = float(graph.metadata["dt"])
    for name, layer in network.named_layers():
        node = graph.nodes.get(f"{name}_lif", graph.nodes.get(f"{name}_if"))
        assert isinstance(layer.neurons, Leaky)
        beta = float(layer.neurons.beta.detach())
        if name == "out":
            assert beta == 1.0
            assert node.r * dt == pytest.approx(1.0)
        else:
            tau, r = float(node.tau.flat[0]), float(node.r.flat[0])
            assert 1 - dt / tau == pytest.approx(beta, abs=5e-8)
            assert np.float32(r * dt / tau) == 1
        assert (node.v_threshold == 1).all()
        assert all(
            array.dtype == np.float32 for array in vars(node).values() if isinstance(array, np.ndarray)
        )
    assert graph.metadata["reset"] == "subtract-later"
    assert (graph.metadata["encoding"], graph.metadata["num_steps"]) == ("direct", 4)
    assert graph.metadata["classes"] == "normal, pneumonia"


def changed(graph: Graph, name: str, **numbers: Any) -> Graph:
    """A graph of which a node has other numbers."""
    nodes = [
        dataclasses.replace(node, numbers=node.numbers | numbers) if node.name == name else node
        for node in graph.nodes
    ]
    return dataclasses.replace(graph, nodes=nodes)


def written(options: dict[str, Any]) -> tuple[RunConfig, SpikingNetwork, Graph]:
    config = build(options)
    network = network_of(config)
    return config, network, read_back(graph_bytes(network, config, PNEUMONIA))


@pytest.mark.parametrize(
    ("node", "numbers", "first"),
    [
        ("conv1_lif", {"tau": np.float32(2e-4)}, "conv1"),
        ("conv2_lif", {"v_threshold": np.float32(1.01)}, "conv2"),
        ("conv2", {"padding": np.array([1, 1])}, ""),
    ],
)
def test_a_graph_that_means_something_else_is_found_out(
    node: str, numbers: dict[str, Any], first: str
) -> None:
    config, network, graph = written(LIKE_PAPER)
    broken = changed(graph, node, **numbers)
    if not first:
        with pytest.raises(RunError, match=r"'conv2_lif' \(LIF\) .* shape 6x5x5, and what it gets is 6x6x6"):
            GraphNetwork(broken, (1, 28, 28), Stepping.of(broken))
        return
    compared = compare(network, GraphNetwork(broken, (1, 28, 28), Stepping.of(broken)), inputs_of(config))
    assert next(iter(compared.differing)) == first
    assert compared.distance is not None
    assert compared.distance > ROUNDING


def test_the_reset_and_the_step_of_the_metadata_matter() -> None:
    config, network, graph = written(LIKE_PAPER)
    for stepping in (Stepping.of(graph, reset="value"), Stepping.of(graph, reset="subtract")):
        compared = compare(network, GraphNetwork(graph, (1, 28, 28), stepping), inputs_of(config))
        assert compared.differing
    bare = dataclasses.replace(graph, numbers={}, texts={})
    assert Stepping.of(bare) == Stepping(None, "value")
    assert Stepping.of(graph, dt=0.5) == Stepping(0.5, "subtract-later")


@pytest.mark.parametrize(
    ("options", "words", "remedy"),
    [
        ({}, "NIR has no max pooling, which 12C5-MP2-32C3-MP2 has", "--layers 12C5-AP2-32C3-AP2"),
        ({"neuron": "relu"}, "its rectified neurons do not spike", "leaky neurons"),
    ],
)
def test_networks_that_nir_has_no_words_for(options: dict[str, Any], words: str, remedy: str) -> None:
    with pytest.raises(RunError, match=words) as error:
        check_exportable(build(options), "run")
    assert remedy in error.value.remedy


def test_without_the_library_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "nir", None)
    with pytest.raises(UsageError, match="NIR graphs need the package nir") as error:
        check_exportable(build(LIKE_PLUS), "run")
    assert error.value.remedy == "pip install 'snn-tui[nir]'"
