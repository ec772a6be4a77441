"""What a command shows of a long step."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from snn_tui.cli.consoles import console_of
from snn_tui.render.terminal import probe

OnProgress = Callable[[str, float | None], None]
"""Called with what is being done and its share done, from 0 to 1; None where that is not known."""


@contextlib.contextmanager
def progress() -> Iterator[OnProgress]:
    """A line on stderr while a long step goes on, removed at its end; none where stderr is no terminal.

    Gives the function that draws it; where the share is not known, the line has the seconds alone.
    """
    console = console_of(probe(os.environ, "utf-8", sys.stderr.isatty()).colour, stderr=True)
    words = TextColumn("{task.description}", markup=False)
    columns = words, BarColumn(), TaskProgressColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        bar = bars.add_task("", total=None, visible=False)

        def on_progress(what: str, done: float | None) -> None:
            total = None if done is None else 1.0
            bars.update(bar, description=what, total=total, completed=done or 0.0, visible=True)

        yield on_progress
