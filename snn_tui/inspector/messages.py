"""What the Data and the Model screen ask the inspector, and what it answers.

The messages of `protocol` for these two screens, apart from it because what draws them needs them too.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from snn_tui.config.run_config import RunConfig
from snn_tui.values.dataset import DatasetSummary, Picture

MOST_STEPS = 100
"""Time steps an image may be coded over on the Data screen: as many as the study's raster has."""


class Coding(msgspec.Struct, frozen=True, kw_only=True):
    """A way to turn grey into spikes.

    Args:
        kind: `rate`: a pixel spikes at each step with the probability of its brightness. `latency`: it
            spikes once, the brighter the earlier, as `snntorch.spikegen.latency` has it. `direct`: its
            brightness is fed as a current, the same at every step.
        linear: Latency falls linearly with brightness, else logarithmically, as a leaky neuron charges.
        tau: Time constant of the latency, in steps; None for that at which the last spike falls on the last
            step (`normalize`). Where spikes come after the last step, they are left out.
        threshold: Pixels below this brightness (0 to 1) spike last.
        clip: Those pixels do not spike at all.
    """

    kind: Literal["rate", "latency", "direct"] = "rate"
    linear: bool = True
    tau: float | None = None
    threshold: float = 0.01
    clip: bool = True


class _Message(msgspec.Struct, frozen=True, tag_field="kind", tag=True):
    pass


class DataFacts(_Message, frozen=True):
    """What data set a configuration has; `fetch` downloads it if it is not on this machine."""

    config: RunConfig
    fetch: bool = False


class Shelf(_Message, frozen=True):
    """The images of a split at these places."""

    config: RunConfig
    split: str
    indices: list[int]


class Encode(_Message, frozen=True):
    """Code image `index` of a split."""

    config: RunConfig
    split: str
    index: int
    coding: Coding
    num_steps: int
    draw: int = 0


class ModelFacts(_Message, frozen=True):
    """The network of a run, or, without one, the network a configuration begins with."""

    config: RunConfig
    run: str | None = None


class Activity(_Message, frozen=True):
    """How the neurons of a run's network fire over the first `images` images of val."""

    run: str
    images: int


class DataTold(_Message, frozen=True):
    """Answer to `DataFacts`.

    Args:
        summary: What there is.
        stand_in: Whether phantoms stand in for images that were not found.
        labels: By split, `[N]` bytes, the class of each image.
    """

    summary: DatasetSummary
    stand_in: bool
    labels: dict[str, bytes]


class Exhibit(msgspec.Struct, frozen=True):
    """An image of a split.

    Args:
        index: Its place in the split.
        kept: Whether balancing keeps it.
        picture: What it looks like.
    """

    index: int
    kept: bool
    picture: Picture


class Shelved(_Message, frozen=True):
    """Answer to `Shelf`, in the order asked for."""

    exhibits: list[Exhibit]


class Encoded(_Message, frozen=True):
    """Answer to `Encode`.

    Args:
        exhibit: The image.
        coding: How it was coded.
        draw: The draw of the rate coding.
        frames: `[T]` byte strings, each `[height * width]`: spikes, 0 or 1; of direct coding the current,
            0 to 255 for 0 to 1.
    """

    exhibit: Exhibit
    coding: Coding
    draw: int
    frames: list[bytes]

    @property
    def num_steps(self) -> int:
        """Time steps, T."""
        return len(self.frames)

    @property
    def binary(self) -> bool:
        """Whether the frames are spikes."""
        return self.coding.kind != "direct"


class LayerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One layer of a network: synapses and the neurons they feed.

    Args:
        name: Its name.
        synapses: What its input goes through, in the order of the way: `Conv 1>12, 5x5`, `max pool 2x2`.
        shape: Of its neurons.
        parameters: Trainable numbers.
        macs: Multiplications with an addition a step, nothing left out.
    """

    name: str
    synapses: list[str]
    shape: list[int]
    parameters: int
    macs: int


class ModelTold(_Message, frozen=True):
    """Answer to `ModelFacts`.

    Args:
        name: The run's name, empty for a network that was never trained.
        epoch: The epoch the weights are of, 0 for such.
        input: Shape of an input.
        layers: First to last.
        beta: Of its neurons.
        threshold: Of its neurons.
        num_steps: Steps it sees an image for.
        kernels: `[C]` kernels of the first layer, each `[side * side]` weights, row by row.
        given: What the input is: `spikes`, or `current` of direct coding.
    """

    name: str
    epoch: int
    input: list[int]
    layers: list[LayerFacts]
    beta: float
    threshold: float
    num_steps: int
    kernels: list[list[float]]
    given: str = "spikes"


class LayerActivity(msgspec.Struct, frozen=True, kw_only=True):
    """How the neurons of a layer fired.

    Args:
        rate: Spikes a neuron and step.
        dead: Neurons that never fired.
        saturated: Neurons that fired at 95 % of all steps or more.
        spread: `[10]` neurons by their own rate, in tenths.
        additions: Additions an image that its spikes cause: a synapse that gets no spike costs none.
    """

    rate: float
    dead: int
    saturated: int
    spread: list[int]
    additions: float


class ActivityTold(_Message, frozen=True):
    """Answer to `Activity`.

    Args:
        images: How many were shown.
        synthetic: Whether they were phantoms.
        input_rate: Spikes a pixel and step.
        layers: By name, first to last.
        epoch: The epoch the weights are of.
    """

    images: int
    synthetic: bool
    input_rate: float
    layers: dict[str, LayerActivity]
    epoch: int


Question = DataFacts | Shelf | Encode | ModelFacts | Activity
Answer = DataTold | Shelved | Encoded | ModelTold | ActivityTold
