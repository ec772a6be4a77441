"""What the declaration of an option says, and how a value is checked against it.

The options themselves are declared with the fields of `RunConfig`. The command line, the form on the Train
screen and the TOML reader all check against the declaration: a bad value gets the same sentence everywhere.
"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any, get_args

import msgspec

from snn_tui.errors import UsageError

_CONTROL = {"Cc", "Zl", "Zp"}  # Unicode's control characters, and its line and paragraph separators
_METAVARS = {int: "N", float: "X", str: "NAME"}


class Option(msgspec.Struct, frozen=True):
    """Something that may be set about a run, and what it may be set to.

    `name`, `kind` and `default` are those of the field that it is declared with; see `declared`.

    Args:
        help: One sentence for `--help`, the form and the docs.
        low: Smallest value allowed, for numbers.
        high: Largest value allowed, for numbers.
        choices: All values allowed, for words and for numbers of which few are.
        pattern: A regular expression the whole text has to match, for free words.
        shape: The pattern in words, or the choices where there are too many to list.
        metavar: What stands for the value in `--help`; by default N, X or NAME.
        group: The group that it begins in lists of all options; those after it are of the same.
        form_label: Its label in the form for a new run; options without one are among all options only.
        form_empty: What an empty field of the form stands for, as a long text and as a short one; without
            it the field has to be filled.
        resumable: Whether a resumed run may be given another value: one that leaves its result as it is, or
            lets it grow.
        decides_result: Whether another value makes another run. What only names a run, or only changes how
            numbers are rounded, does not.
        name: The field of `RunConfig`.
        kind: int, float or str.
        default: The published study's value; None where the option may be left unset.
    """

    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    pattern: str = ""
    shape: str = ""
    metavar: str = ""
    group: str = ""
    form_label: str = ""
    form_empty: tuple[str, str] | None = None
    resumable: bool = False
    decides_result: bool = True
    name: str = ""
    kind: type[int] | type[float] | type[str] = str
    default: int | float | str | None = None

    @property
    def flag(self) -> str:
        """The option's name on the command line."""
        return "--" + self.name.replace("_", "-")

    @property
    def placeholder(self) -> str:
        """What stands for the value in `--help`."""
        return self.metavar or _METAVARS[self.kind]

    @property
    def allowed(self) -> str:
        """The allowed range in words, such as `a whole number from 1 to 10000`."""
        if self.choices and not self.shape:
            return " or ".join(
                [", ".join(self.choices[:-1]), self.choices[-1]] if self.choices[1:] else self.choices
            )
        if self.kind is str or self.choices:
            return self.shape
        number = "a whole number" if self.kind is int else "a number"
        return f"{number} from {_plain(self.low)} to {_plain(self.high)}"

    def check(self, value: object) -> Any:
        """The value in the option's own type.

        Args:
            value: A text as typed, or an already typed value.

        Raises:
            UsageError: The value is of the wrong type or out of range; the message names the range.
        """
        try:
            typed = self._convert(value)
        except (TypeError, ValueError, OverflowError):
            raise self._refusal(value) from None
        if isinstance(typed, str):
            if any(unicodedata.category(char) in _CONTROL for char in typed):
                raise UsageError(
                    f"{shortened(value)} has a line break or another control character in it",
                    where=self.flag,
                    remedy=f"give {self.allowed}",
                )
            if self.pattern and not re.fullmatch(self.pattern, typed):
                raise self._refusal(value)
        elif not (_bound(self.low, -math.inf) <= typed <= _bound(self.high, math.inf)):
            raise self._refusal(value)
        if self.choices and str(typed) not in self.choices:
            raise self._refusal(value)
        return typed

    def _convert(self, value: object) -> int | float | str:
        if isinstance(value, bool):
            raise TypeError
        if self.kind is str:
            if not isinstance(value, str):
                raise TypeError
            return value
        if self.kind is int:
            if isinstance(value, float):
                raise TypeError
            return int(value)  # type: ignore[call-overload, no-any-return]
        return float(value)  # type: ignore[arg-type]

    def _refusal(self, value: object) -> UsageError:
        return UsageError(
            f"{shortened(value)} is not allowed", where=self.flag, remedy=f"give {self.allowed}"
        )


def declared(defaults: msgspec.Struct) -> dict[str, Option]:
    """The options declared with the fields of a struct, by name, in their order.

    Args:
        defaults: A struct with its default values, each field annotated as `Annotated[kind, Option(...)]` or
            `Annotated[kind | None, Option(...)]`; any other is no option.
    """
    options: dict[str, Option] = {}
    group = ""
    for name, annotation in type(defaults).__annotations__.items():
        option, kind = getattr(annotation, "__metadata__", (None,))[-1], annotation
        if not isinstance(option, Option):
            continue
        while arguments := get_args(kind):
            kind = arguments[0]
        group = option.group or group
        default = getattr(defaults, name)
        options[name] = msgspec.structs.replace(option, name=name, kind=kind, default=default, group=group)
    return options


def shortened(value: object) -> str:
    """A value as Python writes it, cut to 60 characters."""
    try:
        text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    except (RecursionError, ValueError):  # a list in a list in a list ..., a number of 4300 digits
        return "a value too long to print"
    return text if len(text) <= 60 else text[:57] + "..."


def _plain(number: float | None) -> str:
    return f"{number:g}" if number is None or abs(number) < 1e6 or number != int(number) else str(int(number))


def _bound(limit: float | None, otherwise: float) -> float:
    return otherwise if limit is None else limit
