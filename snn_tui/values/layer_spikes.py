"""The hidden layers' spikes or outputs for one image, and the parts of the image that decide its prediction.

They are not part of a `Trace`, which is needed far more often and is a tenth of their size.
"""

from __future__ import annotations

import msgspec


class LayerSpikes(msgspec.Struct, frozen=True, kw_only=True):
    """All spikes of one layer for one image.

    Args:
        name: The layer's name, such as `conv1`.
        channels: Channels of the layer.
        height: Rows of neurons in a channel.
        width: Columns of neurons in a channel.
        spikes: `[T]` byte strings, each the `[channels * height * width]` spikes of a step, 0 or 1 a byte;
            without spikes the outputs, from 0 to 255 for 0 to `most`. Empty where only membranes are known.
        first: Index of its first channel, where it is a part of a layer.
        most: The largest output of a layer without spikes; None for spikes.
        membranes: `[T]` byte strings, each the membranes of a step in the order of the spikes, from 0 to 255
            for `lowest` to `highest`; empty where they are not known.
        lowest: The lowest membrane of all neurons and steps.
        highest: The highest one.
    """

    name: str
    channels: int
    height: int
    width: int
    spikes: list[bytes]
    first: int = 0
    most: float | None = None
    membranes: list[bytes] = []
    lowest: float = 0.0
    highest: float = 0.0

    @property
    def neurons(self) -> int:
        """Number of neurons in the layer."""
        return self.channels * self.height * self.width

    def channel(self, index: int) -> LayerSpikes:
        """One channel alone."""
        area = self.height * self.width
        part = slice(index * area, (index + 1) * area)
        spikes, membranes = ([step[part] for step in steps] for steps in (self.spikes, self.membranes))
        return msgspec.structs.replace(self, channels=1, first=index, spikes=spikes, membranes=membranes)

    def counts(self, step: int) -> list[int]:
        """Spikes of each neuron in the first `step` steps, `[channels * height * width]`."""
        if not step or not self.spikes:
            return [0] * self.neurons
        return [sum(fired) for fired in zip(*self.spikes[:step], strict=True)]


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """An occlusion map (Zeiler and Fergus 2014): how the score changes where the image is covered.

    Args:
        height: Rows of the image.
        width: Columns of the image.
        patch: Rows and columns of the grey patch that covers a part of the image.
        score: The score of the whole image.
        pull: `[height * width]` by how much the score falls, in `unit`, on average over all patches that
            cover the pixel: above 0 the pixel supports the class, below 0 it is against it.
        label: Index of the class whose score it is; None for the decision score of a binary task, where
            pixels above 0 support the positive class and those below 0 the negative one.
        unit: What the score is in: `spikes`, or `log-odds` without them.
    """

    height: int
    width: int
    patch: int
    score: float
    pull: list[float]
    label: int | None = None
    unit: str = "spikes"

    @property
    def strongest(self) -> float:
        """The largest absolute value of `pull`."""
        return max(map(abs, self.pull), default=0.0)
