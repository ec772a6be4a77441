"""Multiply-adds of a network: those of its dense counterpart, and those that spikes leave of them.

Both are counted here and nowhere else; `values.energy` says what they cost.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import torch
from torch import Tensor, nn

from snn_tui.snn.network import SpikingLayer, SpikingNetwork
from snn_tui.snn.quantisation import stored_bytes
from snn_tui.snn.recording import Recording
from snn_tui.values.energy import Energy, Operations
from snn_tui.values.energy_constants import FLOAT_BITS, EnergyConstants

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


@torch.no_grad()
def spike_costs(network: SpikingNetwork) -> dict[str, float]:
    """What the spikes of each hidden layer cost, as a share of what they all cost if every neuron fires.

    A spike costs an addition at each synapse that leads from it to the next layer; those of a layer count
    alike, wherever they are: as their mean. Behind a global pool spikes share the synapses of their channel.

    Returns:
        Shares by the name of the layer whose neurons fire; they sum to 1.
    """
    parameter = next(network.parameters())
    layers, costs = list(network.named_layers()), {}
    for (name, _), (_, reached) in pairwise(layers):
        synapses, frames = _synapses(reached, parameter.new_zeros(1, *network.shapes[name]))
        costs[name] = float(fan_out(synapses, frames[0], torch.ones_like(synapses.weight)).sum())
    total = sum(costs.values())
    return {name: cost / total for name, cost in costs.items()}


class _LayerTally:
    """Sums of one layer over images: MACs and ACs of each step, and the dense operations of one step."""

    def __init__(self, num_steps: int) -> None:
        self.macs = torch.zeros(num_steps, dtype=torch.float64)
        self.acs = torch.zeros(num_steps, dtype=torch.float64)
        self.dense = 0.0
        self.constant = True
        self.inputs = 0
        self.neurons = 0

    def operations(self, images: int) -> Operations:
        """What one image costs on average."""
        macs, acs = (sums / images for sums in (self.macs, self.acs))
        return Operations(
            macs=float(macs.sum()),
            acs=float(acs.sum()),
            dense=self.dense * len(macs) / images,
            macs_by_step=macs.tolist(),
            acs_by_step=acs.tolist(),
            constant=self.constant,
            inputs=self.inputs,
            neurons=self.neurons,
        )


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
    layers: dict[str, _LayerTally] = field(default_factory=dict)

    @torch.no_grad()
    def add(self, recording: Recording) -> None:
        """Count a recording in; all have the same number of steps."""
        self.num_steps, images = recording.spikes_in.shape[:2]
        self.images += images
        arriving = recording.spikes_in
        for name, layer in self.network.named_layers():
            tally = self.layers.setdefault(name, _LayerTally(self.num_steps))
            _add_operations(tally, layer, arriving, spiking=self.network.spec.spiking)
            arriving = recording.spikes[name]
            tally.neurons = self.network.neuron_counts[name]
            self.neurons += arriving.numel()
            self.silent += arriving.numel() - float(arriving.count_nonzero())

    def energy(self, constants: EnergyConstants | None = None, bits: int = FLOAT_BITS) -> Energy:
        """What one image costs on average.

        Args:
            constants: What an operation and a byte of memory take; by default as published for 45 nm.
            bits: Bits of the network's weights.
        """
        network = self.network
        return Energy(
            images=self.images,
            num_steps=self.num_steps,
            layers={name: layer.operations(self.images) for name, layer in self.layers.items()},
            sparsity=self.silent / self.neurons,
            constants=constants or EnergyConstants(),
            parameter_bytes=stored_bytes(network.state_dict(), bits),
            weight_bits=bits,
            state_bytes=4
            * sum(
                layer.neurons.state_size * network.neuron_counts[name]
                for name, layer in network.named_layers()
            ),
        )


def _add_operations(tally: _LayerTally, layer: SpikingLayer, arriving: Tensor, *, spiking: bool) -> None:
    """Count the multiply-adds, additions and dense multiply-adds that `[T, B, ...]` inputs of a layer cause.

    An input of 0 causes none, an input of 1 only an addition, if all of its step are 0 or 1; all inputs cause
    the dense ones. Without spikes none is an addition. Inputs that are expanded along T are the same at each
    step, and looked at once.
    """
    steps, images = arriving.shape[:2]
    constant = arriving.stride(0) == 0
    synapses, frames = _synapses(layer, arriving[: 1 if constant else None].to(torch.float32).flatten(0, 1))
    used = (synapses.weight != 0).to(torch.float32)
    reached = fan_out(synapses, frames[0], used).flatten().double()
    caused, binary = [], []
    for part in torch.split(frames.flatten(1), _FRAMES_AT_ONCE):
        caused.append((part != 0).double() @ reached)
        binary.append(((part == 0) | (part == 1)).all(1))
    by_step = torch.cat(caused).view(-1, images).sum(1)
    spikes = torch.cat(binary).view(-1, images).all(1) & spiking
    tally.acs += torch.where(spikes, by_step, 0.0).cpu().expand(steps)
    tally.macs += torch.where(spikes, 0.0, by_step).cpu().expand(steps)
    tally.dense += (
        float(fan_out(synapses, frames[0], torch.ones_like(used)).sum(dtype=torch.float64)) * images
    )
    tally.constant = tally.constant and constant
    tally.inputs = frames[0].numel()


def _synapses(layer: SpikingLayer, frames: Tensor) -> tuple[nn.Conv2d | nn.Linear, Tensor]:
    """The module that has the synapses of a layer, and `[N, ...]` frames as they reach it."""
    for module in layer.synapses.children():
        if isinstance(module, nn.Conv2d | nn.Linear):
            return module, frames
        frames = module(frames)
    raise TypeError("the layer has neither a convolution nor a linear map")


def fan_out(synapses: nn.Conv2d | nn.Linear, frame: Tensor, used: Tensor) -> Tensor:
    """The number of synapses that lead from each input of a convolution or a linear map.

    Args:
        synapses: The convolution or the linear map.
        frame: An input of one image, for its shape.
        used: 1 for each weight whose synapses count, of the weight's shape.

    Returns:
        Synapses of each input, float32 of the shape of `frame`.
    """
    if isinstance(synapses, nn.Linear):
        return used.sum(0)
    assert not isinstance(synapses.padding, str)
    outputs = torch.ones_like(synapses(frame[None]))
    return nn.functional.conv_transpose2d(outputs, used, padding=synapses.padding)[0]
