"""What the screens ask the inspector process, and what it answers.

A question says all that its answer depends on: its run, or the configuration whose images or network it is
about. So questions of several screens can alternate, and a process that was started anew can answer any.
Each question stands below its answer, which is its type parameter.
"""

from __future__ import annotations

from typing import Generic, Literal, TypeVar

import msgspec

from snn_tui.analysis.judgement import Judgement
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import SnnTuiError
from snn_tui.values.dataset import DatasetSummary, Picture
from snn_tui.values.energy import Energy
from snn_tui.values.image_ref import ImageRef
from snn_tui.values.layer_spikes import Evidence, LayerSpikes
from snn_tui.values.trace import Trace

MOST_STEPS = 100
"""Time steps an image may be coded over on the Data screen: as many as the study's raster has."""

A = TypeVar("A", covariant=True)


class Question(msgspec.Struct, Generic[A], frozen=True, tag_field="kind", tag=True):
    """A question whose answer has the type A."""


class Answer(msgspec.Struct, frozen=True, tag_field="kind", tag=True):
    """An answer to a question."""


class Working(Answer, frozen=True):
    """A request takes a while; `share` is the part that is done, from 0 to 1, None if unknown."""

    what: str
    share: float | None


class Failed(Answer, frozen=True):
    """A request could not be answered, in the parts of `SnnTuiError`; the process lives on."""

    what: str
    where: str
    remedy: str

    def error(self) -> SnnTuiError:
        """The failure as an error to raise."""
        return SnnTuiError(self.what, where=self.where, remedy=self.remedy)


# About a run


class RunRef(msgspec.Struct, frozen=True):
    """The run that a question is about.

    Args:
        path: Its directory, absolute.
        data: The file or folder of images to use in place of the run's own, if any. A run on phantoms is
            always inspected with phantoms.
    """

    path: str
    data: str | None = None


class RunFacts(Answer, frozen=True):
    """Facts about a run and the images it is inspected with.

    Args:
        name: The run directory's name.
        dataset: Name of the data set the images come from.
        synthetic: Whether they are generated phantoms.
        stand_in: Whether phantoms stand in for real images that were not found.
        notice: What the user should know about the images; empty where nothing.
        sizes: Number of images by split.
        epoch: The epoch the weights are of.
        coding: How images are coded, `rate` or `direct`; only `rate` draws anything.
    """

    name: str
    dataset: str
    synthetic: bool
    stand_in: bool
    notice: str
    sizes: dict[str, int]
    epoch: int
    coding: str = "rate"


class OpenRun(Question[RunFacts], frozen=True):
    """Load a run's network and images; `download` gets PneumoniaMNIST if it is not on this machine."""

    run: RunRef
    download: bool = False


class TraceResult(Answer, frozen=True):
    """One image through the network; `epoch` is the epoch the weights are of."""

    trace: Trace
    epoch: int


class TraceImage(Question[TraceResult], frozen=True):
    """Send an image through the network, in a draw of the rate coding."""

    run: RunRef
    image: ImageRef
    draw: int = 0


class DrawScores(Answer, frozen=True):
    """`[draws]` decision scores, one for each draw."""

    scores: list[float]


class ScoreDraws(Question[DrawScores], frozen=True):
    """Score an image in each of the first `draws` draws of the rate coding."""

    run: RunRef
    image: ImageRef
    draws: int


class HiddenLayers(Answer, frozen=True):
    """The spikes of the hidden layers, first to last."""

    layers: list[LayerSpikes]


class RecordLayers(Question[HiddenLayers], frozen=True):
    """Record the hidden layers while an image goes through the network."""

    run: RunRef
    image: ImageRef
    draw: int = 0


class OcclusionResult(Answer, frozen=True):
    """Which parts of an image change its decision score when they are covered."""

    evidence: Evidence


class OccludeImage(Question[OcclusionResult], frozen=True):
    """Cover each part of an image in turn, and score what is left."""

    run: RunRef
    image: ImageRef
    draw: int = 0


class SplitScores(Answer, frozen=True):
    """`[N]` true classes and `[N]` decision scores of a split's images, in the split's order."""

    labels: list[int]
    scores: list[float]
    epoch: int


class ScoreSplit(Question[SplitScores], frozen=True):
    """Score every image of a split."""

    run: RunRef
    split: str


class JudgementResult(Answer, frozen=True):
    """The predictions for every image of a split, after every time step."""

    judgement: Judgement


