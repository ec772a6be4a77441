"""Tables and commands as plain text, for the clipboard."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from rich.console import Console, RenderableType

from snn_tui.render.local_time import local_time
from snn_tui.render.text import clean, shell_word
from snn_tui.runs.events import EpochEnded
from snn_tui.runs.summary import RunSummary
from snn_tui.values.cells import text_cell
from snn_tui.values.scores import METRICS, metrics_for
from snn_tui.values.task import TaskKind

COLUMNS = 300
"""Width of a copied table, which no column goes for."""

_RUN_SCORES = ("accuracy", "auc")


def as_text(table: RenderableType) -> str:
    """A drawing as plain text, without colours and without spaces at the ends of lines."""
    file = io.StringIO()
    Console(file=file, width=COLUMNS, color_system=None, force_terminal=False, legacy_windows=False).print(
        table
    )
    return "".join(f"{line.rstrip()}\n" for line in file.getvalue().rstrip().splitlines())


def epochs_tsv(rows: Sequence[EpochEnded], kind: TaskKind) -> str:
    """Epochs with all digits, one a line, values separated by tabs; a value that is undefined is empty.

    Args:
        rows: The epochs, in order.
        kind: The kind of task, which decides the metrics.
    """
    metrics = metrics_for(kind)
    logged = dict.fromkeys(name for row in rows for name in row.metrics)
    names = (metric.name for metric in metrics.values())
    header = ["epoch", "loss", "val loss", *names, "lr", "seconds", *map(clean, logged)]
    lines = (
        [
            row.epoch,
            row.train_loss,
            row.val.loss,
            *(getattr(row.val, field) for field in metrics),
            row.lr,
            row.seconds,
            *(row.metrics.get(name) for name in logged),
        ]
        for row in rows
    )
    return _tsv(header, lines)


def runs_tsv(runs: Sequence[RunSummary]) -> str:
    """Runs with all digits, one a line, values separated by tabs; a value that is undefined is empty."""
    scored = [(split, field) for split in ("val", "test") for field in _RUN_SCORES]
    header = [
        "run",
        "state",
        "epoch",
        "epochs",
        *(f"{split} {METRICS[field].name}" for split, field in scored),
    ]
    header += ["seconds", "data", "started", "note", "path"]
    lines = (
        [
            run.name,
            run.state,
            run.epoch,
            run.epochs,
            *(getattr(getattr(run, split), field, None) for split, field in scored),
            round(run.seconds, 3),
            run.dataset,
            None if run.started_at is None else local_time(run.started_at),
            run.note,
            run.path,
        ]
        for run in runs
    )
    return _tsv(header, lines)


def run_command(path: str, resumable: bool, more: Iterable[str] = ()) -> str:
    """The command line that goes on with a run, or that opens the screens on it.

    Args:
        path: The run directory.
        resumable: Whether it is to go on.
        more: Further words of the command line.
    """
    words = ["--train-only", "--resume"] if resumable else ["attach"]
    return " ".join(["snn-tui", *words, *map(shell_word, (path, *more))])


def _tsv(header: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    return "".join("\t".join(map(_cell, line)) + "\n" for line in [header, *lines])


def _cell(value: object) -> str:
    """A value as a cell; a text that a spreadsheet would take for a formula gets an apostrophe."""
    if not isinstance(value, str):
        return "" if value is None else str(value)
    return text_cell(clean(value, 1000))
