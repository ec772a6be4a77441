"""Runs in a list: as rows of `tables.runs_table`, and as single lines to choose from."""

from __future__ import annotations

from rich.text import Text

from snn_tui.render.canvas import Canvas
from snn_tui.render.tables import RunRow
from snn_tui.render.text import fit, local_time, metric
from snn_tui.runs.summary import RunSummary

_STATE_WIDTH = 12
_METRIC_WIDTH = 11
_MARKS_WIDTH = 9
_WIDE = 78
# Date, time, preset and seed, and a space: a name cut shorter says nothing.
_SHORTEST_NAME = 25


def run_row(summary: RunSummary) -> RunRow:
    """A summary as the runs table shows it; the time is local."""
    started = summary.started_at
    return RunRow(
        name=summary.name,
        state=summary.state,
        epoch=f"{summary.epoch}/{summary.epochs}" if summary.epochs else "",
        val_accuracy=summary.val.accuracy if summary.val else None,
        test_accuracy=summary.test.accuracy if summary.test else None,
        started=local_time(started) if started is not None else "",
        dataset=summary.dataset,
        shipped=summary.shipped,
        synthetic=summary.synthetic,
        note=summary.note,
    )


def run_line(summary: RunSummary, canvas: Canvas) -> Text:
    """One run on one line: name, state, accuracy on val and test, and whether shipped or synthetic.

    Where it is narrow the marks become symbols (see `marks`), and accuracies go before names are cut.
    """
    wide = canvas.width >= _WIDE
    flags = (("shipped", summary.shipped), ("synthetic", summary.synthetic))
    marked = [word if wide else canvas.symbol(word) for word, on in flags if on]
    muted, warn = (canvas.style(role) for role in ("muted", "warn"))
    room = canvas.width - _STATE_WIDTH - (_MARKS_WIDTH if wide else 3)
    shown = min(max((room - _SHORTEST_NAME) // _METRIC_WIDTH, 0), 2)
    room -= shown * _METRIC_WIDTH
    name = fit(summary.name, room - 1, canvas.terminal)
    state = f"{canvas.symbol(summary.state)} {summary.state}"
    row = run_row(summary)
    line = Text.assemble(f"{name:<{room}}", f"{state:<{_STATE_WIDTH}}")
    for label, value in (("val", row.val_accuracy), ("test", row.test_accuracy))[:shown]:
        number = metric(value, canvas.terminal).strip()
        line.append(f"{label} ", muted).append(f"{number:<{_METRIC_WIDTH - len(label) - 1}}")
    line.append(" ".join(marked), warn)
    line.no_wrap = True
    return line


def marks(canvas: Canvas) -> str:
    """What the symbols in lines of that width mean; empty where there are words instead."""
    if canvas.width >= _WIDE:
        return ""
    return "  ".join(f"{canvas.symbol(word)} {word}" for word in ("shipped", "synthetic"))
