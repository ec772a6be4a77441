"""One time step forward. Spikes are bits, and sums of weights are looked up, not multiplied.

A row of the first kernel covers `kernel` bits of an image row, so its sum of weights stands in a table of
2**kernel entries, for all channels in one vector; further layers look up `GROUP` input channels at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from snn_tui.snn.engines.fused import events, norm
from snn_tui.snn.engines.fused.block import GROUP, WORD, Block
from snn_tui.snn.engines.fused.code import Code
from snn_tui.snn.engines.fused.lanes import F32, I8, I32, I64, Value
from snn_tui.snn.engines.fused.neurons import WIDE, Neurons, strides
from snn_tui.snn.engines.fused.plan import Plan


def first(code: Code, block: Block, *, fires: bool = True) -> None:
    """One step of the first block, from the bits of each image row, or of all pixels if they are wide.

    Arguments: bits, table of sums, membranes before and after, spikes, winners, masks, spike count, neurons.
    """
    bits, table, mask = code.array(0, I64), code.array(1, F32), (1 << block.kernel) - 1
    taps = [(plane, row) for plane in range(block.planes) for row in range(block.kernel)]
    reach = [(plane, row) for plane in range(block.planes) for row in range(block.reach)]
    with code.loop(block.size) as y:
        rows = {}
        for plane, row in reach if not block.wide else ():
            rows[plane, row] = bits.get(y * block.stride + (plane * block.size_in + row))
        with code.loop(block.size) as x:
            patterns = {}
            for plane, row in reach:
                if block.wide:
                    corner = y * (block.stride * block.size_in) + x * block.stride
                    at = corner + (plane * block.plane + row * block.size_in)
                    from_pixel, begin = bits.word(at >> 3) >> (at & 7), code.number(I64, 0)
                else:
                    from_pixel, begin = rows[plane, row], x * block.stride
                for column in range(block.reach - block.kernel + 1):
                    patterns[plane, row, column] = (from_pixel >> (begin + column)) & mask

            def current(row: int, column: int, chunk: int, lanes: int) -> Value:
                total = None
                for tap, (plane, tap_row) in enumerate(taps):
                    begin = tap * (mask + 1) * block.width + chunk
                    offset = patterns[plane, row + tap_row, column] * block.width + begin
                    sums = table.get(offset, lanes)
                    total = sums if total is None else total + sums
                assert total is not None
                return total

            _pool_and_fire(code, block, y, x, current, 16, fires)


def dense(code: Code, block: Block) -> None:
    """The first block's input currents of direct coding, which are the same at every step.

    Arguments: pixels, weights and then biases, currents, winners.
    """
    pixels, weights, currents = (code.array(index, F32) for index in range(3))
    winners, kernel = code.array(3, I8), range(block.kernel)
    taps = [(plane, row, column) for plane in range(block.planes) for row in kernel for column in kernel]
    with code.loop(block.size) as y, code.loop(block.size) as x:
        corner = y * (block.stride * block.row_in) + x * block.stride

        def current(row: int, column: int, chunk: int, lanes: int) -> Value:
            total = weights.get(len(taps) * block.width + chunk, lanes)
            for tap, (plane, tap_row, tap_column) in enumerate(taps):
                offset = plane * block.plane + (row + tap_row) * block.row_in + column + tap_column
                pixel = pixels.get(corner + offset).spread(lanes)
                total = pixel.times_plus(weights.get(tap * block.width + chunk, lanes), total)
            return total

        at = (y * block.size + x) * block.channels
        for chunk, lanes in block.chunks(16):
            best, winner = _pool(code, block, current, chunk, lanes)
            currents.put(at + chunk, best)
            winners.put(at + chunk, winner.narrowed(I8))


def steady(code: Code, block: Block, *, normed: bool = False) -> None:
    """One step of the neurons of a block, from its input currents.

    Arguments: currents, parameters of batch norm, then those of `first` from the membranes on.
    """
    currents, parameters = code.array(0, F32), code.array(1, F32)
    with code.loop(block.size) as y, code.loop(block.size) as x:
        at, values = (y * block.size + x) * block.channels, []
        for chunk, lanes in block.chunks(16):
            value = currents.get(at + chunk, lanes)
            if normed:
                scale, shift = (
                    parameters.get(row * block.width + chunk, lanes) for row in (norm.SCALE, norm.SHIFT)
                )
                value = value.times_plus(scale, shift)
            values.append(value)
        _fire(code, block, y, x, values)


def inner(code: Code, block: Block, *, fires: bool = True) -> None:
    """One step of a further block, from the bits of each pixel's channels; arguments as for `first`."""
    masks, table = code.array(0, I64), code.array(1, F32)
    kernel, width, reach = block.kernel, block.width, block.reach
    with code.loop(block.size) as y, code.loop(block.size) as x:
        corner = y * (block.stride * block.size_in) + x * block.stride
        offsets = {}
        for row in range(reach):
            for column in range(reach):
                bits = masks.get(corner + (row * block.size_in + column))
                for group in range(block.groups):
                    offsets[row, column, group] = ((bits >> group * GROUP) & (2**GROUP - 1)) * width

        def current(row: int, column: int, chunk: int, lanes: int) -> Value:
            total, begin = None, chunk
            for tap_row in range(kernel):
                for tap_column in range(kernel):
                    for group in range(block.groups):
                        offset = offsets[row + tap_row, column + tap_column, group] + begin
                        sums = table.get(offset, lanes)
                        total = sums if total is None else total + sums
                        begin += 2**GROUP * width
            assert total is not None
            return total

        _pool_and_fire(code, block, y, x, current, WIDE, fires)


