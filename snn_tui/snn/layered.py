"""Networks as layers one after the other, each synapses and the neurons they feed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from snn_tui.snn.neurons import Neuron, State, step_by_step


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


class LayeredNetwork(nn.Module):
    """A whole network, one time step at a time; what it is made of is added layer by layer.

    `layers` maps names to layers, first to last, and `shapes` to the shapes of their neurons. The last one,
    the readout, is called `out`.

    Args:
        input_shape: `(C, H, W)` of an image.
        spiking: Whether the neurons spike.
        norm: Whether currents are batch-normalised before they reach the neurons.
        threshold: Membrane above which a neuron of the readout fires.
        values_a_step: Values that all layers have of one image at one step, which memory is estimated by.
    """

    def __init__(
        self,
        *,
        input_shape: tuple[int, int, int],
        spiking: bool,
        norm: bool,
        threshold: float,
        values_a_step: int,
    ) -> None:
        super().__init__()
        self.input_shape = input_shape
        self.spiking = spiking
        self.norm = norm
        self.by_layer = norm  # whether only `over_time` computes it
        self.threshold = threshold
        self.values_a_step = values_a_step
        self.layers = nn.ModuleDict()
        self.shapes: dict[str, tuple[int, ...]] = {}

    def add(self, name: str, synapses: nn.Module, neurons: Neuron, shape: tuple[int, ...]) -> None:
        """Add a layer whose neurons have a shape behind those there are."""
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
        return [name for name in self.shapes if self.spiking or name != "out"]

    def activity(self, outputs: Tensor) -> Tensor:
        """The share of neurons and steps that fire, or of outputs above 0 where neurons do not spike."""
        return outputs.mean() if self.spiking else (outputs > 0).to(torch.float32).mean()

    @property
    def parameter_count(self) -> int:
        """Trainable numbers in the network."""
        return sum(parameter.numel() for parameter in self.parameters() if parameter.requires_grad)

    @property
    def neuron_counts(self) -> dict[str, int]:
        """Neurons of each layer by its name."""
        return {name: math.prod(shape) for name, shape in self.shapes.items()}
