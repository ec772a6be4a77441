"""The tables of Results: scores with intervals, the confusion matrix, draws of the coding, mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.style import Style
from rich.text import Text

from snn_tui.analysis.bootstrap import RESAMPLES, Interval
from snn_tui.analysis.results import DrawSpread, Mistake, Threshold
from snn_tui.render import meters, palette
from snn_tui.render.axes import scale
from snn_tui.render.canvas import Canvas
from snn_tui.render.frame import cell, cropped
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import dash, difference, metric, plain, rate, wrapped
from snn_tui.tui.results.draw.intervals import cloud, ruler, whisker
from snn_tui.values.dataset import CLASSES
from snn_tui.values.scores import MAIN_METRICS, METRICS, ConfusionMatrix, matrix_metrics, most_important

_NAME, _VALUE, _RANGE, _PUBLISHED, _DIFFERENCE = 12, 6, 13, 10, 7
_STRIP = 10
_MISTAKE = 46


@dataclass(frozen=True)
class ScoresShown:
    """What the table of scores needs.

    Args:
        values: Metrics by field.
        intervals: Their intervals by field; None while they are computed.
        published: The study's metrics, None where these cannot be compared.
        threshold: The decision threshold.
        split: What was judged.
        synthetic: Whether the images are generated.
    """

    values: Mapping[str, float | None]
    intervals: Mapping[str, Interval | None] | None
    published: Mapping[str, float] | None
    threshold: Threshold
    split: str
    synthetic: bool


def scores(shown: ScoresShown, canvas: Canvas) -> Text:
    """The seven metrics and AUC with their 95 % intervals, beside the published ones where that is fair.

    Where it is narrow the drawn intervals go, then the differences.
    """
    width, height, terminal = canvas.width, canvas.height, canvas.terminal
    muted, text = (canvas.style(role) for role in ("muted", "text"))
    known = [end for ends in (shown.intervals or {}).values() if ends for end in ends]
    limits = scale([*shown.values.values(), *known, *(shown.published or {}).values()])
    compared = shown.published is not None
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
    notes = _notes(shown, canvas, strip > 0)
    for field in _fields_for(height - len(notes)):
        value = shown.values[field]
        ends = shown.intervals.get(field) if shown.intervals else None
        theirs = shown.published.get(field) if shown.published else None
        without_threshold = METRICS[field].formula is None
        fair = without_threshold or shown.threshold.independent_of(shown.split)
        role: palette.Role = "accent" if fair else "warn"
        style = canvas.style(role, bold=True)
        line = Text.assemble(
            f"{METRICS[field].name:<{_NAME}}",
            (f"{metric(value, terminal).strip():>{_VALUE}}", style),
            (f" {_range(ends, terminal):>{_RANGE}}", text),
        )
        if strip:
            bar = canvas.style(role)
            line.append("  ")
            line.append_text(whisker(value, ends, theirs, limits, canvas.resized(strip), bar))
        if compared:
            line.append(f"{metric(theirs, terminal).strip():>{_PUBLISHED}}", muted)
        if gap:
            line.append_text(_gap(value, theirs, canvas))
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


def _range(ends: Interval | None, terminal: Terminal) -> str:
    if ends is None:
        return dash(terminal)
    return f"{ends[0]:.3f}{'–' if terminal.unicode else '-'}{ends[1]:.3f}"


def _gap(value: float | None, theirs: float | None, canvas: Canvas) -> Text:
    if value is None or theirs is None:
        return Text(f"{dash(canvas.terminal):>{_DIFFERENCE}}", canvas.style("muted"))
    gap = round(value - theirs, 3)
    role: palette.Role = "muted" if not gap else "good" if gap > 0 else "bad"
    style = canvas.style(role)
    return Text(f"{difference(gap, canvas.terminal):>{_DIFFERENCE}}", style)


def _notes(shown: ScoresShown, canvas: Canvas, strip: bool) -> list[Text]:
    muted, warn = (canvas.style(role) for role in ("muted", "warn"))
    notes = []
    if not shown.threshold.independent_of(shown.split):
        mark = canvas.symbol("warn")
        notes.append(Text(f"{mark} threshold {shown.threshold.origin(shown.split)}", warn))
    if shown.synthetic:
        notes.append(Text(f"{canvas.symbol('synthetic')} synthetic images, no x-rays", warn))
    if shown.intervals is None:
        notes.append(Text("intervals: resampling...", muted))
    else:
        count = f"{RESAMPLES:,}"
        legend = "  ◇ published" if canvas.unicode else "  + published"
        line = f"{count} bootstrap resamples within each class"
        if shown.published is not None and strip and len(line) + len(legend) <= canvas.width:
            line += legend
        notes.append(Text(line, muted))
    return notes


def confusion(
    matrix: ConfusionMatrix, threshold: Threshold, split: str, num_steps: int, canvas: Canvas
) -> Text:
    """The confusion matrix, and below it the threshold on its scale and what it is worth.

    Args:
        matrix: Images by true class and predicted class.
        threshold: The decision threshold.
        split: What was judged.
        num_steps: Time steps: no score is further from 0.
        canvas: What it is drawn on.
    """
    width, height = canvas.width, canvas.height
    muted = canvas.style("muted")
    first = 12 if width >= 30 else 2
    each = max(6, min((width - first) // 2, 16))
    marks = [f"{canvas.symbol(name)} {name}" for name in CLASSES]
    heads = [mark if len(mark) < each else mark[: each - 2] + "." for mark in marks]
    styles = [canvas.style(role, bold=True) for role in palette.CLASS_ROLES]
    title = Text("truth" if first > 2 else "  ", muted)
    title.pad_right(first - title.cell_len)
    lines = [
        Text.assemble(title, *((f"{head:<{each}}", style) for head, style in zip(heads, styles, strict=True)))
    ]
    rows = ((matrix.tn, matrix.fp), (matrix.fn, matrix.tp))
    bars = height >= 9
    for truth in (0, 1):
        total = max(sum(rows[truth]), 1)
        name = marks[truth] if first > 2 else canvas.symbol(CLASSES[truth])
        line, below = Text(f"{name:<{first}}", styles[truth]), Text(" " * first)
        for said in (0, 1):
            outcome: palette.Role = "good" if said == truth else "bad"
            style = canvas.style(outcome, bold=True)
            number = f"{canvas.symbol(outcome)} {rows[truth][said]}"
            part = f"{rate(rows[truth][said] / total):>5}" if each >= 12 else ""
            line.append(f"{number}{part:>{max(len(part), each - 3 - len(number))}}", style)
            line.append(" " * max(each - max(len(number) + len(part), each - 3), 1))
            thin = canvas.style(outcome)
            below.append_text(meters.meter(rows[truth][said], total, each - 3, canvas.terminal, thin))
            below.append("   ")
        lines += [line, below] if bars else [line]
    if height >= len(lines) + 4:
        lines.append(Text())
    lines += _threshold(threshold, split, num_steps, canvas)
    room = height - len(lines)
    if room >= 9:
        lines += [Text(), *_at_threshold(matrix, canvas)]
    return cropped(lines, canvas)


def _threshold(threshold: Threshold, split: str, num_steps: int, canvas: Canvas) -> list[Text]:
    """The threshold on the scale of scores, and in words."""
    width = canvas.width
    muted = canvas.style("muted")
    role: palette.Role = "accent" if threshold.independent_of(split) else "warn"
    style = canvas.style(role, bold=True)
    bar, zero, knob = ("─", "┼", "◆") if canvas.unicode else ("-", "+", "#")
    track = min(width, 42)
    limits = (-float(num_steps), float(num_steps))
    line = Text(bar * track, muted)
    middle, place = track // 2, cell((threshold.value - limits[0]) / (limits[1] - limits[0]), track)
    if not threshold.value:
        place = middle
    plain_line = list(line.plain)
    plain_line[middle] = zero
    plain_line[place] = knob
    drawn = Text("".join(plain_line), muted)
    drawn.stylize(style, place, place + 1)
    words = Text.assemble(("threshold ", muted), (threshold.text, style), (" spikes", muted))
    origin = threshold.origin(split)
    if words.cell_len + len(origin) + 2 <= width:
        return [
            Text.assemble(words, (", ", muted), (origin, style if threshold.chosen_on else muted)),
            drawn,
        ]
    return [
        words,
        drawn,
        *wrapped(origin, canvas, style if threshold.chosen_on else muted),
    ]


def _at_threshold(matrix: ConfusionMatrix, canvas: Canvas) -> list[Text]:
    """The metrics at this threshold as bars, where there is room below the matrix."""
    style = canvas.style("accent")
    lines = []
    for field, value in matrix_metrics(matrix).items():
        if METRICS[field].same_as:
            continue
        bar = canvas.width - _NAME - 6
        number = metric(value, canvas.terminal).strip()
        if bar < 8:
            lines.append(Text.assemble(f"{METRICS[field].name:<{_NAME}}", (f"{number:>6}", style)))
        else:
            shown = meters.meter(value, 1.0, bar, canvas.terminal, style)
            lines.append(Text.assemble(f"{METRICS[field].name:<{_NAME}}", shown, f"{number:>6}"))
    return lines


def draws(spreads: Mapping[str, DrawSpread], done: int, wanted: int, canvas: Canvas) -> Text:
    """Metrics over several draws of the rate coding: mean, standard deviation, and each draw as a dot.

    Args:
        spreads: By field.
        done: Draws so far.
        wanted: Draws there will be.
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
    if done < wanted:
        words = f"draw {done} of {wanted} "
        bar = meters.meter(done, wanted, max(min(width - len(words), 24), 4), terminal, accent)
        lines.append(Text.assemble((words, muted), bar))
    else:
        words = f"{done} draws, same images" if wanted > 1 else "direct coding: no draws"
        lines.append(Text(words[:width], muted))
    return cropped(lines, canvas)


