"""A NIR graph as the chain of nodes that it has to be: nested graphs flattened, nodes in their order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from snn_tui.errors import RunError
from snn_tui.evaluation.nir.hdf5 import Group, Values
from snn_tui.values.words import listed, printable

SYNAPSES = frozenset({"Affine", "Linear", "Conv2d", "SumPool2d", "AvgPool2d", "Flatten", "Scale"})
"""Types of nodes that compute input currents."""

NEURONS = frozenset({"LIF", "IF", "CubaLIF", "Threshold"})
"""Types of nodes that spike."""

INTEGRATORS = frozenset({"LI", "I", "CubaLI"})
"""Types of nodes that have a membrane and no spikes, so that they can only be the last."""

_ENDS = frozenset({"Input", "Output"})
_GRAPH = "NIRGraph"
_MOST_NODES = 4096
_REMEDY = f"give a feed-forward graph of {listed(sorted(SYNAPSES | NEURONS))} nodes"


def refusal(what: str, where: str, remedy: str = _REMEDY) -> RunError:
    """The error for a graph that is not judged."""
    return RunError(what, where=printable(where), remedy=remedy)


@dataclass(frozen=True)
class Node:
    """A node of a graph.

    Args:
        name: Its name; one of a nested graph has that graph's name and a dot before it.
        type: What NIR calls it, such as `LIF`.
        numbers: Its numbers by name.
        texts: Its texts by name.
        where: The file.
    """

    name: str
    type: str
    numbers: dict[str, NDArray[Any]]
    texts: dict[str, str]
    where: str

    def refused(self, reason: str, remedy: str = _REMEDY) -> RunError:
        """The error that names this node and says why its graph is not judged."""
        named = f"node {printable(self.name, 60)!r} ({printable(self.type, 30)})"
        return refusal(f"{named} {reason}", self.where, remedy)

    def array(self, name: str, default: float | None = None) -> NDArray[Any]:
        """Numbers of any shape.

        Raises:
            RunError: They are missing and have no default, or are not finite.
        """
        if name not in self.numbers:
            if default is None:
                raise self.refused(f"has no {name}")
            return np.asarray(default)
        if not np.isfinite(self.numbers[name]).all():
            raise self.refused(f"has a {name} that is not finite")
        return self.numbers[name]

    def integers(self, name: str, default: tuple[int, ...], length: int = 2) -> tuple[int, ...]:
        """So many integers, of which the file may hold one for all.

        Raises:
            RunError: They are none, or too many or too few.
        """
        if name not in self.numbers:
            return default
        array = self.array(name).ravel()
        if array.size not in (1, length) or (array != np.round(array)).any() or (abs(array) > 2**31).any():
            raise self.refused(f"has a {name} that is not {'an integer' if length == 1 else 'integers'}")
        values = tuple(int(value) for value in array)
        return values if len(values) == length else values * length


@dataclass(frozen=True)
class Graph:
    """A graph whose nodes stand one after the other.

    Args:
        nodes: From the input to the output, without these two.
        input_shape: Shape of an input, as the file says it; None where it does not.
        numbers: The numbers of its metadata.
        texts: The texts of its metadata.
        where: The file.
    """

    nodes: list[Node]
    input_shape: tuple[int, ...] | None
    numbers: dict[str, float]
    texts: dict[str, str]
    where: str


@dataclass
class _Flat:
    """Nodes by name and edges between them, of a graph whose nested graphs were flattened."""

    nodes: dict[str, Node] = field(default_factory=dict)
    edges: set[tuple[str, str]] = field(default_factory=set)


def graph_of(tree: Group, where: str) -> Graph:
    """The graph that a NIR file holds.

    Args:
        tree: What the file holds.
        where: The file, for messages.

    Raises:
        RunError: It holds none, or one that is not a chain of known nodes; a node is named.
    """
    root = tree.groups.get("node")
    if root is None or _type_of(root) is None:
        raise refusal("not a NIR graph: it has no group `node` with a type", where)
    flat = _Flat()
    if _type_of(root) == _GRAPH:
        _flatten(root, "", flat, where)
    else:
        _add(flat, "node", root, where)
    _check_types(flat.nodes.values())
    order = _chain(flat, where)
    inputs = [node for node in order if node.type == "Input"]
    shape = inputs[0].array("shape").ravel() if inputs and "shape" in inputs[0].numbers else None
    metadata = root.groups.get("metadata", Group({}, {}, {}))
    return Graph(
        nodes=[node for node in order if node.type not in _ENDS],
        input_shape=None if shape is None else tuple(int(size) for size in shape),
        numbers={name: float(_array(value).flat[0]) for name, value in metadata.values.items() if value.data},
        texts={name: texts.texts[0] for name, texts in metadata.texts.items() if texts.texts},
        where=where,
    )


def _type_of(group: Group) -> str | None:
    texts = group.texts.get("type")
    return texts.texts[0] if texts and texts.texts else None


def _array(values: Values) -> NDArray[Any]:
    return np.frombuffer(values.data, np.dtype(values.type)).reshape(values.shape)


def _add(flat: _Flat, name: str, group: Group, where: str) -> None:
    numbers = {key: _array(values) for key, values in group.values.items()}
    texts = {key: values.texts[0] for key, values in group.texts.items() if values.texts}
    if len(flat.nodes) == _MOST_NODES:
        raise refusal(f"it has more than {_MOST_NODES} nodes", where)
    if name in flat.nodes:
        raise refusal(f"two nodes are called {printable(name, 60)!r}", where)
    flat.nodes[name] = Node(name, _type_of(group) or "", numbers, texts, where)


def _flatten(group: Group, prefix: str, flat: _Flat, where: str) -> None:
    """Add the nodes and edges of a graph, and those of graphs in it."""
    groups = group.groups.get("nodes", Group({}, {}, {})).groups
    ends: dict[str, tuple[str, str]] = {}  # of each node here, what leads to it and what it leads to
    for name, inner in groups.items():
        whole = prefix + name
        if _type_of(inner) == _GRAPH:
            ends[name] = _ends_of(inner, f"{whole}.", where)
            _flatten(inner, f"{whole}.", flat, where)
        else:
            ends[name] = whole, whole
            _add(flat, whole, inner, where)
    for before, after in _edges(group, where):
        for name in (before, after):
            if name not in ends:
                raise refusal(f"an edge names {printable(prefix + name, 60)!r}, which is no node", where)
        flat.edges.add((ends[before][1], ends[after][0]))


def _ends_of(group: Group, prefix: str, where: str) -> tuple[str, str]:
    """Names of the input and of the output node of a nested graph."""
    nodes = group.groups.get("nodes", Group({}, {}, {})).groups
    ends = []
    for kind in ("Input", "Output"):
        names = [name for name, inner in nodes.items() if _type_of(inner) == kind]
        if len(names) != 1:
            graph = printable(prefix.rstrip("."), 60)
            raise refusal(f"the nested graph {graph!r} has {len(names)} {kind} nodes, not one", where)
        ends.append(prefix + names[0])
    return ends[0], ends[1]


def _edges(group: Group, where: str) -> list[tuple[str, str]]:
    texts = group.texts.get("edges")
    if texts is None:
        return []
    if len(texts.shape) != 2 or texts.shape[1] != 2:
        raise refusal("its edges are not pairs of names", where)
    return list(zip(texts.texts[::2], texts.texts[1::2], strict=True))


def _check_types(nodes: Iterable[Node]) -> None:
    for node in nodes:
        if node.type not in SYNAPSES | NEURONS | INTEGRATORS | _ENDS:
            raise node.refused("is of a type that is not computed here")


def _chain(flat: _Flat, where: str) -> list[Node]:
    """The nodes from the first to the last, each of which leads to the next alone."""
    after: dict[str, list[str]] = {name: [] for name in flat.nodes}
    before: dict[str, list[str]] = {name: [] for name in flat.nodes}
    for source, target in sorted(flat.edges):
        after[source].append(target)
        before[target].append(source)
    if circle := _circle(after, before):
        neurons = [name for name in circle if flat.nodes[name].type in NEURONS | INTEGRATORS]
        through = [name for name in circle if name not in neurons[:1]]
        way = f" through {listed([repr(printable(name, 60)) for name in through[:3]])}" if through else ""
        raise flat.nodes[(neurons or circle)[0]].refused(f"is recurrent: its output comes back to it{way}")
    for name, node in flat.nodes.items():
        for others, does in ((after[name], "leads to"), (before[name], "gets the sum of")):
            if len(others) > 1:
                some = listed([repr(printable(other, 60)) for other in others[:3]])
                raise node.refused(f"{does} {len(others)} nodes ({some}), and only chains are computed here")
    first = [name for name in flat.nodes if not before[name]]
    if not first:
        raise refusal("it has no nodes", where)
    first.sort(key=lambda name: flat.nodes[name].type != "Input")
    order = [first[0]]
    while after[order[-1]]:
        order.append(after[order[-1]][0])
    reached = set(order)
    for name, node in flat.nodes.items():
        if name not in reached:
            raise node.refused(f"is not connected to {printable(first[0], 60)!r}, where the graph begins")
    return [flat.nodes[name] for name in order]


def _circle(after: dict[str, list[str]], before: dict[str, list[str]]) -> list[str]:
    """Names of nodes that lead in a circle; empty where there is none."""
    left = {name: len(sources) for name, sources in before.items()}
    free = [name for name, count in left.items() if not count]
    while free:  # take away what no remaining node leads to
        name = free.pop()
        del left[name]
        for target in after[name]:
            left[target] -= 1
            if not left[target]:
                free.append(target)
    if not left:
        return []
    walk = [next(iter(left))]
    # Of what is left, every node is led to by another: going backwards ends in a circle.
    while True:
        back = next(name for name in before[walk[-1]] if name in left)
        if back in walk:
            return walk[walk.index(back) :][::-1]
        walk.append(back)
