"""Lists, numbers and foreign text in a sentence."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def listed(names: Sequence[str]) -> str:
    """Names in a sentence, such as `conv2, conv3 and out`; empty without any."""
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def counted(number: int, noun: str) -> str:
    """A number of things, such as `1 epoch` or `20 epochs`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def as_word(name: str) -> str:
    """A class's name in a sentence that counts: in quotes where it could be read as one more number."""
    return f"'{name}'" if name[:1].isnumeric() else name


def comparable(name: str) -> str:
    """What is equal for names that differ only by case, or by how accents are written."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold()).strip()


def printable(text: str, limit: int = 200) -> str:
    """The text with everything that could steer a terminal, or is no text, made `?`; at most `limit` long."""
    clean = "".join(char if char.isprintable() else "?" for char in text[: limit + 1])
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"
