"""The network of the study, of torch and snnTorch modules."""

from __future__ import annotations

import math
from dataclasses import dataclass

import snntorch
import torch
from snntorch import surrogate
from torch import Tensor, nn


@dataclass(frozen=True)
class NetworkSpec:
    """Shape and neurons of a network: blocks of convolution, 2x2 max pooling and LIF, then linear and LIF.

    Args:
        size: Height and width of the input, one channel.
        channels: Output channels of each convolution.
        kernels: Kernel size of each convolution, without padding.
        classes: Output neurons.
        beta: Share of the membrane that is left a step later.
        threshold: Membrane above which a neuron fires; subtracted a step later.
        slope: Steepness of the fast sigmoid that stands in for the spike's derivative.
    """

    size: int = 28
    channels: tuple[int, ...] = (12, 32)
    kernels: tuple[int, ...] = (5, 3)
    classes: int = 2
    beta: float = 0.6
    threshold: float = 1.0
    slope: float = 25.0


class SpikingLayer(nn.Module):
    """Synapses (convolution and pooling, or a linear map) and the leaky neurons they feed.

    Args:
        synapses: From `[B, ...]` spikes to `[B, ...]` input currents.
        spec: For beta, threshold and slope.
    """

    def __init__(self, synapses: nn.Module, spec: NetworkSpec) -> None:
        super().__init__()
        self.synapses = synapses
        # The membrane is passed in and out: hidden state and utils.reset go wrong in snnTorch 1.0.0
        # with nested modules, and reset every other network of the process too.
        self.neurons = snntorch.Leaky(
            beta=spec.beta,
            threshold=spec.threshold,
            spike_grad=surrogate.fast_sigmoid(slope=spec.slope),
            reset_mechanism="subtract",
        )

    def forward(self, spikes: Tensor, membrane: Tensor) -> tuple[Tensor, Tensor]:
        """One time step.

        Args:
            spikes: `[B, ...]` spikes of the layer before.
            membrane: `[B, *shape]` as the last step left it.

        Returns:
            Spikes and membrane, both `[B, *shape]`; the membrane is the one the spikes were decided by,
            the reset follows in the next step.
        """
        spikes, membrane = self.neurons(self.synapses(spikes), membrane)
        return spikes, membrane


class SpikingNetwork(nn.Module):
    """The whole network, one time step at a time.

    `layers` maps names to layers, first to last, and `shapes` to the shapes of their neurons.

    Args:
        spec: Shape and neurons.
        seed: Seed of the initial weights (torch's default initialisation).
    """

    def __init__(self, spec: NetworkSpec, seed: int = 0) -> None:
        super().__init__()
        self.spec = spec
        self.layers = nn.ModuleDict()
        self.shapes: dict[str, tuple[int, ...]] = {}
        channels, size = 1, spec.size
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            for number, (out, kernel) in enumerate(zip(spec.channels, spec.kernels, strict=True), 1):
                size = (size - kernel + 1) // 2
                synapses = nn.Sequential(nn.Conv2d(channels, out, kernel), nn.MaxPool2d(2))
                self._add(f"conv{number}", synapses, (out, size, size))
                channels = out
            readout = nn.Sequential(nn.Flatten(), nn.Linear(channels * size * size, spec.classes))
            self._add("out", readout, (spec.classes,))

    def _add(self, name: str, synapses: nn.Module, shape: tuple[int, ...]) -> None:
        self.layers[name] = SpikingLayer(synapses, self.spec)
        self.shapes[name] = shape

    def silent(self, batch: int) -> list[Tensor]:
        """The membranes before the first step: zero, `[batch, *shape]` for each layer."""
        parameter = next(self.parameters())
        return [parameter.new_zeros(batch, *shape) for shape in self.shapes.values()]

    def forward(self, spikes: Tensor, membranes: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        """One time step.

        Args:
            spikes: `[B, 1, H, W]` input spikes of this step.
            membranes: Each layer's membrane, as `silent` or the last step gave it.

        Returns:
            Each layer's spikes and each layer's membrane, both `[B, *shape]`.
        """
        fired, after = [], []
        for layer, membrane in zip(self.layers.values(), membranes, strict=True):
            spikes, membrane = layer(spikes, membrane)
            fired.append(spikes)
            after.append(membrane)
        return fired, after

    @property
    def parameter_count(self) -> int:
        """Trainable numbers in the network."""
        return sum(parameter.numel() for parameter in self.parameters() if parameter.requires_grad)

    @property
    def neuron_counts(self) -> dict[str, int]:
        """Neurons of each layer."""
        return {name: math.prod(shape) for name, shape in self.shapes.items()}
