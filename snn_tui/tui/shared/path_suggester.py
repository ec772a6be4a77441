"""Completion of paths in the fields where one is typed: the right arrow takes what is suggested."""

from __future__ import annotations

import asyncio
import os
from itertools import islice

from textual.suggester import Suggester

MOST_ENTRIES = 2000
"""Entries of a folder that are looked at, at most."""


class PathSuggester(Suggester):
    """Suggests the first file or folder, by name, whose path begins with what was typed."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """The completed path; None where nothing begins so, or nothing was typed."""
        return await asyncio.to_thread(complete, value)


def complete(text: str) -> str | None:
    """The path of the first entry of a folder that begins with a text, a folder's with `/` behind it."""
    folder, start = os.path.split(text)
    if not start:
        return None
    try:
        with os.scandir(os.path.expanduser(folder) or ".") as entries:
            matches = [entry for entry in islice(entries, MOST_ENTRIES) if entry.name.startswith(start)]
            first = min(matches, key=lambda entry: entry.name, default=None)
            if first is None:
                return None
            return os.path.join(folder, first.name) + ("/" if first.is_dir() else "")
    except (OSError, ValueError):
        return None
