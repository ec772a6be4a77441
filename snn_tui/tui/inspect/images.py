"""The images of a split as Inspect goes through them: all of them, or those of a filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from snn_tui.values.task import PNEUMONIA, Task

UNSURE = "least sure first"
LISTED = "listed on Results"

_CLASS = "class "


@dataclass
class ImageList:
    """A split's images, filtered by the network's predictions.

    Args:
        split: train, val or test.
        size: Images in the split.
        task: What they ask.
        filter: One of `filters`.
        index: Index of the image that is looked at.
        truth: `[N]` indices of each image's true classes; empty while the predictions are not known.
        predicted: `[N]` indices of its predicted classes.
        margins: `[N]` how far each prediction is from another, in spikes.
        listed: Indices of the images that another screen listed; empty without a list.
        matches: Indices of the images of the filter, in the order in which it is gone through them.
    """

    split: str = "test"
    size: int = 0
    task: Task = PNEUMONIA
    filter: str = "all"
    index: int = 0
    truth: Sequence[tuple[int, ...]] = ()
    predicted: Sequence[tuple[int, ...]] = ()
    margins: Sequence[float] = ()
    listed: Sequence[int] = ()
    matches: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._apply()

    @property
    def filters(self) -> tuple[str, ...]:
        """The filters there are: by mistakes, and of several classes by the true class, too."""
        listed = (LISTED,) if self.listed else ()
        if self.task.kind == "binary":
            return ("all", "wrong", "false negatives", "false positives", *listed)
        return ("all", "wrong", "right", UNSURE, *(f"{_CLASS}{name}" for name in self.task.classes), *listed)

    def of_class(self, filter_name: str) -> bool:
        """Whether a filter shows the images of a class."""
        return filter_name.startswith(_CLASS)

    @property
    def surveyed(self) -> bool:
        """Whether the predictions are known, which every filter but `all` needs."""
        return bool(self.truth)

    @property
    def position(self) -> int | None:
        """Position of the index among the filtered images, from 0; None if it is not one of them."""
        return self.matches.index(self.index) if self.index in self.matches else None

    def judge(
        self,
        truth: Sequence[tuple[int, ...]],
        predicted: Sequence[tuple[int, ...]],
        margins: Sequence[float],
    ) -> None:
        """Set the true and the predicted classes of all images, and how sure each prediction is.

        Raises:
            ValueError: They are not as many as there are images.
        """
        if {len(truth), len(predicted), len(margins)} != {self.size}:
            given = f"{len(truth)} labels, {len(predicted)} predictions and {len(margins)} margins"
            raise ValueError(f"{given} for {self.size} images")
        self.truth, self.predicted, self.margins = truth, predicted, margins
        self._apply()

    def forget(self) -> None:
        """Drop the predictions, and the filter with them: without predictions nothing can be filtered."""
        self.truth, self.predicted, self.margins, self.listed = (), (), (), ()
        self.filter = "all"
        self._apply()

    def choose(self, filter_name: str) -> bool:
        """Change the filter and go to its first image at or after this one; False if it has none."""
        before, self.filter = self.filter, filter_name
        self._apply()
        if not self.matches:
            self.filter = before
            self._apply()
            return False
        first = self.matches[0]
        if filter_name != UNSURE:
            first = next((index for index in self.matches if index >= self.index), first)
        self.index = first
        return True

    def take_list(self, listed: Sequence[int]) -> None:
        """Go through the images that another screen listed, in its order, until another filter is chosen."""
        self.listed, self.filter = listed, LISTED if listed else "all"
        self._apply()

    def move(self, by: int) -> None:
        """Go to the next or previous image of the filter, round the ends."""
        if not self.matches:
            return
        if self.position is not None:
            self.index = self.matches[(self.position + by) % len(self.matches)]
        elif by > 0:
            self.index = next((index for index in self.matches if index > self.index), self.matches[0])
        else:
            self.index = next(
                (index for index in reversed(self.matches) if index < self.index), self.matches[-1]
            )

    def jump(self, index: int) -> bool:
        """Go to an image by its index; leaves the filter if that hides it. False if there is none."""
        if not 0 <= index < self.size:
            return False
        self.index = index
        if index not in self.matches:
            self.filter = "all"
            self._apply()
        return True

    def _apply(self) -> None:
        everything = range(self.size)
        if self.filter == LISTED:
            self.matches = [index for index in self.listed if index < self.size]
        elif self.filter == "all" or not self.surveyed:
            self.matches = list(everything)
        elif self.filter == UNSURE:
            self.matches = sorted(everything, key=lambda index: (self.margins[index], index))
        else:
            self.matches = [index for index in everything if self._is_match(index)]

    def _is_match(self, index: int) -> bool:
        truth, right = self.truth[index], self.truth[index] == self.predicted[index]
        if self.of_class(self.filter):
            return self.task.classes.index(self.filter.removeprefix(_CLASS)) in truth
        if self.filter == "right":
            return right
        if self.filter == "wrong":
            return not right
        return not right and (self.task.positive in truth) == (self.filter == "false negatives")
