"""Which layer and which evidence Inspect shows of an image, and what is known of them."""

from __future__ import annotations

from collections.abc import Sequence

from snn_tui.inspector.messages import Question
from snn_tui.inspector.run_messages import (
    HiddenLayers,
    OccludeImage,
    OcclusionResult,
    RecordLayers,
    TraceImage,
)
from snn_tui.values.image_statistics import NO_INPUT
from snn_tui.values.layer_spikes import Evidence, LayerSpikes
from snn_tui.values.trace import Trace

INPUT = 0
"""Index of the input among the layers; the hidden ones follow."""


class LayerChoice:
    """The chosen layer and drawing, and the answers about the traced image.

    Attributes:
        raster: Whether neurons are drawn against time, and not channel by channel.
        membranes: Whether membranes are asked for in place of spikes, where those of a layer are known.
        mapped: Which of the image's evidence is drawn over it, by its position in `mapped_labels`; None for
            none.
        hidden: The spikes of the hidden layers, None while they are not known.
        evidence: Which parts of the image change its score, None while that is not known.
        names: Names of the hidden layers, as far as they are known.
        channel: Index of the channel that is drawn alone, None for all of them.
    """

    def __init__(self) -> None:
        self.raster = False
        self.membranes = False
        self.mapped: int | None = None
        self.hidden: list[LayerSpikes] | None = None
        self.evidence: Evidence | None = None
        self.names: list[str] = []
        self._channels_of: list[int] = []
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
            if any(warning.kind in NO_INPUT for warning in trace.warnings):
                return "The image, for its input"
            return "Current in" if trace.coding == "direct" else "Spikes in"
        name = self.names[self.index - 1] if self.names else "Hidden layer"
        name = f"membranes of {name}" if self.draws_membranes else name
        return name if self.channel is None else f"{name} · channel {self.channel + 1} of {self._channels}"

    @property
    def _hidden(self) -> LayerSpikes | None:
        """What the chosen hidden layer did; None for the input, and while it is not known."""
        return self.hidden[self.index - 1] if self.index != INPUT and self.hidden else None

    @property
    def has_both(self) -> bool:
        """Whether both spikes and membranes of the chosen layer are known, to choose from."""
        layer = self._hidden
        return layer is not None and bool(layer.spikes and layer.membranes)

    @property
    def draws_membranes(self) -> bool:
        """Whether the chosen layer's membranes are drawn: if asked for, or if its spikes are not known."""
        layer = self._hidden
        return layer is not None and bool(layer.membranes) and (self.membranes or not layer.spikes)

    def forget(self) -> None:
        """Drop the answers about the image before."""
        self.hidden = self.evidence = None
        self.mapped = None if self.mapped is None else 0

    def turn_map(self, trace: Trace) -> None:
        """Draw the evidence over the image; of several classes that for the next one, then none again."""
        position = 0 if self.mapped is None else self.mapped + 1
        self.mapped = position if position < len(mapped_labels(trace)) else None

    def mapped_evidence(self, trace: Trace) -> Evidence | None:
        """The evidence to draw over the image; None for none, and while it is not known."""
        if self.mapped is None or self.evidence is None:
            return None
        return self.evidence if self.evidence.label == mapped_labels(trace)[self.mapped] else None

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
        """Channels of the chosen layer; 0 where they have one neuron each, or there is but one.

        They are those of the image before while this one's spikes are on their way.
        """
        hidden = self.index != INPUT and self.index <= len(self._channels_of)
        return self._channels_of[self.index - 1] if hidden else 0

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
            self._channels_of = [
                layer.channels if layer.neurons > layer.channels > 1 else 0 for layer in answer.layers
            ]
            # The layer was perhaps chosen in a deeper network; then the last of this one takes its place.
            if self._index is not None:
                self._index = min(self._index, len(self.names))
            if self.channel is not None and self.channel >= self._channels:
                self.channel = None

    def questions(self, traced: TraceImage, trace: Trace) -> list[Question[HiddenLayers | OcclusionResult]]:
        """What has to be asked of the traced image before all that was chosen can be drawn."""
        questions: list[Question[HiddenLayers | OcclusionResult]] = []
        if self.index != INPUT and self.hidden is None:
            questions.append(RecordLayers(traced.run, traced.image, traced.draw))
        if self.mapped is not None and self.mapped_evidence(trace) is None:
            label = mapped_labels(trace)[self.mapped]
            questions.append(OccludeImage(traced.run, traced.image, traced.draw, label))
        return questions

    def layer(self, trace: Trace) -> LayerSpikes | None:
        """The spikes of the chosen layer, None while they are not known."""
        if self.index == INPUT:
            return _input_layer(trace)
        layer = self._hidden
        return layer if layer is None or self.channel is None else layer.channel(self.channel)


def mapped_labels(trace: Trace) -> Sequence[int | None]:
    """The classes whose evidence there is to see of an image: those predicted, and the true ones after them.

    Where there are neither, it is the class of the largest output; that of two classes is one map for both,
    which stands under None.
    """
    if trace.task.kind == "binary":
        return (None,)
    scores = trace.scores(trace.num_steps)
    labels = dict.fromkeys([*trace.predicted(trace.num_steps), *(trace.picture.labels or ())])
    return list(labels) or [scores.index(max(scores))]


def _input_layer(trace: Trace) -> LayerSpikes:
    """The input's spikes as a layer: channel by channel, and not pixel by pixel as in a trace."""
    picture, channels = trace.picture, trace.picture.channels
    spikes = trace.spikes_in
    if channels > 1:
        spikes = [b"".join(step[channel::channels] for channel in range(channels)) for step in spikes]
    return LayerSpikes(
        name="input", channels=channels, height=picture.height, width=picture.width, spikes=spikes
    )