def event_driven(code: Code, block: Block, *, fires: bool = True) -> None:
    """One step of a further block, from the events of the one before; arguments as for `first`."""
    with code.loop(block.size) as y, code.loop(block.size) as x:
        best, *rivals = events.currents(code, block, y, x)
        if rivals:
            winners, at = code.array(5, I8), (y * block.size + x) * block.channels
            for number, (chunk, lanes) in enumerate(block.chunks(events.WIDEST)):
                positions = [best[number], *(rival[number] for rival in rivals)]
                best[number], winner = _strongest(code, positions, lanes)
                winners.put(at + chunk, winner.narrowed(I8))
        _deliver(code, block, y, x, best, fires)


Currents = Callable[[int, int, int, int], Value]
"""The input currents of one position of a pool (row, column): from a channel on, so many."""


def _pool_and_fire(
    code: Code, block: Block, y: Value, x: Value, current: Currents, widest: int, fires: bool
) -> None:
    """Max pooling and neurons of one pooled pixel, for all channels, `widest` at a time.

    Args:
        code: The function that is being written; its arguments are those of `first`.
        block: The block.
        y: Row of the pooled pixel.
        x: Its column.
        current: Its input currents.
        widest: Lanes of the widest vectors.
        fires: Whether the currents reach the neurons at once.
    """
    winners, at, best = code.array(5, I8), (y * block.size + x) * block.channels, []
    for chunk, lanes in block.chunks(widest):
        strongest, winner = _pool(code, block, current, chunk, lanes)
        winners.put(at + chunk, winner.narrowed(I8))
        best.append(strongest)
    _deliver(code, block, y, x, best, fires)


def _pool(code: Code, block: Block, current: Currents, chunk: int, lanes: int) -> tuple[Value, Value]:
    """The strongest current of the positions of a pool, and which of them it is."""
    return _strongest(code, (current(row, column, chunk, lanes) for row, column in block.subs), lanes)


def _strongest(code: Code, currents: Iterable[Value], lanes: int) -> tuple[Value, Value]:
    """Lane by lane the largest of vectors, and which of them it is: the first of equals."""
    best, winner = None, code.vector(I32, lanes, 0)
    for number, rival in enumerate(currents):
        if best is None:
            best = rival
            continue
        wins = rival > best
        best, winner = wins.choose(rival, best), wins.choose(number, winner)
    assert best is not None
    return best, winner


def _deliver(code: Code, block: Block, y: Value, x: Value, currents: Sequence[Value], fires: bool) -> None:
    """Pass the input currents of a pooled pixel on to its neurons, or keep them as argument 3."""
    if fires:
        _fire(code, block, y, x, currents)
        return
    target, at = code.array(3, F32), (y * block.size + x) * block.channels
    for current in currents:
        target.put(at, current)
        at += current.raw.type.count


def _fire(code: Code, block: Block, y: Value, x: Value, currents: Sequence[Value]) -> None:
    """The neurons of one pooled pixel, from their input currents, one vector behind the other."""
    before, after, spikes = (code.array(index, F32) for index in (2, 3, 4))
    masks, spike_count = code.array(6, I64), code.array(7, I64)
    neurons = Neurons.passed(code, 8)
    at, chunk = (y * block.size + x) * block.channels, 0
    words = [code.number(I64, 0)] * -(-block.width // WORD)
    pixel = y * block.side + x + block.border * (block.side + 1)
    for current in currents:
        lanes = current.raw.type.count
        membrane, fires = neurons.step(before.get(at + chunk, lanes), current)
        after.put(at + chunk, membrane)
        if block.border and chunk + lanes > block.channels:  # nothing may spike in the border
            fires = fires & code.first_lanes(lanes, block.channels - chunk)
        spikes.put(pixel * block.channels + chunk, fires.choose(code.vector(F32, lanes, 1.0), 0.0))
        word, bit = divmod(chunk, WORD)
        words[word] = words[word] | (fires.bits() << bit)
        chunk += lanes
    last, bits = divmod(block.channels, WORD)
    if bits:
        words[last] = words[last] & ((1 << bits) - 1)
    if block.feeds_events:
        events.write(code, block, y, x, words)
    elif len(words) == 1:
        masks.put(pixel, words[0])
    for mask in words:
        spike_count.put(0, spike_count.get(0) + mask.ones())


def read_out(code: Code, plan: Plan) -> None:
    """One step of the output neurons.

    Arguments: spikes of the last block, weights, biases, membranes before and after, output spikes, input
    currents, neurons.
    """
    spikes, readout, bias, before, after, out, currents = (code.array(index, F32) for index in range(7))
    neurons, features = Neurons.passed(code, 7), plan.features
    for neuron in range(plan.classes):
        total = bias.get(neuron)
        for start, end, lanes in strides(features):
            sums = code.variable(code.vector(F32, lanes, 0.0))
            with code.loop((end - start) // lanes) as turn:
                at = turn * lanes + start
                sums.set(
                    spikes.get(at, lanes).times_plus(readout.get(at + neuron * features, lanes), sums.get())
                )
            total = total + sums.get().total()
        currents.put(neuron, total)
        membrane, fires = neurons.step(before.get(neuron), total)
        after.put(neuron, membrane)
        out.put(neuron, fires.choose(code.number(F32, 1.0), 0.0))
