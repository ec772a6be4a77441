"""The tables of metrics on Results: with intervals and the published values, and over draws of the coding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.text import Text

from snn_tui.analysis.bootstrap import RESAMPLES, Interval
from snn_tui.analysis.results import DrawSpread, Threshold
from snn_tui.render import meters, palette
from snn_tui.render.axes import scale
from snn_tui.render.canvas import Canvas
from snn_tui.render.frame import cropped
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import dash, difference, metric
from snn_tui.tui.results.draw.benchmarks import benchmark_lines
from snn_tui.tui.results.draw.intervals import cloud, ruler, whisker
from snn_tui.values.benchmarks import Benchmark
from snn_tui.values.scores import MAIN_METRICS, METRICS, most_important

_NAME, _VALUE, _RANGE, _PUBLISHED, _DIFFERENCE = 12, 6, 13, 10, 7
_STRIP = 10


@dataclass(frozen=True)
class ScoreTable:
    """The content of the table of scores.

    Args:
        values: Metrics by field.
        intervals: Their intervals by field; None while they are computed.
        published: The study's metrics, None where these cannot be compared.
        threshold: The decision threshold.
        split: What was judged.
        synthetic: Whether the images are generated.
        noun: What real images are called.
        benchmarks: Published models that were judged by the same images.
        auc_resamples: Resamples that the interval of AUC is made of.
    """

    values: Mapping[str, float | None]
    intervals: Mapping[str, Interval | None] | None
    published: Mapping[str, float] | None
    threshold: Threshold
    split: str
    synthetic: bool
    noun: str = "x-ray"
    benchmarks: Sequence[Benchmark] = ()
    auc_resamples: int = RESAMPLES


def scores(table: ScoreTable, canvas: Canvas) -> Text:
    """The metrics with their 95 % intervals, beside the published ones where the two can be compared.

    Where it is narrow the drawn intervals go, then the differences.
    """
    width, height, terminal = canvas.width, canvas.height, canvas.terminal
    muted, text = (canvas.style(role) for role in ("muted", "text"))
    interval_ends = [end for interval in (table.intervals or {}).values() if interval for end in interval]
    limits = scale([*table.values.values(), *interval_ends, *(table.published or {}).values()])
    compared = table.published is not None
    columns = _NAME + _VALUE + 1 + _RANGE + (_PUBLISHED if compared else 0)
    gap = compared and width >= columns + _DIFFERENCE
    columns += _DIFFERENCE if gap else 0
    strip = width - columns - 2
    strip = 0 if strip < _STRIP else strip
    head = f"{'metric':<{_NAME}}{'value':>{_VALUE}} {'95 % interval':>{_RANGE}}"
    head += f"  {ruler(limits, strip)}" if strip else ""
    head += f"{'published':>{_PUBLISHED}}" if compared else ""
    head += f"{'diff':>{_DIFFERENCE}}" if gap else ""
    lines = [Text(head, muted), Text(("─" if canvas.unicode else "-") * min(len(head), width), muted)]
    published_rows = benchmark_lines(table.benchmarks, canvas)
    notes = [*_notes(table, canvas, strip > 0), *published_rows]
    for field in _fields_for(height - len(notes) - (1 if published_rows else 0)):
        value = table.values[field]
        interval = table.intervals.get(field) if table.intervals else None
        published = table.published.get(field) if table.published else None
        without_threshold = METRICS[field].formula is None
        fair = without_threshold or table.threshold.independent_of(table.split)
        role: palette.Role = "accent" if fair else "warn"
        style = canvas.style(role, bold=True)
        line = Text.assemble(
            f"{METRICS[field].name:<{_NAME}}",
            (f"{metric(value, terminal).strip():>{_VALUE}}", style),
            (f" {_range(interval, terminal):>{_RANGE}}", text),
        )
        if strip:
            bar = canvas.style(role)
            line.append("  ")
            line.append_text(whisker(value, interval, published, limits, canvas.resized(strip), bar))
        if compared:
            line.append(f"{metric(published, terminal).strip():>{_PUBLISHED}}", muted)
        if gap:
            line.append_text(_gap(value, published, canvas))
        lines.append(line)
    if height > len(lines) + len(notes):
        lines.append(Text())
    elif height < len(lines) + len(notes):
        del lines[1]  # the rule is missed least
    return cropped(lines + notes, canvas)


def _fields_for(lines: int) -> tuple[str, ...]:
    """The metrics of a table that has room for so many of them, and never fewer than the main ones.

    The note below them is not counted: where all metrics but not the note have room, the note is cut.
    """
    return most_important(max(lines, len(MAIN_METRICS)))


def _range(interval: Interval | None, terminal: Terminal) -> str:
    if interval is None:
        return dash(terminal)
    return f"{interval[0]:.3f}{'–' if terminal.unicode else '-'}{interval[1]:.3f}"


def _gap(value: float | None, published: float | None, canvas: Canvas) -> Text:
    if value is None or published is None:
        return Text(f"{dash(canvas.terminal):>{_DIFFERENCE}}", canvas.style("muted"))
    gap = round(value - published, 3)
    role: palette.Role = "muted" if not gap else "good" if gap > 0 else "bad"
    style = canvas.style(role)
    return Text(f"{difference(gap, canvas.terminal):>{_DIFFERENCE}}", style)


def _notes(table: ScoreTable, canvas: Canvas, strip: bool) -> list[Text]:
    muted, warn = (canvas.style(role) for role in ("muted", "warn"))
    notes = []
    if not table.threshold.independent_of(table.split):
        mark = canvas.symbol("warn")
        notes.append(Text(f"{mark} threshold {table.threshold.origin(table.split)}", warn))
    if table.synthetic:
        notes.append(Text(f"{canvas.symbol('synthetic')} synthetic images, no {table.noun}s", warn))
    if table.intervals is None:
        notes.append(Text("intervals: resampling...", muted))
    else:
        count = f"{RESAMPLES:,}"
        legend = "  ◇ published" if canvas.unicode else "  + published"
        line = f"{count} bootstrap resamples within each class"
        if table.auc_resamples < RESAMPLES:
            line += f"; of AUC {table.auc_resamples:,}"
        if table.published is not None and strip and len(line) + len(legend) <= canvas.width:
            line += legend
        notes.append(Text(line, muted))
    return notes


def draws(spreads: Mapping[str, DrawSpread], done: int, total: int, canvas: Canvas) -> Text:
    """Metrics over several draws of the rate coding: mean, standard deviation, and each draw as a dot.

    Args:
        spreads: By field.
        done: Draws so far.
        total: Draws there will be.
        canvas: What it is drawn on.
    """
    width, terminal = canvas.width, canvas.terminal
    muted, accent = (canvas.style(role) for role in ("muted", "accent"))
    limits = scale([value for spread in spreads.values() for value in spread.values])
    strip = width - _NAME - 6 - 7 - 2
    strip = 0 if strip < 8 else strip
    sign = "± sd" if canvas.unicode else "+- sd"
    head = f"{'metric':<{_NAME}}{'mean':>6}{sign:>7}" + (f"  {ruler(limits, strip)}" if strip else "")
    lines = [Text(head, muted)]
    for field in _fields_for(canvas.height - 1):
        spread = spreads[field]
        line = Text.assemble(
            f"{METRICS[field].name:<{_NAME}}",
            (f"{metric(spread.mean, terminal).strip():>6}", canvas.style("text")),
            (f"{metric(spread.deviation, terminal).strip():>7}", muted),
        )
        if strip:
            line.append("  ").append_text(cloud(spread.values, limits, canvas.resized(strip), accent))
        lines.append(line)
    if done < total:
        words = f"draw {done} of {total} "
        bar = meters.meter(done, total, max(min(width - len(words), 24), 4), terminal, accent)
        lines.append(Text.assemble((words, muted), bar))
    else:
        words = f"{done} draws, same images" if total > 1 else "direct coding: no draws"
        lines.append(Text(words[:width], muted))
    return cropped(lines, canvas)
