"""What Results shows: a judged split, the threshold and the chosen mistake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from snn_tui.analysis.bootstrap import Interval
from snn_tui.analysis.results import DRAWS, Mistake, Results, Threshold
from snn_tui.analysis.roc import STEP, next_half_spike

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
    """

    results: Results
    threshold: Threshold
    intervals: Mapping[str, Interval | None]
    settled: int

    @classmethod
    def of(cls, results: Results, threshold: Threshold) -> Measured:
        """Compute it; may run in a thread."""
        value = threshold.value
        return cls(results, threshold, results.intervals(value), results.settled_step(value))


@dataclass
class ResultsState:
    """The judged split with what the user has chosen.

    Args:
        split: val or test, what is to be judged; the results in view may still be of the other.
        balanced: Whether only the images that the run's balancing keeps are judged.
        threshold: The decision threshold; it stays when the split changes.
        num_draws: Draws of the coding there will be.
        results: The judged split, None while it is not there.
        measured: The slow parts, perhaps of an earlier threshold.
    """

    split: str = "val"
    balanced: bool = True
    threshold: Threshold = field(default_factory=Threshold)
    num_draws: int = DRAWS
    results: Results | None = None
    measured: Measured | None = None
    mistakes: list[Mistake] = field(default_factory=list)
    _mistake_index: int = 0

    def take(self, results: Results) -> None:
        """Look at another judgement, from its worst mistake."""
        self.results, self.measured, self._mistake_index = results, None, 0
        self._list()

    def forget(self) -> None:
        """There is nothing to look at."""
        self.results, self.measured, self.mistakes = None, None, []

    def other_split(self) -> None:
        """Turn from val to test or back; the threshold comes along."""
        self.split = SPLITS[1 - SPLITS.index(self.split)]

    def move(self, direction: int) -> bool:
        """Half a spike up or down; whether that changed anything."""
        if self.results is None:
            return False
        return self._choose(
            next_half_spike(self.threshold.value, direction, self.results.judgement.num_steps)
        )

    def move_to(self, value: float) -> bool:
        """To the multiple of half a spike that is nearest to a value; whether that changed anything."""
        return self.results is not None and self._choose(round(value / STEP) * STEP)

    def next_image(self, direction: int) -> bool:
        """To where one more image changes sides; whether there is one."""
        if self.results is None:
            return False
        return self._choose(self.results.ranks.next_threshold(self.threshold.value, direction))

    def best(self) -> bool:
        """The best threshold on the split in view; whether it is another."""
        return self.results is not None and self._choose(self.results.ranks.best_threshold())

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
        self.mistakes = [] if self.results is None else self.results.mistakes(self.threshold.value)

    @property
    def mistake_index(self) -> int:
        """Index of the chosen mistake in `mistakes`."""
        return min(self._mistake_index, max(len(self.mistakes) - 1, 0))

    @property
    def mistake(self) -> Mistake | None:
        """The chosen mistake, None where there is none."""
        return self.mistakes[self.mistake_index] if self.mistakes else None

    def choose(self, by: int) -> None:
        """Choose a mistake further down or up."""
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
