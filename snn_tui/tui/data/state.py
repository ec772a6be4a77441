"""What Data shows: the window of images with the chosen one, and the coding with its settings."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from snn_tui.inspector.data_messages import MOST_STEPS, Coding, EncodedImage
from snn_tui.tui.data.layout import GalleryLayout

KINDS = ("rate", "latency", "direct")
TAUS = (None, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
THRESHOLDS = (0.01, 0.05, 0.1, 0.2, 0.5)

_T = TypeVar("_T")


@dataclass
class ImageGrid:
    """The images of a split on shelves, the window of those in view, and the chosen image.

    A shelf holds the images of a class. Where an image may have several labels it stands on the shelf of each
    of them, and one more shelf holds those without any.

    Args:
        labels: `[N]` class of each image; `[N * classes]` of 0 and 1 where it may have several labels.
        classes: Number of classes or labels.
        several: Whether an image may have several labels, or none.
        layout: Shelves and pictures that there is room for.
        shelf: Shelf of the chosen image.
        first: First shelf in view.
        top: First row of the shelves in view.
    """

    labels: Sequence[int] = ()
    classes: int = 2
    several: bool = False
    layout: GalleryLayout = field(default_factory=GalleryLayout)
    shelf: int = 0
    first: int = 0
    top: int = 0

    def __post_init__(self) -> None:
        self.shelves = _shelves(self.labels, self.classes, self.several)
        self.positions = [0] * len(self.shelves)
        if not self.shelves[self.shelf]:
            self.shelf = next((shelf for shelf, members in enumerate(self.shelves) if members), self.shelf)
        self._follow()

    def __len__(self) -> int:
        return len(self.labels) // (self.classes if self.several else 1)

    @property
    def chosen(self) -> int | None:
        """Index of the chosen image in the split; None where the split is empty."""
        members = self.shelves[self.shelf]
        return members[self.positions[self.shelf]] if members else None

    @property
    def sizes(self) -> tuple[int, ...]:
        """Images of each shelf."""
        return tuple(map(len, self.shelves))

    @property
    def visible(self) -> tuple[Sequence[int], ...]:
        """Indices of the images in view, for each shelf; of a shelf that is not in view there are none."""
        start, size = self.top * self.layout.columns, self.layout.rows * self.layout.columns
        in_view = range(self.first, self.first + self.layout.shelves)
        return tuple(
            members[start : start + size] if shelf in in_view else ()
            for shelf, members in enumerate(self.shelves)
        )

    def arrange(self, layout: GalleryLayout) -> None:
        """Set the size of the window; the chosen image stays in it."""
        self.layout = layout
        self._follow()

    def move(self, by: int) -> None:
        """Go along the images of the shelf, round its ends."""
        members = self.shelves[self.shelf]
        if members:
            self._choose(self.shelf, (self.positions[self.shelf] + by) % len(members))

    def across(self, by: int) -> None:
        """Go to the image beside this one in the row, on the next shelf where the row goes on there."""
        columns, position = self.layout.columns, self.positions[self.shelf]
        row, column = divmod(position, columns)
        at_end = by > 0 and position == len(self.shelves[self.shelf]) - 1
        if 0 <= column + by < columns and not at_end:
            self._choose(self.shelf, position + by)
            return
        shelf = self._next_shelf(1 if by > 0 else -1)
        if shelf is not None:
            self._choose(shelf, row * columns + (0 if by > 0 else columns - 1))

    def _next_shelf(self, by: int) -> int | None:
        """The next shelf that has images, in one direction; None behind the last."""
        shelf = self.shelf + by
        while 0 <= shelf < len(self.shelves):
            if self.shelves[shelf]:
                return shelf
            shelf += by
        return None

    def down(self, rows: int) -> None:
        """Go some rows down, or up where negative, as far as they go."""
        columns = self.layout.columns
        row, column = divmod(self.positions[self.shelf], columns)
        last = (len(self.shelves[self.shelf]) - 1) // columns
        self._choose(self.shelf, min(max(row + rows, 0), max(last, 0)) * columns + column)

    def other_class(self) -> None:
        """Go to the image of the next shelf in the same row, from the last to the first one."""
        shelf, position = self._next_shelf(1), self.positions[self.shelf]
        if shelf is None:
            shelf = next((shelf for shelf, members in enumerate(self.shelves) if members), self.shelf)
        self._choose(shelf, position)

    def jump(self, index: int, shelf: int | None = None) -> bool:
        """Go to an image by its index in the split; False if the split has no such index.

        Args:
            index: The index.
            shelf: On which of its shelves; by default the present one if it has it, else the first that has.
        """
        if not 0 <= index < len(self):
            return False
        for candidate in (shelf, self.shelf, *range(len(self.shelves))):
            if candidate is None:
                continue
            position = bisect_left(members := self.shelves[candidate], index)
            if position < len(members) and members[position] == index:
                self._choose(candidate, position)
                return True
        return False

    def _choose(self, shelf: int, position: int) -> None:
        if self.shelves[shelf]:
            self.shelf = shelf
            self.positions[shelf] = min(max(position, 0), len(self.shelves[shelf]) - 1)
        self._follow()

    def _follow(self) -> None:
        """Scroll as little as brings the chosen image into view."""
        row = self.positions[self.shelf] // self.layout.columns
        self.top = max(min(self.top, row), row - self.layout.rows + 1)
        in_view = min(self.layout.shelves, len(self.shelves))
        self.first = max(min(self.first, self.shelf, len(self.shelves) - in_view), self.shelf - in_view + 1)


def _shelves(labels: Sequence[int], classes: int, several: bool) -> tuple[list[int], ...]:
    """Indices of the images on each shelf, rising."""
    shelves: tuple[list[int], ...] = tuple([] for _ in range(classes))
    if not several:
        for index, label in enumerate(labels):
            shelves[label].append(index)
        return shelves
    unlabelled = set(range(len(labels) // classes))
    for label, members in enumerate(shelves):
        members += [index for index, has in enumerate(labels[label::classes]) if has]
        unlabelled.difference_update(members)
    return *shelves, sorted(unlabelled)


@dataclass
class CodingChoice:
    """The coding that the user has chosen.

    Args:
        coding: The coding with its settings.
        num_steps: Time steps, from 1 to 100.
        draw: Draw of the rate coding.
    """

    coding: Coding = field(default_factory=Coding)
    num_steps: int = MOST_STEPS
    draw: int = 0

    def next_kind(self) -> None:
        """The next coding."""
        self._set(kind=_after(KINDS, self.coding.kind))

    def next_tau(self) -> None:
        """The next time constant."""
        self._set(tau=_after(TAUS, self.coding.tau))

    def next_threshold(self) -> None:
        """The next threshold."""
        self._set(threshold=_after(THRESHOLDS, self.coding.threshold))

    def toggle(self, name: str) -> None:
        """Turn `linear` or `clip` on or off."""
        self._set(**{name: not getattr(self.coding, name)})

    def steps(self, number: int) -> None:
        """Set the number of time steps, kept from 1 to `MOST_STEPS`."""
        self.num_steps = min(max(number, 1), MOST_STEPS)

    def _set(self, **settings: object) -> None:
        self.coding = msgspec.structs.replace(self.coding, **settings)


def _after(values: tuple[_T, ...], value: _T) -> _T:
    return values[(values.index(value) + 1) % len(values)]


def mean_image(encoded: EncodedImage, step: int) -> bytes:
    """The image that the first steps amount to, `[height * width * channels]` bytes.

    Each pixel is the mean of its steps. In latency coding every pixel spikes once and all means are equal, so
    there it is the brighter, the earlier its spike came.
    """
    frames = encoded.frames[:step]
    if not frames:
        return bytes(len(encoded.frames[0]))
    if encoded.coding.kind == "latency":
        pixels = bytearray(len(frames[0]))
        for at, fired in enumerate(frames):
            value = round(255 * (encoded.num_steps - at) / encoded.num_steps)
            for pixel, spike in enumerate(fired):
                if spike:
                    pixels[pixel] = value
        return bytes(pixels)
    scale = 255 if encoded.binary else 1
    return bytes(round(scale * sum(values) / step) for values in zip(*frames, strict=True))


def coding_errors(encoded: EncodedImage) -> list[float]:
    """`[T]` mean distance of the image from the mean of its first steps, 0 to 1; empty for latency coding."""
    if encoded.coding.kind == "latency":
        return []
    pixels = encoded.image.picture.pixels
    sums = [0] * len(pixels)
    scale = 255 if encoded.binary else 1
    errors = []
    for step, fired in enumerate(encoded.frames, 1):
        sums = [total + scale * value for total, value in zip(sums, fired, strict=True)]
        off = sum(abs(total - step * value) for total, value in zip(sums, pixels, strict=True))
        errors.append(off / (255 * step * len(pixels)))
    return errors
