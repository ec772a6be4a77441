"""Lists and numbers in a sentence."""

from __future__ import annotations

from collections.abc import Sequence


def listed(names: Sequence[str]) -> str:
    """Names in a sentence, such as `conv2, conv3 and out`; empty without any."""
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def counted(number: int, noun: str) -> str:
    """A number of things, such as `1 epoch` or `20 epochs`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
