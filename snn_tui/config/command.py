"""What a set of options differs in from its preset, and the command line that says so."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from snn_tui.config.build import build, set_of
from snn_tui.config.options import Option
from snn_tui.config.own_network import FLAG, NO_EFFECT, as_option
from snn_tui.config.presets import PRESETS
from snn_tui.config.run_config import OPTIONS, OWN
from snn_tui.errors import UsageError
from snn_tui.values.own_network import OwnNetwork

PRESET = "preset"


def usual(name: str, preset: str) -> int | float | str | None:
    """What an option is where only the preset is chosen."""
    value: int | float | str | None = PRESETS.get(preset, {}).get(name, OPTIONS[name].default)
    return value


def typed(value: object) -> str:
    """A value of an option as it is typed, in no more digits than it has; empty where it is left out."""
    if not isinstance(value, float):
        return "" if value is None else str(value)
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def checked(option: Option, value: object) -> Any:
    """A value in the option's type, or as it was typed where it is none."""
    if value is None:
        return None
    try:
        return option.check(value)
    except UsageError:
        return value


def differing(values: Mapping[str, object], network: OwnNetwork | None = None) -> dict[str, Any]:
    """The options that have to be set for these values, in the order of `OPTIONS`.

    Args:
        values: A value of each option, as typed or in its type; None where it is left out.
        network: The network of the user's own, to which some options mean nothing; None for this program's.
    """
    preset = str(values[PRESET])
    found = {}
    for name, option in OPTIONS.items():
        if network is not None and name in NO_EFFECT:
            continue
        value = checked(option, values[name])
        against = OPTIONS[name].default if name == PRESET else usual(name, preset)
        if name == "dataset" and values["data"] is not None:
            against = OWN if values["labels"] else set_of(str(values["data"]))
        if value != against and (value is not None or option.default is not None):
            found[name] = value
    return found


def command(values: Mapping[str, object], network: OwnNetwork | None = None) -> str:
    """The command line that trains with these values, for a shell; the arguments are those of `differing`."""
    words = ["snn-tui", "--train-only"]
    if network is not None:
        words += [FLAG, as_option(network)]
    for name, value in differing(values, network).items():
        # With =, a value that begins with a dash is none of the options.
        text = typed(value)
        words += [f"{OPTIONS[name].flag}={text}"] if text.startswith("-") else [OPTIONS[name].flag, text]
    return shlex.join(words)


def problems(values: Mapping[str, object], network: OwnNetwork | None = None) -> dict[str, str]:
    """What is wrong, by the name of the option; empty where a run can be made of the values.

    Args:
        values: As of `differing`.
        network: As of `differing`.
    """
    found = {}
    for name, option in OPTIONS.items():
        if network is not None and name in NO_EFFECT:
            continue
        value = values[name]
        if value is None:
            if option.default is not None:
                found[name] = option.allowed
            continue
        try:
            option.check(value)
        except UsageError as error:
            found[name] = _words(error)
    if found:
        return found
    try:
        build(differing(values, network), network=network)
    except UsageError as error:
        flag = error.where.split()[0] if error.where else ""
        names = [name for name, option in OPTIONS.items() if option.flag == flag]
        return {names[0] if names else "dataset": _words(error)}
    return {}


def _words(error: UsageError) -> str:
    return f"{error.what}: {error.remedy}"
