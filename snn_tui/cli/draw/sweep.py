"""Tables of a sweep: its trials, its front, and what decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from snn_tui.render.canvas import Canvas
from snn_tui.render.meters import meter
from snn_tui.render.palette import state_role
from snn_tui.render.sweep import number, objective_name, option_name
from snn_tui.render.tables import GAP, bare_table
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import dash, fit, plain, rate
from snn_tui.runs.sweep import SweepRecord, Trial

MOST_ROWS = 30
"""Most trials that a table lists; `--json` has them all."""

_BAR = 30


@dataclass(frozen=True)
class Working:
    """A trial whose run is at work: what it is at, and how many epochs it has done of how many."""

    state: str
    epoch: int
    epochs: int


def trials_table(
    record: SweepRecord, trials: Sequence[Trial], working: Mapping[int, Working], canvas: Canvas
) -> Table:
    """Some trials: state, objectives and values; where it is narrow, the last options have no column.

    Args:
        record: The sweep.
        trials: Those that are listed.
        working: What those at work are at, by number.
        canvas: Its width.
    """
    terminal = canvas.terminal
    table = bare_table(terminal)
    headers = ["trial", "state", "epoch", *map(objective_name, record.objectives)]
    rows = [_row(trial, record, working.get(trial.number), canvas) for trial in trials]
    widths = (
        [
            max(len(header), *(cell.cell_len for cell in column), 1)
            for header, column in zip(headers, zip(*rows, strict=True), strict=True)
        ]
        if rows
        else [len(header) for header in headers]
    )
    left = canvas.width - sum(widths) - GAP * (len(widths) - 1)
    shown = []
    for option in record.space:
        cells = [number(trial.params.get(option, dash(terminal))) for trial in trials]
        width = (
            min(max(len(option_name(option)), *map(len, cells), 1), 24) if cells else len(option_name(option))
        )
        left -= width + GAP
        if left < 0 and canvas.width:
            break
        shown.append((option, width, cells))
    for header in headers:
        table.add_column(header, justify="left" if header == "state" else "right", no_wrap=True)
    for option, _, _ in shown:
        table.add_column(fit(option_name(option), 24, terminal), justify="right", no_wrap=True)
    for at, row in enumerate(rows):
        table.add_row(*row, *(plain(fit(cells[at], width, terminal), terminal) for _, width, cells in shown))
    return table


def importance_table(record: SweepRecord, terminal: Terminal) -> Table:
    """Which share of the differences in each objective each option decides."""
    table = bare_table(terminal)
    table.add_column("option", no_wrap=True)
    several = len(record.importance) > 1
    width = _BAR // 2 if several else _BAR
    for objective in record.importance:
        table.add_column(f"decides {objective_name(objective)}", no_wrap=True)
    first = next(iter(record.importance.values()))
    for option in sorted(record.space, key=lambda option: -first.get(option, 0.0)):
        shares = [shares.get(option, 0.0) for shares in record.importance.values()]
        bars = [Text.assemble(meter(share, 1.0, width, terminal), f" {rate(share):>4}") for share in shares]
        table.add_row(plain(option_name(option), terminal), *bars)
    return table


def _row(trial: Trial, record: SweepRecord, working: Working | None, canvas: Canvas) -> list[Text]:
    terminal = canvas.terminal
    state = {"complete": "finished", "running": working.state if working else "begun"}.get(
        trial.state, trial.state
    )
    role = state_role({"pruned": "stopped"}.get(state, state))
    first = trial.number in record.front
    mark = ("★" if canvas.unicode else "*") if first else ""
    epoch = f"{working.epoch}/{working.epochs}" if working else str(trial.epoch or "")
    values = [number(value) for value in trial.values] or [dash(terminal)] * len(record.objectives)
    return [
        Text(f"{mark}{trial.number}", canvas.style("accent", bold=True) if first else ""),
        Text(state, canvas.style(role)),
        Text(epoch),
        *map(Text, values),
    ]
