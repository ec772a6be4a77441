"""What one screen asks of another."""

from __future__ import annotations

from dataclasses import dataclass

from snn_tui.runs.rundir import RunDir


@dataclass(frozen=True)
class Wish:
    """An image that Inspect is to show when it is next looked at.

    Args:
        run: Whose network is to see it.
        split: train, val or test.
        index: Its position in the split.
    """

    run: RunDir
    split: str
    index: int
