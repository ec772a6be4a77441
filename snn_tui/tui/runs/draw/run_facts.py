"""What there is to say of one run, and what differs between several."""

from __future__ import annotations

import os
from collections.abc import Sequence

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
from snn_tui.runs.catalog import Entry
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
    """One run: where it stands, its scores, and all that decided it, as far as there is room.

    Args:
        entry: The run.
        history: It read whole; None while it is being read.
        canvas: What it is drawn on.
    """
    width = canvas.width
    summary = entry.summary
    muted = canvas.style("muted")
    state = canvas.style(state_role(summary.state), bold=True)
    head = Text.assemble((f"{canvas.symbol(summary.state)} {summary.state}", state))
    if summary.epochs:
        head.append("  ").append_text(meters.meter(entry.fraction, 1.0, 10, canvas.terminal, state))
        head.append(f" {summary.epoch}/{summary.epochs}", "").append(" epochs", muted)
    if summary.seconds:
        head.append(f"  {seconds(summary.seconds)}")
    lines = [Text(fit(entry.run.name, width, canvas.terminal), "bold"), head]
    told: list[tuple[str, str]] = []
    if summary.note:
        told.append(("note", summary.note))
    if entry.problem:
        bad = canvas.style("bad")
        lines += _labelled("trouble", entry.problem, canvas, bad, most=3)
    for label, value in told:
        lines += _labelled(label, value, canvas, most=2)
    if summary.val or summary.test:
        lines += _scores(summary.val, summary.test, canvas, muted)
        judged = summary.test or summary.val
        if judged is not None:
            wrong = f"{count(judged.fn)} missed, {count(judged.fp)} false alarms of {count(judged.images)}"
            lines += _labelled("mistakes", wrong, canvas, most=1)
        rates = summary.val.rates if summary.val else {}
        if rates:
            firing = Text.assemble((f"{'firing':<{_LABEL}}", muted))
            firing.append_text(meters.rates_line(rates, canvas))
            if firing.cell_len > width:
                shares = ", ".join(f"{layer} {rate(share)}" for layer, share in rates.items())
                lines += _labelled("firing", shares, canvas, most=1)
            else:
                lines.append(firing)
    if history is not None:
        for label, value in _decided(entry, history, canvas.terminal):
            lines += _labelled(label, value, canvas, most=2)
    lines += _labelled("folder", os.path.dirname(os.path.abspath(summary.path)), canvas, most=2)
    return cropped(lines, canvas)


def run_differences(runs: Sequence[tuple[History, int]], canvas: Canvas) -> Text:
    """What differs between runs, and what came of it, with a column for each run.

    First a line for each option that differs; then images, engine and versions, be they the same or not;
    then the latest scores on val. What is not as in the first run stands out, and so does the best score.
    Lines and columns that do not fit are left out, and it says so.

    Args:
        runs: The runs, each with the place of its letter in `MARKS`.
        canvas: What it is drawn on.
    """
    width, height, terminal = canvas.width, canvas.height, canvas.terminal
    muted = canvas.style("muted")
    histories = [history for history, _ in runs]
    labels = [f"{MARKS[mark]} {clean(history.run.title)}" for history, mark in runs]
    rows = [*_causes(histories), *_outcomes(histories, terminal)]
    cells = [[dash(terminal) if value is None else value for value in told] for _, told, _ in rows]
    named = max(len(name) for name, _, _ in rows)
    widths = [
        min(max(len(labels[place]), *(len(clean(told[place])) for told in cells)), _WIDEST_VALUE)
        for place in range(len(runs))
    ]
    while named + sum(room + 2 for room in widths) > width and max(widths) > _NARROWEST_VALUE:
        widths[widths.index(max(widths))] -= 1
    while len(widths) > 2 and named + sum(room + 2 for room in widths) > width:
        widths.pop()
    header = Text(" " * named)
    for (_, mark), label, room in zip(runs, labels, widths, strict=False):
        style = canvas.style(MARK_ROLES[mark], bold=True)
        header.append("  ").append(_padded(label, room, terminal), style)
    lines = [header]
    if not differences(histories):
        lines.append(Text("nothing that decides them differs", muted))
    for (name, told, best), shown in zip(rows, cells, strict=True):
        line = Text.assemble((f"{name:<{named}}", muted))
        same = len(set(told)) == 1
        for place, room in enumerate(widths):
            role: Role = "muted" if same else "text"
            if place in best:
                role = "good"
            elif not best and told[place] != told[0]:
                role = "warn"
            style = canvas.style(role, bold=role == "good")
            line.append("  ").append(_padded(shown[place], room, terminal), style)
        lines.append(line)
    hidden = [f"{len(runs) - len(widths)} runs"] if len(widths) < len(runs) else []
    room = max(1, height - 1) if hidden or len(lines) > height else height
    if len(lines) > room:
        hidden.insert(0, f"{len(lines) - room} lines")
    if hidden:
        lines = [*lines[:room], Text(f"(and {' and '.join(hidden)} more)", muted)]
    return cropped(lines, canvas)


