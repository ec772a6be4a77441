"""Which layer Inspect draws, how, and what is known of the traced image's inside."""

from __future__ import annotations

from snn_tui.inspector.messages import (
    HiddenLayers,
    OccludeImage,
    OcclusionResult,
    Question,
    RecordLayers,
    TraceImage,
)
from snn_tui.values.layer_spikes import Evidence, LayerSpikes
from snn_tui.values.trace import Trace

INPUT = 0
"""Index of the input among the layers; the hidden ones follow."""


class Insides:
    """The chosen layer and drawing, and the answers about the traced image.

    Attributes:
        raster: Whether neurons are drawn against time, and not channel by channel.
        mapped: Whether the evidence is drawn over the image.
        hidden: The spikes of the hidden layers, None while they are not known.
        evidence: Which parts of the image change its score, None while that is not known.
        names: Names of the hidden layers, as far as they are known.
    """

    def __init__(self) -> None:
        self.raster = False
        self.mapped = False
        self.hidden: list[LayerSpikes] | None = None
        self.evidence: Evidence | None = None
        self.names: list[str] = []
        self._place: int | None = None

    @property
    def chosen(self) -> bool:
        """Whether the user chose a layer or a raster, so that it should have room."""
        return self._place is not None or self.raster

    @property
    def place(self) -> int:
        """Index of the chosen layer: `INPUT`, or that of a hidden layer, from 1."""
        return self._place or INPUT

    def name(self, trace: Trace) -> str:
        """The title of the chosen layer."""
        if self.place == INPUT:
            return "Current in" if trace.coding == "direct" else "Spikes in"
        return self.names[self.place - 1] if self.names else "Hidden layer"

    def forget(self) -> None:
        """Drop the answers about the image before."""
        self.hidden = self.evidence = None

    def turn(self, *, input_apart: bool) -> None:
        """Choose the next layer.

        Args:
            input_apart: Whether the input is one of the layers to choose, because it has no panel of its own.
        """
        steps: list[int | None] = [None, *([INPUT] if input_apart else []), *self._hidden_places]
        before = self._place if self._place in steps else None
        self._place = steps[(steps.index(before) + 1) % len(steps)]

    @property
    def _hidden_places(self) -> range:
        return range(1, max(len(self.names), 1) + 1)

    def take(self, answer: HiddenLayers | OcclusionResult) -> None:
        """Keep an answer about the traced image."""
        if isinstance(answer, OcclusionResult):
            self.evidence = answer.evidence
        else:
            self.hidden = answer.layers
            self.names = [layer.name for layer in answer.layers]
            # The layer was perhaps chosen in a deeper network; then the last of this one takes its place.
            if self._place is not None:
                self._place = min(self._place, len(self.names))

    def questions(self, traced: TraceImage) -> list[Question[HiddenLayers | OcclusionResult]]:
        """What has to be asked of the traced image before all that was chosen can be drawn."""
        questions: list[Question[HiddenLayers | OcclusionResult]] = []
        if self.place != INPUT and self.hidden is None:
            questions.append(RecordLayers(traced.run, traced.image, traced.draw))
        if self.mapped and self.evidence is None:
            questions.append(OccludeImage(traced.run, traced.image, traced.draw))
        return questions

    def layer(self, trace: Trace) -> LayerSpikes | None:
        """The spikes of the chosen layer, None while they are not known."""
        if self.place == INPUT:
            picture = trace.picture
            return LayerSpikes(
                name="input", channels=1, height=picture.height, width=picture.width, spikes=trace.spikes_in
            )
        return self.hidden[self.place - 1] if self.hidden else None
