"""What Inspect shows: the image among those of a split, and the layer with what is known of its spikes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from snn_tui.inspector.messages import Question
from snn_tui.inspector.run_messages import (
    HiddenLayers,
    OccludeImage,
    OcclusionResult,
    RecordLayers,
    TraceImage,
)
from snn_tui.values.layer_spikes import Evidence, LayerSpikes
from snn_tui.values.trace import Trace

FILTERS = ("all", "wrong", "false negatives", "false positives")

_MISTAKES = {"wrong": {(0, 1), (1, 0)}, "false negatives": {(1, 0)}, "false positives": {(0, 1)}}

INPUT = 0
"""Index of the input among the layers; the hidden ones follow."""


@dataclass
class ImageList:
    """A split's images, filtered by the network's predictions.

    Args:
        split: train, val or test.
        size: Images in the split.
    """

    split: str = "test"
    size: int = 0
    filter: str = "all"
    index: int = 0
    positives: Sequence[int] = ()
    decisions: Sequence[float] = ()
    matches: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._apply()

    @property
    def surveyed(self) -> bool:
        """Whether the decision scores are known, which every filter but `all` needs."""
        return bool(self.positives)

    @property
    def position(self) -> int | None:
        """Position of the index among the filtered images, from 0; None if it is not one of them."""
        return self.matches.index(self.index) if self.index in self.matches else None

    def judge(self, positives: Sequence[int], decisions: Sequence[float]) -> None:
        """Set of all images whether they are of the positive class, `[N]`, and their decision scores, `[N]`.

        Empty ones drop those there were, and the filter with them: without scores nothing can be filtered.
        """
        self.positives, self.decisions = positives, decisions
        if not self.surveyed:
            self.filter = "all"
        self._apply()

    def choose(self, filter_name: str) -> bool:
        """Change the filter and go to its first image at or after this one; False if it has none."""
        before, self.filter = self.filter, filter_name
        self._apply()
        if not self.matches:
            self.filter = before
            self._apply()
            return False
        self.index = next((index for index in self.matches if index >= self.index), self.matches[0])
        return True

    def move(self, by: int) -> None:
        """Go to the next or previous image of the filter, round the ends."""
        if not self.matches:
            return
        if self.position is not None:
            self.index = self.matches[(self.position + by) % len(self.matches)]
        elif by > 0:
            self.index = next((index for index in self.matches if index > self.index), self.matches[0])
        else:
            self.index = next(
                (index for index in reversed(self.matches) if index < self.index), self.matches[-1]
            )

    def jump(self, index: int) -> bool:
        """Go to an image by its index; leaves the filter if that hides it. False if there is none."""
        if not 0 <= index < self.size:
            return False
        self.index = index
        if index not in self.matches:
            self.filter = "all"
            self._apply()
        return True

    def _apply(self) -> None:
        everything = range(self.size)
        if self.filter == "all" or not self.surveyed:
            self.matches = list(everything)
            return
        verdicts = [int(decision > 0) for decision in self.decisions]
        wanted = _MISTAKES[self.filter]
        self.matches = [index for index in everything if (self.positives[index], verdicts[index]) in wanted]


class LayerChoice:
    """The chosen layer and drawing, and the answers about the traced image.

    Attributes:
        raster: Whether neurons are drawn against time, and not channel by channel.
        mapped: Whether the evidence is drawn over the image.
        hidden: The spikes of the hidden layers, None while they are not known.
        evidence: Which parts of the image change its score, None while that is not known.
        names: Names of the hidden layers, as far as they are known.
        channel: Index of the channel that is drawn alone, None for all of them.
    """

    def __init__(self) -> None:
        self.raster = False
        self.mapped = False
        self.hidden: list[LayerSpikes] | None = None
        self.evidence: Evidence | None = None
        self.names: list[str] = []
        self.channel: int | None = None
        self._index: int | None = None

    @property
    def chosen(self) -> bool:
        """Whether the user chose a layer or a raster, so that it should have room."""
        return self._index is not None or self.raster

    @property
    def index(self) -> int:
        """Index of the chosen layer: `INPUT`, or that of a hidden layer, from 1."""
        return self._index or INPUT

    def name(self, trace: Trace) -> str:
        """The title of the chosen layer."""
        if self.index == INPUT:
            return "Current in" if trace.coding == "direct" else "Spikes in"
        name = self.names[self.index - 1] if self.names else "Hidden layer"
        return name if self.channel is None else f"{name} · channel {self.channel + 1} of {self._channels}"

    def forget(self) -> None:
        """Drop the answers about the image before."""
        self.hidden = self.evidence = None

    def turn(self, *, input_apart: bool) -> None:
        """Choose the next layer.

        Args:
            input_apart: Whether the input is one of the layers to choose, because it has no panel of its own.
        """
        steps: list[int | None] = [None, *([INPUT] if input_apart else []), *self._hidden_indices]
        before = self._index if self._index in steps else None
        self._index = steps[(steps.index(before) + 1) % len(steps)]
        self.channel = None

    @property
    def _channels(self) -> int:
        """Channels of the chosen layer; 0 where they have one neuron each, or there is but one."""
        layer = self.hidden[self.index - 1] if self.hidden and self.index != INPUT else None
        return layer.channels if layer is not None and layer.neurons > layer.channels > 1 else 0

    @property
    def has_channels(self) -> bool:
        """Whether the chosen layer's channels can be drawn alone."""
        return self._channels > 0

    def turn_channel(self, by: int) -> None:
        """Draw the next or previous channel alone; beyond the last and the first are all of them."""
        choices = [None, *range(self._channels)]
        self.channel = choices[(choices.index(self.channel) + by) % len(choices)]

    def click_channel(self, index: int) -> None:
        """Draw a channel alone, or all of them again."""
        self.channel = index if self.channel is None and index < self._channels else None

    @property
    def _hidden_indices(self) -> range:
        return range(1, max(len(self.names), 1) + 1)

    def take(self, answer: HiddenLayers | OcclusionResult) -> None:
        """Keep an answer about the traced image."""
        if isinstance(answer, OcclusionResult):
            self.evidence = answer.evidence
        else:
            self.hidden = answer.layers
            self.names = [layer.name for layer in answer.layers]
            # The layer was perhaps chosen in a deeper network; then the last of this one takes its place.
            if self._index is not None:
                self._index = min(self._index, len(self.names))
            if self.channel is not None and self.channel >= self._channels:
                self.channel = None

    def questions(self, traced: TraceImage) -> list[Question[HiddenLayers | OcclusionResult]]:
        """What has to be asked of the traced image before all that was chosen can be drawn."""
        questions: list[Question[HiddenLayers | OcclusionResult]] = []
        if self.index != INPUT and self.hidden is None:
            questions.append(RecordLayers(traced.run, traced.image, traced.draw))
        if self.mapped and self.evidence is None:
            questions.append(OccludeImage(traced.run, traced.image, traced.draw))
        return questions

    def layer(self, trace: Trace) -> LayerSpikes | None:
        """The spikes of the chosen layer, None while they are not known."""
        if self.index == INPUT:
            picture = trace.picture
            return LayerSpikes(
                name="input", channels=1, height=picture.height, width=picture.width, spikes=trace.spikes_in
            )
        layer = self.hidden[self.index - 1] if self.hidden else None
        return layer if layer is None or self.channel is None else layer.channel(self.channel)
