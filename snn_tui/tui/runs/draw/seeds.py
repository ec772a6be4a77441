"""Runs that differ by their seeds only, as one curve with a band and as a table of means and spreads."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from rich.text import Text

from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import clean, dash, fit, metric, wrapped
from snn_tui.runs.catalogue import Entry
from snn_tui.runs.compare import differences
from snn_tui.runs.history import History
from snn_tui.tui.runs.draw.scrolled import scrolled
from snn_tui.values.scores import METRICS, metrics_for

_SCORE = 11  # cells of a score with its deviation and a gap
_FACT = 16  # cells of the name of a fact and a gap

Line = tuple[list[float], list[float]]
"""Places and values of a curve."""


def with_spread(value: float | None, spread: float | None, terminal: Terminal) -> str:
    """A score and its standard deviation over seeds, such as `0.853±.012`."""
    if value is None or spread is None:
        return metric(value, terminal)
    digits = f"{spread:.3f}"
    return f"{metric(value, terminal)}{'±' if terminal.unicode else '+-'}{digits.removeprefix('0')}"


def seeds_facts(
    entry: Entry, histories: Sequence[History], canvas: Canvas, first: int = 0, *, everything: bool = False
) -> Text:
    """Mean and standard deviation of the scores of runs of one recipe, the runs, and what differs.

    Args:
        entry: The row of several runs.
        histories: Those of its runs that were read.
        canvas: What it is drawn on.
        first: The first line below the name and the headers; less where fewer lines are left than fit.
        everything: Whether options and facts that are equal have a line too.
    """
    lines = _lines(entry, histories, canvas, everything)
    return scrolled(lines[:2], lines[2:], first, canvas)


def seeds_lines(
    entry: Entry, histories: Sequence[History], canvas: Canvas, *, everything: bool = False
) -> int:
    """Number of lines below the first two."""
    return len(_lines(entry, histories, canvas, everything)) - 2


def _lines(entry: Entry, histories: Sequence[History], canvas: Canvas, everything: bool) -> list[Text]:
    summary, terminal, muted = entry.summary, canvas.terminal, canvas.style("muted")
    width = max(canvas.width - 3 * _SCORE, 8)
    lines = [
        Text(fit(summary.name, canvas.width, terminal), "bold"),
        Text(f"{'mean':<{width}}{'val':<{_SCORE}}{'best':<{_SCORE}}test", muted),
    ]
    for field in ("loss", *metrics_for(summary.kind or "binary")):
        if field != "loss" and METRICS[field].same_as:
            continue
        name = METRICS[field].name if field in METRICS else "loss"
        values = {
            "val": getattr(summary.val, field, None),
            "best": summary.best.get(field),
            "test": getattr(summary.test, field, None),
        }
        cells = (with_spread(value, entry.spread.get((at, field)), terminal) for at, value in values.items())
        lines.append(
            Text(f"{fit(name, width - 1, terminal):<{width}}", muted).append(
                "".join(f"{cell:<{_SCORE}}" for cell in cells).rstrip()
            )
        )
    for member in entry.members:
        score = metric(member.summary.val.accuracy if member.summary.val else None, terminal)
        state = f"{canvas.symbol(member.summary.state)} {member.summary.state}"
        lines.append(Text(fit(f"{score} {state:<12} {member.run.name}", canvas.width, terminal)))
    for fact, of_each in differences(histories, everything=everything):
        known = dict.fromkeys(dash(terminal) if value is None else clean(value) for value in of_each)
        width = max(canvas.width - _FACT, 8)
        for at, part in enumerate(wrapped(", ".join(known), canvas.resized(width), most=4)):
            label = "" if at else fit(fact, _FACT - 1, terminal)
            lines.append(Text.assemble((f"{label:<{_FACT}}", muted), part))
    for line in lines:
        line.truncate(canvas.width)
    return lines


def band(curves: Sequence[Line]) -> tuple[list[float], list[float], list[float], list[float]]:
    """The mean of some curves, and the mean less and plus their standard deviation.

    Args:
        curves: Places and values of each; values may be NaN.

    Returns:
        Places that any curve has, and there the mean, the lower and the upper end of the band, over the
        curves that have a value there. Both ends are NaN where fewer than two have one.
    """
    at: dict[float, list[float]] = {}
    for xs, ys in curves:
        for x, y in zip(xs, ys, strict=True):
            at.setdefault(x, []).extend([y] if math.isfinite(y) else [])
    places = sorted(at)
    means = [statistics.fmean(at[x]) if at[x] else math.nan for x in places]
    spreads = [statistics.stdev(at[x]) if len(at[x]) > 1 else math.nan for x in places]
    low = [mean - spread for mean, spread in zip(means, spreads, strict=True)]
    high = [mean + spread for mean, spread in zip(means, spreads, strict=True)]
    return places, means, low, high
