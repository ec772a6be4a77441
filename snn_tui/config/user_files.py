"""Files of the user's own: what they prefer, and how they left the screens, in the folders that XDG names."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from snn_tui.config.paths import home_folder, open_file

FILE_LIMIT = 64 << 10
"""Largest file of the user's own that is read, in bytes."""

_FOLDERS = {
    "config": ("XDG_CONFIG_HOME", ".config"),
    "state": ("XDG_STATE_HOME", ".local/state"),
    "cache": ("XDG_CACHE_HOME", ".cache"),
}


def user_folder(kind: Literal["config", "state", "cache"], environ: Mapping[str, str]) -> Path | None:
    """The folder `snn-tui` of a kind, which need not exist; None for a user without a home folder.

    Args:
        kind: What the files in it are.
        environ: The environment. Variables that hold no absolute path do not count, as XDG says.
    """
    variable, below_home = _FOLDERS[kind]
    named = Path(environ.get(variable, ""))
    if named.is_absolute():
        return named / "snn-tui"
    home = home_folder()
    return None if home is None else home / below_home / "snn-tui"


def read_small(path: Path) -> str | None:
    """The text of a file; None where there is no such file.

    Raises:
        OSError: It cannot be read, or is no ordinary file.
        ValueError: It is too large, or not UTF-8.
    """
    try:
        with open_file(path) as file:
            content = file.read(FILE_LIMIT + 1)
    except FileNotFoundError:
        return None
    if len(content) > FILE_LIMIT:
        raise ValueError(f"larger than {FILE_LIMIT >> 10} KiB")
    return content.decode("utf-8-sig")


def write_small(path: Path, text: str) -> None:
    """Replace a file as a whole, with its folder where that is missing; a link stays one.

    Raises:
        OSError: It cannot be written; the old file is untouched.
    """
    path = Path(os.path.realpath(path))  # people keep such files elsewhere, and link to them
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        with open(temporary, "x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
