"""The sizes of one block of a network, and how its vectors and tables are made."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

LANES = 8
"""Vectors are made in multiples of this many floats."""

PAD = 64
"""Elements of slack behind every array: whole vectors are read and written past its end."""

GROUP = 4
"""Input channels that are looked up together in a table of 2**GROUP sums of weights."""

SUBS = ((0, 0), (0, 1), (1, 0), (1, 1))
"""Positions of a pool in the order torch compares them: the first of equals wins."""

ROW_BITS = 56
"""Pixels of an image row that fit an integer of 64 bits that begins at the byte of the first."""


def rounded(number: int, to: int = LANES) -> int:
    """The smallest multiple of `to` that is not below the number."""
    return -(-number // to) * to


@dataclass(frozen=True)
class Block:
    """Convolution, 2x2 pooling and neurons.

    An average pool is part of the convolution, whose kernel is then one larger.

    The channels of the image lie one behind the other, as planes; those of other inputs alternate.

    Args:
        planes: Input channels that lie one behind the other, `[plane, row, column]`; 1 for further blocks.
        inputs: Input channels that alternate, `[row, column, channel]`; 1 for the first block.
        size_in: Height and width of the input, with the zeros around it.
        kernel: Height and width of the convolution's kernel, with an average pool in it.
        channels: Output channels.
        pool: `max`, `average` or `none`.
        border: Rows and columns of zeros on each side of its spikes, for a next convolution with padding.
        first: Whether its input is the image.
        direct: Whether it is the image's brightness, the same at every step.
    """

    planes: int
    inputs: int
    size_in: int
    kernel: int
    channels: int
    pool: str
    border: int
    first: bool
    direct: bool

    @cached_property
    def size(self) -> int:
        """Height and width of its neurons; what pooling leaves over at the edge is dropped."""
        return (self.size_in - self.reach) // self.stride + 1

    @cached_property
    def stride(self) -> int:
        """Rows and columns of the input from one neuron to the next."""
        return 1 if self.pool == "none" else 2

    @cached_property
    def subs(self) -> tuple[tuple[int, int], ...]:
        """The positions that a neuron takes the strongest current of."""
        return SUBS if self.pool == "max" else SUBS[:1]

    @cached_property
    def reach(self) -> int:
        """Rows and columns of the input that a neuron depends on."""
        return self.kernel + (self.pool == "max")

    @cached_property
    def neurons(self) -> int:
        """Neurons, laid out `[row, column, channel]`."""
        return self.size**2 * self.channels

    @cached_property
    def width(self) -> int:
        """Output channels, in whole vectors."""
        return rounded(self.channels)

    @cached_property
    def room(self) -> int:
        """Elements between one time step and the next."""
        return rounded(self.neurons) + PAD

    @cached_property
    def side(self) -> int:
        """Height and width of its spikes with the border."""
        return self.size + 2 * self.border

    @cached_property
    def spike_room(self) -> int:
        """Elements between the spikes of one time step and the next, with the border."""
        return rounded(self.side**2 * self.channels) + PAD

    @cached_property
    def row(self) -> int:
        """Taps of one row of the kernel in a plane, all of its channels, in whole vectors."""
        return rounded(self.kernel * self.inputs)

    @cached_property
    def row_in(self) -> int:
        """Elements of one row of the input, `[column, channel]`."""
        return self.size_in * self.inputs

    @cached_property
    def wide(self) -> bool:
        """Whether the bits of an image row do not fit an integer."""
        return self.first and not self.direct and self.size_in > ROW_BITS

    @cached_property
    def plane(self) -> int:
        """Elements of one plane of the input."""
        return self.size_in * self.row_in

    @cached_property
    def weights(self) -> int:
        """Elements of an output channel's weights, `[plane, kernel row, taps of it]`."""
        return self.planes * self.kernel * self.row

    @cached_property
    def groups(self) -> int:
        """Groups of input channels of each tap."""
        return -(-self.inputs // GROUP)

    @cached_property
    def table(self) -> int:
        """Elements of the table of sums of weights; of the weights and the biases for direct coding."""
        if self.direct:
            return (self.planes * self.kernel**2 + 1) * self.width
        if self.first:
            return (self.planes * self.kernel << self.kernel) * self.width
        return (self.kernel**2 * self.groups << GROUP) * self.width

    @cached_property
    def gradient(self) -> int:
        """Elements of the weights' gradient."""
        return self.channels * self.weights
