"""Gradients back through time. Of the four positions of a pool only the one that won has any.

So both gradients of a convolution visit a quarter of its positions. Sums are kept in registers, and each
pass works on one time step, which fits the first-level cache.
"""

from __future__ import annotations

import math

from snn_tui.snn.engines.fused.lanes import F32, I8, I64, Code, Value
from snn_tui.snn.engines.fused.neurons import Neurons, strides
from snn_tui.snn.engines.fused.plan import LANES, SUBS, Block, Plan

_REGISTERS = 15
"""Vectors that are summed up side by side: AVX2 has 16 registers, one is for the factor."""


def judge(code: Code, plan: Plan) -> None:
    """Loss of an image, and the gradient by its output currents, over all steps.

    Spikes are 0 or 1, so of the exponential and the logarithm in the loss only a few values are needed.
    """
    spikes, membranes, errors, logs, bias, loss = (code.array(place, F32) for place in range(6))
    num_steps, label, scale = (code.argument(6 + place) for place in range(3))
    neurons, classes = Neurons.passed(code, 9), plan.classes
    carries = [code.variable(code.number(F32, 0.0)) for _ in range(classes)]
    with code.down(num_steps) as step:
        at = step * classes
        fires = [spikes.get(at + neuron) > 0.5 for neuron in range(classes)]
        fired = code.number(I64, 0)
        for one in fires:
            fired = fired + one.choose(code.number(I64, 1), 0)
        whole = Value(code, code.builder.uitofp(fired.raw, F32)) * (math.e - 1.0) + float(classes)
        loss.put(0, loss.get(0) + logs.get(fired) - spikes.get(at + label))
        for neuron in range(classes):
            share = fires[neuron].choose(code.number(F32, math.e), 1.0) / whole
            right = label.same(neuron).choose(code.number(F32, 1.0), 0.0)
            membrane = membranes.get(at + neuron)
            error = neurons.backward((share - right) * scale, membrane, carries[neuron].get())
            carries[neuron].set(error)
            errors.put(at + neuron, error)
            bias.put(neuron, bias.get(neuron) + error)


def back_last(code: Code, plan: Plan) -> None:
    """Membranes of the last block become the gradients by them; the readout's gradient."""
    membranes, spikes, out_errors, readout, gradient = (code.array(place, F32) for place in range(5))
    num_steps, neurons = code.argument(5), Neurons.passed(code, 6)
    block, features, classes = plan.blocks[-1], plan.features, plan.classes
    for start, end, lanes in strides(features):
        with code.loop((end - start) // lanes) as turn:
            at = turn * lanes + start
            weights = [readout.get(at + neuron * features, lanes) for neuron in range(classes)]
            sums = [code.variable(gradient.get(at + neuron * features, lanes)) for neuron in range(classes)]
            carry = code.variable(code.vector(F32, lanes, 0.0))
            with code.down(num_steps) as step:
                here = at + step * block.room
                fires, error = spikes.get(here, lanes), code.vector(F32, lanes, 0.0)
                for neuron in range(classes):
                    out = out_errors.get(step * classes + neuron).spread(lanes)
                    error = out.times_plus(weights[neuron], error)
                    sums[neuron].set(out.times_plus(fires, sums[neuron].get()))
                error = neurons.backward(error, membranes.get(here, lanes), carry.get())
                carry.set(error)
                membranes.put(here, error)
            for neuron in range(classes):
                gradient.put(at + neuron * features, sums[neuron].get())


def back(code: Code, block: Block) -> None:
    """One step of an inner block: from the gradients by its spikes to those by its currents."""
    errors, membranes, carry = (code.array(place, F32) for place in range(3))
    neurons = Neurons.passed(code, 3)
    for start, end, lanes in strides(-(-block.neurons // LANES) * LANES):
        with code.loop((end - start) // lanes) as turn:
            at = turn * lanes + start
            error = neurons.backward(errors.get(at, lanes), membranes.get(at, lanes), carry.get(at, lanes))
            carry.put(at, error)
            membranes.put(at, error)


def errors(code: Code, block: Block) -> None:
    """One step: gradients by the spikes coming in, from those by the winners' currents."""
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
        corner = y * (2 * block.row_in) + x * (2 * block.inputs)
        won = winners.get(at, block.width)
        for number, (row, column) in enumerate(SUBS):
            channels = won.same(number).bits() & ((1 << block.channels) - 1)
            place = corner + (row * block.row_in + column * block.inputs)
            for taps in _share(_taps(block)):
                sums = [code.variable(code.vector(F32, LANES, 0.0)) for _ in taps]
                with code.each_bit(channels) as channel:
                    error = errors.get(at + channel).spread(LANES)
                    begin = channel * (block.kernel * block.row)
                    for total, (tap_row, piece) in zip(sums, taps, strict=True):
                        weight = weights.get(begin + (tap_row * block.row + piece), LANES)
                        total.set(error.times_plus(weight, total.get()))
                for total, (tap_row, piece) in zip(sums, taps, strict=True):
                    target.add(place + (tap_row * block.row_in + piece), total.get())


def weights(code: Code, block: Block) -> None:
    """One step: gradients by a convolution's weights."""
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
        for some in _share(taps):
            places = [
                [
                    (first + one) * (block.kernel * block.row) + (row * block.row + piece)
                    for row, piece in some
                ]
                for one in range(number)
            ]
            sums = [[code.variable(gradient.get(place, LANES)) for place in mine] for mine in places]
            with code.loop(block.size) as y, code.loop(block.size) as x:
                at = (y * block.size + x) * block.channels + first
                corner = y * (2 * block.row_in) + x * (2 * block.inputs)
                for one in range(number):
                    error = errors.get(at + one).spread(LANES)
                    won = winners.get(at + one).widened(I64)
                    place = corner + (won >> 1) * block.row_in + (won & 1) * block.inputs
                    for total, (row, piece) in zip(sums[one], some, strict=True):
                        fires = spikes.get(place + (row * block.row_in + piece), LANES)
                        total.set(fires.times_plus(error, total.get()))
            for mine, totals in zip(places, sums, strict=True):
                for place, total in zip(mine, totals, strict=True):
                    gradient.put(place, total.get())

    if block.channels >= together:
        with code.loop(block.channels // together) as turn:
            channels(turn * together, together)
    if block.channels % together:
        channels(code.number(I64, block.channels - block.channels % together), block.channels % together)


def bias(code: Code, block: Block) -> None:
    """Gradients by a convolution's biases, over all steps."""
    errors, gradient, num_steps = code.array(0, F32), code.array(1, F32), code.argument(2)
    for chunk in range(0, block.width, LANES):
        sums = code.variable(gradient.get(chunk, LANES))
        with code.loop(num_steps) as step, code.loop(block.size**2) as pixel:
            at = step * block.room + pixel * block.channels + chunk
            sums.set(sums.get() + errors.get(at, LANES))
        gradient.put(chunk, sums.get())


def _taps(block: Block) -> list[tuple[int, int]]:
    """The vectors a channel's weights are made of: row of the kernel, and where in the row."""
    return [(row, piece) for row in range(block.kernel) for piece in range(0, block.row, LANES)]


def _share(taps: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """As few and as equal parts as fit the registers."""
    parts = -(-len(taps) // _REGISTERS)
    size = -(-len(taps) // parts)
    return [taps[begin : begin + size] for begin in range(0, len(taps), size)]
