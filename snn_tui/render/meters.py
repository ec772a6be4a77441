"""One-line drawings: bars, firing meters, spike trains and membrane sparklines."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from rich.style import Style
from rich.text import Text

from snn_tui.render import palette
from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import plain, rate

_EIGHTHS = "▏▎▍▌▋▊▉"
_BARS = {True: "▁▂▃▄▅▆▇█", False: "_.-~=+*#"}
# Above these rates the blocks of a layer's meter light up; LIF layers seldom fire above a quarter.
_RATE_STEPS = (0.0, 0.08, 0.25)


def meter(
    value: float | None,
    total: float | None,
    width: int,
    terminal: Terminal,
    style: Style | str = "",
) -> Text:
    """A bar filled to `value` of `total`, in eighths of a cell, exactly `width` cells wide.

    An unknown or impossible value or total gives an empty bar; more than the total a full one.
    """
    share = _share(value, total)
    if terminal.unicode:
        full, eighth = divmod(int(share * width * 8), 8)
        bar = "█" * full + (_EIGHTHS[eighth - 1] if eighth else "")
    else:
        bar = "#" * int(share * width)
    empty = ("░" if terminal.unicode else ".") * (max(width, 0) - len(bar))
    return Text.assemble((bar, style), (empty, palette.style("muted", terminal)), no_wrap=True)


def _share(value: float | None, total: float | None) -> float:
    if value is None or total is None or not math.isfinite(value) or not math.isfinite(total) or total <= 0:
        return 0.0
    return min(max(value / total, 0.0), 1.0)


def firing_meter(count: int, num_steps: int, width: int, terminal: Terminal, style: Style | str = "") -> Text:
    """How many of `num_steps` steps a neuron fired in: one column a step, `▇▇▇▇▁▁▁▁`.

    More steps than `width` share columns; then a neuron that fired at all has one, and only a neuron that
    fired at every step has all.
    """
    columns = max(min(num_steps, width), 0)
    if num_steps <= columns:
        filled = min(max(count, 0), columns)
    else:
        filled = min(max(round(count * columns / num_steps), min(count, 1)), columns)
        filled = max(filled - 1, 0) if filled == columns and count < num_steps else filled
    on, off = "▇▁" if terminal.unicode else "#."
    silent = (off * (columns - filled), palette.style("muted", terminal))
    return Text.assemble((on * filled, style), silent, no_wrap=True)


def bars(shares: Iterable[float | None], terminal: Terminal, levels: int = 8) -> str:
    """A sparkline, one character a value: `▁▄▆▇█`.

    Args:
        shares: Heights from 0 to 1; None is blank, beyond 1 is 1.
        terminal: What may be drawn.
        levels: How many heights are told apart, from the lowest, 8 at most.
    """
    heights = _BARS[terminal.unicode][:levels]
    return "".join(
        " " if share is None else heights[min(int(share * levels), levels - 1)] for share in shares
    )


def spike_train(
    spikes: Sequence[int],
    upto: int,
    terminal: Terminal,
    style: Style | str = "",
    width: int | None = None,
    verdict: int | None = None,
) -> Text:
    """A neuron's spikes, one column a step: `·|··||·`; steps after `upto` are blank.

    Those after the verdict no longer count: they are grey, and `¦` instead of `|`.

    Args:
        spikes: `[T]` spikes, 0 or 1.
        upto: Number of the last step drawn, from 0 to T.
        terminal: What may be drawn.
        style: Style of the spikes.
        width: Columns at most; of a longer train the part that ends with step `upto` is shown.
        verdict: Number of the step at which the verdict falls; the last one if left out.
    """
    silent = "·" if terminal.unicode else "."
    text = Text(no_wrap=True)
    for step in window(len(spikes), upto, width):
        if step >= upto:
            text.append(" ")
        elif spikes[step] and verdict is not None and step >= verdict:
            text.append("¦" if terminal.unicode else ":", palette.style("muted", terminal))
        elif spikes[step]:
            text.append("|", style)
        else:
            text.append(silent, palette.style("muted", terminal))
    return text


def membrane_line(
    values: Sequence[float],
    threshold: float,
    upto: int,
    terminal: Terminal,
    style: Style | str = "",
    width: int | None = None,
    verdict: int | None = None,
) -> Text:
    """A neuron's membrane as a sparkline, one column a step; steps after `upto` are blank.

    Membranes below the threshold fill `▁` to `▇` between the lowest one (or 0) and the threshold; `█`, bold,
    is kept for membranes at or above it. A membrane that is no number is blank. The scale is that of all
    steps, so nothing moves while steps are added.

    Args:
        values: `[T]` membranes, in units of the input current.
        threshold: The membrane at which the neuron fires.
        upto: Number of the last step drawn, from 0 to T.
        terminal: What may be drawn.
        style: Style of the whole line.
        width: Columns at most; of a longer line the part that ends with step `upto` is shown.
        verdict: Number of the step at which the verdict falls, after which it is grey; the last if left out.
    """
    levels, fired = (7, "█") if terminal.unicode else (6, "#")
    lowest = min([0.0, threshold, *(value for value in values if math.isfinite(value))])
    span = threshold - lowest
    text = Text(style=style, no_wrap=True)
    for step in window(len(values), upto, width):
        value = values[step]
        if step >= upto or math.isnan(value):
            text.append(" ")
        elif value >= threshold:
            text.append(fired, "bold" if terminal.colour != "none" else "")
        else:
            share = max((value - lowest) / span, 0.0) if span else 0.0
            text.append(bars([share], terminal, levels))
        if verdict is not None and step >= verdict:
            text.stylize(palette.style("muted", terminal), len(text) - 1)
    return text


def window(total: int, upto: int, width: int | None) -> range:
    """The steps of a long train that are drawn in `width` columns: those that end with step `upto`."""
    if width is None or total <= width:
        return range(total)
    start = min(max(upto - max(width, 0), 0), total - max(width, 0))
    return range(start, start + max(width, 0))


def rates_line(rates: Mapping[str, float], canvas: Canvas) -> Text:
    """Mean firing rate of each layer: `conv1 ▇▇▁ 12%  conv2 ▇▁▁ 6%  out ▇▇▇ 41%`.

    Args:
        rates: Spikes a neuron and time step, from 0 to 1, by layer.
        canvas: What it is drawn on.
    """
    text, accent = Text(no_wrap=True), canvas.style("accent")
    for index, (layer, value) in enumerate(rates.items()):
        lit = sum(value > step for step in _RATE_STEPS)
        text.append("  " if index else "")
        text.append_text(plain(layer, canvas.terminal, limit=16))
        text.append(" ")
        text.append_text(firing_meter(lit, 3, 3, canvas.terminal, accent))
        text.append(f" {rate(value)}")
    return text
