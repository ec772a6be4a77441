"""The configuration of a training loop of the user's own: any JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from snn_tui.config.run_config import OPTIONS, RunConfig
from snn_tui.errors import UsageError

LOOP_LIMIT = 256 << 10
"""Largest configuration of a loop of one's own, in bytes of JSON: an event and `config.json` hold it."""


def of_loop(name: str, loop: Mapping[str, Any], epochs: int = 0) -> RunConfig:
    """The configuration of a run that a loop of the user's own trains.

    Args:
        name: Title of the run.
        loop: What the loop says of itself, JSON values by name.
        epochs: Epochs it has; 0 where that is not known.

    Raises:
        UsageError: The name cannot be one of a run, there are too many epochs, or the loop says too much.
    """
    OPTIONS["name"].check(name)
    if epochs:
        OPTIONS["epochs"].check(epochs)
    size = len(msgspec.json.encode(loop))
    if size > LOOP_LIMIT:
        raise UsageError(
            f"it has {size >> 10} KiB of JSON, and {LOOP_LIMIT >> 10} KiB is the most",
            where="config",
            remedy="leave out what is no setting, such as arrays",
        )
    return RunConfig(name=name, epochs=epochs, loop=dict(loop))
