"""Names of files and folders, which may hold any bytes, as text that is safe to write and to compare."""

from __future__ import annotations

import unicodedata

LONGEST = 100


def printable(name: str, limit: int = 200) -> str:
    """The name with everything that could steer a terminal or is no text made `?`, at most `limit` long."""
    clean = "".join(char if char.isprintable() else "?" for char in name[: limit + 1])
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def class_name(folder: str) -> str:
    """The name of a class folder's class. Accents are one character, however the file system writes them."""
    return printable(unicodedata.normalize("NFC", folder).strip(), LONGEST)


def comparable(name: str) -> str:
    """What is equal for names that differ only by case, or by how accents are written."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold()).strip()
