"""The facts of one run."""

from __future__ import annotations

import os

from rich.style import Style
from rich.text import Text

from snn_tui.render import meters
from snn_tui.render.canvas import Canvas
from snn_tui.render.local_time import local_time
from snn_tui.render.palette import state_role
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import count, fit, metric, rate, seconds, wrapped
from snn_tui.runs.catalogue import Entry
from snn_tui.runs.compare import unusual
from snn_tui.runs.history import History
from snn_tui.runs.notes import NOTE_LIMIT
from snn_tui.tui.runs.draw.scrolled import scrolled
from snn_tui.values.firing import activity_word
from snn_tui.values.scores import METRICS, Scores, most_important
from snn_tui.values.task import TaskKind
from snn_tui.values.words import counted

_LABEL = 9
_LOSS_RANK = 4.5
_SHORT_NOTE = 4
"""Lines up to which a note stands above the scores as a whole."""

_DEEPEST = 8  # spaces a line of a note begins with at most


def run_facts(entry: Entry, history: History | None, canvas: Canvas, first: int = 0) -> Text:
    """State, scores and configuration of one run, from a line on.

    Args:
        entry: The run in the list.
        history: All its events; None while they are being read.
        canvas: What it is drawn on.
        first: The first line below the name and the state; less where fewer lines are left than fit.
    """
    lines = _facts(entry, history, canvas)
    return scrolled(lines[:2], lines[2:], first, canvas)


def facts_lines(entry: Entry, history: History | None, canvas: Canvas) -> int:
    """Number of lines of the facts below the name and the state."""
    return len(_facts(entry, history, canvas)) - 2


def _facts(entry: Entry, history: History | None, canvas: Canvas) -> list[Text]:
    summary = entry.summary
    lines = [Text(fit(entry.run.name, canvas.width, canvas.terminal), "bold"), _state(entry, canvas)]
    if entry.problem:
        lines += _labelled("trouble", entry.problem, canvas, canvas.style("bad"), most=3)
    note = _note(summary.note, canvas)
    long = len(note) > _SHORT_NOTE
    if long:  # the scores come before what is read once
        more = f"and {counted(len(note) - _SHORT_NOTE + 1, 'line')} at the end"
        lines += [*note[: _SHORT_NOTE - 1], Text(" " * _LABEL + more, canvas.style("muted"))]
    else:
        lines += note
    scores = summary.test or summary.val
    if scores is not None:
        kind = summary.kind or "binary"
        lines += _scores(summary.val, summary.test, kind, canvas)
        if scores.images and (scores.confusion or scores.classes or scores.tn + scores.tp):
            lines += _labelled("mistakes", _mistakes(scores, kind), canvas)
    if summary.val is not None and summary.val.rates:
        own = summary.config is not None and summary.config.own_loop
        lines += _firing(summary.val.rates, "firing" if own else activity_word(summary.val.rates), canvas)
    if history is not None:
        for label, value in _configuration(history, canvas.terminal):
            lines += _labelled(label, value, canvas)
    lines += _labelled("folder", os.path.dirname(os.path.abspath(summary.path)), canvas)
    return [*lines, *note] if long else lines


def _note(note: str, canvas: Canvas) -> list[Text]:
    """A note with its lines as they were written, those that are too long wrapped."""
    if not note:
        return []
    lines: list[Text] = []
    for written in note.split("\n"):
        indent = " " * min(len(written) - len(written.lstrip()), _DEEPEST)
        width = max(canvas.width - _LABEL - len(indent), 8)
        wrapped_line = wrapped(written, canvas.resized(width), limit=NOTE_LIMIT)
        lines += [Text(indent + part.plain) for part in wrapped_line] or [Text()]
    muted = canvas.style("muted")
    return [
        Text.assemble((f"{'' if index else 'note':<{_LABEL}}", muted), line)
        for index, line in enumerate(lines)
    ]


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


