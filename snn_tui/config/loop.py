"""The configuration of a training loop of the user's own: any JSON, and how its values are named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from snn_tui.config.run_config import OPTIONS, RunConfig
from snn_tui.errors import UsageError
from snn_tui.values.words import printable

LOOP_LIMIT = 256 << 10
"""Largest configuration of a loop of one's own, in bytes of JSON: an event and `config.json` hold it."""

MOST_VALUES = 200
"""Values of such a configuration that are named one by one."""

_DEEPEST = 8  # mappings in mappings whose values are named one by one
_LONGEST = 100  # characters of a name


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


def values_of(config: RunConfig) -> dict[str, Any]:
    """The values that decided a run, by name: its options, or what its own loop says.

    Names of nested values have dots, as in `optimizer.lr`; lists are JSON in a text. What is not printable is
    made `?`.
    """
    if config.loop is None:
        return {name: getattr(config, name) for name in OPTIONS}
    values: dict[str, Any] = {"epochs": config.epochs} if config.epochs else {}
    for name, value in _flat(config.loop, "", _DEEPEST):
        if len(values) >= MOST_VALUES:
            break
        values.setdefault(name, value)
    return values


def _flat(values: Mapping[str, Any], before: str, deepest: int) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        path = before + printable(name, _LONGEST)
        if isinstance(value, dict) and value and deepest:
            yield from _flat(value, f"{path}.", deepest - 1)
        elif isinstance(value, dict | list):
            yield path, printable(msgspec.json.encode(value).decode())
        else:
            yield path, printable(value) if isinstance(value, str) else value
