"""Rate and direct coding in kernels: the same as `snn_tui.snn.encoding` gives."""

from __future__ import annotations

from collections.abc import Sequence

from llvmlite import ir

from snn_tui.snn.engines.fused.block import LANES
from snn_tui.snn.engines.fused.code import Code
from snn_tui.snn.engines.fused.lanes import F32, I8, I16, I32, I64, Value
from snn_tui.snn.engines.fused.plan import Plan
from snn_tui.snn.philox import MULTIPLIERS, ROUNDS, WEYL


def encode_image(code: Code, plan: Plan) -> None:
    """Thresholds of an image's pixels, to be compared with 16-bit random numbers; white pixels always spike.

    Arguments: pixels, thresholds, which pixels always spike.
    """
    image, thresholds, always = (code.array(0, I8), code.array(1, I16), code.array(2, I16))

    def encode(at: Value | int, lanes: int) -> None:
        value = image.get(at, lanes).widened(I32)
        threshold = Value(
            code, code.builder.udiv((value * 65536 + 254).raw, code.vector(I32, lanes, 255).raw)
        )
        white = value.same(255)
        thresholds.put(at, white.choose(0, threshold).narrowed(I16))
        always.put(at, white.choose(code.vector(I16, lanes, 0xFFFF), 0))

    turns, left_over = divmod(plan.image, LANES)
    with code.loop(turns) as turn:
        encode(turn * LANES, LANES)
    for at in range(turns * LANES, turns * LANES + left_over):  # nothing may be read behind the last image
        encode(at, 1)


def brightness(code: Code, plan: Plan) -> None:
    """Pixels from 0 to 1, as `encoding.direct` makes them.

    Arguments: pixels as bytes, as floats.
    """
    image, pixels = code.array(0, I8), code.array(1, F32)
    size, side, border = plan.size, plan.side, plan.border
    with code.loop(plan.channels) as plane, code.loop(size) as y, code.loop(size) as x:
        value = image.get(plane * size**2 + y * size + x).widened(I32).as_float()
        target = plane * side**2 + (y + border) * side + x + border
        pixels.put(target, value / code.number(F32, 255.0))


def framed(code: Code, plan: Plan) -> None:
    """Copy one step's spikes to where there are zeros around them.

    Arguments: spikes `[channel, row, column]`, spikes with a border.
    """
    flat, pixels = code.array(0, F32), code.array(1, F32)
    size, side, border = plan.size, plan.side, plan.border
    whole = size - size % LANES
    with code.loop(plan.channels) as plane, code.loop(size) as y:
        begin = plane * size**2 + y * size
        target = plane * side**2 + (y + border) * side + border
        for x in range(0, whole, LANES):
            pixels.put(target + x, flat.get(begin + x, LANES))
        for x in range(whole, size):
            pixels.put(target + x, flat.get(begin + x))


def encode_step(code: Code, plan: Plan) -> None:
    """One step's spikes as floats and as the bits of each row of each channel. See `encoding.rate`.

    Arguments: thresholds, which pixels always spike, bits of all pixels, bits of each row, spikes, step, and
    the image's index, the draw, the seed and the stream of the generator.
    """
    thresholds, always = code.array(0, I16), code.array(1, I16)
    packed, rows, pixels = code.array(2, I8), code.array(3, I64), code.array(4, F32)
    step, image, draw, seed, stream = (code.argument(5 + index).narrowed(I32) for index in range(5))
    with code.loop(-(-plan.image // 64)) as turn:
        blocks = (turn * 8).narrowed(I32).spread(8) + code.count(8)
        words = _philox([blocks, *(word.spread(8) for word in (step, image, draw))], seed, stream)
        pairs = [words[first].pick(_zip(8), words[first + 1]) for first in (0, 2)]
        fours = pairs[0].pick(
            [lane for pair in range(8) for lane in (2 * pair, 2 * pair + 1, 16 + 2 * pair, 17 + 2 * pair)],
            pairs[1],
        )
        numbers = fours.reread(ir.VectorType(I16, 64))
        at = turn * 64
        below = thresholds.get(at, 64) > numbers
        fires = below | Value(
            code, code.builder.icmp_unsigned("!=", always.get(at, 64).raw, code.vector(I16, 64, 0).raw)
        )
        packed.read_as(I64).put(turn, fires.bits())
        pixels.put(at, fires.choose(code.vector(F32, 64, 1.0), 0.0))
    for row in range(0 if plan.wide else plan.channels * plan.size):
        begin, (plane, y) = row * plan.size, divmod(row, plan.size)
        bits = packed.word(begin // 8) >> begin % 8
        if plan.border:
            bits = (bits & (1 << plan.size) - 1) << plan.border
        rows.put(plane * plan.side + plan.border + y, bits)


def _philox(counter: Sequence[Value], seed: Value, stream: Value) -> tuple[Value, Value, Value, Value]:
    """Philox-4x32 on vectors of counters; see `snn_tui.snn.philox`."""
    c0, c1, c2, c3 = counter
    key = [seed.spread(8), stream.spread(8)]
    for _ in range(ROUNDS):
        first, second = c0.widened(I64) * MULTIPLIERS[0], c2.widened(I64) * MULTIPLIERS[1]
        c0, c1, c2, c3 = (
            (second >> 32).narrowed(I32) ^ c1 ^ key[0],
            second.narrowed(I32),
            (first >> 32).narrowed(I32) ^ c3 ^ key[1],
            first.narrowed(I32),
        )
        key = [word + weyl for word, weyl in zip(key, WEYL, strict=True)]
    return c0, c1, c2, c3


def _zip(lanes: int) -> list[int]:
    """Indices that take the lanes of two vectors in turn."""
    return [lane for pair in range(lanes) for lane in (pair, lanes + pair)]
