"""A line that says which runs are looked for, such as `acc>0.9 lr<1e-3 preset=plus tag:x name~regex`.

Its terms are separated by blanks, and a run has to fulfil all of them. A term is a word that stands somewhere
in the run's name, state, data set, note or tags, or it is a field, an operator and a value. Fields are the
options of a run, what a loop of one's own says of itself (`loop.NAME`), its scores on val (`acc`, `last.acc`,
`best.acc`) and on test (`test.acc`), and a few facts.
Double quotes hold a value with blanks together.
"""

from __future__ import annotations

import difflib
import math
import re
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from snn_tui.config.decided import value_of, values_of
from snn_tui.config.run_config import OPTIONS
from snn_tui.errors import UsageError
from snn_tui.runs.summary import RunSummary
from snn_tui.runs.sweep import sweep_of
from snn_tui.values.scores import METRICS, Scores
from snn_tui.values.words import printable

LONGEST = 500
"""Most characters of a query."""

LONGEST_PATTERN = 60
"""Most characters of a regular expression."""

MOST_REPEATS = 3
"""Most repeats in a regular expression; together with the length of the text they bound its time."""

_LOOP = "loop."
"""What stands before the name of something that a loop of the user's own says of itself."""

_LARGEST = 1e308
_SEARCHED = 100  # characters of each line of a text that a regular expression is searched in
_OPERATORS = ("<=", ">=", "!=", "<", ">", "=", "~", ":")
_TERM = re.compile(r'(?P<field>[A-Za-z][\w.-]*)(?P<operator><=|>=|!=|[<>=~:])(?P<value>"[^"]*"?|\S*)')
_WORD = re.compile(r'"[^"]*"?|\S+')

Value = float | str | tuple[str, ...] | None
Matcher = Callable[[RunSummary], bool]


@dataclass(frozen=True)
class Query:
    """Which runs are looked for.

    Args:
        matchers: What a run has to fulfil.
    """

    matchers: tuple[Matcher, ...] = ()

    def matches(self, run: RunSummary) -> bool:
        """Whether a run is one of those looked for."""
        return all(matcher(run) for matcher in self.matchers)


@dataclass(frozen=True)
class _Field:
    """Something of a run that can be asked for: whether it is a number, and how it is read.

    With `text` it may be a text as well, as what a loop of the user's own says of itself.
    """

    number: bool
    value: Callable[[RunSummary], Value]
    text: bool = False


def parse(line: str, where: str = "query") -> Query:
    """Read a query.

    Args:
        line: The query; an empty one matches all runs.
        where: What the line was given for, for the error.

    Raises:
        UsageError: The line is no query; the sentence names the position, counted from 1.
    """
    if len(line) > LONGEST:
        raise UsageError(f"the query has more than {LONGEST} characters", where=where, remedy="shorten it")
    matchers: list[Matcher] = []
    position = 0
    while position < len(line):
        if line[position].isspace():
            position += 1
            continue
        found = _TERM.match(line, position)
        if found:
            matchers.append(_term(found, where))
        else:
            found = _WORD.match(line, position)
            assert found is not None  # there is something that is no blank
            if found[0].startswith(_OPERATORS):
                raise _error("a field is missing before the operator", position, where)
            matchers.append(_word(_unquoted(found[0], position, where).lower()))
        position = found.end()
    return Query(tuple(matchers))


def _error(what: str, position: int, where: str) -> UsageError:
    return UsageError(
        f"{what}, at position {position + 1}",
        where=where,
        remedy="write a query such as: acc>0.9 lr<1e-3 preset=plus tag:x name~s[12] state:failed",
    )


def _unquoted(text: str, position: int, where: str) -> str:
    if not text.startswith('"'):
        return text
    if len(text) < 2 or not text.endswith('"'):
        raise _error("a double quote is not closed", position, where)
    return text[1:-1]


def _word(word: str) -> Matcher:
    return lambda run: word in searched(run)


def searched(run: RunSummary) -> str:
    """The text of a run that words are searched in, in lower case."""
    kinds = [kind for kind, is_so in (("shipped", run.shipped), ("synthetic", run.synthetic)) if is_so]
    words = printable(" ".join((run.name, run.state, run.dataset, *run.tags, *kinds)), 1000)
    note = run.note.replace("\n", " ")
    return f"{words} {note}".lower()


def _term(found: re.Match[str], where: str) -> Matcher:
    name, operator, start = found["field"], found["operator"], found.start("value")
    field = _field(name, found.start(), where)
    wanted = _unquoted(found["value"], start, where)
    if not wanted:
        raise _error(f"a value is missing after {name}{operator}", start, where)
    if operator == "~":
        return _matches_pattern(field, _pattern(wanted, start, where))
    number = _number(wanted)
    if operator in ("<", "<=", ">", ">="):
        if not field.number:
            score = f" (the score is val.{name})" if name.lower() in _aliases() else ""
            what = f"{name} is no number, so {operator} does not fit{score}"
            raise _error(what, found.start("operator"), where)
        if number is None:
            raise _error(f"{printable(wanted, 40)} is no number", start, where)
        return _ordered(field, operator, number)
    if field.number and not field.text and number is None and wanted.lower() != "none":
        raise _error(f"{printable(wanted, 40)} is no number", start, where)
    as_text = not field.number or (field.text and number is None)
    equal = _equal(field, wanted.lower() if as_text else number, part=operator == ":")
    return (lambda run: not equal(run)) if operator == "!=" else equal


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _ordered(field: _Field, operator: str, number: float) -> Matcher:
    def matches(run: RunSummary) -> bool:
        value = field.value(run)
        if not isinstance(value, int | float):
            return False
        if operator.startswith("<"):
            return value < number or (operator == "<=" and value == number)
        return value > number or (operator == ">=" and value == number)

    return matches


