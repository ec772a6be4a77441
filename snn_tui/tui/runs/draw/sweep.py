"""A sweep: its trials as points, those of the front or the best so far, and what decided."""

from __future__ import annotations

import math
from itertools import accumulate

from rich.text import Text

from snn_tui.render.axes import cell, scale, share
from snn_tui.render.canvas import Canvas
from snn_tui.render.meters import meter
from snn_tui.render.palette import Role
from snn_tui.render.series import Chart, Series
from snn_tui.render.sweep import best_words, by_rank, counts, number, objective_name, option_name
from snn_tui.render.text import fit, plain, rate
from snn_tui.runs.sweep import SMALLER_IS_BETTER, SweepRecord, Trial
from snn_tui.tui.runs.draw.scrolled import scrolled

_STAR = {True: "★", False: "*"}
_BAR = 16
_OPTION = 14
_MOST_POINTS = 500
_MOST = 200  # trials that are listed
_NUMBER = 7  # columns of a trial's number and star, with the gap after them

HEAD = 1
"""Lines of the facts that stay when the others are scrolled."""


def sweep_chart(record: SweepRecord, pointed: int | None) -> Chart:
    """The first objective against the second and the front, or after each trial with the best one so far.

    Args:
        record: The sweep.
        pointed: Number of the trial that stands out.
    """
    trials = [
        trial
        for trial in record.trials
        if record.objectives
        and len(trial.values) == len(record.objectives)
        and all(map(math.isfinite, trial.values))
    ]
    several = len(record.objectives) > 1
    at = {trial.number: float(trial.values[1] if several else trial.number) for trial in trials}
    trials.sort(key=lambda trial: at[trial.number])
    series = [_points("trials", _apart(trials, at), at)]
    if several:
        numbers = set(record.front)
        front = [trial for trial in trials if trial.number in numbers]
        line = [at[trial.number] for trial in front], [trial.values[0] for trial in front]
        series += [Series("front", *line, "good"), _points("", front, at, "good")]
    else:
        better = min if set(record.objectives) & set(SMALLER_IS_BETTER) else max
        best = list(accumulate((trial.values[0] for trial in trials), better))
        last = len(best) - 1
        # Where the line bends: before and after each better trial, and at its ends.
        steps = [
            place
            for place in range(len(best))
            if place in (0, last) or best[place] != best[place - 1] or best[place] != best[place + 1]
        ]
        line = [at[trials[place].number] for place in steps], [best[place] for place in steps]
        series.append(Series("best", *line, "good"))
    here = [trial for trial in trials if trial.number == pointed]
    if here:
        words = f"trial {pointed}"
        xs = [at[trial.number] for trial in here]
        ys = [trial.values[0] for trial in here]
        series.append(Series(words, xs, ys, "warn", marker="points"))
    names = [objective_name(objective) for objective in record.objectives]
    return Chart(
        series,
        x_label=names[1] if several else "trial",
        y_label=names[0] if names else "",
        empty="no trial is complete yet",
    )


def sweep_facts(record: SweepRecord, pointed: int | None, first: int, canvas: Canvas) -> Text:
    """How far the sweep is, what decided, and the trials from the best.

    Args:
        record: The sweep.
        pointed: Number of the trial of the cursor.
        first: The first line below the head that is shown.
        canvas: What it is drawn on.
    """
    lines = _lines(record, pointed, canvas)
    return scrolled(lines[:HEAD], lines[HEAD:], first, canvas)


def sweep_lines(record: SweepRecord, pointed: int | None, canvas: Canvas) -> int:
    """Number of lines below the head."""
    return len(_lines(record, pointed, canvas)) - HEAD


def _apart(trials: list[Trial], at: dict[int, float]) -> list[Trial]:
    """Of many trials those that no other one would hide."""
    if len(trials) <= _MOST_POINTS:
        return trials
    x, y = (scale(values) for values in (at.values(), [trial.values[0] for trial in trials]))
    cells = {
        (cell(share(at[trial.number], x), 200), cell(share(trial.values[0], y), 100)): trial
        for trial in trials
    }
    return sorted(cells.values(), key=lambda trial: at[trial.number])


def _points(label: str, trials: list[Trial], at: dict[int, float], style: Role = "muted") -> Series:
    xs, ys = [at[trial.number] for trial in trials], [trial.values[0] for trial in trials]
    return Series(label, xs, ys, style, marker="points")


def _lines(record: SweepRecord, pointed: int | None, canvas: Canvas) -> list[Text]:
    terminal, muted = canvas.terminal, canvas.style("muted")
    lines = [plain(fit(counts(record), canvas.width, terminal), terminal)]
    if words := best_words(record):
        lines.append(plain(fit(words, canvas.width, terminal), terminal, canvas.style("good")))
    for objective, shares in record.importance.items():
        lines += [Text(), plain(f"what decides {objective_name(objective)}", terminal, muted)]
        for option, decided in sorted(shares.items(), key=lambda pair: -pair[1]):
            name = f"{fit(option_name(option), _OPTION, terminal):<{_OPTION}} "
            bar = meter(decided, 1.0, _BAR, terminal, canvas.style("accent"))
            lines.append(Text.assemble(name, bar, f" {rate(decided):>4}"))
    lines.append(Text())
    trials = by_rank(record)[:_MOST]
    cells = {trial.number: _cells(trial, record) for trial in trials}
    widths = [max(map(len, column)) for column in zip(*cells.values(), strict=True)] if cells else []
    lines.append(plain(_header(record, widths, canvas), terminal, muted))
    return lines + [_row(trial, cells[trial.number], widths, record, pointed, canvas) for trial in trials]


def _header(record: SweepRecord, widths: list[int], canvas: Canvas) -> str:
    """Names above their columns, or one after another where the columns are too narrow for that."""
    names = [objective_name(name) for name in record.objectives] + [
        option_name(name) for name in record.space
    ]
    widths = widths or [0] * len(names)
    wide = [max(len(name), width) for name, width in zip(names, widths, strict=True)]
    if len(_aligned(names, wide)) + _NUMBER <= canvas.width:
        widths[:] = wide
        return f"trial  {_aligned(names, wide)}"
    return "trial  " + ", ".join(names)


def _cells(trial: Trial, record: SweepRecord) -> list[str]:
    """A trial's objectives, or its state in place of the first, and its values of the swept options."""
    objectives = len(record.objectives)
    worth = [*(map(number, trial.values) if trial.values else (trial.state,)), *[""] * objectives]
    params = [number(trial.params[name]) if name in trial.params else "" for name in record.space]
    return worth[:objectives] + params


def _aligned(cells: list[str], widths: list[int]) -> str:
    return "  ".join(f"{text:>{width}}" for text, width in zip(cells, widths, strict=True))


def _row(
    trial: Trial,
    cells: list[str],
    widths: list[int],
    record: SweepRecord,
    pointed: int | None,
    canvas: Canvas,
) -> Text:
    star = _STAR[canvas.unicode] if trial.number in record.front else " "
    # Why a trial failed says more than its values.
    words = trial.reason or _aligned(cells, widths)
    text = fit(f"{star}{trial.number:>4}  {words}", canvas.width, canvas.terminal)
    return Text(text, canvas.style("warn") if trial.number == pointed else "")
