"""NIR graphs of other programs: what is computed, and what is refused by the name of a node."""

from __future__ import annotations

import io
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import nir
import numpy as np
import pytest
import torch

from snn_tui.errors import RunError
from snn_tui.evaluation.nir.graph import Graph, graph_of
from snn_tui.evaluation.nir.hdf5 import Group, Unreadable, read
from snn_tui.evaluation.nir.network import GraphNetwork, Stepping
from snn_tui.evaluation.nir.reading import read_file, tree_of
from snn_tui.snn.operations import multiply_adds

SHARED = Path(__file__).parents[3] / "shared" / "data" / "nir"
RNG = np.random.default_rng(0)


def graph_from(nodes: dict[str, Any], edges: list[tuple[str, str]] | None = None) -> Graph:
    """A graph as its file holds it; its nodes one after the other unless there are edges."""
    names = list(nodes)
    pairs = list(pairwise(names)) if edges is None else edges
    file = io.BytesIO()
    nir.write(file, nir.NIRGraph(nodes, pairs, type_check=False), compression=None)
    tree = read(file.getvalue())
    assert isinstance(tree, Group)
    return graph_of(tree, "graph.nir")


def ones(*shape: int) -> Any:
    return np.ones(shape, np.float32)


def weights(*shape: int) -> Any:
    return RNG.normal(0, 0.5, shape).astype(np.float32)


def lif(*shape: int, tau: float = 4e-4, **more: Any) -> Any:
    values = {"tau": ones(*shape) * tau, "r": ones(*shape) * 4, "v_leak": ones(*shape) * 0.1}
    return nir.LIF(**values | {"v_threshold": ones(*shape), **more})


def outputs(graph: Graph, inputs: Any, stepping: Stepping | None = None) -> tuple[Any, Any]:
    """Spikes and membranes of the last layer for `[T, C, H, W]` inputs: `[T, K]`."""
    tensor = torch.from_numpy(np.asarray(inputs, np.float32))[:, None]
    _, _, channels, height, width = tensor.shape
    network = GraphNetwork(graph, (channels, height, width), stepping or Stepping.of(graph))
    with torch.no_grad():
        out = network.over_time(tensor)["out"]
    return out.spikes[:, 0].numpy(), out.membranes[:, 0].numpy()


@pytest.mark.parametrize("reset", ["value", "subtract", "subtract-later"])
def test_leaky_neurons_follow_their_equation(reset: str) -> None:
    inputs, weight, bias = RNG.random((12, 1, 2, 3)), weights(3, 6), weights(3)
    node = lif(3, v_reset=ones(3) * -0.2)
    graph = graph_from(
        {
            "input": nir.Input([1, 2, 3]),
            "fl": nir.Flatten(np.array([1, 2, 3]), 0),
            "fc": nir.Affine(weight, bias),
        }
        | {"lif": node, "output": nir.Output([3])}
    )
    spikes, membranes = outputs(graph, inputs, Stepping(1e-4, reset))
    v, fired = np.zeros(3), np.zeros(3, bool)
    for step in range(12):
        current = weight @ inputs[step].ravel() + bias
        before = np.where(fired, -0.2, v) if reset == "value" else v - fired * (reset == "subtract")
        v = before + 0.25 * (0.1 - before + 4 * current) - fired * (reset == "subtract-later")
        assert membranes[step] == pytest.approx(v, abs=1e-5)
        fired = v > 1
        assert spikes[step].tolist() == fired.tolist()
    assert 0 < spikes.sum() < spikes.size


