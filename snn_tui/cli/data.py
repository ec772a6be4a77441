"""`data`: an audit of a data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from snn_tui.cli.common import Ascii, Data, Json, option, print_json, streams, widen_for_tables
from snn_tui.cli.progress import OnProgress, progress
from snn_tui.config.build import build
from snn_tui.config.run_config import SIDE
from snn_tui.errors import UsageError

_Groups = Mapping[str, Sequence[str]]


def data(
    data: Data = None,
    dataset: Annotated[str | None, option("dataset")] = None,
    group_by: Annotated[
        str | None,
        typer.Option(
            "--group-by",
            metavar="REGEX",
            help="What in a file's name says which images belong together, as those of a patient do; "
            r"Kaggle's person(\d+)_ is known.",
        ),
    ] = None,
    as_json: Json = False,
    ascii_only: Ascii = False,
) -> int:
    """Count a data set's images, and find those that make a score too good."""
    from snn_tui.data.audit import audit

    with progress() as on_progress:
        images, groups = _read(dataset, data, group_by, on_progress)
        result = audit(images, groups, on_progress)
    if as_json:
        print_json(result)
        return 0
    from snn_tui.cli.draw.audit import audit_lines, counts_table, heading
    from snn_tui.render.text import plain

    terminal, console = streams(ascii_only)
    widen_for_tables(console)
    console.print(heading(result, terminal), soft_wrap=True)
    if images.notice:
        console.print(plain(f"note: {images.notice}", terminal, "yellow", limit=1000))
    console.print(counts_table(result, terminal))
    console.print()
    for line in audit_lines(result, terminal):
        console.print(line)
    return 0


def _read(
    dataset: str | None, path: str | None, group_by: str | None, on_progress: OnProgress
) -> tuple[Any, _Groups | None]:
    """The data set, and the group of each image by split if its files have names.

    Raises:
        DataError: The images are missing or faulty.
        UsageError: There are no file names to group by, or the pattern is no regular expression.
    """
    from snn_tui.data.audit import usual_groups
    from snn_tui.data.folder import splitting
    from snn_tui.data.folder.reading import read_folder
    from snn_tui.data.folder.source import holds_class_folders
    from snn_tui.data.registry import read

    options = {"dataset": dataset, "data": path}
    config = build({name: value for name, value in options.items() if value is not None})
    if path is not None and holds_class_folders(path, f"{config.dataset}.npz"):
        found = read_folder(path, side=SIDE, group_by=group_by, on_progress=on_progress)
        pattern = group_by or usual_groups(found.files)
        if pattern is None:
            return found.dataset, None
        return found.dataset, {
            split: splitting.groups(files, pattern)[0] for split, files in found.files.items()
        }
    if group_by is not None:
        raise UsageError(
            "the images of a file have no names to group them by",
            where="--group-by",
            remedy="leave it out, or give a folder of pictures with --data",
        )
    return read(config, on_progress), None
