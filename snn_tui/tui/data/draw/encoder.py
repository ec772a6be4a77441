"""An image becoming spikes: one step, and the image that the first steps amount to."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from rich.style import Style
from rich.text import Text

from snn_tui.inspector.data_messages import Coding, EncodedImage
from snn_tui.render import picture
from snn_tui.render.canvas import Canvas
from snn_tui.render.classes import class_name
from snn_tui.render.dots import braille
from snn_tui.render.frame import cropped
from snn_tui.render.meters import bars
from snn_tui.render.text import count
from snn_tui.tui.data.state import mean_image

_NAME_WIDTH = 10
_NARROW_NAME = 7


def image(encoded: EncodedImage, canvas: Canvas) -> Text:
    """The image as large as there is room."""
    return picture.drawn(encoded.image.picture, canvas)


def frame(encoded: EncodedImage, step: int, canvas: Canvas) -> Text:
    """The spikes of one step, or its current; in braille where there is no room for half blocks.

    Spikes of a picture in colour have the colour of their channels: red and green at once are yellow.
    """
    image = encoded.image.picture
    bits = encoded.frames[step - 1] if step else bytes(len(image.pixels))
    scale = min(canvas.width // image.width, 2 * canvas.height // image.height)
    style = canvas.style("second")
    if not encoded.binary:
        return _drawn(encoded, bits, canvas)
    if scale < 1:
        channels = (bits[channel :: image.channels] for channel in range(image.channels))
        any_channel = bytes(map(any, zip(*channels, strict=True)))
        return braille(any_channel, image.height, image.width, canvas.terminal, style)
    if image.channels > 1:
        return _drawn(encoded, bytes(255 * bit for bit in bits), canvas)
    return picture.spikes(bits, image.height, image.width, canvas.terminal, scale, style)


def average(encoded: EncodedImage, step: int, canvas: Canvas) -> Text:
    """The image that the first steps amount to."""
    return _drawn(encoded, mean_image(encoded, step), canvas)


def _drawn(encoded: EncodedImage, pixels: bytes, canvas: Canvas) -> Text:
    """Other pixels as the image itself is drawn."""
    image = msgspec.structs.replace(encoded.image.picture, pixels=pixels)
    height, width = (size * picture.scale_that_fits(image, canvas) for size in (image.height, image.width))
    return picture.in_size(image, height, width, canvas)


def facts(encoded: EncodedImage, step: int, distances: Sequence[float], canvas: Canvas) -> Text:
    """The coding, the spikes of this step and in all, and how far their mean is from the image.

    Args:
        encoded: The coded image.
        step: Steps shown so far.
        distances: From `coding_errors`.
        canvas: What it is drawn on.
    """
    muted = canvas.style("muted")
    wide = canvas.width >= 26
    image = encoded.image.picture
    names = _NAME_WIDTH if wide else _NARROW_NAME
    coding = title(encoded.coding)
    coding = coding if names + len(coding) <= canvas.width else coding.partition(",")[0]
    rows: list[tuple[str, Text]] = [("coding", Text(coding, Style(bold=True)))]
    rows += [(name, Text(words if wide else words.partition(",")[0])) for name, words in _settings(encoded)]
    fired = [sum(map(bool, frame)) for frame in encoded.frames[:step]]
    inputs = len(encoded.frames[0])
    if encoded.shrunk:
        rows.append(
            ("shrunk", Text(f"{encoded.task.side} to {image.height} pixels{' a side' if wide else ''}"))
        )
    if encoded.binary:
        unit = " spikes" if wide else ""
        rows.append(("now", Text(f"{count(fired[-1] if fired else 0)}{unit}")))
        rows.append(("so far", Text(f"{count(sum(fired))}{unit}")))
        share = sum(fired) / (inputs * step) if step else 0.0
        unit = " a pixel" if image.channels == 1 else " a value"
        rows.append(("rate", Text(f"{share:.3f}{unit if wide else ''}")))
    if distances and step:
        rows.append(
            (
                "off by",
                Text(f"{distances[step - 1]:.3f} on average" if wide else f"{distances[step - 1]:.3f}"),
            )
        )
    truth = [class_name(label, encoded.task, canvas) for label in image.labels or ()]
    if not truth and encoded.task.kind == "multilabel":
        truth = [Text("no label")]
    rows += [("" if line else "truth", name) for line, name in enumerate(truth)]
    lines = [Text.assemble((f"{name:<{names}}", muted), value) for name, value in rows]
    if distances and len(lines) + 1 < canvas.height:
        lines += [Text(), _spark(distances, step, canvas)]
    return cropped(lines, canvas)


def title(coding: Coding) -> str:
    """A coding's name in full."""
    if coding.kind == "latency":
        return f"latency, {'linear' if coding.linear else 'log'}"
    return coding.kind


def _settings(encoded: EncodedImage) -> list[tuple[str, str]]:
    coding = encoded.coding
    if coding.kind == "rate":
        evaluated = encoded.draw == 0 and not encoded.shrunk
        return [("draw", f"{encoded.draw}{', as evaluated' if evaluated else ''}")]
    if coding.kind == "direct":
        brightness = "grey" if encoded.image.picture.channels == 1 else "colour"
        return [("current", f"its {brightness}, always")]
    return [
        ("tau", "as fits" if coding.tau is None else f"{coding.tau:g} steps"),
        ("thresh.", f"{coding.threshold:g}{', dark: none' if coding.clip else ', dark: last'}"),
    ]


def _spark(distances: Sequence[float], step: int, canvas: Canvas) -> Text:
    """The distance over the steps, from the largest down to none."""
    columns = min(len(distances), max(canvas.width, 1))
    top = max(distances) or 1.0
    heights = [distances[int(column * len(distances) / columns)] for column in range(columns)]
    text = bars((value / top for value in heights), canvas.terminal)
    done = -(-step * columns // len(distances))
    line = Text(text[:done], canvas.style("second"))
    return line.append(text[done:], canvas.style("muted", dim=True))
