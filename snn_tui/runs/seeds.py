"""Runs of one recipe, which differ by their seeds only, as one row: mean and deviation of their scores."""

from __future__ import annotations

import statistics
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace

import msgspec

from snn_tui.config.decided import value_of, without_seed
from snn_tui.runs.catalogue import Entry
from snn_tui.runs.summary import RunSummary
from snn_tui.values.scores import METRICS, Scores
from snn_tui.values.words import counted

_TELLING = ("training", "preparing", "paused", "queued", "broken", "crashed", "failed", "stopped")


def folded(entries: Iterable[Entry]) -> list[Entry]:
    """One entry a recipe, where the first of its runs was; runs without others of their recipe stay.

    Args:
        entries: Runs; shipped ones and those whose configuration is not known are never folded.
    """
    recipes: dict[Hashable, list[Entry]] = {}
    for entry in entries:
        recipes.setdefault(_recipe(entry) or entry.summary.path, []).append(entry)
    return [members[0] if len(members) == 1 else _fold(members) for members in recipes.values()]


def _recipe(entry: Entry) -> Hashable:
    return None if entry.shipped else entry.recipe


def _fold(members: Sequence[Entry]) -> Entry:
    summaries = [member.summary for member in members]
    first = summaries[0]
    states = {summary.state for summary in summaries}
    telling = [state for state in _TELLING if state in states]
    began = [member.started_at for member in members if member.started_at is not None]
    seeds = {value_of(summary.config, "seed") for summary in summaries if summary.config is not None}
    noun = "seed" if len(seeds) == len(members) else "run"  # some were trained again with the same seed
    name = f"{without_seed(members[0].run.title)} ({counted(len(members), noun)})"
    summary = RunSummary(
        name=name,
        path=f"{min(summary.path for summary in summaries)}/seeds",  # stays, when another seed is trained
        state=telling[0] if telling else first.state,
        epoch=min(summary.epoch for summary in summaries),
        epochs=max(summary.epochs for summary in summaries),
        val=_mean([summary.val for summary in summaries]),
        test=_mean([summary.test for summary in summaries]),
        started_at=max(began) if began else None,
        dataset=first.dataset,
        synthetic=first.synthetic,
        shipped=False,
        trained=False,
        seconds=sum(summary.seconds for summary in summaries),
        kind=first.kind,
        config=first.config,
        best={field: statistics.fmean(values) for field, values in _best(summaries).items()},
    )
    spread = {("best", field): _deviation(values) for field, values in _best(summaries).items()}
    for field in ("loss", *METRICS):
        spread["val", field] = _deviation(_defined([summary.val for summary in summaries], field))
        spread["test", field] = _deviation(_defined([summary.test for summary in summaries], field))
    fraction = statistics.fmean(member.fraction for member in members)
    known = {key: value for key, value in spread.items() if value is not None}
    return replace(
        members[0],
        summary=summary,
        fraction=fraction,
        trend=(),
        problem="",
        members=tuple(members),
        spread=known,
    )


def _best(summaries: Sequence[RunSummary]) -> dict[str, list[float]]:
    values: dict[str, list[float]] = {}
    for summary in summaries:
        for field, value in summary.best.items():
            values.setdefault(field, []).append(value)
    return values


def _defined(all_scores: Sequence[Scores | None], field: str) -> list[float]:
    """The values of a score in the runs that have it."""
    values = (getattr(scores, field) for scores in all_scores if scores is not None)
    return [value for value in values if value is not None]


def _mean(all_scores: Sequence[Scores | None]) -> Scores | None:
    """Each score's mean over the runs that have it; None where no run was evaluated."""
    known = [scores for scores in all_scores if scores is not None]
    if not known:
        return None
    fields = ["balanced" if field == "balanced_accuracy" else field for field in ("loss", *METRICS)]
    means = {field: statistics.fmean(values) for field in fields if (values := _defined(known, field))}
    return msgspec.structs.replace(Scores(images=known[0].images, rates={}), **means)


def _deviation(values: Sequence[float]) -> float | None:
    """Standard deviation of a sample; None of fewer than two values."""
    return statistics.stdev(values) if len(values) > 1 else None
