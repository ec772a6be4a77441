"""What Data shows: the window of images with the chosen one, and the coding with its settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from snn_tui.inspector.data_messages import MOST_STEPS, Coding, EncodedImage

KINDS = ("rate", "latency", "direct")
TAUS = (None, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
THRESHOLDS = (0.01, 0.05, 0.1, 0.2, 0.5)

_T = TypeVar("_T")


@dataclass
class ImageGrid:
    """The images of a split, sorted by class, the present window of rows, and the chosen image.

    Args:
        labels: `[N]` class of each image.
        columns: Images of each class in a row.
        rows: Rows in the window.
        label: Class of the chosen image.
        top: First row of the window.
        positions: For each class, the position of its chosen image among the images of the class.
    """

    labels: Sequence[int] = ()
    columns: int = 1
    rows: int = 1
    label: int = 0
    top: int = 0
    positions: list[int] = field(default_factory=lambda: [0, 0])

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
        return members[self.positions[self.label]] if members else None

    @property
    def sizes(self) -> tuple[int, int]:
        """Images of each class."""
        return len(self.classes[0]), len(self.classes[1])

    @property
    def visible(self) -> tuple[list[int], list[int]]:
        """Indices of the images in the window, for each class."""
        start, size = self.top * self.columns, self.rows * self.columns
        first, second = (members[start : start + size] for members in self.classes)
        return first, second

    def resize(self, columns: int, rows: int) -> None:
        """Set the size of the window; the chosen image stays in it."""
        self.columns, self.rows = columns, rows
        self._follow()

    def move(self, by: int) -> None:
        """Go along the images of the class, round its ends."""
        members = self.classes[self.label]
        if members:
            self._choose(self.label, (self.positions[self.label] + by) % len(members))

    def across(self, by: int) -> None:
        """Go to the image beside this one in the row, of the other class where the row goes on there."""
        position = self.positions[self.label]
        row, column = divmod(position, self.columns)
        wanted = column + by + self.label * self.columns
        label, column = divmod(wanted, self.columns)
        last = len(self.classes[self.label]) - 1
        if label == 0 == self.label and by > 0 and position == last:
            label, column = 1, 0
        if label in (0, 1) and self.classes[label]:
            self._choose(label, row * self.columns + column)

    def down(self, rows: int) -> None:
        """Go some rows down, or up where negative, as far as they go."""
        column = self.positions[self.label] % self.columns
        row = self.positions[self.label] // self.columns + rows
        last = (len(self.classes[self.label]) - 1) // self.columns
        self._choose(self.label, min(max(row, 0), max(last, 0)) * self.columns + column)

    def other_class(self) -> None:
        """Go to the image of the other class in the same row."""
        self._choose(1 - self.label, self.positions[self.label])

    def jump(self, index: int) -> bool:
        """Go to an image by its index in the split; False if the split has no such index."""
        if not 0 <= index < len(self.labels):
            return False
        label = int(self.labels[index])
        self._choose(label, self.classes[label].index(index))
        return True

    def _choose(self, label: int, position: int) -> None:
        if self.classes[label]:
            self.label = label
            self.positions[label] = min(max(position, 0), len(self.classes[label]) - 1)
        self._follow()

    def _follow(self) -> None:
        row = self.positions[self.label] // self.columns
        self.top = max(min(self.top, row), row - self.rows + 1)


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
    """The image that the first steps amount to, `[height * width]` bytes of grey.

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
