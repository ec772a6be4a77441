"""Which parts of an image change a score: a diverging map over it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from rich.text import Text

from snn_tui.render import palette, picture
from snn_tui.render.canvas import Canvas
from snn_tui.render.classes import class_style, class_symbol, class_word
from snn_tui.render.frame import joined
from snn_tui.render.text import first_that_fits
from snn_tui.values.dataset import Picture
from snn_tui.values.layer_spikes import Evidence
from snn_tui.values.task import Task
from snn_tui.values.trace import Trace

LEAST = 0.5
"""Spikes, or log-odds, below which covering a place is taken to change nothing."""

FULL = 5.0
"""Spikes, or log-odds, of pull from which a place gets the full colour, or more where the strongest pull is
stronger: the same in every image, so that a place that hardly matters looks so."""

_OPAQUE = 0.75  # of the strongest pull's colour; the picture stays visible under it
_STRONG, _WEAK = 0.5, 0.2  # shares of the full colour's pull that get a capital and a small letter
_AGAINST_FOR = ("a", "f")
_COLOUR_NAMES = ("blue", "orange")  # of the first two classes in the dark theme
_MOST_NAME = 20


def legend(evidence: Evidence, task: Task, canvas: Canvas) -> str:
    """How far the strongest places pull to either side, in at most `width` cells."""
    if evidence.strongest < LEAST:
        words = ("no place decides it alone", "no single place")
        return first_that_fits(words, canvas.width)
    against, towards = (max(-min(evidence.pull), 0.0), max(max(evidence.pull), 0.0))
    dot = " · " if canvas.unicode else " - "
    if evidence.label is not None:
        marks = _COLOUR_NAMES if canvas.terminal.pixels else [letter.upper() for letter in _AGAINST_FOR]
        symbol = class_symbol(evidence.label, task, canvas)
        name = class_word(evidence.label, task, canvas, _MOST_NAME)
        long = f"{marks[1]} for {name} {towards:.1f}{dot}{marks[0]} against {against:.1f}"
        middle = f"{marks[1]} for {symbol} {towards:.1f}{dot}{marks[0]} against {against:.1f}"
        short = f"{marks[1]} {symbol} {towards:.1f}, {marks[0]} -{against:.1f}"
        return first_that_fits((f"{long} {evidence.unit}", long, middle, short), canvas.width)
    positive, negative = task.signs
    sides = [
        (
            class_symbol(label, task, canvas) if canvas.terminal.pixels else task.letters[label],
            class_word(label, task, canvas),
            pull,
        )
        for label, pull in ((negative, against), (positive, towards))
    ]
    long = dot.join(f"{mark} {name} {pull:.1f}" for mark, name, pull in sides)
    short = "  ".join(f"{mark} {pull:.1f}" for mark, _, pull in sides)
    return first_that_fits((f"{long} {evidence.unit}", f"{short} {evidence.unit}", short), canvas.width)


def overlay(shown: Picture, evidence: Evidence, task: Task, canvas: Canvas) -> Text:
    """A picture as large as there is room for, tinted where covering it changes the score.

    Of two classes each has its own colour, for what speaks for it; of several, one colour is for the class
    and one is against it. Without enough colours, letters stand in the picture: each of two classes' own,
    such as `P` and `p` for pneumonia, or `F` and `A` for and against one of several; capitals where the pull
    is half of what the full colour stands for, or more.

    Args:
        shown: The picture.
        evidence: What is known of it.
        task: What was asked.
        canvas: What it is drawn on.
    """
    rows, columns = picture.size_that_fits(shown, canvas)
    weights = _weights(evidence)
    if rows < shown.height:
        places = _sampled(shown.height, rows), _sampled(shown.width, columns)
        weights = [weights[row * shown.width + column] for row in places[0] for column in places[1]]
        shown = picture.resized(shown, rows, columns)
    if canvas.terminal.pixels:
        return picture.in_size(_mixed(shown, weights, _tints(evidence, task)), rows, columns, canvas)
    drawn = picture.in_size(shown, rows, columns, canvas.in_ascii())
    return _lettered(drawn, weights, shown, evidence, task, canvas)


def tinted(shown: Picture, evidence: Evidence, task: Task) -> Picture:
    """The picture in colours, tinted as `overlay` does it."""
    return _mixed(shown, _weights(evidence), _tints(evidence, task))


def _sampled(size: int, parts: int) -> list[int]:
    """The middle of each of so many equal parts."""
    return [(2 * part + 1) * size // (2 * parts) for part in range(parts)]


def _sides(evidence: Evidence, task: Task) -> tuple[int, int]:
    """The classes whose colours a pull below and above 0 has."""
    if evidence.label is not None:
        return 0, 1
    positive, negative = task.signs
    return negative, positive


def _tints(evidence: Evidence, task: Task) -> list[picture.RGB]:
    # The light theme's colours are dark, made for letters; on a picture the dark theme's tell more.
    return [palette.DARK[palette.class_role(label)].rgb for label in _sides(evidence, task)]


def _weights(evidence: Evidence) -> list[float]:
    """Each pixel's pull from -1 to 1; nothing at all where no place matters."""
    strongest = evidence.strongest
    return [pull / max(strongest, FULL) if strongest >= LEAST else 0.0 for pull in evidence.pull]


def _mixed(shown: Picture, weights: Sequence[float], tints: Sequence[picture.RGB]) -> Picture:
    mixed = bytearray()
    for rgb, weight in zip(picture.colours(shown), weights, strict=True):
        share = _OPAQUE * abs(weight)
        tint = tints[weight > 0]
        mixed += bytes(round(value + share * (part - value)) for value, part in zip(rgb, tint, strict=True))
    return msgspec.structs.replace(shown, pixels=bytes(mixed), channels=3)


def _lettered(
    drawn: Text, weights: list[float], shown: Picture, evidence: Evidence, task: Task, canvas: Canvas
) -> Text:
    lines = list(drawn.split("\n", allow_blank=True))
    scale = max(len(lines[0]) // shown.width, 1)
    sides = _sides(evidence, task)
    letters = [task.letters[label] for label in sides] if evidence.label is None else _AGAINST_FOR
    marked = []
    for number, line in enumerate(lines):
        rows = sorted({min((2 * number + part) // scale, shown.height - 1) for part in (0, 1)})
        text = Text(no_wrap=True, end="")
        for column in range(len(line)):
            places = [row * shown.width + column // scale for row in rows]
            weight = sum(weights[place] for place in places) / len(places)
            if abs(weight) < _WEAK:
                text.append_text(line[column])
                continue
            letter = letters[weight > 0]
            style = class_style(sides[weight > 0], canvas)
            text.append(letter.upper() if abs(weight) >= _STRONG else letter, style)
        marked.append(text)
    return joined(marked)


def image(trace: Trace, evidence: Evidence | None, ascii: bool, canvas: Canvas) -> Text:
    """The image as large as there is room, or over it what changes a score; as ASCII art where asked for."""
    canvas = canvas.in_ascii() if ascii else canvas
    if evidence is None:
        return picture.drawn(trace.picture, canvas)
    return overlay(trace.picture, evidence, trace.task, canvas)
