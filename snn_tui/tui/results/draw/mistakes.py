"""Wrong predictions on Results: the confusion matrix with the threshold, and the worst mistakes."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

from snn_tui.analysis.results import Mistake, Threshold
from snn_tui.render import meters, palette
from snn_tui.render.axes import cell
from snn_tui.render.canvas import Canvas
from snn_tui.render.classes import class_name, class_style, class_symbol, class_word
from snn_tui.render.frame import cropped
from snn_tui.render.text import fit, metric, rate, wrapped
from snn_tui.tui.shared.draw.click import clickable, draggable
from snn_tui.values.confusion import ConfusionMatrix
from snn_tui.values.scores import METRICS, matrix_metrics
from snn_tui.values.task import Task

_NAME = 12
_MISTAKE, _CLASS = 46, 12  # cells of a line, and of a class in it


def confusion(
    matrix: ConfusionMatrix,
    threshold: Threshold,
    split: str,
    scale: tuple[int, str],
    task: Task,
    canvas: Canvas,
) -> Text:
    """The confusion matrix, and below it the threshold on its scale and the metrics there.

    Args:
        matrix: Images by true class and predicted class.
        threshold: The decision threshold.
        split: What was judged.
        scale: How far from 0 a score may be, and its unit.
        task: What was asked.
        canvas: What it is drawn on.
    """
    width, height = canvas.width, canvas.height
    muted = canvas.style("muted")
    positive, negative = task.signs
    labels = (negative, positive)
    marks = [f"{class_symbol(label, task, canvas)} {class_word(label, task, canvas)}" for label in labels]
    longest = max(map(cell_len, marks)) + 1
    first, most = 12 if width >= 30 else 2, 16
    if width >= 3 * longest:  # then both columns and rows have whole names
        first, most = max(first, longest), max(most, longest)
    each = max(6, min((width - first) // 2, most))
    styles = [class_style(label, canvas) for label in labels]
    title = Text("truth" if first > 2 else "  ", muted)
    title.pad_right(first - title.cell_len)
    for mark, style in zip(marks, styles, strict=True):
        head = Text(fit(mark, each - 1, canvas.terminal), style)
        head.pad_right(each - head.cell_len)
        title.append_text(head)
    lines = [title]
    rows = ((matrix.tn, matrix.fp), (matrix.fn, matrix.tp))
    bars = height >= 9
    for truth in (0, 1):
        total = max(sum(rows[truth]), 1)
        name = (
            fit(marks[truth], first - 1, canvas.terminal)
            if first > 2
            else class_symbol(labels[truth], task, canvas)
        )
        line, below = Text(name, styles[truth]), Text(" " * first)
        line.pad_right(first - line.cell_len)
        for predicted in (0, 1):
            outcome: palette.Role = "good" if predicted == truth else "bad"
            style = canvas.style(outcome, bold=True)
            number = f"{canvas.symbol(outcome)} {rows[truth][predicted]}"
            part = f"{rate(rows[truth][predicted] / total):>5}" if each >= 12 else ""
            line.append(f"{number}{part:>{max(len(part), each - 3 - len(number))}}", style)
            line.append(" " * max(each - max(len(number) + len(part), each - 3), 1))
            thin = canvas.style(outcome)
            below.append_text(meters.meter(rows[truth][predicted], total, each - 3, canvas.terminal, thin))
            below.append("   ")
        lines += [line, below] if bars else [line]
    if height >= len(lines) + 4:
        lines.append(Text())
    lines += _threshold(threshold, split, scale, canvas)
    room = height - len(lines)
    if room >= 9:
        lines += [Text(), *_at_threshold(matrix, canvas)]
    return cropped(lines, canvas)


def _threshold(threshold: Threshold, split: str, scale: tuple[int, str], canvas: Canvas) -> list[Text]:
    """The threshold on the scale of scores, and in words."""
    width = canvas.width
    muted = canvas.style("muted")
    role: palette.Role = "accent" if threshold.independent_of(split) else "warn"
    style = canvas.style(role, bold=True)
    bar, zero, knob = ("─", "┼", "◆") if canvas.unicode else ("-", "+", "#")
    track = min(width, 42)
    limits = (-float(scale[0]), float(scale[0]))
    middle, knob_at = track // 2, cell((threshold.value - limits[0]) / (limits[1] - limits[0]), track)
    if not threshold.value:
        knob_at = middle
    plain_line = [bar] * track
    plain_line[middle] = zero
    plain_line[knob_at] = knob
    drawn = Text("".join(plain_line), muted)
    drawn.stylize(style, knob_at, knob_at + 1)
    for at in range(track):
        here = limits[0] + (limits[1] - limits[0]) * at / (track - 1) if at != middle else 0.0
        draggable(drawn, f"threshold_at({here:.4f})", at, at + 1)
    words = Text.assemble(("threshold ", muted), (threshold.text, style), (f" {scale[1]}", muted))
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
            meter = meters.meter(value, 1.0, bar, canvas.terminal, style)
            lines.append(Text.assemble(f"{METRICS[field].name:<{_NAME}}", meter, f"{number:>6}"))
    return lines


def mistakes(images: Sequence[Mistake], chosen: int, task: Task, canvas: Canvas) -> Text:
    """The images judged wrong, the most confident error first, one of them chosen.

    Args:
        images: All of them.
        chosen: Index of the chosen one among them.
        task: What was asked.
        canvas: What it is drawn on.
    """
    width, height = canvas.width, canvas.height
    muted = canvas.style("muted")
    if not images:
        return cropped([Text("no mistakes at this threshold", muted)], canvas)
    rows = max(height - 1, 1)
    start = min(max(chosen - rows // 2, 0), max(len(images) - rows, 0))
    largest = max(mistake.margin for mistake in images)
    wide, spare = width >= _MISTAKE, max(width - _MISTAKE, 0)
    longest = max(cell_len(class_word(label, task, canvas)) for label in range(task.outputs)) + 3
    column = min(max(longest, _CLASS), _CLASS + spare // 2)
    bar = min(spare - 2 * (column - _CLASS) - 2, 24)
    arrow, pointer, stroke = ("→", "▸", "━") if canvas.unicode else (">", ">", "=")
    head = f"  {'image':>5} {'truth':<{column}}{f'{arrow} said':<{column + 2}}"
    fired = "fired" if images[0].fired else ""
    lines = [Text(head + (f"{fired:>5}{'margin':>7}" if wide else ""), muted)]
    for index in range(start, min(start + rows, len(images))):
        mistake = images[index]
        line = Text(f"{pointer if index == chosen else ' '} {mistake.index:>5} ")
        line.append_text(_class(mistake.label, column, task, canvas))
        line.append(f"{arrow} ", muted)
        line.append_text(_class(mistake.predicted, column, task, canvas))
        if wide:
            line.append(f"{':'.join(map(str, mistake.fired)):>5}{mistake.margin:>7.1f}")
        if bar >= 6:
            length = max(round(bar * mistake.margin / largest), 1) if largest else 0
            line.append(f"  {stroke * length}", canvas.style("bad"))
        if index == chosen:
            line.stylize("bold" if canvas.terminal.colour == "none" else "reverse", 0, 8)
        lines.append(clickable(line, f"choose({index - chosen})"))
    return cropped(lines, canvas)


def _class(label: int, width: int, task: Task, canvas: Canvas) -> Text:
    """Symbol and name of a class, filled up with blanks."""
    name = class_name(label, task, canvas, bold=False, width=width - 1)
    name.pad_right(width - name.cell_len)
    return name
