"""Networks of torch modules, their neurons snnTorch's or rectified; by default the study's network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import nn

from snn_tui.config.build import check_layers
from snn_tui.config.layers import Topology, parse
from snn_tui.config.run_config import RunConfig
from snn_tui.snn.batch_norm import BatchNorm
from snn_tui.snn.layered import LayeredNetwork
from snn_tui.snn.neurons import Leaky, Neuron, Rectified, Surrogate
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


class SpikingNetwork(LayeredNetwork):
    """The network that a `NetworkSpec` describes.

    Args:
        spec: Shape and neurons.
        seed: Seed of the initial weights (torch's default initialisation).
        make_neurons: Makes the neurons of each layer.
    """

    def __init__(self, spec: NetworkSpec, seed: int = 0, make_neurons: MakeNeurons = neurons_of) -> None:
        layers = spec.layers
        super().__init__(
            input_shape=(spec.channels, spec.size, spec.size),
            spiking=spec.spiking,
            norm=spec.norm,
            threshold=spec.threshold,
            values_a_step=layers.values(spec.size, padded=spec.padded),
        )
        self.spec = spec
        channels, size = spec.channels, spec.size
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            sizes = layers.sizes(spec.size, padded=spec.padded)
            blocks = zip(layers.channels, layers.kernels, layers.pools, sizes, strict=True)
            for number, (out, kernel, pool, size) in enumerate(blocks, 1):
                synapses = nn.Sequential(
                    nn.Conv2d(channels, out, kernel, padding=kernel // 2 * spec.padded, bias=not spec.norm),
                    *([] if pool == "none" else [_POOLS[pool](2)]),
                    *([BatchNorm(out)] if spec.norm else []),
                )
                self.add(f"conv{number}", synapses, make_neurons(spec, readout=False), (out, size, size))
                channels = out
            inputs = channels if layers.global_pool else channels * size * size
            pooled = [nn.AdaptiveAvgPool2d(1)] if layers.global_pool else []
            synapses = nn.Sequential(*pooled, nn.Flatten(), nn.Linear(inputs, spec.classes))
            self.add("out", synapses, make_neurons(spec, readout=True), (spec.classes,))
