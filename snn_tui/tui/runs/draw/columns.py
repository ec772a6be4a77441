"""The columns that the list of runs can have: what each shows of a run, and how it sorts."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from snn_tui.config.decided import value_of
from snn_tui.config.options import Option
from snn_tui.config.run_config import OPTIONS
from snn_tui.render import palette
from snn_tui.render.local_time import local_time
from snn_tui.render.meters import bars
from snn_tui.render.palette import Role, state_role
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import fit, rate, seconds
from snn_tui.runs.catalogue import UNREAD, Entry
from snn_tui.runs.compare import option_text
from snn_tui.tui.runs.draw.seeds import with_spread
from snn_tui.values.scores import METRICS, Scores, shared_metrics
from snn_tui.values.task import TaskKind

_STATES = (
    *("training", "preparing", "paused", "queued", "stopped", "failed", "crashed", "broken", "finished"),
    UNREAD,
)
_NO_COLUMN = ("name", "dataset")  # options that other columns show
_WIDEST = 18  # cells of a word that may be long

Split = Literal["val", "best", "test"]


@dataclass(frozen=True)
class Column:
    """A column of the list.

    Args:
        name: Its name in a sentence.
        header: Its name above the cells.
        value: The value that runs are sorted by; None goes last, rising or falling.
        cell: The text of a run's cell.
        role: The colour of a run's cell.
        right: Whether the cells are aligned on the right.
        rising: Whether sorting by it begins with the smallest value.
        kinds: Kinds of task whose runs have it; empty for all.
        score: The field of `Scores` that it is of; empty for none.
        best: Whether it is the best value of that score instead of the latest.
        alone: Its name above the cells where the columns beside it do not explain it; empty for `header`.
        option: The option of `RunConfig` that it is of; empty for none.
    """

    name: str
    header: str
    value: Callable[[Entry], Any]
    cell: Callable[[Entry, Terminal], str] = lambda entry, terminal: ""
    role: Callable[[Entry], Role] = lambda entry: "text"
    right: bool = False
    rising: bool = False
    kinds: tuple[TaskKind, ...] = ()
    score: str = ""
    best: bool = False
    alone: str = ""
    option: str = ""

    def fits(self, entry: Entry) -> bool:
        """Whether a run has it, as far as that depends on its task."""
        return not self.kinds or (entry.summary.kind or "binary") in self.kinds


def _score(split: Split, field: str, header: str = "") -> Column:
    metric = METRICS.get(field)
    kinds = metric.tasks if metric else ()
    name, short = (metric.name, metric.short) if metric else (field, field)

    def fits(entry: Entry) -> bool:
        return not kinds or (entry.summary.kind or "binary") in kinds

    def value(entry: Entry) -> float | None:
        if split == "best":
            return entry.summary.best.get(field) if fits(entry) else None
        scores: Scores | None = getattr(entry.summary, split)
        return getattr(scores, field) if scores and fits(entry) else None

    def cell(entry: Entry, terminal: Terminal) -> str:
        return with_spread(value(entry), entry.spread.get((split, field)), terminal) if fits(entry) else ""

    best = split == "best"
    return Column(
        f"best {name} on val" if best else f"{name} on {split}",
        header or short,
        value,
        cell,
        right=True,
        rising=field == "loss",
        kinds=kinds,
        score=field,
        best=best,
        alone=short if split == "val" else f"{split} {short}",
    )


def _state_rank(entry: Entry) -> int:
    state = entry.summary.state
    return _STATES.index(state) if state in _STATES else len(_STATES)


def _epochs(entry: Entry, terminal: Terminal) -> str:
    summary = entry.summary
    return f"{summary.epoch}/{summary.epochs}" if summary.epochs else ""


def _started(entry: Entry, terminal: Terminal) -> str:
    return "" if entry.started_at is None else local_time(entry.started_at, "%m-%d %H:%M")


def _state(entry: Entry, terminal: Terminal) -> str:
    state = entry.summary.state
    return f"{palette.symbol(state, terminal)} {fit(state, 10, terminal)}"


def _data(entry: Entry, terminal: Terminal) -> str:
    mark = palette.symbol("synthetic", terminal) + " " if entry.summary.synthetic else ""
    return mark + fit(entry.summary.dataset, _WIDEST, terminal)


def _muted(entry: Entry) -> Role:
    return "muted"


def trend(values: Sequence[float | None], terminal: Terminal) -> str:
    """A score over the epochs, `▁▄▆▇`, from its lowest to its highest value; blank where it is undefined."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, span = min(known), max(known) - min(known)
    shares = (None if value is None else (value - low) / span if span else 0.5 for value in values)
    # `bars` rounds down; this is the nearest of seven heights.
    return bars((None if share is None else (6 * share + 0.5) / 7 for share in shares), terminal, 7)