def test_neurons_with_a_synaptic_current_and_without_a_leak() -> None:
    inputs = RNG.random((10, 1, 1, 4))
    cuba = nir.CubaLIF(
        ones(4) * 2e-4, ones(4) * 5e-4, ones(4) * 2, ones(4) * 0, ones(4) * 0.3, w_in=ones(4) * 1.5
    )
    spikes, membranes = outputs(graph_from({"input": nir.Input([4]), "cuba": cuba}), inputs)
    i = v = np.zeros(4)
    for step in range(10):
        i = i * 0.5 + 0.5 * 1.5 * inputs[step, 0, 0]
        v = v + 0.2 * (2 * i - v)
        assert membranes[step] == pytest.approx(v / 0.3, abs=1e-5)  # in units of the threshold
        assert spikes[step].tolist() == (v > 0.3).tolist()
        v = np.where(v > 0.3, 0, v)
    plain = nir.IF(r=ones(4) * 0.4, v_threshold=ones(4))
    graph = graph_from({"input": nir.Input([4]), "if": plain})
    spikes, membranes = outputs(graph, np.ones((4, 1, 1, 4)))
    assert membranes[:, 0] == pytest.approx([0.4, 0.8, 1.2, 0.4], abs=1e-6)  # a step of 1, and back to 0
    assert outputs(graph, np.ones((4, 1, 1, 4)), Stepping(0.5))[1][:, 0] == pytest.approx(
        [0.2, 0.4, 0.6, 0.8]
    )
    spikes, _ = outputs(
        graph_from({"i": nir.Input([4]), "t": nir.Threshold(np.array([0.2, 0.9, 0.5, 2], np.float32))}),
        inputs,
    )
    assert spikes.tolist() == (inputs[:, 0, 0] > [0.2, 0.9, 0.5, 2]).tolist()


@pytest.mark.parametrize(
    ("padding", "stride", "groups"), [("same", 1, 1), ("valid", (2, 1), 1), ((2, 1), (1, 2), 2), (0, 1, 1)]
)
def test_convolutions_and_pools(padding: Any, stride: Any, groups: int) -> None:
    inputs = RNG.random((2, 2, 9, 9)).astype(np.float32)
    weight = weights(4, 2 // groups, 4, 3)
    node = nir.Conv2d((9, 9), weight, stride, padding, 1, groups, weights(4))
    convolved = torch.nn.functional.conv2d(
        torch.from_numpy(inputs),
        torch.from_numpy(weight),
        torch.from_numpy(node.bias),
        stride,
        padding,
        1,
        groups,
    )
    pooled = torch.nn.functional.avg_pool2d(convolved, (2, 3), 2, 1) * 6 * 0.5
    expected = torch.nn.functional.avg_pool2d(pooled, 2)
    nodes = {
        "input": nir.Input([2, 9, 9]),
        "b": node,
        "a": nir.SumPool2d(np.array([2, 3]), np.array([2, 2]), np.array([1, 1])),
        "scale": nir.Scale(np.full(4, 0.5, np.float32)),  # one for each channel
        "c": nir.AvgPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0])),
        "t": nir.Threshold(np.float32(0.1)),
    }
    graph = graph_from(nodes)
    spikes, membranes = outputs(graph, inputs)
    assert membranes == pytest.approx(expected.flatten(1).numpy(), abs=1e-5)
    assert spikes.tolist() == (membranes > np.float32(0.1)).tolist()
    network = GraphNetwork(graph, (2, 9, 9), Stepping())
    assert multiply_adds(network) == {"out": convolved[0].numel() * weight[0].size}


def test_order_nesting_and_names_do_not_matter() -> None:
    inputs, first, second = RNG.random((5, 1, 2, 2)), weights(3, 4), weights(2, 3)
    plain = graph_from(
        {"input": nir.Input([4]), "a": nir.Linear(first), "b": lif(3), "c": nir.Linear(second), "d": lif(2)}
    )
    inner = nir.NIRGraph(
        {"output": nir.Output([3]), "lif": lif(3), "w.x": nir.Linear(first), "input": nir.Input([4])},
        [("lif", "output"), ("input", "w.x"), ("w.x", "lif")],
    )
    nodes = {
        "out": nir.Output([2]),
        "z": lif(),
        "1": nir.Linear(second),
        "block": inner,
        "in": nir.Input([1, 1, 2, 2]),
    }
    edges = [("z", "out"), ("block", "1"), ("in", "block"), ("1", "z"), ("1", "z")]
    nested = graph_from(nodes, edges)
    assert [node.name for node in nested.nodes] == ["block.w.x", "block.lif", "1", "z"]
    for ours, theirs in zip(outputs(plain, inputs), outputs(nested, inputs), strict=True):
        assert np.array_equal(ours, theirs)


