"""`export`: the curves and scores of runs as files for other programs."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from snn_tui.cli.common import RunsDir, root_of
from snn_tui.cli.completing import run_names
from snn_tui.cli.nir import exportable, write_nir
from snn_tui.errors import RunError, UsageError
from snn_tui.render.text import clean
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import find, list_runs
from snn_tui.values.words import counted, printable

if TYPE_CHECKING:
    from snn_tui.export.curves.reading import RunCurves

_STDOUT = Path("-")


def export(
    context: typer.Context,
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RUN]...", help="Names, unique prefixes, paths, or 'last'.", autocompletion=run_names
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All runs of the runs folder.")] = False,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", help="A line for each point of each curve; - for the output."),
    ] = None,
    json: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Also each run's configuration; - for the output."),
    ] = None,
    parquet: Annotated[
        Path | None, typer.Option("--parquet", metavar="FILE", help="The table of --csv, with types.")
    ] = None,
    tensorboard: Annotated[
        Path | None,
        typer.Option("--tensorboard", metavar="DIR", help="Files for TensorBoard, a folder for each run."),
    ] = None,
    nir: Annotated[
        Path | None,
        typer.Option(
            "--nir",
            metavar="FILE",
            help="The network of a run as a NIR graph, for simulators and chips.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over files that exist.")] = False,
    runs_dir: RunsDir = None,
) -> int:
    """Write curves and scores of runs for other programs, or a network; of a run in training, as it is."""
    from snn_tui.export.curves import tables
    from snn_tui.export.curves import tensorboard as event_files
    from snn_tui.export.curves.reading import differing
    from snn_tui.export.writing import check_targets, replaced

    paths = [path for path in (csv, json, parquet, tensorboard, nir) if path is not None]
    if not paths:
        raise UsageError(
            "no format was named",
            where="export",
            remedy="give --csv, --json, --parquet, --tensorboard or --nir",
        )
    if csv == json == _STDOUT:
        raise UsageError("both tables would go to the output", where="--json", remedy="give a file to one")
    if parquet:
        tables.check_parquet()
    check_targets([path for path in paths if path not in (_STDOUT, tensorboard)], force=force)
    chosen = _chosen(runs or [], every, root_of(context, runs_dir))
    if tensorboard:
        event_files.check_tensorboard("--tensorboard")
        event_files.check_folder(
            tensorboard, [run.name for run in chosen], force=force, where="--tensorboard"
        )
    network = None if nir is None else exportable(chosen, nir)
    unreadable: dict[str, RunError] = {}
    options = differing(chosen) if csv or parquet else []
    if csv:
        with _text(csv) as text:
            tables.write_csv(text, _read(chosen, unreadable), options)
    if json:
        with _text(json) as text:
            tables.write_json(text, _read(chosen, unreadable))
    if parquet:
        with replaced(parquet) as file:
            tables.write_parquet(file, _read(chosen, unreadable), options)
    if tensorboard:
        event_files.write_tensorboard(tensorboard, _read(chosen, unreadable))
    lines = [] if network is None or nir is None else write_nir(network, nir)
    if _STDOUT not in paths:
        for path in paths:
            typer.echo(clean(str(path), limit=1000))
    for line in lines:
        typer.echo(clean(line, limit=1000), err=_STDOUT in paths)
    return _report(unreadable, len(chosen), every)


def _chosen(references: list[str], every: bool, root: Path) -> list[RunDir]:
    """The runs to export, each once.

    Raises:
        UsageError: None was named, or runs and `--all`, or two of the same name.
        RunError: There is no such run.
    """
    if every == bool(references):
        what = "runs were named besides" if every else "no run was named"
        raise UsageError(what, where="--all", remedy="name runs, or give --all")
    runs = list_runs(root) if every else [find(reference, root) for reference in references]
    if not runs:
        raise RunError(
            "there is no run yet", where=printable(str(root)), remedy="train one, or give --runs-dir"
        )
    chosen = list({os.path.realpath(run.path): run for run in runs}.values())
    names: set[str] = set()
    for run in chosen:
        if run.name in names:
            raise UsageError(
                "two of the runs have this name",
                where=printable(run.name),
                remedy="export one at a time, or rename one",
            )
        names.add(run.name)
    return chosen


def _read(runs: list[RunDir], unreadable: dict[str, RunError]) -> Iterator[RunCurves]:
    """Each run when its turn comes; those that cannot be read are noted by name, and left out.

    Raises:
        RunError: None can be read.
    """
    from snn_tui.export.curves.reading import read_curves

    for run in runs:
        try:
            yield read_curves(run)
        except RunError as error:
            unreadable[run.name] = error
    if len(unreadable) == len(runs):
        raise _left_out(unreadable, len(runs))  # and no file without a run


@contextlib.contextmanager
def _text(path: Path) -> Iterator[TextIO]:
    """A file, or the standard output for `-`."""
    from snn_tui.export.writing import replaced_text

    if path != _STDOUT:
        with replaced_text(path) as text:
            yield text
        return
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # whatever the terminal's locale is
    yield sys.stdout
    sys.stdout.flush()


def _report(unreadable: dict[str, RunError], runs: int, every: bool) -> int:
    """Name the runs that were left out; an error only where they were asked for by name.

    Raises:
        RunError: They were.
    """
    if unreadable and not every:
        raise _left_out(unreadable, runs)
    for error in unreadable.values():
        typer.echo(f"left out: {clean(str(error), limit=1000)}", err=True)
    return 0


def _left_out(unreadable: dict[str, RunError], runs: int) -> RunError:
    """The error for runs that cannot be read: all are named, and what to do about the first."""
    first, *others = unreadable.values()
    count = f" ({len(unreadable)} of {counted(runs, 'run')} left out)" if runs > 1 else ""
    what = "; ".join([first.what, *(str(error) for error in others)])
    return RunError(what + count, where=first.where, remedy=first.remedy)
