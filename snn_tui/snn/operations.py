"""Multiply-adds of a network: those of its dense counterpart, and those that spikes leave of them.

Both are counted here and nowhere else; `values.energy` says what they cost.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from snn_tui.snn.engines import Recording
from snn_tui.snn.network import SpikingLayer, SpikingNetwork
from snn_tui.values.energy import Energy, Operations

_FRAMES_AT_ONCE = 512  # images times steps


@torch.no_grad()
def multiply_adds(network: SpikingNetwork) -> dict[str, int]:
    """Multiply-adds of each layer in one time step of one image, if no spike is left out.

    Products with the zeros of padding count too, as papers count them; `Tally` leaves them out, as NeuroBench
    does.
    """
    parameter = next(network.parameters())
    spec, counts = network.spec, {}
    arriving = parameter.new_zeros(1, spec.channels, spec.size, spec.size)
    for name, layer in network.named_layers():
        synapses, frames = _synapses(layer, arriving)
        counts[name] = synapses(frames)[0].numel() * synapses.weight[0].numel()
        arriving = parameter.new_zeros(1, *network.shapes[name])
    return counts


@dataclass
class Tally:
    """Adds up what recordings cost, counted as NeuroBench counts synaptic operations.

    Args:
        network: The network that was recorded.
    """

    network: SpikingNetwork
    images: int = 0
    num_steps: int = 0
    silent: float = 0.0
    neurons: float = 0.0
    layers: dict[str, list[float]] = field(default_factory=dict)

    @torch.no_grad()
    def add(self, recording: Recording) -> None:
        """Count a recording in."""
        self.num_steps, images = recording.spikes_in.shape[:2]
        self.images += images
        arriving = recording.spikes_in
        for name, layer in self.network.named_layers():
            totals = self.layers.setdefault(name, [0.0, 0.0, 0.0])
            for index, count in enumerate(_operations(layer, arriving)):
                totals[index] += count
            arriving = recording.spikes[name]
            self.neurons += arriving.numel()
            self.silent += arriving.numel() - float(arriving.count_nonzero())

    def energy(self) -> Energy:
        """What one image costs on average."""
        network = self.network
        kept = network.state_dict().values()
        return Energy(
            images=self.images,
            num_steps=self.num_steps,
            layers={
                name: Operations(macs=macs / self.images, acs=acs / self.images, dense=dense / self.images)
                for name, (macs, acs, dense) in self.layers.items()
            },
            sparsity=self.silent / self.neurons,
            parameter_bytes=sum(tensor.numel() * tensor.element_size() for tensor in kept),
            state_bytes=4
            * sum(
                layer.neurons.state_size * network.neuron_counts[name]
                for name, layer in network.named_layers()
            ),
        )


def _operations(layer: SpikingLayer, arriving: Tensor) -> tuple[float, float, float]:
    """Multiply-adds, additions and dense multiply-adds that `[T, B, ...]` inputs of a layer cause.

    An input of 0 causes none, an input of 1 only an addition; all inputs cause the dense ones.
    """
    macs, acs, dense = 0.0, 0.0, 0.0
    synapses, frames = _synapses(layer, arriving.to(torch.float32).flatten(0, 1))
    used = (synapses.weight != 0).to(torch.float32)
    dense_each = float(_through(synapses, torch.ones_like(frames[:1]), torch.ones_like(used)).sum())
    for part in torch.split(frames, _FRAMES_AT_ONCE):
        caused = float(_through(synapses, (part != 0).to(torch.float32), used).sum(dtype=torch.float64))
        if bool(((part == 0) | (part == 1)).all()):
            acs += caused
        else:
            macs += caused
        dense += dense_each * len(part)
    return macs, acs, dense


def _synapses(layer: SpikingLayer, frames: Tensor) -> tuple[nn.Conv2d | nn.Linear, Tensor]:
    """The module that has the synapses of a layer, and `[N, ...]` frames as they reach it."""
    for module in layer.synapses.children():
        if isinstance(module, nn.Conv2d | nn.Linear):
            return module, frames
        frames = module(frames)
    raise TypeError("the layer has neither a convolution nor a linear map")


def _through(synapses: nn.Conv2d | nn.Linear, frames: Tensor, weight: Tensor) -> Tensor:
    if isinstance(synapses, nn.Conv2d):
        return nn.functional.conv2d(frames, weight, padding=synapses.padding)
    return nn.functional.linear(frames, weight)