def test_a_readout_that_does_not_spike_decides_by_its_membranes() -> None:
    inputs, weight = RNG.random((4, 1, 1, 3)), weights(2, 3)
    graph = graph_from({"input": nir.Input([3]), "fc": nir.Linear(weight)})
    spikes, membranes = outputs(graph, inputs)
    assert not spikes.any()
    assert membranes[-1] == pytest.approx(weight @ inputs.sum(0).ravel(), abs=1e-5)
    network = GraphNetwork(graph, (1, 1, 3), Stepping.of(graph))
    assert network.notes == ["its last node 'fc' does not spike: its membranes decide"]


CIRCLE = [("input", "fc"), ("fc", "lif"), ("lif", "w"), ("w", "lif"), ("lif", "output")]
INPUT = {"input": nir.Input([3])}


@pytest.mark.parametrize(
    ("nodes", "edges", "words"),
    [
        (
            INPUT
            | {
                "fc": nir.Linear(ones(3, 3)),
                "lif": lif(3),
                "w": nir.Linear(ones(3, 3)),
                "output": nir.Output([3]),
            },
            CIRCLE,
            r"node 'lif' \(LIF\) is recurrent: its output comes back to it through 'w'",
        ),
        (
            INPUT | {"wait": nir.Delay(ones(3)), "lif": lif(3)},
            None,
            r"node 'wait' \(Delay\) is of a type that is not computed here",
        ),
        (
            INPUT | {"c": nir.Conv1d(3, ones(2, 1, 2), 1, 0, 1, 1, ones(2)), "lif": lif()},
            None,
            r"node 'c' \(Conv1d\) is of a type that is not computed here",
        ),
        (INPUT | {"fc": nir.Linear(ones(2, 4))}, None, r"node 'fc' \(Linear\) takes 4 values, and gets 3"),
        (
            INPUT | {"lif": lif(2)},
            None,
            r"node 'lif' \(LIF\) has a v_threshold of shape 2, and what it gets is 3",
        ),
        (INPUT | {"lif": lif(3, tau=-1.0)}, None, r"'lif' \(LIF\) has a tau that is not above 0"),
        (INPUT | {"lif": lif(3, tau=1e-5)}, None, r"has a tau of 1e-05, shorter than a time step of 0.0001"),
        (INPUT | {"lif": lif(3, r=ones(3) * np.nan)}, None, r"'lif' \(LIF\) has a r that is not finite"),
        (
            INPUT | {"c": nir.Conv2d((3, 3), ones(2, 1, 3, 3), 1, 0, 1, 1, ones(2))},
            None,
            "takes channels of rows",
        ),
        (
            INPUT | {"a": lif(3), "b": lif(3), "c": lif(3)},
            [("input", "a"), ("input", "b"), ("a", "c"), ("b", "c")],
            r"node 'c' \(LIF\) gets the sum of 2 nodes \('a' and 'b'\)",
        ),
        (
            INPUT | {"a": lif(3), "b": lif(3)},
            [("input", "a")],
            r"node 'b' \(LIF\) is not connected to 'input'",
        ),
        (
            INPUT | {"li": nir.I(ones(3)), "lif": lif(3)},
            None,
            r"node 'li' \(I\) does not spike, and is not the last",
        ),
        (
            {"input": nir.Input([2, 2]), "lif": lif()},
            None,
            r"node 'input' \(Input\) takes 2x2 values, and the images",
        ),
    ],
)
def test_other_graphs_are_refused_by_the_name_of_a_node(nodes: Any, edges: Any, words: str) -> None:
    with pytest.raises(RunError, match=words):
        outputs(graph_from(nodes, edges), np.zeros((1, 1, 1, 3)))


