"""The network of a NIR graph: its nodes as layers, each synapses and the neurons they feed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from snn_tui.evaluation.nir.graph import INTEGRATORS, NEURONS, SYNAPSES, Graph, Node
from snn_tui.evaluation.nir.synapses import Shape, fitted, synapses_of, words
from snn_tui.snn.layered import LayeredNetwork
from snn_tui.snn.point_neurons import RESETS, TO_VALUE, Dynamics, PointNeurons, Threshold
from snn_tui.values.words import printable

USUAL_DT = 1e-4
"""Length of a step in seconds where nothing says it, as in the experiments that NIR was published with."""

_ROUNDING = 1e-6


@dataclass(frozen=True)
class Stepping:
    """How the equations of a graph become steps.

    Args:
        dt: Length of a step, in the unit of the graph's time constants; None where nothing says it: then it
            is `USUAL_DT` for neurons with time constants, and 1 for those without.
        reset: One of `RESETS`.
    """

    dt: float | None = None
    reset: str = TO_VALUE

    @classmethod
    def of(cls, graph: Graph, dt: float | None = None, reset: str | None = None) -> Stepping:
        """What is asked for, else what the graph's metadata say, else what is usual.

        Raises:
            RunError: The metadata say what is not known here.
        """
        named, said = graph.texts.get("reset"), graph.numbers.get("dt")
        if reset is None and named is not None and named not in RESETS:
            raise Node("metadata", "NIRGraph", {}, {}, graph.where).refused(
                f"says that neurons are reset by {printable(named, 40)!r}"
            )
        usable = said is not None and math.isfinite(said) and said > 0
        return cls(dt if dt is not None else said if usable else None, reset or named or TO_VALUE)

    @property
    def seconds(self) -> float:
        """Length of a step for neurons with time constants."""
        return USUAL_DT if self.dt is None else self.dt

    @property
    def plain(self) -> float:
        """Length of a step for neurons without time constants."""
        return 1.0 if self.dt is None else self.dt


class GraphNetwork(LayeredNetwork):
    """A network that computes what a graph says.

    Args:
        graph: The graph.
        input_shape: `(C, H, W)` of an image.
        stepping: How its equations become steps.

    Attributes:
        spiking_readout: Whether the output neurons spike; else their membranes decide.
        notes: What the user should know about how the graph was read, in sentences.

    Raises:
        RunError: It is not one of the graphs that are computed, or is for other images; the node is named.
    """

    def __init__(self, graph: Graph, input_shape: tuple[int, int, int], stepping: Stepping) -> None:
        parts = _parts(graph)
        shape, modules = _begin(graph, input_shape)
        super().__init__(
            input_shape=input_shape, spiking=True, norm=False, threshold=1.0, values_a_step=math.prod(shape)
        )
        self.notes = _notes(graph, stepping)
        self.spiking_readout = parts[-1][1] is not None and parts[-1][1].type in NEURONS
        for index, (synapses, neurons) in enumerate(parts):
            last, kind = index == len(parts) - 1, "layer"
            for node in synapses:
                made, shape = synapses_of(node, shape)
                modules += made
                self.values_a_step += math.prod(shape)
                kind = {"Conv2d": "conv", "Affine": "fc", "Linear": "fc"}.get(node.type, kind)
            if last:
                modules += [nn.Flatten()] if len(shape) > 1 else []
                shape = (math.prod(shape),)
            cells = _integrator() if neurons is None else _neurons(neurons, shape, stepping, recorded=last)
            self.add("out" if last else f"{kind}{index + 1}", nn.Sequential(*modules), cells, shape)
            modules = []

    @property
    def decay(self) -> float:
        """Share of the membrane that is left a step later, of the first neurons that have one; their mean."""
        for _, layer in self.named_layers():
            if isinstance(layer.neurons, PointNeurons):
                return float(layer.neurons.decay.mean())
        return 0.0


def _notes(graph: Graph, stepping: Stepping) -> list[str]:
    """What is assumed of a graph that it does not say itself."""
    last, notes = graph.nodes[-1] if graph.nodes else None, []
    types = {node.type for node in graph.nodes}
    if stepping.dt is None and types & {"LIF", "CubaLIF", "LI", "CubaLI"}:
        notes.append(f"the graph does not say how long a time step is: {USUAL_DT:g} is taken (--dt)")
    if "reset" not in graph.texts and types & {"LIF", "CubaLIF", "IF"}:
        how = "sets its membrane to v_reset" if stepping.reset == TO_VALUE else "subtracts its threshold"
        notes.append(f"a neuron that spikes {how} (--reset)")
    if last is not None and last.type not in NEURONS | {"Flatten"}:
        notes.append(f"its last node {printable(last.name, 60)!r} does not spike: its membranes decide")
    return notes


def _parts(graph: Graph) -> list[tuple[list[Node], Node | None]]:
    """The nodes of each layer: synapses, and neurons; None for those of a readout that has none."""
    parts: list[tuple[list[Node], Node | None]] = []
    synapses: list[Node] = []
    for index, node in enumerate(graph.nodes):
        if node.type in SYNAPSES:
            synapses.append(node)
            continue
        if node.type in INTEGRATORS and any(later.type != "Flatten" for later in graph.nodes[index + 1 :]):
            raise node.refused("does not spike, and is not the last")
        parts.append((synapses, node))
        synapses = []
    if any(node.type != "Flatten" for node in synapses) or not parts:
        parts.append((synapses, None))
    return parts


def _begin(graph: Graph, images: tuple[int, int, int]) -> tuple[Shape, list[nn.Module]]:
    """The shape in which images reach the first node, and the modules that bring them into it."""
    shape = graph.input_shape
    if shape is None or shape == images:
        return images, []
    bare = shape
    while len(bare) > 1 and bare[0] == 1 and bare != images:
        bare = bare[1:]  # a batch of one, or a grey image without its channel
    if bare == (math.prod(images),):
        return bare, [nn.Flatten()]
    if bare in (images, images[1:]) and math.prod(bare) == math.prod(images):
        return images, []
    node = Node("input", "Input", {}, {}, graph.where)
    raise node.refused(
        f"takes {words(shape)} values, and the images are {words(images)}",
        "name the images it is for with --dataset or --data, and --size where they have several",
    )


def _integrator() -> PointNeurons:
    """Membranes that add up all currents and never fire, in place of neurons that a readout does not have."""
    one = torch.tensor(1.0)
    return PointNeurons(Dynamics(decay=one, gain=one, drift=torch.tensor(0.0)))


def _neurons(node: Node, shape: Shape, stepping: Stepping, *, recorded: bool) -> PointNeurons | Threshold:
    """The neurons of a node.

    Args:
        node: The node.
        shape: Shape of its neurons.
        stepping: How its equations become steps.
        recorded: Whether their membranes are looked at, in units of their thresholds.
    """

    def number(name: str, default: float | None = None) -> NDArray[np.float64]:
        return node.array(name, default).astype(np.float64)

    def tensor(values: Any, name: str) -> Tensor:
        return fitted(node, np.asarray(values), name, shape)

    if node.type == "Threshold":
        return Threshold(tensor(number("threshold"), "threshold"))
    r, leaks = number("r", 1.0), node.type not in ("IF", "I")
    cuba = node.type in ("CubaLIF", "CubaLI")
    try:
        if leaks:
            share = _shares(node, "tau_mem" if cuba else "tau", stepping.seconds)
            decay, gain, drift = 1 - share, r * share, number("v_leak", 0.0) * share
        else:
            decay, gain, drift = np.asarray(1.0), r * stepping.plain, np.asarray(0.0)
        synapse = _shares(node, "tau_syn", stepping.seconds) if cuba else None
        synapse_gain = number("w_in", 1.0) * synapse if synapse is not None else None
    except ValueError as error:  # numpy's, of shapes that do not broadcast
        raise node.refused("has parameters of shapes that do not fit each other") from error
    threshold = tensor(number("v_threshold"), "v_threshold") if node.type in NEURONS else None
    unit = None
    if recorded and threshold is not None and not bool((threshold == 1.0).all()):
        unit = torch.where(threshold > 0, threshold, 1.0)
    return PointNeurons(
        Dynamics(
            decay=tensor(decay, "time constant"),
            gain=tensor(gain, "r"),
            drift=tensor(drift, "v_leak"),
            threshold=threshold,
            v_reset=None if threshold is None else tensor(number("v_reset", 0.0), "v_reset"),
            reset=stepping.reset,
            synapse_decay=None if synapse is None else tensor(1 - synapse, "tau_syn"),
            synapse_gain=None if synapse_gain is None else tensor(synapse_gain, "w_in"),
            unit=unit,
        )
    )


def _shares(node: Node, name: str, dt: float) -> NDArray[np.float64]:
    """The share of a membrane or current that leaks away in a step, dt / tau."""
    tau = node.array(name).astype(np.float64)
    if not tau.size or tau.min() <= 0:
        raise node.refused(f"has a {name} that is not above 0")
    if tau.min() < dt * (1 - _ROUNDING):
        what = f"has a {name} of {tau.min():.3g}, shorter than a time step of {dt:g}"
        raise node.refused(what, "give the length of a step with --dt")
    return np.minimum(dt / tau, 1.0)