_Row = tuple[str, list[str | None], list[int]]
"""A name, the value of each run, and the places of the best ones, where some are better than others."""


def _causes(histories: Sequence[History]) -> list[_Row]:
    rows: list[_Row] = [(name, told, []) for name, told in differences(histories)]
    known = [facts(history) for history in histories]
    always = [name for name in dict.fromkeys(name for one in known for name in one) if name in _ALWAYS]
    seen = {name for name, _, _ in rows}
    return rows + [(name, [one.get(name) for one in known], []) for name in always if name not in seen]


def _outcomes(histories: Sequence[History], terminal: Terminal) -> list[_Row]:
    """The scores of the latest epoch on val."""
    latest = [history.ended[-1] if history.ended else None for history in histories]
    rows: list[_Row] = [("epoch reached", [str(end.epoch) if end else None for end in latest], [])]
    for name in ("loss", *MAIN_METRICS):
        values = [getattr(end.val, name) if end else None for end in latest]
        known = [value for value in values if value is not None]
        best = (min if name == "loss" else max)(known, default=None)
        winners = [place for place, value in enumerate(values) if value is not None and value == best]
        told = [None if value is None else metric(value, terminal) for value in values]
        rows.append((f"val {_SCORES[name]}", told, winners if len(winners) < len(histories) else []))
    return rows


def _padded(words: str, room: int, terminal: Terminal) -> str:
    shown = fit(words, room, terminal)
    return shown + " " * max(0, room - cell_len(shown))


def _scores(val: Scores | None, test: Scores | None, canvas: Canvas, muted: Style) -> list[Text]:
    """A line of names, and below it one for each evaluation."""
    names = list(_SCORES)
    for gone in sorted(names[1:], key=_RANKS.__getitem__, reverse=True):
        if _LABEL + len(names) * 7 - 2 > canvas.width:
            names.remove(gone)
    lines = [Text(" " * _LABEL + "  ".join(f"{_SCORES[name]:<5}" for name in names), muted)]
    for label, scores in (("val", val), ("test", test)):
        if scores is not None:
            cells = [metric(getattr(scores, name), canvas.terminal) for name in names]
            lines.append(Text.assemble((f"{label:<{_LABEL}}", muted), "  ".join(cells)))
    return lines


def _decided(entry: Entry, history: History, terminal: Terminal) -> list[tuple[str, str]]:
    told = []
    if history.best_epoch is not None:
        best = next(end for end in history.ended if end.epoch == history.best_epoch)
        told.append(("best", f"epoch {best.epoch}, val loss {metric(best.val.loss, terminal)}"))
    if history.config is not None:
        changed = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in unusual(history.config))
        told.append(("options", changed or "the published study's"))
    if history.started is not None:
        started = history.started
        images = sum(counts.normal + counts.pneumonia for counts in started.dataset.after.values())
        synthetic = " (synthetic)" if started.dataset.synthetic else ""
        told.append(("data", f"{started.dataset.name}{synthetic}, {count(images)} images"))
        told.append(("engine", f"{started.engine} on {started.device}, host {started.host}"))
        told.append(("started", local_time(started.started_at)))
        versions = ", ".join(f"{name} {version}" for name, version in started.versions.items())
        told.append(("versions", versions))
    return [(label, value) for label, value in told if value]


def _labelled(label: str, value: str, canvas: Canvas, style: Style | str = "", *, most: int) -> list[Text]:
    """A label and its value, on `most` lines at most."""
    muted = canvas.style("muted")
    values = wrapped(value, canvas.resized(max(canvas.width - _LABEL, 8)), style, most=most)
    return [
        Text.assemble((f"{'' if line else label:<{_LABEL}}", muted), value)
        for line, value in enumerate(values)
    ]
