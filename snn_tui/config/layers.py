"""The layers of a network as the field writes them: `12C5-MP2-32C3-MP2`."""

from __future__ import annotations

import re
from dataclasses import dataclass

PATTERN = r"[1-9]\d{0,2}C[1-9]\d?(-[MA]P2)?(-[1-9]\d{0,2}C[1-9]\d?(-[MA]P2)?){0,15}(-GAP)?"
"""A regular expression of the texts that `parse` reads."""

SHAPE = (
    "layers such as 12C5-MP2-32C3-MP2: channels, C and the kernel's size; MP2 or AP2 pools 2x2 by maximum or "
    "average; GAP at the end averages over the whole picture"
)
"""`PATTERN` in words."""

_POOLS = {"MP2": "max", "AP2": "average"}


@dataclass(frozen=True)
class Topology:
    """Blocks of a network before its readout, first to last: each a convolution and a pool behind it.

    Args:
        channels: Output channels of each convolution.
        kernels: Kernel size of each convolution.
        pools: The pool of 2x2 behind each convolution: `max`, `average` or `none`.
        global_pool: Whether the readout gets the average of each channel in place of every neuron.
    """

    channels: tuple[int, ...]
    kernels: tuple[int, ...]
    pools: tuple[str, ...]
    global_pool: bool

    def sizes(self, size: int, *, padded: bool) -> list[int]:
        """Height and width of each block's layer of neurons, in neurons.

        Args:
            size: Height and width of the image, in pixels.
            padded: Whether convolutions keep height and width.

        Returns:
            One size a block; below 1 where nothing of the image is left.
        """
        sizes = []
        for kernel, pool in zip(self.kernels, self.pools, strict=True):
            size = size if padded else size - kernel + 1
            size = size if pool == "none" else size // 2
            sizes.append(size)
        return sizes

    def parameters(self, channels: int = 1) -> int:
        """Number of weights and biases of all convolutions.

        Args:
            channels: Channels of the image.
        """
        inputs = (channels, *self.channels[:-1])
        return sum(
            outputs * (before * kernel * kernel + 1)
            for before, outputs, kernel in zip(inputs, self.channels, self.kernels, strict=True)
        )

    def values(self, size: int, *, padded: bool) -> int:
        """Number of values that all blocks have of one image at one time step: convolutions and neurons.

        The arguments are those of `sizes`.
        """
        sizes = self.sizes(size, padded=padded)
        before = [size, *sizes[:-1]]
        convolved = [
            side if padded else side - kernel + 1 for side, kernel in zip(before, self.kernels, strict=True)
        ]
        return sum(
            channels * (wide * wide + side * side)
            for channels, wide, side in zip(self.channels, convolved, sizes, strict=True)
        )

    def neurons(self, size: int, *, padded: bool) -> int:
        """Number of neurons of all blocks; the arguments are those of `sizes`."""
        sizes = self.sizes(size, padded=padded)
        return sum(channels * side * side for channels, side in zip(self.channels, sizes, strict=True))


def parse(text: str) -> Topology:
    """Read a layer notation.

    Raises:
        ValueError: The text is not a layer notation.
    """
    if not re.fullmatch(PATTERN, text):
        raise ValueError(f"not {SHAPE}")
    channels: list[int] = []
    kernels: list[int] = []
    pools: list[str] = []
    parts = text.split("-")
    for part in parts:
        if part in _POOLS:
            pools[-1] = _POOLS[part]
        elif part != "GAP":
            out, kernel = part.split("C")
            channels.append(int(out))
            kernels.append(int(kernel))
            pools.append("none")
    return Topology(tuple(channels), tuple(kernels), tuple(pools), parts[-1] == "GAP")
