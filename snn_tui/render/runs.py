"""Runs in a list: as a table to print, and as single lines to choose from."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from snn_tui.render.canvas import Canvas
from snn_tui.render.local_time import local_time
from snn_tui.render.palette import state_role
from snn_tui.render.tables import GAP, bare_table
from snn_tui.render.text import clean, fit, metric
from snn_tui.runs.notes import first_line
from snn_tui.runs.summary import RunSummary
from snn_tui.values.words import counted

_STATE_WIDTH = 12
_METRIC_WIDTH = 11
_MARKS_WIDTH = 9
_WIDE = 78
# Date, time, preset and seed: a name cut shorter says nothing.
_SHORTEST_NAME = 24
_SHORTEST_IN_TABLE = 32  # every command wants a name, so columns go before it is cut
_SHORTEST_NOTE = 16
_MOST_BROKEN = 6


@dataclass(frozen=True)
class _Column:
    """A column of the table of runs: its cell, whether cells end below each other, and when it goes.

    Where the table is narrow, columns go in the order of `rank`; those with 0 stay.
    """

    cell: Callable[[RunSummary, Canvas], str]
    right: bool = False
    rank: int = 0


def _marks(run: RunSummary, canvas: Canvas) -> str:
    marks = (("shipped", run.shipped), ("synthetic", run.synthetic))
    return "".join(canvas.symbol(mark) if on else " " for mark, on in marks)


def _state(run: RunSummary, canvas: Canvas) -> str:
    return f"{canvas.symbol(run.state)} {fit(run.state, 12, canvas.terminal)}"


_COLUMNS = {
    "": _Column(_marks),
    "run": _Column(lambda run, canvas: fit(run.name, 200, canvas.terminal)),
    "state": _Column(_state),
    "epoch": _Column(lambda run, _: f"{run.epoch}/{run.epochs}" if run.epochs else "", right=True, rank=4),
    "val acc": _Column(
        lambda run, canvas: metric(run.val.accuracy if run.val else None, canvas.terminal), right=True, rank=6
    ),
    "test acc": _Column(
        lambda run, canvas: metric(run.test.accuracy if run.test else None, canvas.terminal), right=True
    ),
    "test AUC": _Column(
        lambda run, canvas: metric(run.test.auc if run.test else None, canvas.terminal), right=True, rank=1
    ),
    "data": _Column(lambda run, canvas: fit(run.dataset, 18, canvas.terminal), rank=3),
    "started": _Column(lambda run, _: "" if run.started_at is None else local_time(run.started_at), rank=2),
    "note": _Column(lambda run, canvas: fit(first_line(run.note), 200, canvas.terminal), rank=5),
}


def runs_table(runs: Sequence[RunSummary], canvas: Canvas) -> Table:
    """Runs, one a line: shipped ones and synthetic data marked, the state as symbol and word.

    Where it is narrow, columns go and then names are cut, with a mark.

    Args:
        runs: The runs, in the order of the lines.
        canvas: What it is drawn on; only its width matters.
    """
    cells = {name: [column.cell(run, canvas) for run in runs] for name, column in _COLUMNS.items()}
    widths = {name: max(map(cell_len, [name, *column])) for name, column in cells.items()}
    needless = set() if any(run.note for run in runs) else {"note"}
    if all(run.kind in (None, "binary") for run in runs):
        needless.add("test AUC")
    columns = [name for name in _COLUMNS if name not in needless]
    shortest = widths | {
        "run": min(widths["run"], _SHORTEST_IN_TABLE),
        "note": min(widths["note"], _SHORTEST_NOTE),
    }
    for name in sorted(
        filter(lambda name: _COLUMNS[name].rank, columns), key=lambda name: _COLUMNS[name].rank
    ):
        if sum(shortest[name] for name in columns) + GAP * (len(columns) - 1) <= canvas.width:
            break
        columns.remove(name)
    others = sum(shortest[name] for name in columns if name != "run") + GAP * (len(columns) - 1)
    room = max(canvas.width - others, 1)
    rooms = {"run": room, "note": shortest["note"] + max(room - widths["run"], 0)}
    table = bare_table(canvas.terminal)
    for name in columns:
        table.add_column(name, justify="right" if _COLUMNS[name].right else "left", no_wrap=True)
    for line, run in enumerate(runs):
        styles = {
            "state": canvas.style(state_role(run.state)),
            "": canvas.style("warn" if run.synthetic else "text"),
        }
        row = []
        for name in columns:
            words = cells[name][line]
            words = fit(words, rooms[name], canvas.terminal) if name in rooms else words
            row.append(Text(words, styles.get(name, "")))
        table.add_row(*row)
    flags = {"shipped": any(run.shipped for run in runs), "synthetic": any(run.synthetic for run in runs)}
    table.caption = Text("  ".join(f"{canvas.symbol(word)} {word}" for word, on in flags.items() if on))
    table.caption_justify = "left"
    return table


def broken_runs(runs: Sequence[RunSummary], canvas: Canvas) -> Text:
    """What is wrong with those of some runs that are broken, a line each; of many, a few and the number."""
    broken = [run for run in runs if run.state == "broken"]
    lines = [
        f"{canvas.symbol('broken')} {clean(run.name)}: {clean(run.problem.removeprefix(run.path + os.sep))}"
        for run in broken[:_MOST_BROKEN]
    ]
    if others := len(broken) - len(lines):
        lines.append(f"and {counted(others, 'other broken run')}")
    return Text("\n".join(lines), canvas.style(state_role("broken")))


def run_line(run: RunSummary, canvas: Canvas) -> Text:
    """One run on one line: name, state, accuracy on val and test, and whether shipped or synthetic.

    Where it is narrow the marks become symbols (see `marks`), and accuracies go before names are cut.
    """
    wide = canvas.width >= _WIDE
    flags = (("shipped", run.shipped), ("synthetic", run.synthetic))
    marked = [word if wide else canvas.symbol(word) for word, on in flags if on]
    room = canvas.width - _STATE_WIDTH - (_MARKS_WIDTH if wide else 3)
    metrics = min(max((room - _SHORTEST_NAME - 1) // _METRIC_WIDTH, 0), 2)
    room -= metrics * _METRIC_WIDTH
    name = fit(run.name, room - 1, canvas.terminal)
    state = f"{canvas.symbol(run.state)} {run.state}"
    line = Text.assemble(f"{name:<{room}}", f"{state:<{_STATE_WIDTH}}", no_wrap=True)
    for split, scores in (("val", run.val), ("test", run.test))[:metrics]:
        number = metric(scores.accuracy if scores else None, canvas.terminal).strip()
        line.append(f"{split} ", canvas.style("muted")).append(f"{number:<{_METRIC_WIDTH - len(split) - 1}}")
    return line.append(" ".join(marked), canvas.style("warn"))


def marks(canvas: Canvas) -> str:
    """Meaning of the symbols in lines of that width; empty where there are words instead."""
    if canvas.width >= _WIDE:
        return ""
    return "  ".join(f"{canvas.symbol(word)} {word}" for word in ("shipped", "synthetic"))
