"""Questions about the images of a configuration, and how one of them becomes spikes."""

from __future__ import annotations

from typing import Literal

import msgspec

from snn_tui.config.run_config import RunConfig
from snn_tui.inspector.messages import Answer, Question
from snn_tui.values.audit import Audit
from snn_tui.values.dataset import DatasetSummary, Picture
from snn_tui.values.task import Task

THUMBNAIL = 28
"""Most pixels of a side that the Data screen shows and codes; larger images are shrunk to so many."""

MOST_STEPS = 100
"""Time steps an image may be coded over on the Data screen: as many as the study's raster has."""


class DataFacts(Answer, frozen=True):
    """What images a configuration trains on.

    Args:
        summary: Counts by split and class, before and after balancing.
        stand_in: Whether phantoms stand in for images that were not found.
        labels: By split, `[N]` bytes, the class of each image; where an image may have several labels,
            `[N * K]` bytes, 1 for each label that it has.
        missing: Name of the data set that phantoms stand in for; empty where none do.
    """

    summary: DatasetSummary
    stand_in: bool
    labels: dict[str, bytes]
    missing: str = ""


class DescribeData(Question[DataFacts], frozen=True):
    """Describe a configuration's images; `download` gets them if they are not on this machine."""

    config: RunConfig
    download: bool = False


class DatasetImage(msgspec.Struct, frozen=True):
    """An image of a split.

    Args:
        index: Its index in the split.
        kept: Whether balancing keeps it.
        picture: Its pixels, shrunk where they are too many, and its labels.
    """

    index: int
    kept: bool
    picture: Picture


class LoadedImages(Answer, frozen=True):
    """The images, in the order asked for."""

    images: list[DatasetImage]


class LoadImages(Question[LoadedImages], frozen=True):
    """Load the images of a split at `indices`, shrunk to at most `side` pixels a side."""

    config: RunConfig
    split: str
    indices: list[int]
    side: int = THUMBNAIL


class Coding(msgspec.Struct, frozen=True, kw_only=True):
    """A way to turn brightness into spikes.

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
        frames: `[T]` byte strings, each `[height * width * channels]` as the pixels of the picture are:
            spikes, 0 or 1; with direct coding the current, 0 to 255 for 0 to 1.
        task: What the data set asks.
    """

    image: DatasetImage
    coding: Coding
    draw: int
    frames: list[bytes]
    task: Task

    @property
    def shrunk(self) -> bool:
        """Whether the image was shrunk before it was coded, so that a network gets other spikes."""
        return self.image.picture.height < self.task.side

    @property
    def num_steps(self) -> int:
        """Time steps, T."""
        return len(self.frames)

    @property
    def binary(self) -> bool:
        """Whether the frames are spikes."""
        return self.coding.kind != "direct"


class EncodeImage(Question[EncodedImage], frozen=True):
    """Code image `index` of a split over `num_steps` time steps, 1 to `MOST_STEPS`.

    An image of more than `THUMBNAIL` pixels a side is shrunk first.
    """

    config: RunConfig
    split: str
    index: int
    coding: Coding
    num_steps: int
    draw: int = 0


class AuditResult(Answer, frozen=True):
    """What an audit found."""

    audit: Audit


class AuditData(Question[AuditResult], frozen=True):
    """Look for what makes a score on a configuration's images too good; see `snn_tui.data.audit`."""

    config: RunConfig


class AuditedPictures(Answer, frozen=True):
    """Images that an audit names, in the order asked for."""

    pictures: list[Picture]


class LoadAudited(Question[AuditedPictures], frozen=True):
    """Load images by the split and the index that an audit names them by, of at most `side` pixels a side."""

    config: RunConfig
    images: list[tuple[str, int]]
    side: int
