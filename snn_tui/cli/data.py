"""`data`: an audit of a data set."""

from __future__ import annotations

from typing import Annotated

from snn_tui.cli.common import Ascii, Data, Json, option, print_json, streams, widen_for_tables
from snn_tui.cli.progress import progress
from snn_tui.config.build import build


def data(
    data: Data = None,
    dataset: Annotated[str | None, option("dataset")] = None,
    labels: Annotated[str | None, option("labels")] = None,
    size: Annotated[str | None, option("size")] = None,
    group_by: Annotated[str | None, option("group_by")] = None,
    as_json: Json = False,
    ascii_only: Ascii = False,
) -> int:
    """Count a data set's images, and find those that make a score too good.

    Which images of a folder are of the same patient is known of names such as Kaggle's person1_virus_2.jpeg,
    or --group-by says it.
    """
    from snn_tui.data.audit import audit
    from snn_tui.data.registry import load

    options = {"dataset": dataset, "data": data, "labels": labels, "size": size, "group_by": group_by}
    config = build({name: value for name, value in options.items() if value is not None})
    with progress() as on_progress:
        result = audit(load(config, on_progress), config.group_by, on_progress)
    if as_json:
        print_json(result)
        return 0
    from snn_tui.cli.draw.audit import audit_lines, counts_table, heading
    from snn_tui.render.text import plain

    terminal, console = streams(ascii_only)
    widen_for_tables(console)
    console.print(heading(result, terminal), soft_wrap=True)
    for note in result.notes:
        console.print(plain(f"note: {note}", terminal, "yellow", limit=1000))
    console.print(counts_table(result, terminal))
    console.print()
    for line in audit_lines(result, terminal):
        console.print(line)
    return 0
