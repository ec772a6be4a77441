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

WORD = 64
"""Channels that a mask of a pixel has bits for."""

TABLE_LIMIT = 2 << 20
"""Bytes of a table that is still faster than adding the weights of each spike."""

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
        border_in: The same of its input.
        first: Whether its input is the image.
        direct: Whether it is the image's brightness, the same at every step.
        norm: Whether its currents are batch-normalised.
        feeds_events: Whether the next block is event-driven.
    """

    planes: int
    inputs: int
    size_in: int
    kernel: int
    channels: int
    pool: str
    border: int
    border_in: int
    first: bool
    direct: bool
    norm: bool = False
    feeds_events: bool = False

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

    def chunks(self, widest: int) -> list[tuple[int, int]]:
        """First channel and lanes of each vector of a pixel's channels, of so many lanes at most."""
        return [(chunk, min(widest, self.width - chunk)) for chunk in range(0, self.width, widest)]

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
    def event_driven(self) -> bool:
        """Whether it adds the weights of each spike, and looks up no sums of groups of inputs."""
        tables = (self.kernel**2 * self.groups << GROUP) * self.width * 4
        return not self.first and (not self.by_winners or self.inputs > WORD or tables > TABLE_LIMIT)

    @cached_property
    def by_winners(self) -> bool:
        """Whether only the strongest current of each neuron has an error, as max pools have it."""
        return self.first or self.pool == "max"

    @cached_property
    def row_events(self) -> int:
        """Events that a row of its spikes has at most."""
        return self.side * self.channels

    @cached_property
    def active(self) -> tuple[int, int]:
        """Bytes of an element, and elements, of what the next block reads of a step: events, or masks.

        Events are `[row, number]`, each `column * channels + channel` in the order of the pixels; before them
        stands, `[row, column]`, how many there are in the row to the left of each column.
        """
        if self.feeds_events:
            return 4, self.side * (self.side + 1) + self.side * self.row_events
        return 8, self.side**2

    @property
    def keeps_active(self) -> bool:
        """Whether that is kept of every step."""
        return self.feeds_events or self.norm

    @cached_property
    def groups(self) -> int:
        """Groups of input channels of each tap."""
        return -(-self.inputs // GROUP)

    @cached_property
    def table(self) -> int:
        """Elements of the table of sums of weights, or of weights and biases where none are looked up."""
        if self.direct:
            return (self.planes * self.kernel**2 + 1) * self.width
        if self.first:
            return (self.planes * self.kernel << self.kernel) * self.width
        if self.event_driven:
            return (self.kernel**2 * self.inputs + 1) * self.width
        return (self.kernel**2 * self.groups << GROUP) * self.width

    @cached_property
    def parities(self) -> tuple[tuple[int, int], ...]:
        """Rows and columns of the input modulo the stride: which taps of the kernel a pixel is seen by."""
        return tuple((row, column) for row in range(self.stride) for column in range(self.stride))

    @cached_property
    def before(self) -> int:
        """Rows and columns of zeros before the errors, so that every input has errors at all of its taps."""
        return max(0, (self.kernel - 1) // self.stride - self.border_in // self.stride)

    @cached_property
    def framed(self) -> int:
        """Height and width of the errors with the zeros around them."""
        last = (self.size_in - 1 - self.border_in) // self.stride
        return self.before + max(last + 1, self.size)

    @cached_property
    def framed_room(self) -> int:
        """Elements between the framed errors of one time step and the next."""
        return rounded(self.framed**2 * self.channels) + PAD

    @cached_property
    def gradient(self) -> int:
        """Elements of the weights' gradient."""
        if not self.by_winners:
            return self.kernel**2 * self.inputs * self.width
        return self.channels * self.weights
