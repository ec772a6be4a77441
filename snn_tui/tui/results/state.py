"""What Results shows: a judged split, the threshold and the chosen mistake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from snn_tui.analysis.bootstrap import Interval
from snn_tui.analysis.judgement import Judgement
from snn_tui.analysis.results import DRAWS, Mistake, Results, Threshold
from snn_tui.analysis.roc import STEP, next_half_spike
from snn_tui.analysis.task_results import AnyResults, TaskResults, TaskStepCurve, results_of
from snn_tui.tui.results.matrix_choice import MatrixChoice

SPLITS = ("val", "test")
"""The splits that can be judged: the network was trained on train."""


@dataclass(frozen=True)
class Measured:
    """What takes more than a moment to compute, with what it was computed from.

    Args:
        results: The judged split.
        threshold: The threshold.
        intervals: Of all metrics.
        settled: The step from which on nine images in ten keep their prediction.
        steps: Scores after each time step, of a task that is not binary.
    """

    results: AnyResults
    threshold: Threshold
    intervals: Mapping[str, Interval | None]
    settled: int
    steps: TaskStepCurve | None = None

    @classmethod
    def of(cls, results: AnyResults, threshold: Threshold) -> Measured:
        """Compute it; may run in a thread."""
        if isinstance(results, TaskResults):
            return cls(results, threshold, results.intervals, results.settled_step, results.steps)
        value = threshold.value
        return cls(results, threshold, results.intervals(value), results.settled_step(value))


def prepared(judgement: Judgement) -> AnyResults:
    """The results of a judgement, with all that is drawn at once computed; may run in a thread."""
    results = results_of(judgement)
    if isinstance(results, TaskResults):
        _ = results.mistakes
    return results


@dataclass
class ResultsState:
    """The judged split with what the user has chosen.

    Args:
        split: val or test, what is to be judged; the results in view may still be of the other.
        balanced: Whether only the images that the run's balancing keeps are judged.
        threshold: The decision threshold; it stays when the split changes.
        num_draws: Draws of the coding there will be.
        results: The judged split, None while it is not there.
        matrix: What is chosen of it, where it is of several classes or labels.
        measured: The slow parts, perhaps of an earlier threshold.
    """

    split: str = "val"
    balanced: bool = True
    threshold: Threshold = field(default_factory=Threshold)
    num_draws: int = DRAWS
    results: AnyResults | None = None
    matrix: MatrixChoice | None = None
    measured: Measured | None = None
    mistakes: list[Mistake] = field(default_factory=list)
    _mistake_index: int = 0

    @property
    def binary(self) -> Results | None:
        """The results, if they are of a binary task."""
        return self.results if isinstance(self.results, Results) else None

    def draws_title(self, done: int) -> str:
        """What the panel of the draws is called, after so many of them."""
        if self.num_draws == 1:
            return "Re-encoding · none"
        return f"Re-encoding · {f'{done} draws' if done == self.num_draws else f'{done} of {self.num_draws}'}"

    def take(self, results: AnyResults) -> None:
        """Look at another judgement, from its worst mistake."""
        self.results, self.measured, self._mistake_index = results, None, 0
        self.matrix = MatrixChoice(results) if isinstance(results, TaskResults) else None
        self._list()

    def forget(self) -> None:
        """There is nothing to look at."""
        self.results, self.matrix, self.measured, self.mistakes = None, None, None, []

    def other_split(self) -> None:
        """Turn from val to test or back; the threshold comes along."""
        self.split = SPLITS[1 - SPLITS.index(self.split)]

    def move(self, direction: int) -> bool:
        """Half a spike, or 0.5 of log-odds, up or down; whether that changed anything."""
        if self.binary is None:
            return False
        return self._choose(
            next_half_spike(self.threshold.value, direction, self.binary.judgement.score_limit)
        )

    def move_to(self, value: float) -> bool:
        """To the multiple of `roc.STEP` that is nearest to a value; whether that changed anything."""
        return self.binary is not None and self._choose(round(value / STEP) * STEP)

    def next_image(self, direction: int) -> bool:
        """To where one more image changes sides; whether there is one."""
        if self.binary is None:
            return False
        return self._choose(self.binary.ranks.next_threshold(self.threshold.value, direction))

    def best(self) -> bool:
        """The best threshold on the split in view; whether it is another."""
        return self.binary is not None and self._choose(self.binary.ranks.best_threshold())

    def evaluated(self) -> bool:
        """The threshold that evaluation uses; whether it is another."""
        return self._set(Threshold())

    def _choose(self, value: float) -> bool:
        # Going back to 0 is no choice: that is where everybody begins.
        assert self.results is not None
        return self._set(Threshold(value, self.results.judgement.split) if value else Threshold())

    def _set(self, threshold: Threshold) -> bool:
        changed, self.threshold = threshold.value != self.threshold.value, threshold
        if changed:
            before = self.mistake
            self._list()
            # The same image stays chosen, if it is still a mistake.
            indices = {mistake.index: index for index, mistake in enumerate(self.mistakes)}
            self._mistake_index = indices.get(before.index, 0) if before else 0
        return changed

    def _list(self) -> None:
        self.mistakes = [] if self.binary is None else self.binary.mistakes(self.threshold.value)

    @property
    def mistake_index(self) -> int:
        """Index of the chosen mistake in `mistakes`."""
        return min(self._mistake_index, max(len(self.mistakes) - 1, 0))

    @property
    def mistake(self) -> Mistake | None:
        """The chosen mistake, None where there is none."""
        return self.mistakes[self.mistake_index] if self.mistakes else None

    @property
    def image(self) -> int | None:
        """Index in the whole split of the chosen image, None where there is none."""
        chosen = self.mistake if self.matrix is None else self.matrix.image
        return chosen.index if chosen else None

    @property
    def listed(self) -> tuple[int, ...]:
        """Indices in the whole split of the images of the chosen cell, in their order; none without one."""
        if self.matrix is None or not self.matrix.filtered:
            return ()
        return tuple(image.index for image in self.matrix.images)

    def choose(self, by: int) -> None:
        """Choose an image further down or up the list."""
        if self.matrix is not None:
            self.matrix.choose_image(by)
            return
        self._mistake_index = min(max(self.mistake_index + by, 0), max(len(self.mistakes) - 1, 0))

    @property
    def stale(self) -> bool:
        """Whether the slow parts are of something else than what is in view."""
        measured = self.measured
        return measured is None or (measured.results, measured.threshold) != (self.results, self.threshold)

    def remember(self, measured: Measured) -> None:
        """Take in slow parts; those of another judgement are passed over."""
        if measured.results is self.results:
            self.measured = measured
