"""Multiply-adds of a network: those of its dense counterpart, and those that spikes leave of them.

Both are counted here and nowhere else; `values.energy` says what they cost.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.grad import conv2d_input

from snn_tui.snn.layered import LayeredNetwork
from snn_tui.snn.quantisation import stored_bytes
from snn_tui.snn.recording import Recording
from snn_tui.values.energy import Energy, Operations
from snn_tui.values.energy_constants import FLOAT_BITS, EnergyConstants

_FRAMES_AT_ONCE = 512  # images times steps


@torch.no_grad()
def multiply_adds(network: LayeredNetwork) -> dict[str, int]:
    """Multiply-adds of each layer in one time step of one image, if no spike is left out.

    Products with the zeros of padding count too, as papers count them; `Tally` leaves them out, as NeuroBench
    does.
    """
    parameter = next(network.parameters())
    counts = {}
    arriving = parameter.new_zeros(1, *network.input_shape)
    for name, layer in network.named_layers():
        counts[name] = sum(
            synapses(frames)[0].numel() * synapses.weight[0].numel()
            for synapses, frames in _synapses(layer.synapses, arriving)
        )
        arriving = parameter.new_zeros(1, *network.shapes[name])
    return counts


@torch.no_grad()
def spike_costs(network: LayeredNetwork) -> dict[str, float]:
    """What the spikes of each hidden layer cost, as a share of what they all cost if every neuron fires.

    A spike costs an addition at each synapse that leads from it to the next layer; those of a layer count
    alike, wherever they are: as their mean. Behind a global pool spikes share the synapses of their channel.

    Returns:
        Shares by the name of the layer whose neurons fire; they sum to 1.
    """
    parameter = next(network.parameters())
    layers, costs = list(network.named_layers()), {}
    for (name, _), (_, reached) in pairwise(layers):
        costs[name] = sum(
            float(fan_out(synapses, frames[0], torch.ones_like(synapses.weight)).sum())
            for synapses, frames in _synapses(reached.synapses, parameter.new_zeros(1, *network.shapes[name]))
        )
    total = sum(costs.values())
    return {name: cost / total for name, cost in costs.items()}


class LayerTally:
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

    network: LayeredNetwork
    images: int = 0
    num_steps: int = 0
    silent: float = 0.0
    neurons: float = 0.0
    layers: dict[str, LayerTally] = field(default_factory=dict)

    @torch.no_grad()
    def add(self, recording: Recording) -> None:
        """Count a recording in; all have the same number of steps."""
        self.num_steps, images = recording.spikes_in.shape[:2]
        self.images += images
        arriving = recording.spikes_in
        for name, layer in self.network.named_layers():
            tally = self.layers.setdefault(name, LayerTally(self.num_steps))
            add_operations(tally, layer.synapses, arriving, spiking=self.network.spiking)
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


def add_operations(tally: LayerTally, synapses_of: nn.Module, arriving: Tensor, *, spiking: bool) -> None:
    """Count the multiply-adds, additions and dense multiply-adds that `[T, B, ...]` inputs of a layer cause.

    An input of 0 causes none, an input of 1 only an addition, if all of its step are 0 or 1; all inputs cause
    the dense ones. Without spikes none is an addition. Inputs that are expanded along T are the same at each
    step, and looked at once.
    """
    steps, images = arriving.shape[:2]
    constant = arriving.stride(0) == 0
    tally.inputs, tally.constant = 0, tally.constant and constant
    reaching = arriving[: 1 if constant else None].to(torch.float32).flatten(0, 1)
    for synapses, frames in _synapses(synapses_of, reaching):
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
        dense = fan_out(synapses, frames[0], torch.ones_like(used)).sum(dtype=torch.float64)
        tally.dense += float(dense) * images
        tally.inputs += frames[0].numel()


def _synapses(layer: nn.Module, frames: Tensor) -> Iterator[tuple[nn.Conv2d | nn.Linear, Tensor]]:
    """The modules that have the synapses of a layer, each with `[N, ...]` frames as they reach it.

    Layers of our own networks have one such module; those of a graph from elsewhere none, one or several.
    Nothing behind the last one is computed: batch norm in training would take the frames into its statistics.
    """
    modules = list(layer.children())
    while modules and not isinstance(modules[-1], nn.Conv2d | nn.Linear):
        modules.pop()
    for number, module in enumerate(modules, 1):
        if isinstance(module, nn.Conv2d | nn.Linear):
            yield module, frames
        if number < len(modules):
            frames = module(frames)


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
    reached: Tensor = conv2d_input(  # type: ignore[no-untyped-call]
        frame[None].shape,
        used,
        outputs,
        stride=synapses.stride,
        padding=synapses.padding,
        dilation=synapses.dilation,
        groups=synapses.groups,
    )
    return reached[0]
