"""Networks of torch modules, their neurons snnTorch's or rectified; by default the study's network."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor, nn

from snn_tui.config.build import check_layers
from snn_tui.config.layers import Topology, parse
from snn_tui.config.run_config import RunConfig
from snn_tui.snn.batch_norm import BatchNorm
from snn_tui.snn.neurons import Leaky, Neuron, Rectified, State, Surrogate, step_by_step
from snn_tui.values.task import PNEUMONIA, Task

ARCTAN_ALPHA = 2.0
"""Steepness of the arctan surrogate."""

_POOLS: dict[str, type[nn.MaxPool2d] | type[nn.AvgPool2d]] = {"max": nn.MaxPool2d, "average": nn.AvgPool2d}


_STUDY = RunConfig()


@dataclass(frozen=True)
class NetworkSpec:
    """Shape and neurons of a network: blocks of convolution, pooling and neurons, then a linear readout.

    The defaults are the study's.

    Args:
        layers: The blocks before the readout.
        size: Height and width of the input.
        channels: Channels of the input.
        padded: Whether convolutions keep height and width.
        norm: Whether currents are batch-normalised before they reach the neurons.
        classes: Output neurons, one for each class or label.
        neuron: `leaky`, or `relu`: neurons without spikes, for which what follows means nothing.
        beta: Share of the membrane that is left a step later.
        learn_beta: Whether each hidden layer learns a beta of its own, beginning with that one.
        integrate: Whether the output neurons keep all of their membrane, whatever beta is.
        threshold: Membrane above which a neuron fires; subtracted a step later.
        surrogate: What stands in for the spike's derivative: `fast_sigmoid` or `arctan`.
        slope: Steepness of the fast sigmoid.
    """

    layers: Topology = field(default_factory=lambda: parse(_STUDY.layers))
    size: int = PNEUMONIA.side
    channels: int = PNEUMONIA.channels
    padded: bool = False
    norm: bool = False
    classes: int = PNEUMONIA.outputs
    neuron: str = _STUDY.neuron
    beta: float = _STUDY.beta
    learn_beta: bool = False
    integrate: bool = False
    threshold: float = 1.0
    surrogate: str = _STUDY.surrogate
    slope: float = 25.0

    @classmethod
    def of(cls, config: RunConfig, task: Task) -> NetworkSpec:
        """The network that a configuration asks for, with the inputs and outputs of a task.

        Raises:
            UsageError: Its layers do not fit the images, or it is too large.
        """
        check_layers(config, task.side, task.channels)
        return cls(
            layers=parse(config.layers),
            size=task.side,
            channels=task.channels,
            classes=task.outputs,
            padded=config.padding == "same",
            norm=config.norm == "batch",
            neuron=config.neuron,
            beta=config.beta,
            learn_beta=config.leak == "learned",
            integrate=config.readout == "integrate",
            surrogate=config.surrogate,
        )

    @property
    def spiking(self) -> bool:
        """Whether the neurons spike."""
        return self.neuron == "leaky"


def surrogate_of(spec: NetworkSpec) -> Surrogate:
    """What stands in for the derivative of a spike."""
    return Surrogate(spec.surrogate, ARCTAN_ALPHA if spec.surrogate == "arctan" else spec.slope)


def leaky_neurons(spec: NetworkSpec, *, readout: bool) -> Leaky:
    """The leaky neurons of a hidden layer, or of the readout."""
    return Leaky(
        beta=1.0 if readout and spec.integrate else spec.beta,
        threshold=spec.threshold,
        surrogate=surrogate_of(spec),
        learn_beta=spec.learn_beta and not readout,
    )


def neurons_of(spec: NetworkSpec, *, readout: bool) -> Neuron:
    """The neurons that a network asks for, of a hidden layer or of the readout."""
    return leaky_neurons(spec, readout=readout) if spec.spiking else Rectified(readout=readout)


class MakeNeurons(Protocol):
    """How a network gets the neurons of each layer."""

    def __call__(self, spec: NetworkSpec, *, readout: bool) -> Neuron:
        """The neurons of a hidden layer, or of the readout."""


class SpikingLayer(nn.Module):
    """Synapses (convolution and pooling, or a linear map) and the neurons they feed.

    Args:
        synapses: From `[B, ...]` spikes to `[B, *shape]` input currents.
        neurons: From those currents to `[B, *shape]` spikes.
    """

    neurons: Neuron

    def __init__(self, synapses: nn.Module, neurons: Neuron) -> None:
        super().__init__()
        self.synapses = synapses
        self.neurons = neurons

    def forward(self, spikes: Tensor, state: State) -> tuple[Tensor, State]:
        """One time step.

        Args:
            spikes: `[B, ...]` spikes of the layer before.
            state: The neurons' state, as the last step left it.

        Returns:
            `[B, *shape]` spikes and the state after them.
        """
        return self.neurons.step(self.synapses(spikes), state)

    def currents(
        self, spikes: Tensor, memory_format: torch.memory_format = torch.contiguous_format
    ) -> Tensor:
        """The input currents of all steps at once; batch norm takes its statistics over all of them.

        Args:
            spikes: `[T, B, ...]` spikes of the layer before; expanded along T where all steps are the same.
            memory_format: Memory layout of the images.

        Returns:
            `[T, B, *shape]`.
        """
        steps = len(spikes)
        same = steps > 1 and spikes.stride(0) == 0  # currents of one step are those of all
        frames = spikes[0] if same else spikes.flatten(0, 1)
        if frames.dim() == 4:
            frames = frames.contiguous(memory_format=memory_format)
        currents: Tensor = self.synapses(frames)
        if same:
            return currents.expand(steps, *currents.shape)
        return currents.view(steps, -1, *currents.shape[1:])


@dataclass(frozen=True)
class LayerOverTime:
    """All steps of one layer, each `[T, B, *shape]`.

    Args:
        currents: Input currents of its neurons.
        spikes: Their spikes.
        membranes: Their membranes, each the one the spike of its step was decided by.
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
        make_neurons: Makes the neurons of each layer.
    """

    def __init__(self, spec: NetworkSpec, seed: int = 0, make_neurons: MakeNeurons = neurons_of) -> None:
        super().__init__()
        self.spec = spec
        self.layers = nn.ModuleDict()
        self.shapes: dict[str, tuple[int, ...]] = {}
        channels, size = spec.channels, spec.size
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            layers = spec.layers
            sizes = layers.sizes(spec.size, padded=spec.padded)
            blocks = zip(layers.channels, layers.kernels, layers.pools, sizes, strict=True)
            for number, (out, kernel, pool, size) in enumerate(blocks, 1):
                synapses = nn.Sequential(
                    nn.Conv2d(channels, out, kernel, padding=kernel // 2 * spec.padded, bias=not spec.norm),
                    *([] if pool == "none" else [_POOLS[pool](2)]),
                    *([BatchNorm(out)] if spec.norm else []),
                )
                self._add(f"conv{number}", synapses, make_neurons(spec, readout=False), (out, size, size))
                channels = out
            inputs = channels if layers.global_pool else channels * size * size
            pooled = [nn.AdaptiveAvgPool2d(1)] if layers.global_pool else []
            synapses = nn.Sequential(*pooled, nn.Flatten(), nn.Linear(inputs, spec.classes))
            self._add("out", synapses, make_neurons(spec, readout=True), (spec.classes,))

    def _add(self, name: str, synapses: nn.Module, neurons: Neuron, shape: tuple[int, ...]) -> None:
        self.layers[name] = SpikingLayer(synapses, neurons)
        self.shapes[name] = shape

    def named_layers(self) -> Iterator[tuple[str, SpikingLayer]]:
        """Each layer with its name, first to last."""
        for name, layer in self.layers.items():
            assert isinstance(layer, SpikingLayer)
            yield name, layer

    def initial_state(self, batch: int) -> list[State]:
        """Each layer's state before the first step: zero, for `batch` images."""
        parameter = next(self.parameters())
        return [
            tuple(parameter.new_zeros(batch, *self.shapes[name]) for _ in range(layer.neurons.state_size))
            for name, layer in self.named_layers()
        ]

    def forward(self, spikes: Tensor, states: list[State]) -> tuple[list[Tensor], list[State]]:
        """One time step.

        Args:
            spikes: `[B, C, H, W]` input spikes of this step.
            states: Each layer's state, as `initial_state` or the last step returned it.

        Returns:
            Each layer's spikes, `[B, *shape]`, and each layer's state.
        """
        all_spikes, all_states = [], []
        for (_, layer), state in zip(self.named_layers(), states, strict=True):
            spikes, state = layer(spikes, state)
            all_spikes.append(spikes)
            all_states.append(state)
        return all_spikes, all_states

    def over_time(self, spikes: Tensor) -> dict[str, LayerOverTime]:
        """All time steps, one layer after the other, and in each layer one step after the other.

        Args:
            spikes: `[T, B, C, H, W]` input spikes, or currents.

        Returns:
            All steps of each layer by its name, first to last.
        """
        layers = {}
        for name, layer in self.named_layers():
            currents = layer.currents(spikes)
            spikes, membranes = step_by_step(layer.neurons, currents)
            layers[name] = LayerOverTime(currents, spikes, membranes)
        return layers

    @property
    def active_layers(self) -> list[str]:
        """Names of the layers whose activity can be measured: all, or the hidden ones where none spike."""
        return [name for name in self.shapes if self.spec.spiking or name != "out"]

    def activity(self, outputs: Tensor) -> Tensor:
        """The share of neurons and steps that fire, or of outputs above 0 where neurons do not spike."""
        return outputs.mean() if self.spec.spiking else (outputs > 0).to(torch.float32).mean()

    @property
    def parameter_count(self) -> int:
        """Trainable numbers in the network."""
        return sum(parameter.numel() for parameter in self.parameters() if parameter.requires_grad)

    @property
    def neuron_counts(self) -> dict[str, int]:
        """Neurons of each layer by its name."""
        return {name: math.prod(shape) for name, shape in self.shapes.items()}
