"""Tables of a sweep: its trials, its front, and what decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from snn_tui.config.run_config import OPTIONS
from snn_tui.render.canvas import Canvas
from snn_tui.render.meters import meter
from snn_tui.render.palette import state_role
from snn_tui.render.tables import GAP, bare_table
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import dash, fit, plain, rate
from snn_tui.runs.sweep import ENERGY, SMALLER_IS_BETTER, SweepRecord, Trial
from snn_tui.values.scores import METRICS
from snn_tui.values.words import counted, listed

MOST_ROWS = 30
"""Most trials that a table lists; `--json` has them all."""

_LEAST_PARAMETER = 12
_BAR = 30


@dataclass(frozen=True)
class Working:
    """A trial whose run is at work: what it is at, and how many epochs it has done of how many."""

    state: str
    epoch: int
    epochs: int


def objective_name(objective: str) -> str:
    """An objective as tables call it."""
    if objective == ENERGY:
        return "energy nJ"
    return METRICS[objective].short if objective in METRICS else objective


def number(value: float | int | str) -> str:
    """A value of an option or objective with four digits."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def counts(record: SweepRecord, total: int) -> str:
    """How many trials there are of how many, and how they ended."""
    ended = [trial.state for trial in record.trials if trial.state != "running"]
    parts = [f"{ended.count(state)} {state}" for state in ("complete", "pruned", "failed") if state in ended]
    at_work = len(record.trials) - len(ended)
    parts += [f"{at_work} begun"] if at_work else []
    return f"{record.name}: {counted(total, 'trial')}{': ' if parts else ''}{listed(parts) if parts else ''}"


def best_words(record: SweepRecord) -> str:
    """The best trial with its objective, or how many trials the front has; empty while there are none."""
    if not record.front:
        return ""
    if len(record.objectives) > 1:
        names = " and ".join(map(objective_name, record.objectives))
        return f"{counted(len(record.front), 'trial')} on the front of {names}"
    best = next(trial for trial in record.trials if trial.number == record.front[0])
    return f"best {objective_name(record.objectives[0])} {number(best.values[0])}, trial {best.number}"


def by_rank(record: SweepRecord) -> list[Trial]:
    """The trials as a table lists them: the front, the other complete ones from the best, then the others."""
    place = {number: at for at, number in enumerate(record.front)}
    sign = 1 if record.objectives[0] in SMALLER_IS_BETTER else -1
    states = ("complete", "running", "pruned", "failed")

    def rank(trial: Trial) -> tuple[int, int, float, int]:
        value = sign * trial.values[0] if trial.values else 0.0
        return place.get(trial.number, len(place)), states.index(trial.state), value, trial.number

    return sorted(record.trials, key=rank)


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
        width = min(max(len(_label(option)), *map(len, cells), 1), 24) if cells else len(_label(option))
        left -= width + GAP
        if left < 0 and canvas.width:
            break
        shown.append((option, width, cells))
    for header in headers:
        table.add_column(header, justify="left" if header == "state" else "right", no_wrap=True)
    for option, _, _ in shown:
        table.add_column(fit(_label(option), 24, terminal), justify="right", no_wrap=True)
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
        table.add_row(plain(_label(option), terminal), *bars)
    return table


def _label(option: str) -> str:
    return OPTIONS[option].flag[2:] if option in OPTIONS else option


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