def _mistakes(scores: Scores, kind: TaskKind) -> str:
    """How many predictions were wrong, in the words of the kind of task."""
    images = count(scores.images)
    if kind == "binary":
        return f"{count(scores.fn)} missed, {count(scores.fp)} false alarms of {images}"
    if kind == "multilabel":
        missed = sum(row.matrix.fn for row in scores.classes)
        wrong = sum(row.matrix.fp for row in scores.classes)
        return f"{count(missed)} labels missed, {count(wrong)} false ones on {images} images"
    right = sum(row[truth] for truth, row in enumerate(scores.confusion))
    return f"{count(scores.images - right)} wrong of {images}"


def _scores(val: Scores | None, test: Scores | None, kind: TaskKind, canvas: Canvas) -> list[Text]:
    """A line of names, and below it one for each evaluation."""
    muted = canvas.style("muted")
    shorts = {field: METRICS[field].short for field in most_important(6, kind)} | {"loss": "loss"}
    ranks = {field: METRICS[field].rank if field in METRICS else _LOSS_RANK for field in shorts}
    names = list(shorts)
    for name in sorted(names[1:], key=ranks.__getitem__, reverse=True):
        if _LABEL + len(names) * 7 - 2 > canvas.width:
            names.remove(name)
    lines = [Text(" " * _LABEL + "  ".join(f"{shorts[name]:<5}" for name in names), muted)]
    for label, scores in (("val", val), ("test", test)):
        if scores is not None:
            cells = [metric(getattr(scores, name), canvas.terminal) for name in names]
            lines.append(Text.assemble((f"{label:<{_LABEL}}", muted), "  ".join(cells)))
    return lines


def _firing(rates: dict[str, float], word: str, canvas: Canvas) -> list[Text]:
    """Firing rate of each layer, with meters where there is room for them."""
    line = Text.assemble((f"{word:<{_LABEL}}", canvas.style("muted")), meters.rates_line(rates, canvas))
    if line.cell_len <= canvas.width:
        return [line]
    shares = ", ".join(f"{layer} {rate(share)}" for layer, share in rates.items())
    return _labelled(word, shares, canvas)


def _configuration(history: History, terminal: Terminal) -> list[tuple[str, str]]:
    """Best epoch, options, data, engine, start and versions, each with its label, as far as known."""
    rows = []
    if history.best_epoch is not None:
        best = next(end for end in history.ended if end.epoch == history.best_epoch)
        rows.append(("best", f"epoch {best.epoch}, val loss {metric(best.val.loss, terminal)}"))
    if history.config is not None:
        changed = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in unusual(history.config))
        rows.append(("options", changed or ("" if history.config.own_loop else "the published study's")))
    if history.started is not None:
        started = history.started
        dataset = started.dataset
        images = sum(dataset.images.values())
        synthetic = " (synthetic)" if dataset.synthetic else ""
        rows.append(("data", f"{dataset.name}{synthetic}" + (f", {count(images)} images" if images else "")))
        if dataset.task.kind != "binary" and dataset.task.classes:
            noun = "labels" if dataset.task.kind == "multilabel" else "classes"
            rows.append(("task", f"{dataset.task.kind}, {dataset.task.outputs} {noun}"))
        engine = " on ".join(filter(None, (started.engine or "own loop", started.device)))
        rows.append(("engine", f"{engine}, host {started.host}"))
        rows.append(("started", local_time(started.started_at)))
        versions = ", ".join(f"{name} {version}" for name, version in started.versions.items())
        rows.append(("versions", versions))
    return [(label, value) for label, value in rows if value]


def _labelled(
    label: str, value: str, canvas: Canvas, style: Style | str = "", *, most: int = 8
) -> list[Text]:
    """A label and its value, on `most` lines at most."""
    muted = canvas.style("muted")
    values = wrapped(value, canvas.resized(max(canvas.width - _LABEL, 8)), style, most=most)
    return [
        Text.assemble((f"{'' if line else label:<{_LABEL}}", muted), value)
        for line, value in enumerate(values)
    ]
