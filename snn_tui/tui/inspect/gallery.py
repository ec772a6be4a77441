"""The images that Inspect steps through: a split, a filter, and the present index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from snn_tui.values.trace import predicted_class

FILTERS = ("all", "wrong", "false negatives", "false positives")

_MISTAKES = {"wrong": {(0, 1), (1, 0)}, "false negatives": {(1, 0)}, "false positives": {(0, 1)}}


@dataclass
class Gallery:
    """A split's images, filtered by the network's predictions.

    Args:
        split: train, val or test.
        size: Images in the split.
    """

    split: str = "test"
    size: int = 0
    filter: str = "all"
    index: int = 0
    labels: Sequence[int] = ()
    decisions: Sequence[float] = ()
    shown: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._apply()

    @property
    def surveyed(self) -> bool:
        """Whether the decision scores are known, which every filter but `all` needs."""
        return bool(self.labels)

    @property
    def place(self) -> int | None:
        """Position of the index among the filtered images, from 0; None if it is not one of them."""
        return self.shown.index(self.index) if self.index in self.shown else None

    def judge(self, labels: Sequence[int], decisions: Sequence[float]) -> None:
        """Set the true classes `[N]` and decision scores `[N]` of all images.

        Empty ones drop those there were, and the filter with them: without scores nothing can be filtered.
        """
        self.labels, self.decisions = labels, decisions
        if not self.surveyed:
            self.filter = "all"
        self._apply()

    def choose(self, filter_name: str) -> bool:
        """Change the filter and go to its first image at or after this one; False if it has none."""
        before, self.filter = self.filter, filter_name
        self._apply()
        if not self.shown:
            self.filter = before
            self._apply()
            return False
        self.index = next((index for index in self.shown if index >= self.index), self.shown[0])
        return True

    def move(self, by: int) -> None:
        """Go to the next or previous image of the filter, round the ends."""
        if not self.shown:
            return
        if self.place is not None:
            self.index = self.shown[(self.place + by) % len(self.shown)]
        elif by > 0:
            self.index = next((index for index in self.shown if index > self.index), self.shown[0])
        else:
            self.index = next((index for index in reversed(self.shown) if index < self.index), self.shown[-1])

    def jump(self, index: int) -> bool:
        """Go to an image by its index; leaves the filter if that hides it. False if there is none."""
        if not 0 <= index < self.size:
            return False
        self.index = index
        if index not in self.shown:
            self.filter = "all"
            self._apply()
        return True

    def _apply(self) -> None:
        everything = range(self.size)
        if self.filter == "all" or not self.surveyed:
            self.shown = list(everything)
            return
        verdicts = [predicted_class(decision) for decision in self.decisions]
        wanted = _MISTAKES[self.filter]
        self.shown = [index for index in everything if (self.labels[index], verdicts[index]) in wanted]
