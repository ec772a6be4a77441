"""Convolutions by events: the weights of each spike are added, and where there is none, nothing is done.

Blocks without a max pool have an error at every current, so the gradient by their input is a dense
convolution, computed for a few pixels and input channels at a time in registers; that by their weights adds
the errors that each spike was seen by.
"""

from __future__ import annotations

from collections.abc import Sequence

from snn_tui.snn.engines.fused.block import LANES, WORD, Block, rounded
from snn_tui.snn.engines.fused.code import Code
from snn_tui.snn.engines.fused.lanes import F32, I32, I64, Value

SUMS = 12
"""Vectors that are summed at the same time: AVX2 has 16 registers."""

WIDEST = 2 * LANES
"""Lanes of the vectors that currents are summed in."""


def currents(code: Code, block: Block, y: Value, x: Value) -> list[list[Value]]:
    """The input currents of a neuron: for each position of its pool a vector for each of `Block.chunks`.

    Arguments of the function: events, weights and then biases.
    """
    ends, weights = code.array(0, I32), code.array(1, F32)
    events = ends.shifted(block.size_in * (block.size_in + 1))
    row_events, kernel = block.size_in * block.inputs, block.kernel
    biases = kernel**2 * block.inputs * block.width
    positions = []
    for row, column in block.subs:
        top, left, sums = y * block.stride + row, x * block.stride + column, []
        for part in _parts(block.chunks(WIDEST), SUMS * LANES):
            totals = [code.variable(weights.get(biases + chunk, lanes)) for chunk, lanes in part]
            with code.loop(kernel) as tap_row:
                at_row = top + tap_row
                at_end = at_row * (block.size_in + 1) + left
                begin, end = (ends.get(at_end + at).widened(I64) for at in (0, kernel))
                of_row = events.shifted(at_row * row_events)
                first = (tap_row * kernel - left) * block.inputs
                with code.each(begin, end) as number:
                    at = (first + of_row.get(number).widened(I64)) * block.width
                    for total, (chunk, lanes) in zip(totals, part, strict=True):
                        total.set(total.get() + weights.get(at + chunk, lanes))
            sums += [total.get() for total in totals]
        positions.append(sums)
    return positions


def write(code: Code, block: Block, y: Value, x: Value, words: Sequence[Value]) -> None:
    """Add the spikes of a pixel to the events.

    Args:
        code: The function that is being written; its argument 6 is where events go.
        block: The block that fires.
        y: Row of the pixel.
        x: Its column; pixels have to come from left to right.
        words: Which of its channels fire, `WORD` channels in each.
    """
    ends = code.array(6, I32)
    row, column = y + block.border, x + block.border
    events = ends.shifted(row * block.row_events + block.side * (block.side + 1))
    at_end = row * (block.side + 1) + column
    # The border to the left of the first pixel has no events: its ends stay zero.
    count = code.variable(ends.get(at_end).widened(I64))
    for number, word in enumerate(words):
        first = column * block.channels + number * WORD
        with code.each_bit(word) as bit:
            now = count.get()
            events.put(now, (first + bit).narrowed(I32))
            count.set(now + 1)
    for behind in range(1 + block.border):
        ends.put(at_end + (1 + behind), count.get().narrowed(I32))