def _equal(field: _Field, wanted: float | str | None, *, part: bool) -> Matcher:
    """Equality; of a text, with `part`, that the text has the value somewhere; of tags, that one is it."""

    def matches(run: RunSummary) -> bool:
        value = field.value(run)
        if isinstance(value, tuple):
            return wanted in [tag.lower() for tag in value]
        if isinstance(wanted, str):
            text = "none" if value is None else str(value).lower()
            return wanted in text if part else wanted == text
        return value == wanted

    return matches


def _matches_pattern(field: _Field, pattern: re.Pattern[str]) -> Matcher:
    def matches(run: RunSummary) -> bool:
        value = field.value(run)
        texts = value if isinstance(value, tuple) else ("none" if value is None else _text(value),)
        return any(_found(pattern, text.split("\n")) for text in texts)

    return matches


def _found(pattern: re.Pattern[str], lines: list[str]) -> bool:
    return any(pattern.search(line[:_SEARCHED]) for line in lines)


def _text(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _pattern(text: str, position: int, where: str) -> re.Pattern[str]:
    """A regular expression without those that take for ever: few repeats, and none of a group."""
    if len(text) > LONGEST_PATTERN:
        raise _error(f"the regular expression has more than {LONGEST_PATTERN} characters", position, where)
    bare = re.sub(r"\\.|\[\^?\]?[^]]*\]", "x", text)
    if len(re.findall(r"[*+{?]", bare)) > MOST_REPEATS:
        raise _error(f"the regular expression has more than {MOST_REPEATS} repeats", position, where)
    if re.search(r"\)[*+{]", bare):
        raise _error("the regular expression repeats a group", position, where)
    if re.search(r"\(\?[a-z-]+[:)]", bare, re.IGNORECASE):  # with x, blanks hide that a group is repeated
        raise _error("the regular expression sets flags", position, where)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return re.compile(text, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        at = getattr(error, "pos", None) or 0
        reason = getattr(error, "msg", "") or "it is too large"
        raise _error(f"the regular expression is wrong ({reason})", position + at, where) from None


def _field(name: str, position: int, where: str) -> _Field:
    wanted = name.lower().replace("-", "_")
    if wanted in _FACTS:
        return _FACTS[wanted]
    moment, _, score = wanted.rpartition(".")
    if moment in ("", "val", "last", "best", "test") and (moment or wanted not in OPTIONS):
        fields = _aliases().get(score)
        if fields:
            return _score(moment, fields)
    if wanted in OPTIONS:
        number = OPTIONS[wanted].kind is not str
        return _Field(number, lambda run: _set(run, wanted))
    if wanted.startswith(_LOOP) and wanted != _LOOP:
        return _Field(True, lambda run: _of_loop(run, wanted.removeprefix(_LOOP)), text=True)
    near = difflib.get_close_matches(wanted, [*_FACTS, *OPTIONS, *_aliases()], 1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    raise _error(f"no option, score or fact of a run is called {printable(name, 40)}{hint}", position, where)


def _set(run: RunSummary, name: str) -> Value:
    """What an option is set to; of a loop of the user's own what it says of itself by that name."""
    if run.config is None:
        return None
    if not run.config.own_loop:
        return value_of(run.config, name)  # type: ignore[no-any-return]
    values = values_of(run.config)
    found = next((value for key, value in values.items() if key.lower().replace("-", "_") == name), None)
    if found is None or isinstance(found, str):
        return found
    return float(min(max(found, -_LARGEST), _LARGEST))  # a whole number may have hundreds of digits


def _of_loop(run: RunSummary, name: str) -> Value:
    """What a loop of the user's own says of itself by a name; nothing of a run of snn-tui's own training."""
    return _set(run, name) if run.config is not None and run.config.own_loop else None


def _aliases() -> dict[str, tuple[str, ...]]:
    """The fields of `Scores` by the names that scores have in a query: in full, short, and the loss."""
    fields: dict[str, tuple[str, ...]] = {"loss": ("loss",), "val_loss": ("loss",)}
    for field, metric in METRICS.items():
        for alias in dict.fromkeys((field, metric.short.lower())):
            fields[alias] = (*fields.get(alias, ()), field)
    return fields


def _score(moment: str, fields: Iterable[str]) -> _Field:
    def value(run: RunSummary) -> float | None:
        scores: Scores | None = run.test if moment == "test" else run.val
        for field in fields:  # F1 is another score where there are several classes
            found = run.best.get(field) if moment == "best" else getattr(scores, field, None)
            if found is not None:
                return float(found)
        return None

    return _Field(True, value)


def _network(run: RunSummary) -> Value:
    own = run.config.network if run.config is not None else None
    return None if own is None else own.known


_FACTS = {
    "name": _Field(False, lambda run: run.name),
    "state": _Field(False, lambda run: run.state),
    "note": _Field(False, lambda run: run.note),
    "sweep": _Field(False, lambda run: sweep_of(run.name)),
    "tag": _Field(False, lambda run: run.tags),
    "kind": _Field(False, lambda run: run.kind),
    "dataset": _Field(False, lambda run: run.dataset),
    "network": _Field(False, _network),
    "epoch": _Field(True, lambda run: run.epoch),
    "seconds": _Field(True, lambda run: run.seconds),
}
"""What can be asked for besides options and scores, by name: the data set by the name in the list."""
