"""The tables of scores of several classes or labels: with intervals, and over draws of the coding."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text

from snn_tui.analysis.bootstrap import RESAMPLES, Interval
from snn_tui.analysis.results import DrawSpread
from snn_tui.analysis.task_results import TaskResults
from snn_tui.render import meters
from snn_tui.render.axes import scale
from snn_tui.render.canvas import Canvas
from snn_tui.render.frame import cropped
from snn_tui.render.text import dash, metric, wrapped
from snn_tui.tui.results.draw.benchmarks import benchmark_lines
from snn_tui.tui.results.draw.intervals import cloud, ruler, whisker
from snn_tui.values.scores import METRICS

_NAME, _VALUE, _RANGE = 18, 6, 13
_STRIP = 10


def task_scores(
    results: TaskResults, intervals: Mapping[str, Interval | None] | None, canvas: Canvas
) -> Text:
    """The scores with their 95 % intervals, and below them published models judged by the same images.

    Args:
        results: The judged split.
        intervals: Intervals by field; None while they are computed.
        canvas: What it is drawn on; where it is narrow the drawn intervals go.
    """
    terminal, muted = canvas.terminal, canvas.style("muted")
    values = results.values
    ends = [end for pair in (intervals or {}).values() if pair for end in pair]
    limits = scale([*values.values(), *ends])
    strip = canvas.width - _NAME - _VALUE - 1 - _RANGE - 2
    strip = 0 if strip < _STRIP else strip
    head = f"{'metric':<{_NAME}}{'value':>{_VALUE}} {'95 % interval':>{_RANGE}}"
    lines = [Text(head + (f"  {ruler(limits, strip)}" if strip else ""), muted)]
    style, bar = canvas.style("accent", bold=True), canvas.style("accent")
    for field, value in values.items():
        pair = (intervals or {}).get(field)
        line = Text.assemble(
            f"{METRICS[field].name:<{_NAME}}",
            (f"{metric(value, terminal).strip():>{_VALUE}}", style),
            f" {_range(pair, canvas):>{_RANGE}}",
        )
        if strip:
            line.append("  ")
            line.append_text(whisker(value, pair, None, limits, canvas.resized(strip), bar))
        lines.append(line)
    for block in (benchmark_lines(results.benchmarks, canvas), _notes(results, intervals, canvas)):
        if block and len(lines) + len(block) < canvas.height:
            lines.append(Text())
        lines += block
    return cropped(lines, canvas)


def _range(interval: Interval | None, canvas: Canvas) -> str:
    if interval is None:
        return dash(canvas.terminal)
    return f"{interval[0]:.3f}{'–' if canvas.unicode else '-'}{interval[1]:.3f}"


def _notes(
    results: TaskResults, intervals: Mapping[str, Interval | None] | None, canvas: Canvas
) -> list[Text]:
    muted, warn = (canvas.style(role) for role in ("muted", "warn"))
    notes = []
    if results.judgement.synthetic:
        notes.append(Text(f"{canvas.symbol('synthetic')} synthetic images", warn))
    if results.scored.note:
        notes += wrapped(f"{canvas.symbol('warn')} {results.scored.note}", canvas, warn, most=3)
    if intervals is None:
        return [*notes, Text("intervals: resampling...", muted)]
    return notes + wrapped(resampling(results), canvas, muted, most=2)


def resampling(results: TaskResults) -> str:
    """How the intervals were made, in a few words."""
    number = results.image_resamples
    if results.task.kind == "multilabel":
        if number:
            return f"{number:,} bootstrap resamples of images"
        return f"accuracy: {RESAMPLES:,} bootstrap resamples; the others need too many images"
    words = f"{RESAMPLES:,} bootstrap resamples within each class"
    if not number:
        return f"{words}; those of AUC and AP would take too long"
    return words if number == RESAMPLES else f"{words}; of AUC and AP {number:,}"


def task_draws(spreads: Mapping[str, DrawSpread], done: int, total: int, canvas: Canvas) -> Text:
    """Scores over several draws of the rate coding: mean, standard deviation, and each draw as a dot.

    Args:
        spreads: By field.
        done: Draws so far.
        total: Draws there will be.
        canvas: What it is drawn on.
    """
    terminal, muted, accent = canvas.terminal, canvas.style("muted"), canvas.style("accent")
    limits = scale([value for spread in spreads.values() for value in spread.values])
    short = canvas.width < _NAME + 13
    name_width = 6 if short else _NAME
    strip = canvas.width - name_width - 15
    strip = 0 if strip < 8 else strip
    sign = "± sd" if canvas.unicode else "+- sd"
    head = f"{'metric':<{name_width}}{'mean':>6}{sign:>7}" + (f"  {ruler(limits, strip)}" if strip else "")
    lines = [Text(head, muted)]
    for field, spread in spreads.items():
        name = METRICS[field].short if short else METRICS[field].name
        line = Text.assemble(
            f"{name:<{name_width}}",
            f"{metric(spread.mean, terminal).strip():>6}",
            (f"{metric(spread.deviation, terminal).strip():>7}", muted),
        )
        if strip:
            line.append("  ").append_text(cloud(spread.values, limits, canvas.resized(strip), accent))
        lines.append(line)
    if done < total:
        words = f"draw {done} of {total} "
        bar = meters.meter(done, total, max(min(canvas.width - len(words), 24), 4), terminal, accent)
        lines.append(Text.assemble((words, muted), bar))
    else:
        words = f"{done} draws, same images" if total > 1 else "direct coding: no draws"
        lines.append(Text(words[: canvas.width], muted))
    return cropped(lines, canvas)
