"""What moved the winning neuron: a diverging map over the picture."""

from __future__ import annotations

from rich.color import Color, ColorSystem
from rich.text import Text

from snn_tui.render import palette, picture
from snn_tui.render.blocks import half_blocks
from snn_tui.render.frame import joined
from snn_tui.render.terminal import Terminal
from snn_tui.values.dataset import CLASSES, Picture
from snn_tui.values.layer_spikes import Evidence

LEAST = 0.5
"""Spikes below which covering a place is taken to change nothing."""

_OPAQUE = 0.75  # of the strongest pull's colour; the picture stays visible under it
_STRONG, _WEAK = 0.5, 0.2  # shares of the strongest pull that get a capital and a small letter


def legend(evidence: Evidence, width: int, terminal: Terminal) -> str:
    """How far the strongest places pull to either side, in at most `width` cells."""
    if evidence.strongest < LEAST:
        words = ("no place decides it alone", "no single place")
        return next((shown for shown in words if len(shown) <= width), "")
    pulls = (max(-min(evidence.pull), 0.0), max(max(evidence.pull), 0.0))
    coloured = _coloured(terminal)
    marks = [palette.symbol(name, terminal) if coloured else name[0] for name in CLASSES]
    sides = list(zip(marks, CLASSES, pulls, strict=True))
    dot = " · " if terminal.unicode else " - "
    long = dot.join(f"{mark} {name} {pull:.1f}" for mark, name, pull in sides)
    short = "  ".join(f"{mark} {pull:.1f}" for mark, _, pull in sides)
    return next((shown for shown in (f"{long} spikes", f"{short} spikes", short) if len(shown) <= width), "")


def overlay(
    shown: Picture, evidence: Evidence, terminal: Terminal, scale: int = 1, *, light: bool = False
) -> Text:
    """A picture, tinted where covering it moves the verdict: each class's colour for what spoke for it.

    Without enough colours, letters stand in the picture: `P` and `p` for pneumonia, `N` and `n` for normal,
    capitals where the pull is half the strongest or more.

    Args:
        shown: The picture.
        evidence: What was found of it.
        terminal: What may be drawn.
        scale: Each pixel becomes `scale` by `scale` of them.
        light: Whether the terminal's background is light.
    """
    if _coloured(terminal):
        return joined(_in_blocks(shown, evidence, terminal, scale))
    drawn = picture.grey(shown.pixels, shown.height, shown.width, terminal, scale, light=light)
    return _lettered(drawn, _weights(evidence), shown, terminal, scale, light)


def tinted(shown: Picture, evidence: Evidence) -> list[tuple[int, int, int]]:
    """Red, green and blue of each pixel of the picture, tinted as `overlay` does it."""
    # The light theme's colours are dark, made for letters; on a picture the dark theme's tell more.
    tints = [palette.DARK[role].rgb for role in palette.CLASS_ROLES]
    mixed = []
    for value, weight in zip(shown.pixels, _weights(evidence), strict=True):
        share = _OPAQUE * abs(weight)
        red, green, blue = (round(value + share * (part - value)) for part in tints[weight > 0])
        mixed.append((red, green, blue))
    return mixed


def _coloured(terminal: Terminal) -> bool:
    return terminal.unicode and terminal.colour in ("truecolor", "256")


def _weights(evidence: Evidence) -> list[float]:
    """Each pixel's pull from -1 to 1; nothing at all where no place matters."""
    strongest = evidence.strongest
    return [pull / strongest if strongest >= LEAST else 0.0 for pull in evidence.pull]


def _in_blocks(shown: Picture, evidence: Evidence, terminal: Terminal, scale: int) -> list[Text]:
    colours = tinted(shown, evidence)
    rows = []
    for top in range(0, len(colours), shown.width):
        made = [Color.from_rgb(*rgb) for rgb in colours[top : top + shown.width]]
        if terminal.colour == "256":
            made = [colour.downgrade(ColorSystem.EIGHT_BIT) for colour in made]
        rows += [[colour for colour in made for _ in range(scale)]] * scale
    return half_blocks(rows)


def _lettered(
    drawn: Text, weights: list[float], shown: Picture, terminal: Terminal, scale: int, light: bool
) -> Text:
    lines = list(drawn.split("\n", allow_blank=True))
    styles = [palette.style(role, terminal, light=light, bold=True) for role in palette.CLASS_ROLES]
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
            letter = CLASSES[weight > 0][0]
            text.append(letter.upper() if abs(weight) >= _STRONG else letter, styles[weight > 0])
        marked.append(text)
    return joined(marked)
