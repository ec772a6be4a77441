"""Synaptic operations, counted as NeuroBench counts them; `energy` says what they are."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from snn_tui.snn.engines import Recording
from snn_tui.snn.network import SpikingLayer, SpikingNetwork
from snn_tui.values.energy import Energy, Operations

_AT_ONCE = 512  # images times steps


@dataclass
class Tally:
    """Adds up what recordings cost.

    Args:
        network: The network they are of.
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
        self.num_steps, many = recording.spikes_in.shape[:2]
        self.images += many
        arriving = recording.spikes_in
        for name, layer in self.network.layers.items():
            assert isinstance(layer, SpikingLayer)
            total = self.layers.setdefault(name, [0.0, 0.0, 0.0])
            for number, counted in enumerate(_operations(layer, arriving)):
                total[number] += counted
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
            state_bytes=4 * sum(network.neuron_counts.values()),
        )


def _operations(layer: SpikingLayer, arriving: Tensor) -> tuple[float, float, float]:
    """MACs, ACs and all that there are, for `[T, B, ...]` inputs of a layer."""
    counted = [0.0, 0.0, 0.0]
    frames = arriving.to(torch.float32).flatten(0, 1)
    dense = None
    for part in torch.split(frames, _AT_ONCE):
        for module in layer.synapses.children():
            if not isinstance(module, nn.Conv2d | nn.Linear):
                if isinstance(module, nn.AdaptiveAvgPool2d | nn.Flatten):
                    part = module(part)
                continue
            used = (module.weight != 0).to(torch.float32)
            if dense is None:
                dense = float(_through(module, torch.ones_like(part[:1]), torch.ones_like(used)).sum())
            done = float(_through(module, (part != 0).to(torch.float32), used).sum(dtype=torch.float64))
            spikes = bool(((part == 0) | (part == 1)).all())
            counted[spikes] += done
            counted[2] += dense * len(part)
            break  # what comes behind it works on currents
    return counted[0], counted[1], counted[2]


def _through(module: nn.Conv2d | nn.Linear, given: Tensor, weight: Tensor) -> Tensor:
    if isinstance(module, nn.Conv2d):
        return nn.functional.conv2d(given, weight, padding=module.padding)
    return nn.functional.linear(given, weight)
