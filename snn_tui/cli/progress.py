"""What a command shows of a long step."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn


@contextlib.contextmanager
def progress() -> Iterator[Callable[[str, float | None], None]]:
    """A line on stderr while a long step goes on, removed at its end; none where stderr is no terminal.

    Gives a function to be called with what is being done and with its share done, from 0 to 1, or None where
    that is not known: then the line has the seconds alone.
    """
    console = Console(stderr=True, highlight=False)
    words = TextColumn("{task.description}", markup=False)
    columns = words, BarColumn(), TaskProgressColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        bar = bars.add_task("", total=None, visible=False)

        def on_progress(what: str, done: float | None) -> None:
            total = None if done is None else 1.0
            bars.update(bar, description=what, total=total, completed=done or 0.0, visible=True)

        yield on_progress
