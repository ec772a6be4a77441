"""Numbers as a training loop has them, as plain floats."""

from __future__ import annotations

from collections.abc import Mapping

from snn_tui.errors import UsageError
from snn_tui.values.words import printable

MOST_NAMES = 64
"""Names of numbers that an event may have."""


def number(name: str, value: object) -> float:
    """A number as a float.

    Args:
        name: What it is called, for the error.
        value: A number, or a tensor or array of one element.

    Raises:
        UsageError: It is neither.
    """
    if type(value) is float:
        return value
    item = getattr(value, "item", None)
    try:
        return float(value if item is None else item())  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError, RuntimeError):  # torch's is a RuntimeError
        raise UsageError(
            f"{_shown(value)} is no number",
            where=printable(name),
            remedy="give a number, or a tensor or array of one element",
        ) from None


def numbers(values: Mapping[str, object]) -> dict[str, float]:
    """Numbers by name; raises as `number` does."""
    return {name: number(name, value) for name, value in values.items()}


def _shown(value: object) -> str:
    shape = getattr(value, "shape", None)
    return f"an array of shape {tuple(shape)}" if shape else printable(repr(value), 60)
