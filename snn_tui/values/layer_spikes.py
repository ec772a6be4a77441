"""Values about the inside of one decision: what the hidden layers did, and which places decided it.

Like `values`, they cross the border between processes, and are free of any library but msgspec. They are
asked for apart from a `Trace`, which is wanted far more often and is a tenth of their size.
"""

from __future__ import annotations

import msgspec


class LayerSpikes(msgspec.Struct, frozen=True, kw_only=True):
    """All that one layer did with one picture.

    Args:
        name: The layer's name, such as `conv1`.
        channels: Channels of the layer.
        height: Rows of neurons in a channel.
        width: Columns of neurons in a channel.
        spikes: `[T]` byte strings, each the `[channels * height * width]` spikes of a step, 0 or 1 a byte.
    """

    name: str
    channels: int
    height: int
    width: int
    spikes: list[bytes]

    @property
    def neurons(self) -> int:
        """Neurons of the layer."""
        return self.channels * self.height * self.width

    def counts(self, step: int) -> list[int]:
        """How often each neuron fired in the first `step` steps."""
        if not step:
            return [0] * self.neurons
        return [sum(fired) for fired in zip(*self.spikes[:step], strict=True)]


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Which places of a picture moved the verdict, found by covering them one after the other.

    Args:
        height: Rows of the picture.
        width: Columns of the picture.
        patch: Rows and columns of the grey patch that was slid over the picture.
        score: The decision score of the whole picture.
        pull: `[height * width]` how much the score falls, on average over the patches that cover a pixel,
            when they do: above 0 the place spoke for pneumonia, below 0 for normal. In spikes.
    """

    height: int
    width: int
    patch: int
    score: float
    pull: list[float]

    @property
    def strongest(self) -> float:
        """The largest pull either way."""
        return max(map(abs, self.pull), default=0.0)