def frame(code: Code, block: Block) -> None:
    """Copy all steps' errors to where there are zeros around them.

    Arguments: errors, framed errors, steps.
    """
    errors, target, num_steps = code.array(0, F32), code.array(1, F32), code.argument(2)
    row = block.size * block.channels
    with code.loop(num_steps) as step, code.loop(block.size) as y:
        source = errors.shifted(step * block.room + y * row)
        begin = ((y + block.before) * block.framed + block.before) * block.channels
        to = target.shifted(step * block.framed_room + begin)
        whole = row - row % LANES
        if whole:
            with code.loop(whole // LANES) as turn:
                to.put(turn * LANES, source.get(turn * LANES, LANES))
        for at in range(whole, row):
            to.put(at, source.get(at))


def sort(code: Code, block: Block) -> None:
    """Sort all steps' events by what pixels see of the kernel, and by channel.

    Arguments: events; a zero and then the end of each kind among the sorted; the sorted, each as the framed
    error that the kernel's first tap saw it with; steps.
    """
    ends, kinds, places = (code.array(index, I32) for index in range(3))
    kinds, num_steps = kinds.shifted(1), code.argument(3)
    side, stride, inputs = block.size_in, block.stride, block.inputs
    number_of_kinds = len(block.parities) * inputs
    room = side * (side + 1) + side**2 * inputs

    def each_event(place: bool) -> None:
        with code.loop(num_steps) as step, code.loop(side) as y:
            of_step = ends.shifted(step * room)
            events = of_step.shifted(y * (side * inputs) + side * (side + 1))
            with code.loop(side) as x:
                at_end = y * (side + 1) + x
                begin, end = (of_step.get(at_end + at).widened(I64) for at in (0, 1))
                kind = ((y & (stride - 1)) * stride + (x & (stride - 1))) * inputs - x * inputs
                row, column = (pixel >> (stride - 1) for pixel in (y, x))  # stride is 1 or 2
                pixel = (row + block.before) * block.framed + (column + block.before)
                at = (step * block.framed_room + pixel * block.channels).narrowed(I32)
                with code.each(begin, end) as number:
                    of_kind = kind + events.get(number).widened(I64)
                    if place:
                        index = kinds.get(of_kind)
                        places.put(index.widened(I64), at)
                        kinds.put(of_kind, index + 1)
                    else:
                        kinds.put(of_kind + 1, kinds.get(of_kind + 1) + 1)

    with code.loop(number_of_kinds + 1) as kind:
        kinds.put(kind, code.number(I32, 0))
    each_event(place=False)
    with code.loop(number_of_kinds) as kind:
        kinds.put(kind + 1, kinds.get(kind + 1) + kinds.get(kind))
    each_event(place=True)


def weights(code: Code, block: Block) -> None:
    """Gradients by the weights of all steps, added up.

    Arguments: a zero and the ends of each kind, places, framed errors, the gradient
    `[row, column, input, channel]`.
    """
    kinds, places, errors, gradient = (
        code.array(0, I32),
        code.array(1, I32),
        code.array(2, F32),
        code.array(3, F32),
    )
    for number, (row, column) in enumerate(block.parities):
        sums = [
            (tap, seen, chunk, lanes)
            for tap, seen in _taps(block, row, column)
            for chunk, lanes in block.chunks(LANES)
        ]
        with code.loop(block.inputs) as channel:
            kind = channel + number * block.inputs
            begin, end = (kinds.get(kind + at).widened(I64) for at in (0, 1))
            for first in range(0, len(sums), SUMS):
                part = sums[first : first + SUMS]
                at_gradient = [
                    (channel + tap * block.inputs) * block.width + chunk for tap, _, chunk, _ in part
                ]
                totals = [
                    code.variable(gradient.get(at, lanes))
                    for at, (_, _, _, lanes) in zip(at_gradient, part, strict=True)
                ]
                with code.each(begin, end) as index:
                    at = places.get(index).widened(I64)
                    for total, (_, seen, chunk, lanes) in zip(totals, part, strict=True):
                        total.set(total.get() + errors.get(at - seen + chunk, lanes))
                for at, total in zip(at_gradient, totals, strict=True):
                    gradient.put(at, total.get())


def errors(code: Code, block: Block, registers: int) -> None:
    """One step: gradients by the input spikes, without the border.

    Arguments: framed errors, weights as `Weights` transposes them, where the gradients go.
    """
    inner, begin = block.size_in - 2 * block.border_in, 0
    for parity in block.parities:
        rows, columns = (
            [pixel for pixel in range(inner) if (pixel + block.border_in) % block.stride == part]
            for part in parity
        )
        taps = [len(range(part, block.kernel, block.stride)) for part in parity]
        for first, vectors in input_parts(block):
            tile = _Tile(code, block, taps, first, vectors, begin)
            begin += taps[0] * taps[1] * block.channels * vectors * LANES
            if not rows or not columns:
                continue
            most = (registers - 1 - vectors) // vectors
            at_once = -(-len(columns) // -(-len(columns) // most))
            whole, left_over = divmod(len(columns), at_once)
            with code.loop(len(rows)) as row:
                y = row * block.stride + rows[0]
                with code.loop(whole) as part:
                    tile.write(y, part * (at_once * block.stride) + columns[0], at_once)
                if left_over:
                    tile.write(y, code.number(I64, columns[whole * at_once]), left_over)


class _Tile:
    """A few pixels of a row, and a few vectors of their channels, whose gradients are summed in registers.

    Args:
        code: The function that is being written.
        block: The block.
        taps: Rows and columns of the kernel that see the pixels.
        first: The first of the channels.
        vectors: Vectors of channels.
        begin: Where the weights of these taps and channels begin.
    """

    def __init__(
        self, code: Code, block: Block, taps: list[int], first: int, vectors: int, begin: int
    ) -> None:
        self._code, self._block, self._taps = code, block, taps
        self._first, self._vectors, self._begin = first, vectors, begin

    def write(self, y: Value, x: Value, pixels: int) -> None:
        """The gradients of pixels, a stride apart, from a row and column of the input without its border."""
        code, block, vectors = self._code, self._block, self._vectors
        framed, weights = code.array(0, F32), code.array(1, F32)
        sums = [[code.variable(code.vector(F32, LANES, 0.0)) for _ in range(vectors)] for _ in range(pixels)]
        at_y, at_x = (((pixel + block.border_in) >> (block.stride - 1)) + block.before for pixel in (y, x))
        rows, columns = self._taps
        with code.loop(rows) as row, code.loop(columns) as column:
            wide = vectors * LANES
            of_tap = weights.shifted((row * columns + column) * (block.channels * wide) + self._begin)
            source = framed.shifted(((at_y - row) * block.framed + (at_x - column)) * block.channels)
            with code.loop(block.channels) as channel:
                values = [of_tap.get(channel * wide + number * LANES, LANES) for number in range(vectors)]
                for pixel, totals in enumerate(sums):
                    error = source.get(channel + pixel * block.channels).spread(LANES)
                    for total, value in zip(totals, values, strict=True):
                        total.set(error.times_plus(value, total.get()))
        for pixel, totals in enumerate(sums):
            self._put(y, x + pixel * block.stride, [total.get() for total in totals])

    def _put(self, y: Value, x: Value, gradients: list[Value]) -> None:
        code, block, target = self._code, self._block, self._code.array(2, F32)
        inner = block.size_in - 2 * block.border_in
        at = (y * inner + x) * block.inputs + self._first
        for number, gradient in enumerate(gradients):
            channels = min(LANES, block.inputs - self._first - number * LANES)
            if channels < LANES:  # the lanes behind belong to the next pixel
                there = target.get(at + number * LANES, LANES)
                gradient = code.first_lanes(LANES, channels).choose(gradient, there)
            target.put(at + number * LANES, gradient)


def input_parts(block: Block) -> list[tuple[int, int]]:
    """First input channel, and vectors of them, whose gradients are summed at the same time: 3 at most."""
    vectors = rounded(block.inputs) // LANES
    parts = -(-vectors // 3)
    size = -(-vectors // parts)
    return [(first * LANES, min(size, vectors - first)) for first in range(0, vectors, size)]


def transposed_size(block: Block) -> int:
    """Elements of the weights as `errors` reads them."""
    return block.kernel**2 * block.channels * rounded(block.inputs)


def _taps(block: Block, row: int, column: int) -> list[tuple[int, int]]:
    """The taps that see pixels of a class: their number, and how many framed errors before the first."""
    return [
        (
            tap_row * block.kernel + tap_column,
            (tap_row // block.stride * block.framed + tap_column // block.stride) * block.channels,
        )
        for tap_row in range(row, block.kernel, block.stride)
        for tap_column in range(column, block.kernel, block.stride)
    ]


def _parts(pieces: list[tuple[int, int]], most: int) -> list[list[tuple[int, int]]]:
    """Vectors in groups of no more lanes than so many."""
    parts: list[list[tuple[int, int]]] = [[]]
    for piece in pieces:
        if sum(lanes for _, lanes in parts[-1]) + piece[1] > most:
            parts.append([])
        parts[-1].append(piece)
    return parts
