"""`runs`: all runs of a folder in a table."""

from __future__ import annotations

from typing import Annotated

import typer

from snn_tui.cli.common import Ascii, Json, RunsDir, print_json, root_of, streams, widen_for_tables
from snn_tui.render.canvas import Canvas
from snn_tui.render.runs import broken_runs, runs_table
from snn_tui.runs.query import parse
from snn_tui.runs.summary import summaries

Wanted = Annotated[
    str,
    typer.Option(
        "--query",
        metavar="QUERY",
        help="Only runs such as: acc>0.9 best.auc>0.95 lr<1e-3 preset=plus tag:x name~s[12] state:failed.",
    ),
]


def runs(
    context: typer.Context,
    runs_dir: RunsDir = None,
    query: Wanted = "",
    as_json: Json = False,
    ascii_only: Ascii = False,
) -> int:
    """List all runs, or those that a query asks for, newest first."""
    wanted = parse(query, "--query")
    rows = [run for run in summaries(root_of(context, runs_dir)) if wanted.matches(run)]
    if as_json:
        print_json(rows)
        return 0
    terminal, console = streams(ascii_only)
    widen_for_tables(console)
    canvas = Canvas(console.width, 24, terminal)
    console.print(runs_table(rows, canvas))
    if broken := broken_runs(rows, canvas):
        console.print(broken, soft_wrap=True)
    return 0