def mistakes(shown: Sequence[Mistake], chosen: int, canvas: Canvas) -> Text:
    """The images judged wrong, the most confident error first, one of them chosen.

    Args:
        shown: All of them.
        chosen: Place of the chosen one.
        canvas: What it is drawn on.
    """
    width, height = canvas.width, canvas.height
    muted = canvas.style("muted")
    if not shown:
        return cropped([Text("no mistakes at this threshold", muted)], canvas)
    rows = max(height - 1, 1)
    start = min(max(chosen - rows // 2, 0), max(len(shown) - rows, 0))
    largest = max(mistake.margin for mistake in shown)
    wide, bar = width >= _MISTAKE, min(width - _MISTAKE - 2, 24)
    arrow, pointer, stroke = ("→", "▸", "━") if canvas.unicode else (">", ">", "=")
    head = f"  {'image':>5}  {'truth':<12}{f'{arrow} said':<13}"
    lines = [Text(head + (f"{'fired':>5}{'margin':>7}" if wide else ""), muted)]
    for place in range(start, min(start + rows, len(shown))):
        mistake = shown[place]
        line = Text(f"{pointer if place == chosen else ' '} {mistake.index:>5}  ")
        line.append_text(_class(mistake.label, canvas.resized(12)))
        line.append(f"{arrow} ", muted)
        line.append_text(_class(1 - mistake.label, canvas.resized(11)))
        if wide:
            line.append(f"{f'{mistake.fired[0]}:{mistake.fired[1]}':>5}{mistake.margin:>7.1f}")
        if bar >= 6:
            length = max(round(bar * mistake.margin / largest), 1) if largest else 0
            line.append(f"  {stroke * length}", canvas.style("bad"))
        if place == chosen:
            line.stylize("bold" if canvas.terminal.colour == "none" else "reverse", 0, 8)
        lines.append(line)
    return cropped(lines, canvas)


def _class(label: int, canvas: Canvas) -> Text:
    style: Style = canvas.style(palette.CLASS_ROLES[label])
    return plain(
        f"{canvas.symbol(CLASSES[label])} {CLASSES[label]:<{canvas.width - 2}}", canvas.terminal, style
    )