def file_of(fill: Any) -> bytes:
    file = io.BytesIO()
    with h5py.File(file, "w") as made:
        fill(made)
    return file.getvalue()


def linked(file: Any) -> None:
    file["node"] = h5py.ExternalLink("/etc/passwd", "/")


def bomb(file: Any) -> None:
    file.create_dataset("node/zeros", (1 << 20, 1 << 20), "f4", chunks=(1024, 1024), compression="gzip")


def elsewhere(file: Any) -> None:
    file.create_dataset("node/bytes", (16,), "u1", external=[("/etc/passwd", 0, 16)])


def circle(file: Any) -> None:
    file["node/again"] = file.create_group("node")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is damaged, or no HDF5 file"),
        (b"\x80\x04cos\nsystem\n", "it is damaged, or no HDF5 file"),
        (file_of(linked), "'node' is a link to elsewhere"),
        (file_of(bomb), "more than 256 MB once unpacked"),
        (file_of(elsewhere), "'bytes' lies in another file"),
        (file_of(circle), "nested too deeply"),
    ],
)
def test_hostile_files_are_not_read(content: bytes, words: str) -> None:
    answer = read(content)
    assert isinstance(answer, Unreadable)
    assert words in answer.reason


def test_files_are_read_by_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "torn.nir"
    nir.write(path, nir.NIRGraph({"input": nir.Input([3]), "lif": lif(3)}, [("input", "lif")]))
    content = path.read_bytes()
    assert graph_of(tree_of(content, "x"), "x").nodes[0].name == "lif"
    with pytest.raises(RunError, match="not a NIR graph: it is damaged, or no HDF5 file"):
        tree_of(content[:2000], "torn.nir")

    def killed(*_: Any, **__: Any) -> Any:
        return subprocess.CompletedProcess([], -11, b"", b"")

    def hangs(*_: Any, timeout: float, **__: Any) -> Any:
        raise subprocess.TimeoutExpired([], timeout)

    for happens, words in ((killed, "reading it came to an end"), (hangs, "took more than 60 s")):
        monkeypatch.setattr(subprocess, "run", happens)
        with pytest.raises(RunError, match=words):
            tree_of(content, "x")


def test_files_that_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="there is no such file"):
        read_file(tmp_path / "none.nir")
    with pytest.raises(RunError, match="not a regular file"):
        read_file(tmp_path)
    with (tmp_path / "huge.nir").open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(RunError, match="larger than the 256 MB"):
        read_file(tmp_path / "huge.nir")
    with pytest.raises(RunError, match="it has no group `node`"):
        graph_of(Group({}, {}, {}), "x")


@pytest.mark.skipif(not SHARED.is_dir(), reason="graphs of other programs are not on this machine")
@pytest.mark.parametrize(
    ("name", "shape", "words"),
    [
        ("lif_norse", (1, 1, 1), ""),
        ("cnn_sinabs", (2, 34, 34), ""),
        ("braille_noDelay_bias_zero", (1, 1, 12), "'lif1.lif' \\(CubaLIF\\) is recurrent"),
    ],
)
def test_graphs_of_other_programs(name: str, shape: tuple[int, int, int], words: str) -> None:
    tree = read((SHARED / f"{name}.nir").read_bytes())
    assert isinstance(tree, Group)
    if words:
        with pytest.raises(RunError, match=words):
            graph_of(tree, name)
        return
    spikes, _ = outputs(graph_of(tree, name), (RNG.random((40, *shape)) < 0.5) * 5)
    assert 0 < spikes.mean() < 1
