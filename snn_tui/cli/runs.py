"""`runs`: all runs of a folder in a table; `runs add`: a NIR graph among them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from snn_tui.cli.common import (
    Ascii,
    Data,
    DemoData,
    Json,
    RunsDir,
    Steps,
    print_json,
    root_of,
    streams,
    widen_for_tables,
)
from snn_tui.cli.graphs import SUFFIX, GraphOptions, graph_to_add, is_graph, with_graph_options
from snn_tui.errors import UsageError
from snn_tui.render.canvas import Canvas
from snn_tui.render.runs import broken_runs, runs_table
from snn_tui.render.text import clean
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

runs = typer.Typer(rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]})


@runs.callback(invoke_without_command=True)
def list_all(
    context: typer.Context,
    runs_dir: RunsDir = None,
    query: Wanted = "",
    as_json: Json = False,
    ascii_only: Ascii = False,
) -> int:
    """List all runs, or those that a query asks for, newest first; `runs add` adds a NIR graph to them."""
    if context.invoked_subcommand:
        context.obj = runs_dir or context.obj
        return 0
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


def add(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="GRAPH.nir", help="A NIR graph that another program wrote.")],
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Name of the run; default that of the file.")
    ] = None,
    steps: Steps = None,
    data: Data = None,
    demo: DemoData = False,
    runs_dir: RunsDir = None,
    *,
    graph: GraphOptions,
) -> int:
    """Make a run of a NIR graph, which the screens open and judge like one that was trained here."""
    if not is_graph(file):
        raise UsageError(
            f"its name does not end in {SUFFIX}", where=clean(file, 200), remedy="give a NIR graph"
        )
    root = root_of(context, runs_dir)
    added = graph_to_add(file, graph, data, demo, steps, name)
    run = added.add(root, datetime.now())
    typer.echo(clean(str(run.path), limit=1000))
    for words in added.network.notes:
        typer.echo(f"note: {clean(words, limit=400)}", err=True)
    return 0


runs.command("add")(with_graph_options(add))
