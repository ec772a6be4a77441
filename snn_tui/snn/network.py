"""Spiking networks of torch and snnTorch modules; by default the study's."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import snntorch
import torch
from snntorch import surrogate
from torch import Tensor, nn

from snn_tui.config.layers import Topology, parse
from snn_tui.config.run_config import RunConfig

ARCTAN_ALPHA = 2.0
"""Steepness of the arctan surrogate."""

_POOLS: dict[str, type[nn.MaxPool2d] | type[nn.AvgPool2d]] = {"max": nn.MaxPool2d, "average": nn.AvgPool2d}


@dataclass(frozen=True)
class NetworkSpec:
    """Shape and neurons of a network: blocks of convolution, pooling and LIF, then linear and LIF.

    Args:
        size: Height and width of the input, one channel.
        channels: Output channels of each convolution.
        kernels: Kernel size of each convolution.
        pools: What pools 2x2 behind each convolution: `max`, `average` or `none`; None for `max` everywhere.
        padded: Whether convolutions keep height and width.
        norm: Whether currents are batch-normalised before they reach the neurons.
        global_pool: Whether the readout gets each channel's average instead of every neuron.
        classes: Output neurons.
        beta: Share of the membrane that is left a step later.
        learn_beta: Whether each hidden layer learns a beta of its own, beginning with that one.
        integrate: Whether the output neurons keep all of their membrane, whatever beta is.
        threshold: Membrane above which a neuron fires; subtracted a step later.
        surrogate: What stands in for the spike's derivative: `fast_sigmoid` or `arctan`.
        slope: Steepness of the fast sigmoid.
    """

    size: int = 28
    channels: tuple[int, ...] = (12, 32)
    kernels: tuple[int, ...] = (5, 3)
    pools: tuple[str, ...] | None = None
    padded: bool = False
    norm: bool = False
    global_pool: bool = False
    classes: int = 2
    beta: float = 0.6
    learn_beta: bool = False
    integrate: bool = False
    threshold: float = 1.0
    surrogate: str = "fast_sigmoid"
    slope: float = 25.0

    @classmethod
    def of(cls, config: RunConfig) -> NetworkSpec:
        """The network that a configuration asks for."""
        topology = parse(config.layers)
        return cls(
            channels=topology.channels,
            kernels=topology.kernels,
            pools=topology.pools,
            padded=config.padding == "same",
            norm=config.norm == "batch",
            global_pool=topology.global_pool,
            beta=config.beta,
            learn_beta=config.leak == "learned",
            integrate=config.readout == "integrate",
            surrogate=config.surrogate,
        )

    @property
    def topology(self) -> Topology:
        """Its blocks."""
        pools = ("max",) * len(self.channels) if self.pools is None else self.pools
        return Topology(self.channels, self.kernels, pools, self.global_pool)

    def derivative(self) -> Any:
        """The spike function of snnTorch, with its surrogate derivative."""
        if self.surrogate == "arctan":
            return surrogate.atan(alpha=ARCTAN_ALPHA)
        return surrogate.fast_sigmoid(slope=self.slope)


class SpikingLayer(nn.Module):
    """Synapses (convolution and pooling, or a linear map) and the leaky neurons they feed.

    Args:
        synapses: From `[B, ...]` spikes to `[B, ...]` input currents.
        spec: For threshold and surrogate.
        beta: Share of the membrane that is left a step later.
        learn_beta: Whether that is where learning begins.
    """

    def __init__(
        self, synapses: nn.Module, spec: NetworkSpec, beta: float, *, learn_beta: bool = False
    ) -> None:
        super().__init__()
        self.synapses = synapses
        # The membrane is passed in and out: hidden state and utils.reset go wrong in snnTorch 1.0.0
        # with nested modules, and reset every other network of the process too.
        self.neurons = snntorch.Leaky(
            beta=beta,
            threshold=spec.threshold,
            spike_grad=spec.derivative(),
            learn_beta=learn_beta,
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

    def currents(
        self, spikes: Tensor, memory_format: torch.memory_format = torch.contiguous_format
    ) -> Tensor:
        """The input currents of all steps at once; batch norm takes its statistics over all of them.

        Args:
            spikes: `[T, B, ...]` spikes of the layer before; expanded along T where all steps are the same.
            memory_format: How pictures are to be laid out.

        Returns:
            `[T, B, *shape]`.
        """
        steps = len(spikes)
        same = steps > 1 and spikes.stride(0) == 0  # currents of one step are those of all
        given = spikes[0] if same else spikes.flatten(0, 1)
        if given.dim() == 4:
            given = given.contiguous(memory_format=memory_format)
        currents: Tensor = self.synapses(given)
        if same:
            return currents.expand(steps, *currents.shape)
        return currents.view(steps, -1, *currents.shape[1:])


@dataclass(frozen=True)
class LayerOverTime:
    """All steps of one layer, each `[T, B, *shape]`.

    Args:
        currents: What came in.
        spikes: What went out.
        membranes: As the spikes were decided by them.
    """

    currents: Tensor
    spikes: Tensor
    membranes: Tensor


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
            topology = spec.topology
            sizes = topology.sizes(spec.size, padded=spec.padded)
            blocks = zip(topology.channels, topology.kernels, topology.pools, sizes, strict=True)
            for number, (out, kernel, pool, size) in enumerate(blocks, 1):
                synapses = nn.Sequential(
                    nn.Conv2d(channels, out, kernel, padding=kernel // 2 * spec.padded, bias=not spec.norm),
                    *([] if pool == "none" else [_POOLS[pool](2)]),
                    *([nn.BatchNorm2d(out)] if spec.norm else []),
                )
                layer = SpikingLayer(synapses, spec, spec.beta, learn_beta=spec.learn_beta)
                self._add(f"conv{number}", layer, (out, size, size))
                channels = out
            inputs = channels if spec.global_pool else channels * size * size
            pooled = [nn.AdaptiveAvgPool2d(1)] if spec.global_pool else []
            readout = nn.Sequential(*pooled, nn.Flatten(), nn.Linear(inputs, spec.classes))
            self._add(
                "out", SpikingLayer(readout, spec, 1.0 if spec.integrate else spec.beta), (spec.classes,)
            )

    def _add(self, name: str, layer: SpikingLayer, shape: tuple[int, ...]) -> None:
        self.layers[name] = layer
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

    def over_time(self, spikes: Tensor) -> dict[str, LayerOverTime]:
        """All time steps, one layer after the other.

        Args:
            spikes: `[T, B, 1, H, W]` input spikes, or currents.

        Returns:
            What each layer did, by its name, first to last.
        """
        found = {}
        for (name, layer), membrane in zip(self.layers.items(), self.silent(spikes.shape[1]), strict=True):
            assert isinstance(layer, SpikingLayer)
            currents = layer.currents(spikes)
            fired, membranes = [], []
            for current in currents:
                fire, membrane = layer.neurons(current, membrane)
                fired.append(fire)
                membranes.append(membrane)
            spikes = torch.stack(fired)
            found[name] = LayerOverTime(currents, spikes, torch.stack(membranes))
        return found

    @property
    def parameter_count(self) -> int:
        """Trainable numbers in the network."""
        return sum(parameter.numel() for parameter in self.parameters() if parameter.requires_grad)

    @property
    def neuron_counts(self) -> dict[str, int]:
        """Neurons of each layer."""
        return {name: math.prod(shape) for name, shape in self.shapes.items()}
