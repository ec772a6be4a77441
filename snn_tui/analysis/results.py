"""All results of a judged split at a threshold, for the Results screen and the report."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean, stdev

from snn_tui.analysis.bootstrap import Bootstrap, Interval
from snn_tui.analysis.calibration import Reliability, reliability
from snn_tui.analysis.judgement import Judgement
from snn_tui.analysis.roc import Ranks
from snn_tui.analysis.steps import StepCurve, Steps, settled_step
from snn_tui.values.benchmarks import study_beside
from snn_tui.values.confusion import ConfusionMatrix
from snn_tui.values.scores import matrix_metrics, metrics_for

DRAWS = 8
"""Draws of the rate coding that the metrics are computed for, including draw 0."""


@dataclass(frozen=True)
class Threshold:
    """A threshold on the decision score: images above it are predicted to be of the positive class.

    Args:
        value: The threshold, in spikes or log-odds; evaluation uses 0.
        chosen_on: The split that it was chosen on; empty for the one that evaluation uses.
    """

    value: float = 0.0
    chosen_on: str = ""

    @property
    def text(self) -> str:
        """The value, for people."""
        return f"{self.value:+.3g}" if self.value else "0"

    def origin(self, split: str) -> str:
        """Where the threshold comes from, and what that means for results on a split, in a few words."""
        if not self.chosen_on:
            return "as evaluated"
        if self.chosen_on == "test":
            return "chosen on test: not a result"
        if split == self.chosen_on:
            return f"chosen on {self.chosen_on}, the images it is judged by"
        return f"chosen on {self.chosen_on}"

    def independent_of(self, split: str) -> bool:
        """Whether neither this split nor test was used to choose the threshold."""
        return not self.chosen_on or self.chosen_on not in (split, "test")


@dataclass(frozen=True, slots=True)
class Mistake:
    """An image whose predicted class is not its label.

    Args:
        index: Its index in the whole split.
        label: Its true class.
        predicted: The class that was predicted.
        fired: Spikes of the output neurons; empty without spikes.
        margin: Distance of its score from the threshold, in spikes or log-odds.
    """

    index: int
    label: int
    predicted: int
    fired: tuple[int, ...]
    margin: float


@dataclass(frozen=True)
class DrawSpread:
    """One metric over several draws of the rate coding.

    Args:
        values: Its value in each draw in which it is defined.
        mean: Mean of the values; None without values.
        deviation: Sample standard deviation; None for fewer than two values.
    """

    values: tuple[float, ...]
    mean: float | None
    deviation: float | None


class Results:
    """Metrics, curves and mistakes of a judgement, each computed when it is first needed.

    Args:
        judgement: The predictions in draw 0 of the rate coding.
    """

    def __init__(self, judgement: Judgement) -> None:
        self.judgement = judgement
        self.ranks = Ranks(judgement.positives, judgement.scores)
        self.redraws = [self.ranks]
        self._bootstrap = Bootstrap()

    def add_draw(self, scores: Sequence[float]) -> None:
        """Add the decision scores `[N]` of the next draw of the rate coding."""
        self.redraws.append(Ranks(self.judgement.positives, scores))

    @property
    def published(self) -> dict[str, float] | None:
        """The study's metrics by field, see `values.benchmarks.study_beside`."""
        judgement = self.judgement
        return study_beside(
            judgement.task,
            judgement.split,
            balanced=judgement.balanced,
            comparable=judgement.comparable,
            synthetic=judgement.synthetic,
        )

    @cached_property
    def auc(self) -> float | None:
        """Area under the ROC curve."""
        return self.ranks.auc()

    @cached_property
    def auc_interval(self) -> Interval | None:
        """The 95 % interval of AUC; computing it takes a fraction of a second."""
        return self._bootstrap.auc(self.ranks)

    @cached_property
    def curve(self) -> list[tuple[float, float]]:
        """The ROC curve, see `Ranks.curve`."""
        return self.ranks.curve()

    @cached_property
    def reliability(self) -> Reliability:
        """Calibration of the positive class, see `Judgement.calibrated`."""
        judgement = self.judgement
        values = array("d", map(judgement.calibrated, range(len(judgement))))
        return reliability(judgement.positives, values)

    @cached_property
    def _steps(self) -> Steps:
        return Steps(self.judgement)

    def steps(self, threshold: float) -> StepCurve:
        """Metrics after fewer time steps."""
        return self._steps.curve(threshold)

    def settled_step(self, threshold: float) -> int:
        """The step, counted from 1, from which on nine images in ten have their final prediction."""
        return settled_step(self.judgement, threshold)

    def confusion_matrix(self, threshold: float) -> ConfusionMatrix:
        """Images by true class and predicted class, at a threshold."""
        return self.ranks.confusion_matrix(threshold)

    def values(self, threshold: float) -> dict[str, float | None]:
        """All metrics at a threshold, by field of `Scores`."""
        return {**matrix_metrics(self.confusion_matrix(threshold)), "auc": self.auc}

    def intervals(self, threshold: float) -> dict[str, Interval | None]:
        """The 95 % intervals of all metrics at a threshold, by field of `Scores`."""
        return {**self._bootstrap.intervals(self.confusion_matrix(threshold)), "auc": self.auc_interval}

    def mistakes(self, threshold: float) -> list[Mistake]:
        """The images that are predicted wrongly, those furthest from the threshold first."""
        judgement = self.judgement
        wrong = [
            Mistake(
                judgement.ids[index], label, predicted, judgement.spike_counts(index), abs(score - threshold)
            )
            for index, (label, score) in enumerate(zip(judgement.labels, judgement.scores, strict=True))
            if (predicted := judgement.predicted(score, threshold)) != label
        ]
        return sorted(wrong, key=lambda mistake: (-mistake.margin, mistake.index))

    def spreads(self, threshold: float) -> dict[str, DrawSpread]:
        """Every metric over the draws added so far, by field of `Scores`."""
        rows = [
            {**matrix_metrics(ranks.confusion_matrix(threshold)), "auc": ranks.auc()}
            for ranks in self.redraws
        ]
        return {field: spread([row[field] for row in rows]) for field in metrics_for("binary")}


def spread(values: Sequence[float | None]) -> DrawSpread:
    """The spread of one metric's values in several draws, None where it is undefined."""
    known = tuple(value for value in values if value is not None)
    return DrawSpread(known, fmean(known) if known else None, stdev(known) if len(known) > 1 else None)
