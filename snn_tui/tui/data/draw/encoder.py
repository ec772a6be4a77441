"""An image becoming spikes: one step, and the image that the first steps amount to."""

from __future__ import annotations

from collections.abc import Sequence

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
    """The spikes of one step, or its current; in braille where there is no room for half blocks."""
    image = encoded.image.picture
    bits = encoded.frames[step - 1] if step else bytes(image.height * image.width)
    scale = min(canvas.width // image.width, 2 * canvas.height // image.height)
    if not encoded.binary:
        return picture.grey(bits, image.height, image.width, canvas, max(scale, 1))
    style = canvas.style("second")
    if scale < 1:
        return braille(bits, image.height, image.width, canvas.terminal, style)
    return picture.spikes(bits, image.height, image.width, canvas.terminal, scale, style)


def average(encoded: EncodedImage, step: int, canvas: Canvas) -> Text:
    """The image that the first steps amount to."""
    image = encoded.image.picture
    scale = picture.scale_that_fits(image, canvas)
    return picture.grey(mean_image(encoded, step), image.height, image.width, canvas, scale)


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
    label = encoded.image.picture.label
    names = _NAME_WIDTH if wide else _NARROW_NAME
    coding = title(encoded.coding)
    coding = coding if names + len(coding) <= canvas.width else coding.partition(",")[0]
    rows: list[tuple[str, Text]] = [("coding", Text(coding, Style(bold=True)))]
    rows += [(name, Text(words if wide else words.partition(",")[0])) for name, words in _settings(encoded)]
    fired = [sum(map(bool, frame)) for frame in encoded.frames[:step]]
    pixels = len(encoded.frames[0])
    if encoded.binary:
        unit = " spikes" if wide else ""
        rows.append(("now", Text(f"{count(fired[-1] if fired else 0)}{unit}")))
        rows.append(("so far", Text(f"{count(sum(fired))}{unit}")))
        share = sum(fired) / (pixels * step) if step else 0.0
        rows.append(("rate", Text(f"{share:.3f}{' a pixel' if wide else ''}")))
    if distances and step:
        rows.append(
            (
                "off by",
                Text(f"{distances[step - 1]:.3f} on average" if wide else f"{distances[step - 1]:.3f}"),
            )
        )
    if label is not None:
        rows.append(("truth", class_name(label, encoded.task, canvas)))
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
        return [("draw", f"{encoded.draw}{', as evaluated' if encoded.draw == 0 else ''}")]
    if coding.kind == "direct":
        return [("current", "its grey, always")]
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
