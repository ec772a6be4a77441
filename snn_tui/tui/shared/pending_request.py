"""What one screen asks another to show."""

from __future__ import annotations

from dataclasses import dataclass

from snn_tui.runs.rundir import RunDir


@dataclass(frozen=True)
class PendingRequest:
    """An image that Inspect opens when it is next shown.

    Args:
        run: The run whose network classifies it.
        split: train, val or test.
        index: Index of the image in the split.
        listed: Indices of the images to go through, this one among them; empty for all of the split.
    """

    run: RunDir
    split: str
    index: int
    listed: tuple[int, ...] = ()
