"""What goes into a network at a time step: the input's spikes and their mean, or the input current."""

from __future__ import annotations

import msgspec
from rich.console import RenderableType

from snn_tui.render import picture
from snn_tui.render.canvas import Canvas
from snn_tui.render.lines import Beside
from snn_tui.values.dataset import Picture
from snn_tui.values.trace import Trace

_TO_LEVELS = bytes([0]) + bytes([255]) * 255  # a spike as the brightest level
_CARRY_FREE = 255
"""Steps whose spikes can be added as one large number: a pixel's count stays in its byte."""


def inputs(trace: Trace, step: int, canvas: Canvas) -> RenderableType:
    """The input spikes of a step, and beside them, where there is room, their mean over the steps up to it.

    Of an image in colour each spike has the colour of its channel, and those of the three mix; without
    colours a pixel is as dense as many of its channels fire. Of an image larger than the canvas the share of
    the pixels of an area that fire is drawn. With direct coding it is the input current, which is the same at
    every step.

    Args:
        trace: Activity of the network for an image.
        step: Number of the step, from 1 to T; nothing has fired at step 0.
        canvas: What it is drawn on.
    """
    rows, columns = size(trace.picture, canvas)
    image = trace.picture
    spikes = trace.spikes_in[step - 1] if step else bytes(len(image.pixels))
    if trace.coding == "direct":
        return picture.in_size(_with(image, spikes), rows, columns, canvas)
    if image.channels == 1 and (rows, columns) == (image.height, image.width):
        drawn = picture.spikes(spikes, rows, columns, canvas.terminal, 1, canvas.style("second"))
    else:
        drawn = picture.in_size(_levels(image, spikes, canvas), rows, columns, canvas)
    if not mean_fits(trace, step, canvas):
        return drawn
    mean = _with(image, _mean(trace.spikes_in[:step]) if step else spikes)
    return Beside(drawn, picture.in_size(mean, rows, columns, canvas))


def mean_fits(trace: Trace, step: int, canvas: Canvas) -> bool:
    """Whether `inputs` draws the mean beside the spikes.

    The mean changes everywhere at every step, so over a slow line only that of all steps is drawn; a constant
    current is its own mean.
    """
    wide = canvas.width >= 2 * size(trace.picture, canvas)[1] + 2
    return wide and trace.coding != "direct" and (step == trace.num_steps or not canvas.terminal.slow)


def size(image: Picture, canvas: Canvas) -> tuple[int, int]:
    """The rows and columns of pixels that `inputs` draws: the image's, or fewer where there is no room."""
    rows, columns = picture.size_that_fits(image, canvas)
    return min(rows, image.height), min(columns, image.width)


def _with(image: Picture, pixels: bytes) -> Picture:
    return msgspec.structs.replace(image, pixels=pixels)


def _levels(image: Picture, spikes: bytes, canvas: Canvas) -> Picture:
    """Spikes as an image: white where a pixel's one channel fires, the mixed colours of its three."""
    levels = _with(image, spikes.translate(_TO_LEVELS))
    if image.channels == 1 or picture.blocks_fit(image.channels, canvas.terminal):
        return levels
    shares = bytes(sum(parts) // 3 for parts in picture.colours(levels))
    return msgspec.structs.replace(image, pixels=shares, channels=1)


def _mean(steps: list[bytes]) -> bytes:
    """The share of the steps at which each pixel fired, as levels from 0 to 255."""
    if len(steps) > _CARRY_FREE:
        return bytes(255 * sum(pixel) // len(steps) for pixel in zip(*steps, strict=True))
    counts = sum(int.from_bytes(step, "little") for step in steps).to_bytes(len(steps[0]), "little")
    return counts.translate(bytes(255 * min(count, len(steps)) // len(steps) for count in range(256)))
