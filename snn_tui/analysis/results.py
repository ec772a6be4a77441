"""Everything the Results screen and the report show of a split, at a threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean, stdev

from snn_tui.analysis.bootstrap import Bootstrap, Interval
from snn_tui.analysis.calibration import Reliability, probability, reliability
from snn_tui.analysis.judgement import Judgement
from snn_tui.analysis.roc import Ranks
from snn_tui.analysis.steps import StepCurve, Steps, settled
from snn_tui.values.scores import METRICS, PUBLISHED, ConfusionMatrix, matrix_metrics

DRAWS = 8
"""Draws of the rate coding the metrics are compared over, draw 0 among them."""


@dataclass(frozen=True)
class Threshold:
    """Above which decision score the verdict is pneumonia.

    Args:
        value: The threshold, in spikes; 0 is what evaluation uses.
        chosen_on: The split it was chosen on; empty for the one evaluation uses.
    """

    value: float = 0.0
    chosen_on: str = ""

    @property
    def words(self) -> str:
        """The value, as people read it."""
        return f"{self.value:+.3g}" if self.value else "0"

    def standing(self, split: str) -> str:
        """What a result on a split is worth at this threshold, in a few words."""
        if not self.chosen_on:
            return "as evaluated"
        if self.chosen_on == "test":
            return "chosen on test: not a result"
        if split == self.chosen_on:
            return f"chosen on {self.chosen_on}, the images it is judged by"
        return f"chosen on {self.chosen_on}"

    def honest_on(self, split: str) -> bool:
        """Whether the split did not help to choose it, nor did test."""
        return not self.chosen_on or self.chosen_on not in (split, "test")


@dataclass(frozen=True)
class Mistake:
    """An image that was judged wrong.

    Args:
        index: Its position in the whole split.
        label: Its true class; the verdict is the other one.
        fired: Firing counts of both neurons.
        margin: How far its score is from the threshold, in spikes.
    """

    index: int
    label: int
    fired: tuple[int, int]
    margin: float


@dataclass(frozen=True)
class DrawSpread:
    """One metric over several draws of the rate coding.

    Args:
        values: Its value in each draw, where it is defined.
        mean: Their mean.
        deviation: Their standard deviation (of a sample); None for fewer than two.
    """

    values: tuple[float, ...]
    mean: float | None
    deviation: float | None


class Results:
    """A judgement with what follows from it; each part is computed when first asked for.

    Args:
        judgement: The answers in draw 0.
    """

    def __init__(self, judgement: Judgement) -> None:
        self.judgement = judgement
        self.ranks = Ranks(judgement.labels, judgement.scores)
        self.redraws = [self.ranks]
        self._bootstrap = Bootstrap()

    def add_draw(self, scores: Sequence[float]) -> None:
        """Take in the decision scores `[N]` of the next draw."""
        self.redraws.append(Ranks(self.judgement.labels, scores))

    @property
    def published(self) -> dict[str, float] | None:
        """The study's metrics, where these can be compared with them: real test images, balanced."""
        fair = self.judgement.split == "test" and self.judgement.balanced
        fair = fair and not self.judgement.synthetic
        return PUBLISHED if fair else None

    @cached_property
    def auc(self) -> float | None:
        """Area under the ROC curve."""
        return self.ranks.auc()

    @cached_property
    def auc_interval(self) -> Interval | None:
        """Its interval; takes a while."""
        return self._bootstrap.auc(self.ranks)

    @cached_property
    def curve(self) -> list[tuple[float, float]]:
        """The ROC curve."""
        return self.ranks.curve()

    @cached_property
    def reliability(self) -> Reliability:
        """Calibration of the probability made of firing counts."""
        judgement = self.judgement
        shares = [probability(judgement.fired(place)) for place in range(len(judgement))]
        return reliability(judgement.labels, shares)

    @cached_property
    def _steps(self) -> Steps:
        return Steps(self.judgement)

    def steps(self, threshold: float) -> StepCurve:
        """Metrics after fewer time steps."""
        return self._steps.curve(threshold)

    def settled(self, threshold: float) -> int:
        """The step from which on nine images in ten had the verdict that they ended with."""
        return settled(self.judgement, threshold)

    def confusion_matrix(self, threshold: float) -> ConfusionMatrix:
        """Images by true class and predicted class, at a threshold."""
        return self.ranks.confusion_matrix(threshold)

    def values(self, threshold: float) -> dict[str, float | None]:
        """All metrics at a threshold, by field of `Scores`."""
        return {**matrix_metrics(self.confusion_matrix(threshold)), "auc": self.auc}

    def intervals(self, threshold: float) -> dict[str, Interval | None]:
        """Their intervals."""
        return {**self._bootstrap.intervals(self.confusion_matrix(threshold)), "auc": self.auc_interval}

    def mistakes(self, threshold: float) -> list[Mistake]:
        """The images judged wrong, the most confident error first."""
        judgement = self.judgement
        wrong = [
            Mistake(judgement.ids[place], label, judgement.fired(place), abs(score - threshold))
            for place, (label, score) in enumerate(zip(judgement.labels, judgement.scores, strict=True))
            if (score > threshold) != (label == 1)
        ]
        return sorted(wrong, key=lambda mistake: (-mistake.margin, mistake.index))

    def spreads(self, threshold: float) -> dict[str, DrawSpread]:
        """Every metric over the draws so far."""
        rows = [
            {**matrix_metrics(ranks.confusion_matrix(threshold)), "auc": ranks.auc()}
            for ranks in self.redraws
        ]
        return {field: _spread([row[field] for row in rows]) for field in METRICS}


def _spread(values: Sequence[float | None]) -> DrawSpread:
    known = tuple(value for value in values if value is not None)
    return DrawSpread(known, fmean(known) if known else None, stdev(known) if len(known) > 1 else None)
