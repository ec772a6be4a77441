"""A run in a few short lines, for a terminal that is too small for the screens."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from snn_tui.render.canvas import Canvas
from snn_tui.render.frame import joined
from snn_tui.render.meters import bars
from snn_tui.render.text import first_that_fits, metric, plain, time_left
from snn_tui.runs.state import RunState


def strip(title: str, word: str, state: RunState, canvas: Canvas) -> Text:
    """Progress and time left, the last scores, and the losses, as many of these lines as fit.

    Args:
        title: What the run is called.
        word: State of the run in one word.
        state: The run so far.
        canvas: What it is drawn on.
    """
    lines = [_progress(title, word, state, canvas)]
    if state.epochs_ended:
        val = state.epochs_ended[-1].val
        accuracy, auc = (metric(value, canvas.terminal).strip() for value in (val.accuracy, val.auc))
        choices = (f"val accuracy {accuracy}  AUC {auc}", f"acc {accuracy} AUC {auc}", f"acc {accuracy}")
        lines.append(Text(first_that_fits(choices, canvas.width)))
    if state.ema:
        lines.append(Text(f"loss {bars(_shares(state.ema, max(1, canvas.width - 5)), canvas.terminal)}"))
    return joined(lines[: max(1, canvas.height)])


def _progress(title: str, word: str, state: RunState, canvas: Canvas) -> Text:
    name = plain(title, canvas.terminal, limit=40).plain
    epoch = f"{state.epoch}/{state.epochs}" if state.epochs else ""
    share = f"{state.fraction:.0%}" if state.epochs else ""
    eta = state.eta()
    left = f"{time_left(eta)} left" if eta is not None else ""
    choices = (
        (name, canvas.symbol(word), word, epoch, share, left),
        (canvas.symbol(word), word, epoch, share, left),
        (canvas.symbol(word), epoch, share, left),
        (canvas.symbol(word), epoch, share),
    )
    return Text(first_that_fits((" ".join(filter(None, parts)) for parts in choices), canvas.width))


def _shares(values: Sequence[float], width: int) -> list[float]:
    """At most `width` values, evenly spaced, the last one included, from 0 for the lowest to 1."""
    last = len(values) - 1
    points = min(width, len(values))
    drawn = [values[last - round(index * last / max(1, points - 1))] for index in range(points)][::-1]
    low, high = min(drawn), max(drawn)
    return [(value - low) / (high - low) if high > low else 0.0 for value in drawn]
