"""The facts of one run, and what differs between several."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from snn_tui.render import meters
from snn_tui.render.canvas import Canvas
from snn_tui.render.frame import cropped
from snn_tui.render.local_time import local_time
from snn_tui.render.palette import Role, state_role
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import clean, count, dash, fit, metric, rate, seconds, wrapped
from snn_tui.runs.catalogue import Entry
from snn_tui.runs.compare import differences, facts, unusual
from snn_tui.runs.history import History
from snn_tui.tui.runs.draw.run_list import MARK_ROLES, MARKS
from snn_tui.values.scores import MAIN_METRICS, METRICS, Scores, most_important

_LABEL = 9
_SCORES = {field: METRICS[field].short for field in most_important(6)} | {"loss": "loss"}
_RANKS = {field: METRICS[field].rank if field in METRICS else 4.5 for field in _SCORES}
_ALWAYS = ("images", "engine used", "device used", "torch version", "snn-tui version")
_NARROWEST_VALUE = 6
_WIDEST_VALUE = 24


def run_facts(entry: Entry, history: History | None, canvas: Canvas) -> Text:
    """State, scores and configuration of one run, as far as there is room.

    Args:
        entry: The run in the list.
        history: All its events; None while they are being read.
        canvas: What it is drawn on.
    """
    summary = entry.summary
    lines = [Text(fit(entry.run.name, canvas.width, canvas.terminal), "bold"), _state(entry, canvas)]
    if entry.problem:
        lines += _labelled("trouble", entry.problem, canvas, canvas.style("bad"), most=3)
    if summary.note:
        lines += _labelled("note", summary.note, canvas)
    scores = summary.test or summary.val
    if scores is not None:
        lines += _scores(summary.val, summary.test, canvas)
        wrong = f"{count(scores.fn)} missed, {count(scores.fp)} false alarms of {count(scores.images)}"
        lines += _labelled("mistakes", wrong, canvas, most=1)
    if summary.val is not None and summary.val.rates:
        lines += _firing(summary.val.rates, canvas)
    if history is not None:
        for label, value in _configuration(history, canvas.terminal):
            lines += _labelled(label, value, canvas)
    lines += _labelled("folder", os.path.dirname(os.path.abspath(summary.path)), canvas)
    return cropped(lines, canvas)


def _state(entry: Entry, canvas: Canvas) -> Text:
    """State, epochs done and time spent."""
    summary = entry.summary
    style = canvas.style(state_role(summary.state), bold=True)
    line = Text.assemble((f"{canvas.symbol(summary.state)} {summary.state}", style))
    if summary.epochs:
        line.append("  ").append_text(meters.meter(entry.fraction, 1.0, 10, canvas.terminal, style))
        line.append(f" {summary.epoch}/{summary.epochs}").append(" epochs", canvas.style("muted"))
    if summary.seconds:
        line.append(f"  {seconds(summary.seconds)}")
    return line


def _scores(val: Scores | None, test: Scores | None, canvas: Canvas) -> list[Text]:
    """A line of names, and below it one for each evaluation."""
    muted = canvas.style("muted")
    names = list(_SCORES)
    for name in sorted(names[1:], key=_RANKS.__getitem__, reverse=True):
        if _LABEL + len(names) * 7 - 2 > canvas.width:
            names.remove(name)
    lines = [Text(" " * _LABEL + "  ".join(f"{_SCORES[name]:<5}" for name in names), muted)]
    for label, scores in (("val", val), ("test", test)):
        if scores is not None:
            cells = [metric(getattr(scores, name), canvas.terminal) for name in names]
            lines.append(Text.assemble((f"{label:<{_LABEL}}", muted), "  ".join(cells)))
    return lines


def _firing(rates: dict[str, float], canvas: Canvas) -> list[Text]:
    """Firing rate of each layer, with meters where there is room for them."""
    line = Text.assemble((f"{'firing':<{_LABEL}}", canvas.style("muted")), meters.rates_line(rates, canvas))
    if line.cell_len <= canvas.width:
        return [line]
    shares = ", ".join(f"{layer} {rate(share)}" for layer, share in rates.items())
    return _labelled("firing", shares, canvas, most=1)


def _configuration(history: History, terminal: Terminal) -> list[tuple[str, str]]:
    """Best epoch, options, data, engine, start and versions, each with its label, as far as known."""
    rows = []
    if history.best_epoch is not None:
        best = next(end for end in history.ended if end.epoch == history.best_epoch)
        rows.append(("best", f"epoch {best.epoch}, val loss {metric(best.val.loss, terminal)}"))
    if history.config is not None:
        changed = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in unusual(history.config))
        rows.append(("options", changed or "the published study's"))
    if history.started is not None:
        started = history.started
        images = sum(counts.normal + counts.pneumonia for counts in started.dataset.after.values())
        synthetic = " (synthetic)" if started.dataset.synthetic else ""
        rows.append(("data", f"{started.dataset.name}{synthetic}, {count(images)} images"))
        rows.append(("engine", f"{started.engine} on {started.device}, host {started.host}"))
        rows.append(("started", local_time(started.started_at)))
        versions = ", ".join(f"{name} {version}" for name, version in started.versions.items())
        rows.append(("versions", versions))
    return [(label, value) for label, value in rows if value]


def _labelled(
    label: str, value: str, canvas: Canvas, style: Style | str = "", *, most: int = 2
) -> list[Text]:
    """A label and its value, on `most` lines at most."""
    muted = canvas.style("muted")
    values = wrapped(value, canvas.resized(max(canvas.width - _LABEL, 8)), style, most=most)
    return [
        Text.assemble((f"{'' if line else label:<{_LABEL}}", muted), value)
        for line, value in enumerate(values)
    ]


@dataclass(frozen=True)
class _Row:
    """A row of the comparison: its name, the value of each run, and the indices of the best ones, if any."""

    name: str
    values: Sequence[str | None]
    best: Sequence[int] = field(default=())


def run_differences(runs: Sequence[tuple[History, int]], canvas: Canvas) -> Text:
    """Differences between runs and their results, with a column for each run.

    First a line for each option that differs; then images, engine and versions, whether they differ or not;
    then the latest scores on val. What is not as in the first run stands out, and so does the best score.
    Lines and columns that do not fit are left out, and it says so.

    Args:
        runs: The runs, each with the index of its letter in `MARKS`.
        canvas: What it is drawn on.
    """
    terminal, muted = canvas.terminal, canvas.style("muted")
    histories = [history for history, _ in runs]
    labels = [f"{MARKS[mark]} {clean(history.run.title)}" for history, mark in runs]
    rows = [*_options(histories), *_results(histories, terminal)]
    cells = [[dash(terminal) if value is None else value for value in row.values] for row in rows]
    name_width = max(len(row.name) for row in rows)
    widths = [
        min(max(len(label), *(len(clean(row[index])) for row in cells)), _WIDEST_VALUE)
        for index, label in enumerate(labels)
    ]
    while name_width + sum(width + 2 for width in widths) > canvas.width and max(widths) > _NARROWEST_VALUE:
        widths[widths.index(max(widths))] -= 1
    while len(widths) > 2 and name_width + sum(width + 2 for width in widths) > canvas.width:
        widths.pop()
    header = Text(" " * name_width)
    for (_, mark), label, width in zip(runs, labels, widths, strict=False):
        header.append("  ").append(_padded(label, width, terminal), canvas.style(MARK_ROLES[mark], bold=True))
    lines = [header]
    if not differences(histories):
        lines.append(Text("nothing that decides them differs", muted))
    for row, words in zip(rows, cells, strict=True):
        line = Text.assemble((f"{row.name:<{name_width}}", muted))
        for index, width in enumerate(widths):
            role = _role(row, index)
            style = canvas.style(role, bold=role == "good")
            line.append("  ").append(_padded(words[index], width, terminal), style)
        lines.append(line)
    hidden = [f"{len(runs) - len(widths)} runs"] if len(widths) < len(runs) else []
    height = canvas.height
    room = max(1, height - 1) if hidden or len(lines) > height else height
    if len(lines) > room:
        hidden.insert(0, f"{len(lines) - room} lines")
    if hidden:
        lines = [*lines[:room], Text(f"(and {' and '.join(hidden)} more)", muted)]
    return cropped(lines, canvas)


def _role(row: _Row, index: int) -> Role:
    """The best value is good, one that is not as in the first run a warning."""
    if index in row.best:
        return "good"
    if not row.best and row.values[index] != row.values[0]:
        return "warn"
    return "muted" if len(set(row.values)) == 1 else "text"


def _options(histories: Sequence[History]) -> list[_Row]:
    """The options that differ, and those that are of interest in any case."""
    rows = [_Row(name, values) for name, values in differences(histories)]
    by_run = [facts(history) for history in histories]
    names = dict.fromkeys(name for known in by_run for name in known if name in _ALWAYS)
    differing = {row.name for row in rows}
    return rows + [
        _Row(name, [known.get(name) for known in by_run]) for name in names if name not in differing
    ]


def _results(histories: Sequence[History], terminal: Terminal) -> list[_Row]:
    """The scores of the latest epoch on val."""
    latest = [history.ended[-1] if history.ended else None for history in histories]
    rows = [_Row("epoch reached", [str(end.epoch) if end else None for end in latest])]
    for name in ("loss", *MAIN_METRICS):
        values = [getattr(end.val, name) if end else None for end in latest]
        known = [value for value in values if value is not None]
        top = (min if name == "loss" else max)(known, default=None)
        best = [index for index, value in enumerate(values) if value is not None and value == top]
        words = [None if value is None else metric(value, terminal) for value in values]
        rows.append(_Row(f"val {_SCORES[name]}", words, best if len(best) < len(histories) else ()))
    return rows


def _padded(words: str, width: int, terminal: Terminal) -> str:
    cut = fit(words, width, terminal)
    return cut + " " * max(0, width - cell_len(cut))
