"""How the user left the screens: sort order, columns, smoothing; `view.json` in XDG's folder for state.

It is a convenience and never needed: what cannot be read or written is passed over, with one warning.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from snn_tui.config.user_files import read_small, user_folder, write_small
from snn_tui.values.words import printable


class ViewState(msgspec.Struct, kw_only=True):
    """How the user left the screens. A new field needs a default, which stands for "as usual".

    Args:
        runs_sort: The column that Runs sorts by, by its name; empty for the usual one.
        runs_rising: Whether its smallest value comes first.
        runs_columns: The columns of Runs that the user chose, by name; empty for the usual ones.
        runs_folded: Whether Runs has one row for runs that differ by their seeds only.
        smoothing: How much each curve is smoothed, by the curve's name.
        theme: `dark` or `light`, as the user left it; empty for the usual one. A preference goes before it.
        inspect_ascii: Whether Inspect draws pictures as ASCII art where half blocks would do.
    """

    runs_sort: str = ""
    runs_rising: bool = False
    runs_columns: tuple[str, ...] = ()
    runs_folded: bool = False
    smoothing: dict[str, float] = {}
    theme: str = ""
    inspect_ascii: bool = False


class ViewMemory:
    """Keeps the view state in a file, and between sessions.

    Args:
        path: The file; None keeps nothing beyond this process.

    Attributes:
        state: The view state as it is now; change it with `remember`.
        warning: Why nothing is kept, empty where all is well.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self.state = ViewState()
        self.warning = ""
        if path is not None:
            self.state = self._read(path)

    def remember(self, **changes: Any) -> None:
        """Change fields of the view state and write them down; those that another process changed stay."""
        changed = {name: value for name, value in changes.items() if getattr(self.state, name) != value}
        if not changed:
            return
        for name, value in changed.items():
            setattr(self.state, name, value)
        if self._path is None or self.warning:
            return
        try:
            content = json.loads(read_small(self._path) or "{}")
            content |= msgspec.to_builtins(changed)
            write_small(self._path, json.dumps(content, indent=2) + "\n")
        except (OSError, ValueError, TypeError) as error:
            self._give_up(error)

    def _read(self, path: Path) -> ViewState:
        try:
            text = read_small(path)
            return ViewState() if text is None else msgspec.json.decode(text, type=ViewState)
        except (OSError, ValueError, RecursionError) as error:
            self._give_up(error)
            return ViewState()

    def _give_up(self, error: Exception) -> None:
        """Leave the file alone from now on."""
        reason = error.strerror if isinstance(error, OSError) else str(error)
        where = printable(str(self._path))
        self.warning = f"{where} is left alone: {printable(reason or 'it cannot be used', 120)}"


def view_memory(environ: Mapping[str, str] = os.environ) -> ViewMemory:
    """The view state of this user; one that is kept nowhere for a user without a home folder."""
    folder = user_folder("state", environ)
    return ViewMemory(folder and folder / "view.json")
