"""The space of a sweep: which options are tried, and with which values; a TOML file says so."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from snn_tui.config.files import read_table
from snn_tui.config.options import Option, shortened
from snn_tui.config.run_config import OPTIONS
from snn_tui.errors import UsageError

FLAG = "--space"

MOST_VALUES = 1000
"""Most values that are listed of one option."""

_EXAMPLE = "name a TOML file of lines like: lr = {low = 1e-4, high = 1e-2, log = true}"
_FORM = "give a list of values, or {low = ..., high = ...} with log = true or step = ..."
_OF_IMAGES = "it decides which images are trained on and judged, so the scores could not be compared"
_OF_RUNS = "it names other runs, and not how to train"
_NOT_SWEPT = {
    **dict.fromkeys(("dataset", "data", "labels", "size", "group_by", "fold", "balance"), _OF_IMAGES),
    **dict.fromkeys(("teacher", "init_from"), _OF_RUNS),
    "read_test": "a sweep never reads test",
    "seed": "it is the same for all trials, so that only what is swept tells them apart",
    "name": "a sweep names its runs",
    "engine": "it changes how fast numbers are computed, and not what is learned",
}
"""Options that no sweep may vary, and why. Those that decide nothing about the result are none, either."""


class Values(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Values of an option without an order, each as likely as the others at first."""

    values: tuple[int | float | str, ...]


class Range(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Numbers of an option from `low` to `high`, both of which may be taken.

    Args:
        low: The smallest.
        high: The largest.
        log: Whether the logarithm is what varies evenly.
        step: Distance from one number to the next; None for all there are.
    """

    low: int | float
    high: int | float
    log: bool = False
    step: int | float | None = None


Space = dict[str, Values | Range]
"""What is tried of each option, by its name in `OPTIONS`, in the order of the file."""


def read_space(path: Path) -> Space:
    """Read a space from a file of lines such as `batch-size = [32, 64]`.

    Args:
        path: The file, as it was typed.

    Raises:
        UsageError: The file cannot be read, or an option or value in it cannot be swept.
    """
    table = read_table(path, FLAG, _EXAMPLE)
    space: Space = {}
    for key, value in table.items():
        where = f"{FLAG} {path}: {shortened(key)[1:-1]}"
        option = _option(key, where)
        if option.name in space:
            raise UsageError("the option is there twice", where=where, remedy="leave one of them out")
        try:
            space[option.name] = _dimension(option, value)
        except UsageError as error:
            raise UsageError(error.what, where=where, remedy=error.remedy) from None
    if not space:
        raise UsageError("there is no option to sweep in it", where=f"{FLAG} {path}", remedy=_EXAMPLE)
    return space


def _option(key: str, where: str) -> Option:
    option = OPTIONS.get(key.replace("-", "_"))
    if option is None:
        near = difflib.get_close_matches(key.replace("-", "_"), OPTIONS, n=1)
        hint = f"did you mean {near[0]}?" if near else "see snn-tui --help for the options"
        raise UsageError("there is no such option", where=where, remedy=hint)
    reason = _NOT_SWEPT.get(option.name)
    if reason is None and not option.decides_result:
        reason = "it does not change what is learned"
    if reason is not None:
        raise UsageError(f"cannot be swept: {reason}", where=where, remedy="leave it out of the space")
    return option


def _dimension(option: Option, value: object) -> Values | Range:
    match value:
        case list():
            return _values(option, value)
        case dict():
            return _range(option, value)
    raise UsageError(f"{shortened(value)} is neither a list nor a range", remedy=_FORM)


def _values(option: Option, given: list[Any]) -> Values:
    if not 1 <= len(given) <= MOST_VALUES:
        raise UsageError(f"a list of {len(given)} values", remedy=f"give 1 to {MOST_VALUES}")
    values = [option.check(value) for value in given]
    twice = next((value for at, value in enumerate(values) if value in values[:at]), None)
    if twice is not None:
        raise UsageError(f"{shortened(twice)} is there twice", remedy="give each value once")
    return Values(tuple(values))


def _range(option: Option, given: Mapping[str, Any]) -> Range:
    unknown = next((name for name in given if name not in Range.__struct_fields__), None)
    if unknown is not None:
        raise UsageError(f"a range has no {shortened(unknown)}", remedy=_FORM)
    if option.kind is str or option.choices:
        raise UsageError("it takes no range of numbers", remedy="give a list of values")
    missing = next((name for name in ("low", "high") if name not in given), None)
    if missing is not None:
        raise UsageError(f"the range has no {missing}", remedy=_FORM)
    low, high = option.check(given["low"]), option.check(given["high"])
    log, step = given.get("log", False), given.get("step")
    if low == high:
        raise UsageError(f"low and high are both {low}", remedy="give two values, or a list of one")
    if low > high:
        raise UsageError(f"low = {low} is not below high = {high}", remedy="exchange them")
    if not isinstance(log, bool):
        raise UsageError(f"log = {shortened(log)} is neither true nor false", remedy=_FORM)
    if log and low <= 0:
        raise UsageError(f"low = {low} has no logarithm", remedy="give a low above 0, or leave out log")
    if step is not None:
        wrong = isinstance(step, bool) or not isinstance(
            step, option.kind if option.kind is int else int | float
        )
        if wrong or not 0 < step <= high - low or not math.isfinite(step):
            raise UsageError(
                f"step = {shortened(step)} is no step from {low} to {high}",
                remedy=f"give {'a whole number' if option.kind is int else 'a number'} up to {high - low:g}",
            )
        if log:
            raise UsageError("log and step exclude each other", remedy="leave out one of them")
    return Range(low, high, log, _typed(step, option))


def _typed(step: int | float | None, option: Option) -> int | float | None:
    if step is None:
        return None
    return int(step) if option.kind is int else float(step)
