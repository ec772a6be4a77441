"""Names of files and folders, which may hold any bytes, as text that is safe to write and to compare."""

from __future__ import annotations

import unicodedata

from snn_tui.values.words import printable

LONGEST = 100
"""Characters of the name of a class or of a data set."""


def class_name(folder: str) -> str:
    """The name of a class folder's class. Accents are one character, however the file system writes them."""
    return printable(unicodedata.normalize("NFC", folder).strip(), LONGEST)
