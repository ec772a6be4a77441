"""Results of several runs side by side, and what differs between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from snn_tui.render.canvas import Canvas
from snn_tui.render.palette import Role
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import clean, dash, fit, metric
from snn_tui.runs.compare import differences
from snn_tui.runs.history import History
from snn_tui.tui.runs.draw.marks import MARK_ROLES, MARKS
from snn_tui.tui.runs.draw.scrolled import scrolled
from snn_tui.values.scores import METRICS, shared_metrics

_NARROWEST_VALUE = 6
_WIDEST_VALUE = 24


@dataclass(frozen=True)
class _Row:
    """A row of the comparison: its name, the value of each run, and the indices of the best ones, if any."""

    name: str
    values: Sequence[str | None]
    best: Sequence[int] = field(default=())


def run_differences(
    runs: Sequence[tuple[History, int]], canvas: Canvas, first: int = 0, *, everything: bool = False
) -> Text:
    """Results of runs and what differs between them, with a column for each run.

    First the latest scores on val, then a line for each option or fact that differs. What is not as in the
    first run stands out, and so does the best score. Where values do not fit side by side they stand below
    each other.

    Args:
        runs: The runs, each with the index of its letter in `MARKS`.
        canvas: What it is drawn on.
        first: The first line below the names; less where fewer lines are left than fit.
        everything: Whether options and facts that are equal have a line too.
    """
    lines = _lines(runs, canvas, everything)
    return scrolled(lines[:1], lines[1:], first, canvas)


def differences_lines(
    runs: Sequence[tuple[History, int]], canvas: Canvas, *, everything: bool = False
) -> int:
    """Number of lines of the comparison below the names."""
    return len(_lines(runs, canvas, everything)) - 1


def _lines(runs: Sequence[tuple[History, int]], canvas: Canvas, everything: bool) -> list[Text]:
    terminal, muted = canvas.terminal, canvas.style("muted")
    histories = [history for history, _ in runs]
    marks = [(MARKS[mark], canvas.style(MARK_ROLES[mark], bold=True)) for _, mark in runs]
    names = [clean(history.run.title) for history in histories]
    options = [_Row(name, values) for name, values in differences(histories, everything=everything)]
    rows = [*_results(histories, terminal), *options]
    name_width = max(len(row.name) for row in rows)
    cells = [[dash(terminal) if value is None else clean(value) for value in row.values] for row in rows]
    widths = [
        min(max(len(name) + 2, *(len(words[index]) for words in cells)), _WIDEST_VALUE)
        for index, name in enumerate(names)
    ]
    while name_width + sum(width + 2 for width in widths) > canvas.width and max(widths) > _NARROWEST_VALUE:
        widths[widths.index(max(widths))] -= 1
    if name_width + sum(width + 2 for width in widths) > canvas.width:
        widths = [0] * len(widths)  # no room for columns

    def below(words: Sequence[str], styles: Sequence[Style]) -> list[Text]:
        """A line for each run."""
        return [
            Text.assemble("  ", mark, " ", (fit(word, max(canvas.width - 4, 1), terminal), style))
            for mark, word, style in zip(marks, words, styles, strict=True)
        ]

    header = Text(" " * name_width)
    named = all(len(name) + 2 <= width for name, width in zip(names, widths, strict=True))
    for (mark, style), name, width in zip(marks, names, widths, strict=True):
        label = f"{mark} {name}" if named else mark
        header.append("  ").append(_padded(label, max(width, 1), terminal), style)
    lines = [header]
    if not named:
        lines += below(names, [style for _, style in marks])
    for row, words in zip(rows, cells, strict=True):
        styles = [_style(row, index, canvas) for index in range(len(runs))]
        if any(len(word) > width for word, width in zip(words, widths, strict=True)):
            lines += [Text(row.name, muted), *below(words, styles)]
            continue
        line = Text.assemble((f"{row.name:<{name_width}}", muted))
        for word, width, style in zip(words, widths, styles, strict=True):
            line.append("  ").append(_padded(word, width, terminal), style)
        lines.append(line)
    if all(len(set(row.values)) == 1 for row in options):
        lines.insert(len(lines) - len(options), Text("nothing that decides them differs", muted))
    return lines


def _style(row: _Row, index: int, canvas: Canvas) -> Style:
    role = _role(row, index)
    return canvas.style(role, bold=role == "good")


def _role(row: _Row, index: int) -> Role:
    """The best value is good, one that is not as in the first run a warning."""
    if index in row.best:
        return "good"
    if not row.best and row.values[index] != row.values[0]:
        return "warn"
    return "muted" if len(set(row.values)) == 1 else "text"


def _results(histories: Sequence[History], terminal: Terminal) -> list[_Row]:
    """The scores of the latest epoch on val."""
    latest = [history.ended[-1] if history.ended else None for history in histories]
    rows = [_Row("epoch reached", [str(end.epoch) if end else None for end in latest])]
    for name in ("loss", *shared_metrics(history.kind for history in histories)):
        values = [
            getattr(end.val, name)
            if end and (name == "loss" or history.kind in METRICS[name].tasks)
            else None
            for history, end in zip(histories, latest, strict=True)
        ]
        known = [value for value in values if value is not None]
        top = (min if name == "loss" else max)(known, default=None)
        best = [index for index, value in enumerate(values) if value is not None and value == top]
        words = [None if value is None else metric(value, terminal) for value in values]
        short = "loss" if name == "loss" else METRICS[name].short
        rows.append(_Row(f"val {short}", words, best if len(best) < len(histories) else ()))
    return rows


def _padded(words: str, width: int, terminal: Terminal) -> str:
    cut = fit(words, width, terminal)
    return cut + " " * max(0, width - cell_len(cut))
