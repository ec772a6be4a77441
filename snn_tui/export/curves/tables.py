"""Curves as a table with a row for each point: CSV, JSON and Parquet.

All write run by run and point by point, so that their memory does not grow with the number of runs.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from itertools import islice
from typing import IO, TextIO

from snn_tui.config.run_config import OPTIONS
from snn_tui.errors import UsageError
from snn_tui.export.curves.points import Point
from snn_tui.export.curves.reading import RunCurves
from snn_tui.values.cells import text_cell

COLUMNS = ("run", "metric", "step", "epoch", "seconds", "value")
OPTION = "config_"
"""What stands before the name of an option in the name of its column."""

_AT_ONCE = 1 << 16
"""Rows of Parquet that are written together."""


def write_csv(file: TextIO, runs: Iterable[RunCurves], options: Sequence[str]) -> None:
    """Write a header and a line for each point.

    A cell is empty where a loss is not a finite number, and where an option is not set.

    Args:
        file: Where to.
        runs: The runs, each read when its turn comes.
        options: Options of the runs that have a column.

    Raises:
        RunError: Events cannot be read any more.
    """
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*COLUMNS, *(OPTION + name for name in options)])
    for curves in runs:
        name = text_cell(curves.name)
        recipe = [_cell(curves.options[option]) for option in options]
        for point in curves.points():
            writer.writerow([name, text_cell(point.metric), *_numbers(point), *recipe])


def _cell(value: float | str | None) -> object:
    return text_cell(value) if isinstance(value, str) else value


def _numbers(point: Point) -> tuple[int, float, float, float | None]:
    return point.step, round(point.epoch, 6), round(point.seconds, 3), point.value


def write_json(file: TextIO, runs: Iterable[RunCurves]) -> None:
    """Write an array with an object for each run: what it is, its whole configuration, and its points.

    Args:
        file: Where to.
        runs: The runs, each read when its turn comes.

    Raises:
        RunError: Events cannot be read any more.
    """
    between = "["
    for curves in runs:
        summary = curves.summary
        facts = {
            "run": curves.name,
            "state": summary.state,
            "started_at": summary.started_at,
            "images": summary.dataset,
            "task": summary.kind,
            "config": curves.options,
        }
        file.write(f'{between}\n{json.dumps(facts)[:-1]}, "points": [')
        separator = "\n"
        for point in curves.points():
            row = dict(zip(COLUMNS[1:], (point.metric, *_numbers(point)), strict=True))
            file.write(f"{separator}{json.dumps(row)}")
            separator = ",\n"
        file.write("\n]}")
        between = ","
    file.write("[]\n" if between == "[" else "\n]\n")


def check_parquet() -> None:
    """Check that Parquet can be written.

    Raises:
        UsageError: The library for it is not installed.
    """
    if find_spec("pyarrow") is None:
        raise UsageError(
            "Parquet is written by pyarrow, which is not installed",
            where="--parquet",
            remedy="pip install 'snn-tui[parquet]'",
        )


def write_parquet(file: IO[bytes], runs: Iterable[RunCurves], options: Sequence[str]) -> None:
    """Write the table of `write_csv` with types; a loss that is not finite, and an unset option, are null.

    Args:
        file: Where to.
        runs: The runs, each read when its turn comes.
        options: Options of the runs that have a column.

    Raises:
        RunError: Events cannot be read any more.
    """
    import pyarrow
    from pyarrow.parquet import ParquetWriter

    text = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
    kinds = {int: pyarrow.int64(), float: pyarrow.float64(), str: text}
    types = [text, text, pyarrow.int64(), *[pyarrow.float64()] * 3]
    names = [*COLUMNS, *(OPTION + name for name in options)]
    types += [kinds[OPTIONS[name].kind] for name in options]
    schema = pyarrow.schema(list(zip(names, types, strict=True)))
    rows = (
        (curves.name, point.metric, *_numbers(point), *(curves.options[option] for option in options))
        for curves in runs
        for point in curves.points()
    )
    with ParquetWriter(file, schema) as writer:
        while chunk := list(islice(rows, _AT_ONCE)):
            columns = zip(*chunk, strict=True)
            arrays = [pyarrow.array(column, type_) for column, type_ in zip(columns, types, strict=True)]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
