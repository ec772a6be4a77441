"""Gradients back through time. Of the four positions of a pool only the winner's current has a gradient.

So both gradients of a convolution visit a quarter of its positions. Sums are kept in registers, and each
pass works on one time step, which fits the first-level cache. "Errors" are gradients by input currents.
"""

from __future__ import annotations

from snn_tui.snn.engines.fused.block import LANES, WORD, Block
from snn_tui.snn.engines.fused.code import Code
from snn_tui.snn.engines.fused.lanes import F32, I8, I64, Array, Value, Variable
from snn_tui.snn.engines.fused.neurons import Neurons, strides
from snn_tui.snn.engines.fused.plan import Plan

_REGISTERS = 15
"""Vectors that are summed at the same time: AVX2 has 16 registers, one is for the factor."""


def back_last(code: Code, plan: Plan) -> None:
    """All steps of the last block: its membranes are replaced by its errors; and the readout's gradient.

    Arguments: membranes, spikes, the readout's errors, weights and gradient, gradient by beta, steps,
    neurons, and the penalty of a spike where spikes are penalised.
    """
    membranes, spikes, out_errors, readout, gradient = (code.array(index, F32) for index in range(5))
    num_steps, neurons = code.argument(6), Neurons.passed(code, 7)
    block, features, classes = plan.blocks[-1], plan.features, plan.classes
    for start, end, lanes in strides(features):
        with code.loop((end - start) // lanes) as turn:
            at = turn * lanes + start
            weights = [readout.get(at + neuron * features, lanes) for neuron in range(classes)]
            sums = [code.variable(gradient.get(at + neuron * features, lanes)) for neuron in range(classes)]
            carry, by_beta = (code.variable(code.vector(F32, lanes, 0.0)) for _ in range(2))
            with code.down(num_steps) as step:
                at_step = at + step * block.room
                fires, error = spikes.get(at_step, lanes), _penalty(code, plan, 10, lanes)
                for neuron in range(classes):
                    out = out_errors.get(step * classes + neuron).spread(lanes)
                    error = out.times_plus(weights[neuron], error)
                    sums[neuron].set(out.times_plus(fires, sums[neuron].get()))
                error = neurons.backward(plan.surrogate, error, membranes.get(at_step, lanes), carry.get())
                carry.set(error)
                _add_by_beta(plan, block, by_beta, error, membranes, at_step)
                membranes.put(at_step, error)
            _put_by_beta(code, plan, 5, by_beta)
            for neuron in range(classes):
                gradient.put(at + neuron * features, sums[neuron].get())


def back(code: Code, plan: Plan, block: Block) -> None:
    """One step of an inner block: its membranes are replaced by its errors.

    Arguments: gradients by its spikes, membranes, errors of the step after, gradient by beta, neurons, and
    the penalty of a spike where spikes are penalised.
    """
    errors, membranes, carry = (code.array(index, F32) for index in range(3))
    neurons = Neurons.passed(code, 4)
    for start, end, lanes in strides(-(-block.neurons // LANES) * LANES):
        by_beta = code.variable(code.vector(F32, lanes, 0.0))
        with code.loop((end - start) // lanes) as turn:
            at = turn * lanes + start
            error, before = errors.get(at, lanes), carry.get(at, lanes)
            if plan.penalised:
                error = error + _penalty(code, plan, 7, lanes)
            error = neurons.backward(plan.surrogate, error, membranes.get(at, lanes), before)
            carry.put(at, error)
            _add_by_beta(plan, block, by_beta, error, membranes, at)
            membranes.put(at, error)
        _put_by_beta(code, plan, 3, by_beta)


def _penalty(code: Code, plan: Plan, argument: int, lanes: int) -> Value:
    """The gradient of the penalty by each spike, in all lanes; 0 where spikes are not penalised."""
    return code.argument(argument).spread(lanes) if plan.penalised else code.vector(F32, lanes, 0.0)


def _add_by_beta(
    plan: Plan, block: Block, total: Variable, error: Value, membranes: Array, at: Value
) -> None:
    """Add the gradient by beta of one step: beta multiplies the membranes of the step before."""
    if plan.learn_beta:
        before = membranes.shifted(-block.room).get(at, error.raw.type.count)
        total.set(error.times_plus(before, total.get()))


def _put_by_beta(code: Code, plan: Plan, argument: int, total: Variable) -> None:
    """Add up a vector of gradients by beta."""
    if plan.learn_beta:
        code.array(argument, F32).add(0, total.get().total())


def errors(code: Code, block: Block) -> None:
    """One step of a convolution: gradients by its input spikes.

    Arguments: errors, winners, weights, where the gradients go.
    """
    errors, winners, weights, target = (
        code.array(0, F32),
        code.array(1, I8),
        code.array(2, F32),
        code.array(3, F32),
    )
    for start, end, lanes in strides(-(-block.row_in * block.size_in // LANES) * LANES):
        with code.loop((end - start) // lanes) as turn:
            target.put(turn * lanes + start, code.vector(F32, lanes, 0.0))
    with code.loop(block.size) as y, code.loop(block.size) as x:
        at = (y * block.size + x) * block.channels
        corner = y * (block.stride * block.row_in) + x * (block.stride * block.inputs)
        words = [
            (first, min(WORD, block.width - first), min(WORD, block.channels - first))
            for first in range(0, block.channels, WORD)
        ]
        winner = [winners.get(at + first, lanes) for first, lanes, _ in words]
        for number, (row, column) in enumerate(block.subs):
            begin_in = corner + (row * block.row_in + column * block.inputs)
            for taps in _in_registers(_taps(block)):
                sums = [code.variable(code.vector(F32, LANES, 0.0)) for _ in taps]
                for (first, _, channels), of_word in zip(words, winner, strict=True):
                    with code.each_bit(of_word.same(number).bits() & ((1 << channels) - 1)) as bit:
                        error = errors.get(at + first + bit).spread(LANES)
                        begin = (bit + first) * block.weights
                        for total, (tap, _) in zip(sums, taps, strict=True):
                            weight = weights.get(begin + tap, LANES)
                            total.set(error.times_plus(weight, total.get()))
                for total, (_, tap_in) in zip(sums, taps, strict=True):
                    target.add(begin_in + tap_in, total.get())


def crop(code: Code, block: Block) -> None:
    """Gradients by spikes without those by the border.

    Arguments: gradients, where they go.
    """
    errors, target = code.array(0, F32), code.array(1, F32)
    row = block.size * block.channels
    with code.loop(block.size) as y:  # what is written behind a row is overwritten by the next
        begin = ((y + block.border) * block.side + block.border) * block.channels
        for at in range(0, row, LANES):
            target.put(y * row + at, errors.get(begin + at, LANES))


def weights(code: Code, block: Block) -> None:
    """One step of a convolution: gradients by its weights, added up.

    Arguments: errors, winners, input spikes, gradient.
    """
    errors, winners, spikes, gradient = (
        code.array(0, F32),
        code.array(1, I8),
        code.array(2, F32),
        code.array(3, F32),
    )
    taps = _taps(block)
    together = max(1, _REGISTERS // len(taps)) if len(taps) <= _REGISTERS else 1
    together = min(together, 2, block.channels)

    def channels(first: Value, number: int) -> None:
        for group in _in_registers(taps):
            indices = [
                [(first + channel) * block.weights + tap for tap, _ in group] for channel in range(number)
            ]
            sums = [[code.variable(gradient.get(at, LANES)) for at in row] for row in indices]
            with code.loop(block.size) as y, code.loop(block.size) as x:
                at = (y * block.size + x) * block.channels + first
                corner = y * (block.stride * block.row_in) + x * (block.stride * block.inputs)
                for channel in range(number):
                    error = errors.get(at + channel).spread(LANES)
                    winner = winners.get(at + channel).widened(I64)
                    begin_in = corner + (winner >> 1) * block.row_in + (winner & 1) * block.inputs
                    for total, (_, tap_in) in zip(sums[channel], group, strict=True):
                        fires = spikes.get(begin_in + tap_in, LANES)
                        total.set(fires.times_plus(error, total.get()))
            for at_channel, totals in zip(indices, sums, strict=True):
                for index, total in zip(at_channel, totals, strict=True):
                    gradient.put(index, total.get())

    if block.channels >= together:
        with code.loop(block.channels // together) as turn:
            channels(turn * together, together)
    if block.channels % together:
        channels(code.number(I64, block.channels - block.channels % together), block.channels % together)


def over_steps(code: Code, block: Block) -> None:
    """Errors summed over steps, for weights whose input is the same at every step.

    Arguments: errors, their sums, steps.
    """
    errors, target, num_steps = code.array(0, F32), code.array(1, F32), code.argument(2)
    for start, end, lanes in strides(-(-block.neurons // LANES) * LANES):
        with code.loop((end - start) // lanes) as turn:
            at, total = turn * lanes + start, code.variable(code.vector(F32, lanes, 0.0))
            with code.loop(num_steps) as step:
                total.set(total.get() + errors.get(at + step * block.room, lanes))
            target.put(at, total.get())


def bias(code: Code, block: Block) -> None:
    """All steps of a convolution: gradients by its biases.

    Arguments: errors, gradient, steps.
    """
    errors, gradient, num_steps = code.array(0, F32), code.array(1, F32), code.argument(2)
    for chunk in range(0, block.width, LANES):
        sums = code.variable(gradient.get(chunk, LANES))
        with code.loop(num_steps) as step, code.loop(block.size**2) as pixel:
            at = step * block.room + pixel * block.channels + chunk
            sums.set(sums.get() + errors.get(at, LANES))
        gradient.put(chunk, sums.get())


def _taps(block: Block) -> list[tuple[int, int]]:
    """The vectors of a channel's weights: first element among them, and among the inputs from a corner on."""
    return [
        ((plane * block.kernel + row) * block.row + piece, plane * block.plane + row * block.row_in + piece)
        for plane in range(block.planes)
        for row in range(block.kernel)
        for piece in range(0, block.row, LANES)
    ]


def _in_registers(taps: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """The vectors in as few and as equal groups as fit the registers."""
    parts = -(-len(taps) // _REGISTERS)
    size = -(-len(taps) // parts)
    return [taps[begin : begin + size] for begin in range(0, len(taps), size)]
