"""Questions about a network: its layers and first kernels, and how its neurons fire."""

from __future__ import annotations

import msgspec

from snn_tui.config.run_config import RunConfig
from snn_tui.inspector.messages import Answer, Question
from snn_tui.inspector.run_messages import RunRef
from snn_tui.values.early_exit import OFF


class LayerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One layer of a network: synapses and the neurons they feed.

    Args:
        name: The layer's name.
        synapses: What its input goes through, in order: `conv 1>12, 5x5`, `max pool 2x2`.
        shape: Shape of its neurons.
        parameters: Number of trainable parameters.
        macs: Multiply-adds a step, none left out.
    """

    name: str
    synapses: list[str]
    shape: list[int]
    parameters: int
    macs: int


class ModelFacts(Answer, frozen=True):
    """The layers, neurons and first kernels of a network.

    Args:
        name: The run's name, empty for a network that was never trained.
        epoch: The epoch the weights are of, 0 for a network that was never trained.
        input: Shape of an input.
        layers: First to last.
        beta: Share of the membrane that is left a step later.
        threshold: Membrane above which a neuron fires.
        num_steps: Time steps an image.
        kernels: `[C]` kernels of the first layer, each `[channels * side * side]` weights: of each channel of
            the input one after the other, row by row.
        input_kind: `spikes`, or `current` with direct coding.
        neuron: The option `neuron` of the network; of `relu`, beta and threshold are those of no neuron.
        bits: Bits of the weights; 32 for floats.
        exit: The option `exit` by which the run is judged.
        graph: Whether it is a NIR graph that another program wrote, so that its weights are of no epoch; its
            beta is that of the first neurons.
        own: Whether it is a network of the user's own, of whose neurons beta and threshold are not known.
        other_code: As of `RunFacts`.
    """

    name: str
    epoch: int
    input: list[int]
    layers: list[LayerFacts]
    beta: float
    threshold: float
    num_steps: int
    kernels: list[list[float]]
    input_kind: str = "spikes"
    neuron: str = "leaky"
    bits: int = 32
    exit: str = OFF
    graph: bool = False
    own: bool = False
    other_code: str = ""


class DescribeModel(Question[ModelFacts], frozen=True):
    """Describe the network of a run, or, without one, the network that training would begin with."""

    config: RunConfig
    run: RunRef | None = None


class LayerActivity(msgspec.Struct, frozen=True, kw_only=True):
    """How the neurons of a layer fired; of neurons that do not spike, an output above 0 counts in its place.

    Args:
        rate: Mean firing rate, in spikes a neuron and step.
        dead: Neurons that never fired.
        saturated: Neurons that fired at 95 % of all steps or more.
        rate_histogram: `[10]` neurons by their own firing rate, in tenths from 0 to 1; empty for a readout
            that does not spike, of which only the operations are known.
        operations: Multiply-adds and additions an image that are done: a synapse that gets no spike costs
            none, and a current that is the same at each step is computed once.
    """

    rate: float
    dead: int
    saturated: int
    rate_histogram: list[int]
    operations: float


class Activity(Answer, frozen=True):
    """How a run's network fired over some images of val.

    Args:
        images: Number of images.
        synthetic: Whether they were phantoms.
        input_rate: Input spikes a pixel and step.
        layers: By name, first to last.
        epoch: The epoch the weights are of.
    """

    images: int
    synthetic: bool
    input_rate: float
    layers: dict[str, LayerActivity]
    epoch: int


class MeasureActivity(Question[Activity], frozen=True):
    """Count the spikes of all neurons over the first `images` images of val."""

    run: RunRef
    images: int
