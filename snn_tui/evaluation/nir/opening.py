"""The network of a run that is a NIR graph."""

from __future__ import annotations

import math
from pathlib import Path

from snn_tui.evaluation.nir.graph import Graph, graph_of
from snn_tui.evaluation.nir.network import GraphNetwork, Stepping
from snn_tui.evaluation.nir.reading import read_file, tree_of
from snn_tui.runs.graph import GraphSettings, read_graph_settings
from snn_tui.runs.rundir import RunDir
from snn_tui.values.task import Task
from snn_tui.values.words import counted


def read_graph(path: Path) -> Graph:
    """The graph of a NIR file.

    Raises:
        RunError: It cannot be read, or is not a chain of known nodes; the node is named.
        UsageError: h5py is not installed.
    """
    return graph_of(tree_of(read_file(path), str(path)), str(path))


def network_for(graph: Graph, settings: GraphSettings, task: Task) -> GraphNetwork:
    """The network of a graph, for the images of a task.

    Raises:
        RunError: It is for other images, or has other outputs.
    """
    stepping = Stepping.of(graph, settings.dt, settings.reset)
    network = GraphNetwork(graph, (task.channels, task.side, task.side), stepping)
    outputs = math.prod(network.shapes["out"])
    if outputs != task.outputs:
        asked = f"{task.outputs} {'labels' if task.kind == 'multilabel' else 'classes'}"
        raise graph.nodes[-1].refused(
            f"has {counted(outputs, 'output')}, and {task.name} has {asked}",
            "name the images it is for with --dataset or --data",
        )
    return network


def graph_network(run: RunDir, task: Task) -> GraphNetwork:
    """The network of a run, for the images of a task; raises as `read_graph` and `network_for` do."""
    return network_for(read_graph(run.graph), read_graph_settings(run), task)
