"""Batch norm in kernels: what an image adds to the statistics of its batch, and the gradient through them.

With x the currents of a channel, over all images, steps and pixels of a batch, y = scale x + shift, where
scale and shift follow from their mean and variance. So an error e of y is one of x of

    scale (e - mean(e) - (x - mean) mean(e (x - mean)) / variance) = scale e + by_current x + offset.
"""

from __future__ import annotations

from collections.abc import Callable

from snn_tui.snn.engines.fused.block import LANES, Block
from snn_tui.snn.engines.fused.code import Code
from snn_tui.snn.engines.fused.lanes import F32, Value

SCALE, SHIFT, MEAN, BY_CURRENT, OFFSET = range(5)
"""Rows of the parameters of a block's batch norm, a number for each channel."""

ROWS = 5


def moments(code: Code, block: Block) -> None:
    """Means of an image's currents, and sums of the squares of what they are apart from these.

    Arguments: currents, `[2, channel]` where they go, steps.
    """
    currents, target, num_steps = code.array(0, F32), code.array(1, F32), code.argument(2)
    count = num_steps.as_float() * float(block.size**2)
    for chunk in range(0, block.width, LANES):
        total = _summed(code, block, num_steps, lambda at: currents.get(at, LANES), chunk)
        mean = total / count.spread(LANES)

        def square(at: Value, mean: Value = mean) -> Value:
            apart = currents.get(at, LANES) - mean
            return apart * apart

        target.put(chunk, mean)
        target.put(chunk + block.width, _summed(code, block, num_steps, square, chunk))


def sums(code: Code, block: Block) -> None:
    """Sums of an image's errors, and of these times what its currents are apart from their mean.

    Arguments: errors, currents, parameters, `[2, channel]` where they go, steps.
    """
    errors, currents, parameters, target = (code.array(index, F32) for index in range(4))
    num_steps = code.argument(4)
    for chunk in range(0, block.width, LANES):
        mean = parameters.get(MEAN * block.width + chunk, LANES)

        def product(at: Value, mean: Value = mean) -> Value:
            return errors.get(at, LANES) * (currents.get(at, LANES) - mean)

        target.put(chunk, _summed(code, block, num_steps, lambda at: errors.get(at, LANES), chunk))
        target.put(chunk + block.width, _summed(code, block, num_steps, product, chunk))


def back(code: Code, block: Block) -> None:
    """Errors by currents, in place of those by what they are normalised to.

    Arguments: errors, currents, parameters, steps.
    """
    errors, currents, parameters = (code.array(index, F32) for index in range(3))
    num_steps, last = code.argument(3), block.width - LANES
    for chunk in range(0, block.width, LANES):
        scale, by_current, offset = (
            parameters.get(row * block.width + chunk, LANES) for row in (SCALE, BY_CURRENT, OFFSET)
        )
        lanes = block.channels - chunk if chunk == last else LANES
        with code.loop(num_steps) as step, code.loop(block.size**2) as pixel:
            at = step * block.room + pixel * block.channels + chunk
            before = errors.get(at, LANES)
            after = before.times_plus(scale, currents.get(at, LANES).times_plus(by_current, offset))
            if lanes < LANES:  # the lanes behind belong to the next pixel
                after = code.first_lanes(LANES, lanes).choose(after, before)
            errors.put(at, after)


def _summed(code: Code, block: Block, num_steps: Value, value: Callable[[Value], Value], chunk: int) -> Value:
    """A value of a vector of channels, summed over all steps and pixels."""
    total = code.variable(code.vector(F32, LANES, 0.0))
    with code.loop(num_steps) as step, code.loop(block.size**2) as pixel:
        total.set(total.get() + value(step * block.room + pixel * block.channels + chunk))
    return total.get()
