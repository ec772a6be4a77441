"""Runs as lines across their options: which of them, and which axes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice

from snn_tui.config.decided import value_of
from snn_tui.config.run_config import OPTIONS
from snn_tui.render.sweep import objective_name
from snn_tui.runs.catalogue import Entry
from snn_tui.runs.sweep import SweepRecord
from snn_tui.tui.runs.draw.columns import COLUMNS, Column, indices_of
from snn_tui.tui.runs.draw.parallel import Axis, Parallel

MOST_LINES = 200
"""Most runs that are drawn: more are a blot."""

_NO_AXIS = ("name", "dataset")  # a name decides nothing, and the data set's own name says more


def run_axes(
    entries: Sequence[Entry],
    marks: Mapping[str, int],
    current: Entry | None,
    column: int,
    coloured: int,
    record: SweepRecord | None = None,
) -> Parallel | None:
    """Some runs across the options in which they differ, and a score; None without any.

    Where all of them are trials of one sweep, its objectives stand in place of the score.

    Args:
        entries: The runs; of more than `MOST_LINES` the first ones, and the current one.
        marks: Index of each marked run's letter, by the path of its directory.
        current: The run that stands out, if it is one of them.
        column: Index in `COLUMNS` of the column that sorts: its score is the last axis, else accuracy on val.
        coloured: Which axis colours, counted from the right: 0 for the score. Goes round.
        record: The sweep of the current run, if it is one.
    """
    drawn = list(islice((entry for entry in entries if entry.summary.config is not None), MOST_LINES))
    if current is not None and current.summary.config and current not in drawn and current in entries:
        drawn[-1:] = [current]
    if not drawn:
        return None
    axes = [*_differing(drawn), *(_objectives(drawn, record) or [_score(drawn, column)])]
    paths = [entry.summary.path for entry in drawn]
    return Parallel(
        axes,
        len(axes) - 1 - coloured % len(axes),
        paths.index(current.summary.path) if current is not None and current.summary.path in paths else None,
        {at: marks[path] for at, path in enumerate(paths) if path in marks},
    )


def _score(entries: Sequence[Entry], column: int) -> Axis:
    score = _score_column(column)
    return Axis(score.alone or score.header, [score.value(entry) for entry in entries])


def _objectives(entries: Sequence[Entry], record: SweepRecord | None) -> list[Axis]:
    """An axis for each objective of a sweep, the first one last; none where a run is not of the sweep."""
    if record is None:
        return []
    trials = {trial.run: trial for trial in record.trials}
    if not all(entry.run.name in trials for entry in entries):
        return []
    found = [trials[entry.run.name].values for entry in entries]
    names = list(enumerate(record.objectives))[::-1]
    return [
        Axis(objective_name(name), [values[at] if at < len(values) else None for values in found])
        for at, name in names
    ]


def _score_column(column: int) -> Column:
    sorting = COLUMNS[column]
    return sorting if sorting.score else COLUMNS[indices_of(["accuracy on val"])[0]]


def _differing(entries: Sequence[Entry]) -> list[Axis]:
    """An axis for the data set and for each option in which runs differ; nearest to the score, the last one,
    is the one in which the fewest are alike."""
    axes = [Axis("data", [entry.summary.dataset or None for entry in entries])]
    for name in OPTIONS:
        if name not in _NO_AXIS:
            values = [
                None if entry.members and name == "seed" else value_of(entry.summary.config, name)
                for entry in entries
                if entry.summary.config is not None
            ]
            axes.append(Axis(name.replace("_", " "), values))
    differing = [axis for axis in axes if len(set(axis.values)) > 1]
    return sorted(differing, key=lambda axis: -max(Counter(axis.values).values()))
