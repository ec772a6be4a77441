"""A written graph computed beside the reference engine, spike by spike."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec
import torch
from torch import Tensor

from snn_tui.evaluation.nir.graph import graph_of
from snn_tui.evaluation.nir.network import GraphNetwork, Stepping
from snn_tui.evaluation.nir.reading import read_file, tree_of
from snn_tui.snn.network import SpikingNetwork

IMAGES = 256
"""Images that a graph is checked with at most."""

ROUNDING = 1e-4
"""Up to this distance of a membrane from its threshold a spike that differs is due to rounding."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """How the spikes of a graph compare with those of the reference engine.

    Args:
        images: Number of images.
        num_steps: Time steps of each.
        spikes: Spikes of all layers, by the reference engine.
        places: Neurons times steps times images that were compared.
        differing: Places of which one fired and the other did not, by layer; only layers with some.
        distance: Of the first layer in which an image differs, the largest distance of a membrane from the
            threshold at the first step with a spike that differs; None where none does.
        verdicts: Images of which the most active output neuron is another one.
    """

    images: int
    num_steps: int
    spikes: int
    places: int
    differing: dict[str, int]
    distance: float | None
    verdicts: int

    @property
    def equal(self) -> bool:
        """Whether all spikes are equal."""
        return not self.differing


@torch.no_grad()
def compare(network: SpikingNetwork, graph: GraphNetwork, inputs: Tensor) -> Comparison:
    """Compute `[T, B, C, H, W]` inputs by the network's own modules, step by step, and by a graph of it.

    Both have the same layers, in order.
    """
    network.eval()
    theirs = network.over_time(inputs)
    ours = graph.over_time(inputs)
    differing: dict[str, int] = {}
    equal = torch.ones(inputs.shape[1], dtype=torch.bool)  # images without a difference so far
    distance: float | None = None
    for (name, expected), got in zip(theirs.items(), ours.values(), strict=True):
        other = (expected.spikes != got.spikes).flatten(2)
        if count := int(other.sum()):
            differing[name] = count
        away = (expected.membranes - network.threshold).abs().flatten(2)
        for image in torch.nonzero(equal & other.any(2).any(0)).flatten().tolist():
            step = int(torch.nonzero(other[:, image].any(1))[0])
            first = float(away[step, image][other[step, image]].max())
            distance = first if distance is None else max(distance, first)
        equal &= ~other.any(2).any(0)
    verdicts = [_verdict(layers["out"].spikes, layers["out"].membranes) for layers in (theirs, ours)]
    return Comparison(
        images=inputs.shape[1],
        num_steps=len(inputs),
        spikes=int(sum(layer.spikes.sum(dtype=torch.float64) for layer in theirs.values())),
        places=sum(layer.spikes.numel() for layer in theirs.values()),
        differing=differing,
        distance=distance,
        verdicts=int((verdicts[0] != verdicts[1]).sum()),
    )


def _verdict(spikes: Tensor, membranes: Tensor) -> Tensor:
    """`[B]` the output neuron with the most spikes, and of several the highest membrane."""
    return (spikes.sum(0) + torch.atan(membranes[-1]) / torch.pi).argmax(1)


def compared_with_file(network: SpikingNetwork, path: Path, parts: Iterable[Tensor]) -> Comparison:
    """Compare a network with the NIR file that was written of it, as anybody would read it.

    Args:
        network: The network.
        path: The file.
        parts: `[T, B, C, H, W]` input spikes or currents, a few images at a time.

    Raises:
        RunError: The file cannot be read back.
    """
    where = str(path)
    graph = graph_of(tree_of(read_file(path), where), where)
    computed = GraphNetwork(graph, network.input_shape, Stepping.of(graph))
    return _together([compare(network, computed, inputs) for inputs in parts])


def _together(parts: list[Comparison]) -> Comparison:
    """The comparison of all images of those of some of them."""
    layers = dict.fromkeys(name for part in parts for name in part.differing)
    return Comparison(
        images=sum(part.images for part in parts),
        num_steps=parts[0].num_steps,
        spikes=sum(part.spikes for part in parts),
        places=sum(part.places for part in parts),
        differing={name: sum(part.differing.get(name, 0) for part in parts) for name in layers},
        distance=max((part.distance for part in parts if part.distance is not None), default=None),
        verdicts=sum(part.verdicts for part in parts),
    )
