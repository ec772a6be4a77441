"""What moved the winning neuron: a diverging map over the picture."""

from __future__ import annotations

from rich.text import Text

from snn_tui.render import palette, picture
from snn_tui.render.blocks import enlarged, half_blocks, pixel
from snn_tui.render.canvas import Canvas
from snn_tui.render.classes import class_style, class_symbol, class_word
from snn_tui.render.frame import joined
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import first_that_fits
from snn_tui.values.dataset import Picture
from snn_tui.values.layer_spikes import Evidence
from snn_tui.values.task import Task
from snn_tui.values.trace import Trace

LEAST = 0.5
"""Spikes below which covering a place is taken to change nothing."""

FULL = 5.0
"""Spikes of pull from which a place gets the full colour, or more where the strongest pull is stronger: the
same in every image, so that a place that hardly matters looks so."""

_OPAQUE = 0.75  # of the strongest pull's colour; the picture stays visible under it
_STRONG, _WEAK = 0.5, 0.2  # shares of the full colour's pull that get a capital and a small letter


def legend(evidence: Evidence, task: Task, canvas: Canvas) -> str:
    """How far the strongest places pull to either side, in at most `width` cells."""
    if evidence.strongest < LEAST:
        words = ("no place decides it alone", "no single place")
        return first_that_fits(words, canvas.width)
    pulls = (max(-min(evidence.pull), 0.0), max(max(evidence.pull), 0.0))
    coloured = canvas.terminal.pixels
    positive, negative = task.signs
    sides = [
        (
            class_symbol(label, task, canvas) if coloured else task.letters[label],
            class_word(label, task, canvas),
            pull,
        )
        for label, pull in zip((negative, positive), pulls, strict=True)
    ]
    dot = " · " if canvas.unicode else " - "
    long = dot.join(f"{mark} {name} {pull:.1f}" for mark, name, pull in sides)
    short = "  ".join(f"{mark} {pull:.1f}" for mark, _, pull in sides)
    return first_that_fits((f"{long} spikes", f"{short} spikes", short), canvas.width)


def overlay(shown: Picture, evidence: Evidence, task: Task, canvas: Canvas, scale: int = 1) -> Text:
    """A picture, tinted where covering it moves the verdict: each class's colour for what spoke for it.

    Without enough colours, each class's letter stands in the picture, such as `P` and `p` for pneumonia:
    capitals where the pull is half of what the full colour stands for, or more.

    Args:
        shown: The picture.
        evidence: What was found of it.
        task: What was asked.
        canvas: What it is drawn on.
        scale: Each pixel becomes `scale` by `scale` of them.
    """
    if canvas.terminal.pixels:
        return joined(_in_blocks(shown, evidence, task, canvas.terminal, scale))
    drawn = picture.grey(shown.pixels, shown.height, shown.width, canvas, scale)
    return _lettered(drawn, _weights(evidence), shown, task, canvas, scale)


def tinted(shown: Picture, evidence: Evidence, task: Task) -> list[tuple[int, int, int]]:
    """Red, green and blue of each pixel of the picture, tinted as `overlay` does it."""
    # The light theme's colours are dark, made for letters; on a picture the dark theme's tell more.
    positive, negative = task.signs
    tints = [palette.DARK[palette.class_role(label)].rgb for label in (negative, positive)]
    mixed = []
    for value, weight in zip(shown.pixels, _weights(evidence), strict=True):
        share = _OPAQUE * abs(weight)
        red, green, blue = (round(value + share * (part - value)) for part in tints[weight > 0])
        mixed.append((red, green, blue))
    return mixed


def _weights(evidence: Evidence) -> list[float]:
    """Each pixel's pull from -1 to 1; nothing at all where no place matters."""
    strongest = evidence.strongest
    return [pull / max(strongest, FULL) if strongest >= LEAST else 0.0 for pull in evidence.pull]


def _in_blocks(shown: Picture, evidence: Evidence, task: Task, terminal: Terminal, scale: int) -> list[Text]:
    colours = [pixel(rgb, terminal) for rgb in tinted(shown, evidence, task)]
    rows = [colours[start : start + shown.width] for start in range(0, len(colours), shown.width)]
    return half_blocks(enlarged(rows, scale))


def _lettered(
    drawn: Text, weights: list[float], shown: Picture, task: Task, canvas: Canvas, scale: int
) -> Text:
    lines = list(drawn.split("\n", allow_blank=True))
    positive, negative = task.signs
    marked = []
    for number, line in enumerate(lines):
        rows = sorted({min((2 * number + part) // scale, shown.height - 1) for part in (0, 1)})
        text = Text(no_wrap=True, end="")
        for column, glyph in enumerate(line.plain):
            places = [row * shown.width + column // scale for row in rows]
            weight = sum(weights[place] for place in places) / len(places)
            if abs(weight) < _WEAK:
                text.append(glyph)
                continue
            label = positive if weight > 0 else negative
            letter = task.letters[label]
            text.append(letter.upper() if abs(weight) >= _STRONG else letter, class_style(label, canvas))
        marked.append(text)
    return joined(marked)


def image(trace: Trace, evidence: Evidence | None, canvas: Canvas) -> Text:
    """The image as large as there is room, or over it what moved its verdict."""
    if evidence is None:
        return picture.drawn(trace.picture, canvas)
    return overlay(
        trace.picture, evidence, trace.task, canvas, picture.scale_that_fits(trace.picture, canvas)
    )
