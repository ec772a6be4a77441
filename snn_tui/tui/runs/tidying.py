"""Asking before a run is annotated, renamed or deleted, and doing it in a thread."""

from __future__ import annotations

import asyncio

from snn_tui.errors import SnnTuiError
from snn_tui.render.text import clean
from snn_tui.runs import manage
from snn_tui.runs.catalogue import Entry
from snn_tui.runs.notes import write_note
from snn_tui.runs.rundir import RunDir
from snn_tui.tui.runs.note_dialog import NoteDialog
from snn_tui.tui.shared.ask import AskLine, Confirm
from snn_tui.tui.shared.screen import AppScreen


async def ask_note(screen: AppScreen, entry: Entry) -> None:
    """Ask for a note on a run, and keep it with the run; an empty one takes the note away."""
    question = f"Note on {clean(entry.run.title)}:"
    text = await screen.app.push_screen_wait(NoteDialog(question, entry.summary.note))
    if text is None:
        return
    try:
        await asyncio.to_thread(write_note, entry.run, text)
    except SnnTuiError as error:
        screen.host.show_error(error)


async def ask_name(screen: AppScreen, entry: Entry) -> str | None:
    """Ask for another name of a run; None where it keeps the one it has."""
    title = clean(entry.run.title)
    name = await screen.app.push_screen_wait(AskLine(f"Another name for {title}:", title))
    return None if name == title else name


async def rename(screen: AppScreen, entry: Entry, name: str) -> RunDir | None:
    """Give a run another name; None where that cannot be, which the user is told."""
    try:
        renamed = await asyncio.to_thread(manage.rename, entry.run, name, screen.host.root)
    except SnnTuiError as error:
        screen.host.show_error(error)
        return None
    if screen.host.followed is not None and screen.host.followed.run == entry.run:
        screen.host.watch_run(renamed)
    return renamed


async def ask_delete(screen: AppScreen, entry: Entry) -> None:
    """Delete a run, if that is really meant."""
    question = f"Delete {clean(entry.run.name)}?\nIts weights, curves and scores are gone then, for good."
    if not await screen.app.push_screen_wait(Confirm(question)):
        return
    try:
        await asyncio.to_thread(manage.delete, entry.run, screen.host.root)
    except SnnTuiError as error:
        screen.host.show_error(error)
        return
    screen.host.forget_run(entry.run)
