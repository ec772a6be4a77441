"""Asking before a run is annotated, renamed or deleted, and doing it in a thread."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from snn_tui.errors import SnnTuiError
from snn_tui.render.text import clean
from snn_tui.runs import manage
from snn_tui.runs.catalog import Entry
from snn_tui.runs.notes import write_note
from snn_tui.runs.rundir import RunDir
from snn_tui.tui.shared.ask import AskLine, Confirm

if TYPE_CHECKING:
    from snn_tui.tui.app import SnnTuiApp


async def ask_note(app: SnnTuiApp, entry: Entry) -> None:
    """Ask for a line about a run, and keep it with the run; an empty one takes the note away."""
    question = f"Note on {clean(entry.run.title)}:"
    text = await app.push_screen_wait(AskLine(question, entry.summary.note, blank=True))
    if text is None:
        return
    try:
        await asyncio.to_thread(write_note, entry.run, text)
    except SnnTuiError as error:
        app.complain(error)


async def ask_name(app: SnnTuiApp, entry: Entry) -> str | None:
    """Ask for another name of a run; None where it keeps the one it has."""
    title = clean(entry.run.title)
    name = await app.push_screen_wait(AskLine(f"Another name for {title}:", title))
    return None if name == title else name


async def rename(app: SnnTuiApp, entry: Entry, name: str) -> RunDir | None:
    """Give a run another name; None where that cannot be, which the user is told."""
    try:
        renamed = await asyncio.to_thread(manage.rename, entry.run, name, app.root)
    except SnnTuiError as error:
        app.complain(error)
        return None
    if app.followed is not None and app.followed.run == entry.run:
        app.watch_run(renamed)
    return renamed


async def ask_delete(app: SnnTuiApp, entry: Entry) -> None:
    """Delete a run, if that is really meant."""
    question = f"Delete {clean(entry.run.name)}?\nIts weights, curves and scores are gone then, for good."
    if not await app.push_screen_wait(Confirm(question)):
        return
    try:
        await asyncio.to_thread(manage.delete, entry.run, app.root)
    except SnnTuiError as error:
        app.complain(error)
        return
    app.forget_run(entry.run)