_USUAL = (
    Column("state", "state", _state_rank, _state, lambda entry: state_role(entry.summary.state), rising=True),
    Column("name", "run", lambda entry: entry.title.lower(), rising=True),
    Column("epochs done", "epoch", lambda entry: entry.summary.epoch, _epochs, _muted, right=True),
    Column(
        "progress",
        "trend",
        lambda entry: entry.fraction,
        lambda entry, terminal: trend(entry.trend, terminal),
        lambda entry: "good" if entry.summary.state == "finished" else "accent",
    ),
    *(
        column
        for field in shared_metrics(get_args(TaskKind))
        for column in (_score("val", field), _score("best", field, "best"))
    ),
    _score("test", "accuracy", "test"),
    Column(
        "time spent",
        "time",
        lambda entry: entry.summary.seconds or None,
        lambda entry, _: seconds(entry.summary.seconds) if entry.summary.seconds else "",
        _muted,
        right=True,
    ),
    Column("start", "started", lambda entry: entry.started_at, _started, _muted),
    Column(
        "data",
        "data",
        lambda entry: entry.summary.dataset.lower() or None,
        _data,
        lambda entry: "warn" if entry.summary.synthetic else "muted",
        rising=True,
    ),
)
"""The columns where the user chose none, from left to right; of those of best scores only one is drawn."""


def _other_scores() -> list[Column]:
    known = {(column.name) for column in _USUAL}
    fields = ("loss", *(field for field, metric in METRICS.items() if not metric.same_as))
    splits: tuple[Split, ...] = ("val", "best", "test")
    columns = (_score(split, field) for field in fields for split in splits)
    return [column for column in columns if column.name not in known]


def _mean_rate(entry: Entry) -> float | None:
    rates = entry.summary.val.rates if entry.summary.val else {}
    return statistics.fmean(rates.values()) if rates else None


def _of_option(option: Option) -> Column:
    number = option.kind is not str

    def given(entry: Entry) -> Any:
        if entry.summary.config is None or (entry.members and option.name == "seed"):
            return None
        return value_of(entry.summary.config, option.name)

    def value(entry: Entry) -> Any:
        found = given(entry)
        return found if number or found is None else found.lower()

    def cell(entry: Entry, terminal: Terminal) -> str:
        found = given(entry)
        return "" if found is None else fit(option_text(found), _WIDEST, terminal)

    return Column(
        option.flag,
        option.name.replace("_", " "),
        value,
        cell,
        _muted,
        right=number,
        rising=True,
        option=option.name,
    )


COLUMNS = (
    *_USUAL,
    *_other_scores(),
    Column(
        "mean firing rate of the layers on val",
        "rate",
        _mean_rate,
        lambda entry, _: "" if _mean_rate(entry) is None else rate(_mean_rate(entry)),
        _muted,
        right=True,
        rising=True,
    ),
    Column(
        "tags",
        "tags",
        lambda entry: entry.summary.tags or None,
        lambda entry, terminal: fit(" ".join(entry.summary.tags), _WIDEST, terminal),
        _muted,
        rising=True,
    ),
    *(_of_option(option) for name, option in OPTIONS.items() if name not in _NO_COLUMN),
)
"""All columns there are: those of the usual list from left to right, then those that can be chosen."""

USUAL = tuple(range(len(_USUAL)))
"""Indices of the columns of the usual list."""

_INDEX = {column.name: index for index, column in enumerate(COLUMNS)}
NAME, STARTED, DATA = _INDEX["name"], _INDEX["start"], _INDEX["data"]
"""Indices of the columns of the name, of the start and of the data set."""


def indices_of(names: Iterable[str]) -> tuple[int, ...]:
    """Indices of columns by their names, each once; names that no column has are passed over."""
    return tuple(dict.fromkeys(_INDEX[name] for name in names if name in _INDEX))


def offered(entries: Sequence[Entry], chosen: Collection[int]) -> list[int]:
    """The columns to choose from: the chosen ones first, then those that tell some of the runs apart.

    Args:
        entries: The runs.
        chosen: Indices of the columns that are in the list now, in their order.
    """
    kinds = {entry.summary.kind or "binary" for entry in entries}
    configs = [entry.summary.config for entry in entries if entry.summary.config is not None]
    differing = {
        name for name in OPTIONS if len(configs) > 1 and len({value_of(each, name) for each in configs}) > 1
    }
    others = [
        index
        for index, column in enumerate(COLUMNS)
        if index not in chosen
        and (not column.kinds or not kinds or not kinds.isdisjoint(column.kinds))
        and (not column.option or column.option in differing)
    ]
    return [*chosen, *others]
