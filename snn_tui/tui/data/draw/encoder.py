"""A picture becoming spikes: one step, and what the steps add up to."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style
from rich.text import Text

from snn_tui.inspector.messages import Coding, EncodedImage
from snn_tui.render import picture
from snn_tui.render.canvas import Canvas
from snn_tui.render.classes import class_name
from snn_tui.render.dots import braille
from snn_tui.render.frame import cropped
from snn_tui.render.meters import bars
from snn_tui.render.text import count

_NAME_WIDTH = 10
_NARROW_NAME = 7


def image(encoded: EncodedImage, canvas: Canvas) -> Text:
    """The image as large as there is room."""
    return picture.fitted(encoded.image.picture, canvas)


def frame(encoded: EncodedImage, step: int, canvas: Canvas) -> Text:
    """The spikes of one step, or its current; in braille where there is no room for half blocks."""
    shown = encoded.image.picture
    bits = encoded.frames[step - 1] if step else bytes(shown.height * shown.width)
    scale = min(canvas.width // shown.width, 2 * canvas.height // shown.height)
    if not encoded.binary:
        return picture.grey(bits, shown.height, shown.width, canvas, max(scale, 1))
    style = canvas.style("second")
    if scale < 1:
        return braille(bits, shown.height, shown.width, canvas.terminal, style)
    return picture.spikes(bits, shown.height, shown.width, canvas.terminal, scale, style)


def gathered(encoded: EncodedImage, step: int) -> bytes:
    """What the steps so far add up to, as grey: the mean of each pixel; of latency, the earlier the brighter.

    A pixel that spikes once has the same mean as every other, so its spike's time is what tells its value.
    """
    seen = encoded.frames[:step]
    if not seen:
        return bytes(len(encoded.frames[0]))
    if encoded.coding.kind == "latency":
        found = bytearray(len(seen[0]))
        for at, fired in enumerate(seen):
            value = round(255 * (encoded.num_steps - at) / encoded.num_steps)
            for pixel, spike in enumerate(fired):
                if spike:
                    found[pixel] = value
        return bytes(found)
    scale = 255 if encoded.binary else 1
    return bytes(round(scale * sum(values) / step) for values in zip(*seen, strict=True))


def errors(encoded: EncodedImage) -> list[float]:
    """`[T]` mean distance of the first steps' mean from the picture, from 0 to 1; none for latency."""
    if encoded.coding.kind == "latency":
        return []
    pixels = encoded.image.picture.pixels
    sums = [0] * len(pixels)
    scale = 255 if encoded.binary else 1
    found = []
    for step, fired in enumerate(encoded.frames, 1):
        sums = [total + scale * value for total, value in zip(sums, fired, strict=True)]
        off = sum(abs(total - step * value) for total, value in zip(sums, pixels, strict=True))
        found.append(off / (255 * step * len(pixels)))
    return found


def average(encoded: EncodedImage, step: int, canvas: Canvas) -> Text:
    """What the steps so far add up to, as a picture."""
    shown = encoded.image.picture
    scale = picture.scale_that_fits(shown, canvas)
    return picture.grey(gathered(encoded, step), shown.height, shown.width, canvas, scale)


def facts(encoded: EncodedImage, step: int, distances: Sequence[float], canvas: Canvas) -> Text:
    """What was coded how, what fired at this step and in all, and how far the average is off.

    Args:
        encoded: What was coded.
        step: Steps shown so far.
        distances: What `errors` says of it.
        canvas: What it is drawn on.
    """
    muted = canvas.style("muted")
    wide = canvas.width >= 26
    label = encoded.image.picture.label
    rows: list[tuple[str, Text]] = [("coding", Text(title(encoded.coding), Style(bold=True)))]
    rows += [(name, Text(words if wide else words.partition(",")[0])) for name, words in _settings(encoded)]
    fired = [sum(map(bool, one)) for one in encoded.frames[:step]]
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
        rows.append(("truth", class_name(label, canvas)))
    names = _NAME_WIDTH if wide else _NARROW_NAME
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
    many = min(len(distances), max(canvas.width, 1))
    top = max(distances) or 1.0
    shown = [distances[int(column * len(distances) / many)] for column in range(many)]
    text = bars((value / top for value in shown), canvas.terminal)
    seen = -(-step * many // len(distances))
    line = Text(text[:seen], canvas.style("second"))
    return line.append(text[seen:], canvas.style("muted", dim=True))