class JudgeSplit(Question[JudgementResult], frozen=True):
    """Predict every image of a split, after every time step.

    `balanced` leaves out the images that the run's own balancing leaves out, as evaluation does.
    """

    run: RunRef
    split: str
    balanced: bool = True


class RedrawResult(Answer, frozen=True):
    """`[N]` decision scores, little-endian 64-bit floats, and the epoch the weights are of."""

    scores: bytes
    epoch: int


class RedrawSplit(Question[RedrawResult], frozen=True):
    """Score the images of `JudgeSplit` in another draw of the rate coding."""

    run: RunRef
    split: str
    draw: int
    balanced: bool = True


class EnergyResult(Answer, frozen=True):
    """What an image costs the network on average, and the epoch the weights are of."""

    energy: Energy
    epoch: int


class MeasureEnergy(Question[EnergyResult], frozen=True):
    """Measure what an image costs, on the first `images` images of a split."""

    run: RunRef
    split: str
    images: int


class PngFiles(Answer, frozen=True):
    """The contents of a PNG file for each image."""

    files: list[bytes]


class ExportImages(Question[PngFiles], frozen=True):
    """Export the images of a split at `indices` as PNG files."""

    run: RunRef
    split: str
    indices: list[int]


class LayerActivity(msgspec.Struct, frozen=True, kw_only=True):
    """How the neurons of a layer fired.

    Args:
        rate: Mean firing rate, in spikes a neuron and step.
        dead: Neurons that never fired.
        saturated: Neurons that fired at 95 % of all steps or more.
        rate_histogram: `[10]` neurons by their own firing rate, in tenths from 0 to 1.
        additions: Additions an image that its spikes cause: a synapse that gets no spike costs none.
    """

    rate: float
    dead: int
    saturated: int
    rate_histogram: list[int]
    additions: float


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


# About a configuration


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
        kernels: `[C]` kernels of the first layer, each `[side * side]` weights, row by row.
        input_kind: `spikes`, or `current` with direct coding.
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


class DescribeModel(Question[ModelFacts], frozen=True):
    """Describe the network of a run, or, without one, the network that training would begin with."""

    config: RunConfig
    run: RunRef | None = None


class DataFacts(Answer, frozen=True):
    """What images a configuration trains on.

    Args:
        summary: Counts by split and class, before and after balancing.
        stand_in: Whether phantoms stand in for images that were not found.
        labels: By split, `[N]` bytes, the class of each image.
    """

    summary: DatasetSummary
    stand_in: bool
    labels: dict[str, bytes]


class DescribeData(Question[DataFacts], frozen=True):
    """Describe a configuration's images; `download` gets them if they are not on this machine."""

    config: RunConfig
    download: bool = False


class DatasetImage(msgspec.Struct, frozen=True):
    """An image of a split.

    Args:
        index: Its index in the split.
        kept: Whether balancing keeps it.
        picture: Its pixels and label.
    """

    index: int
    kept: bool
    picture: Picture


class LoadedImages(Answer, frozen=True):
    """The images, in the order asked for."""

    images: list[DatasetImage]


class LoadImages(Question[LoadedImages], frozen=True):
    """Load the images of a split at `indices`."""

    config: RunConfig
    split: str
    indices: list[int]


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


class EncodedImage(Answer, frozen=True):
    """An image as spikes or currents.

    Args:
        image: The image.
        coding: How it was coded.
        draw: The draw of the rate coding.
        frames: `[T]` byte strings, each `[height * width]`: spikes, 0 or 1; with direct coding the current,
            0 to 255 for 0 to 1.
    """

    image: DatasetImage
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


class EncodeImage(Question[EncodedImage], frozen=True):
    """Code image `index` of a split over `num_steps` time steps, 1 to `MOST_STEPS`."""

    config: RunConfig
    split: str
    index: int
    coding: Coding
    num_steps: int
    draw: int = 0


DataQuestion = DescribeData | LoadImages | EncodeImage
RunQuestion = (
    TraceImage
    | ScoreDraws
    | RecordLayers
    | OccludeImage
    | ScoreSplit
    | JudgeSplit
    | RedrawSplit
    | MeasureEnergy
    | ExportImages
    | MeasureActivity
)
AnyQuestion = OpenRun | RunQuestion | DescribeModel | DataQuestion
AnyAnswer = (
    RunFacts
    | TraceResult
    | DrawScores
    | HiddenLayers
    | OcclusionResult
    | SplitScores
    | JudgementResult
    | RedrawResult
    | EnergyResult
    | PngFiles
    | Activity
    | ModelFacts
    | DataFacts
    | LoadedImages
    | EncodedImage
)
