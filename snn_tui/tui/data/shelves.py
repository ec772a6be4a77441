"""The images of a split in rows, class beside class, with a window of rows and a chosen image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Shelves:
    """The images of a split, sorted by class, the present window of rows, and the chosen image.

    Args:
        labels: `[N]` class of each image.
        columns: Images of each class in a row.
        rows: Rows in the window.
        label: Class of the chosen image.
        top: First row of the window.
        places: For each class, the position of its chosen image among the images of the class.
    """

    labels: Sequence[int] = ()
    columns: int = 1
    rows: int = 1
    label: int = 0
    top: int = 0
    places: list[int] = field(default_factory=lambda: [0, 0])

    def __post_init__(self) -> None:
        self.classes = tuple(
            [index for index, label in enumerate(self.labels) if label == which] for which in (0, 1)
        )
        if not self.classes[self.label]:
            self.label = 1 - self.label

    @property
    def chosen(self) -> int | None:
        """Index of the chosen image in the split; None where the split is empty."""
        members = self.classes[self.label]
        return members[self.places[self.label]] if members else None

    @property
    def sizes(self) -> tuple[int, int]:
        """Images of each class."""
        return len(self.classes[0]), len(self.classes[1])

    @property
    def visible(self) -> tuple[list[int], list[int]]:
        """Indices of the images in the window, for each class."""
        start, size = self.top * self.columns, self.rows * self.columns
        normal, pneumonia = (members[start : start + size] for members in self.classes)
        return normal, pneumonia

    def resize(self, columns: int, rows: int) -> None:
        """Set the size of the window; the chosen image stays in it."""
        self.columns, self.rows = columns, rows
        self._follow()

    def move(self, by: int) -> None:
        """Go along the images of the class, round its ends."""
        members = self.classes[self.label]
        if members:
            self._choose(self.label, (self.places[self.label] + by) % len(members))

    def across(self, by: int) -> None:
        """Go to the image beside this one in the row, of the other class where the row goes on there."""
        place = self.places[self.label]
        row, column = divmod(place, self.columns)
        wanted = column + by + self.label * self.columns
        label, column = divmod(wanted, self.columns)
        last = len(self.classes[self.label]) - 1
        if label == 0 == self.label and by > 0 and place == last:
            label, column = 1, 0
        if label in (0, 1) and self.classes[label]:
            self._choose(label, row * self.columns + column)

    def down(self, rows: int) -> None:
        """Go some rows down, or up where negative, as far as they go."""
        column = self.places[self.label] % self.columns
        row = self.places[self.label] // self.columns + rows
        last = (len(self.classes[self.label]) - 1) // self.columns
        self._choose(self.label, min(max(row, 0), max(last, 0)) * self.columns + column)

    def other_class(self) -> None:
        """Go to the image of the other class in the same row."""
        self._choose(1 - self.label, self.places[self.label])

    def jump(self, index: int) -> bool:
        """Go to an image by its index in the split; False if the split has no such index."""
        if not 0 <= index < len(self.labels):
            return False
        label = int(self.labels[index])
        self._choose(label, self.classes[label].index(index))
        return True

    def _choose(self, label: int, place: int) -> None:
        if self.classes[label]:
            self.label = label
            self.places[label] = min(max(place, 0), len(self.classes[label]) - 1)
        self._follow()

    def _follow(self) -> None:
        row = self.places[self.label] // self.columns
        self.top = max(min(self.top, row), row - self.rows + 1)
