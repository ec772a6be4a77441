"""What decided a run, by name: its options, or what a training loop or a network of the user's own says.

An option that means nothing for a run has no value there: whoever compares, lists or filters runs would
otherwise take defaults for what was chosen.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import msgspec

from snn_tui.config.own_network import NO_EFFECT
from snn_tui.config.run_config import OPTIONS, RunConfig
from snn_tui.values.words import printable

MOST_VALUES = 200
"""Values of a loop's configuration that are named one by one."""

_LARGEST = (1 << 63) - 1  # what a table of whole numbers has room for
_SEED = re.compile(r"[-_]s(eed)?\d+$")
_DEEPEST = 8  # mappings in mappings whose values are named one by one
_LONGEST = 100  # characters of a name

NETWORK = "network"
"""Name of the network of the user's own among what decided a run."""


def value_of(config: RunConfig, name: str) -> Any:
    """The value of an option; None also where it means nothing.

    A loop of the user's own has what it says of itself by that name, if that is of the option's type.
    """
    if config.loop is not None:
        value = (name == "epochs" and config.epochs) or config.loop.get(name)
        kind = OPTIONS[name].kind
        if type(value) is int and abs(value) > _LARGEST:
            return None
        if kind is float and type(value) is int:
            return float(value)
        if type(value) is not kind:
            return None
        return printable(value) if isinstance(value, str) else value
    return None if config.network is not None and name in NO_EFFECT else getattr(config, name)


def values_of(config: RunConfig) -> dict[str, Any]:
    """The values that decided a run, by name: its options, or what its own loop says.

    Names of nested values have dots, as in `optimizer.lr`; lists are JSON in a text. What is not printable is
    made `?`. A network of the user's own is named with the beginning of its file's checksum, so that runs of
    a file that was changed differ; options that mean nothing for it are left out.
    """
    if config.network is not None:
        named = {NETWORK: config.network.known}
        return named | {name: getattr(config, name) for name in OPTIONS if name not in NO_EFFECT}
    if config.loop is None:
        return {name: getattr(config, name) for name in OPTIONS}
    values: dict[str, Any] = {"epochs": config.epochs} if config.epochs else {}
    for name, value in _flat(config.loop, "", _DEEPEST):
        if len(values) >= MOST_VALUES:
            break
        values.setdefault(name, value)
    return values


def without_seed(title: str) -> str:
    """The title of a run without the seed at its end, as in `paper-s4`."""
    return _SEED.sub("", title)


def recipe_of(config: RunConfig) -> Hashable:
    """What decided a run but for its seed and its name: runs of which this is equal are of one recipe.

    Which program a loop of the user's own is part of, only the name says, so it counts, without a seed.
    """
    if config.loop is None:
        return msgspec.structs.replace(config, seed=0, name="")
    loop = {name: value for name, value in config.loop.items() if name != "seed"}
    return without_seed(config.title), config.epochs, msgspec.json.encode(loop, order="deterministic")


def _flat(values: Mapping[str, Any], before: str, deepest: int) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        path = before + printable(name, _LONGEST)
        if isinstance(value, dict) and value and deepest:
            yield from _flat(value, f"{path}.", deepest - 1)
        elif isinstance(value, dict | list):
            yield path, printable(msgspec.json.encode(value).decode())
        else:
            yield path, printable(value) if isinstance(value, str) else value
