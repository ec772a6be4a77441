"""What a data set asks of a network."""

from __future__ import annotations

import string
from typing import Annotated, Literal

import msgspec

from snn_tui.values.numbers import Name

TaskKind = Literal["binary", "multiclass", "ordinal", "multilabel"]
"""One of two classes, one of several, one of several that have an order, or any number of labels at once."""


MOST_CLASSES = 64
"""Classes or labels that a task may have; the largest set of MedMNIST has 14."""


_ALPHABET = string.ascii_letters + string.digits + "+-"  # as many as there may be classes


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What a data set asks: which classes there are, of images of which size.

    It is made by the data's source, and everything that speaks of classes, colours or sizes reads it.

    Args:
        name: Name of the data set, such as `BreastMNIST`.
        classes: Names of the classes, all different; of the labels, where an image may have several.
        kind: What is asked.
        positive: Index of the class that sensitivity and thresholds are of; None but for a binary task.
        channels: 1 for grey images, 3 for colour.
        side: Height and width of the images, in pixels.
        noun: What one of the images is called, such as `x-ray`.
    """

    name: str
    classes: Annotated[tuple[Name, ...], msgspec.Meta(max_length=MOST_CLASSES)]
    kind: TaskKind = "binary"
    positive: Annotated[int, msgspec.Meta(ge=0, lt=MOST_CLASSES)] | None = None
    channels: Annotated[int, msgspec.Meta(ge=1, le=4)] = 1
    side: Annotated[int, msgspec.Meta(ge=1, le=4096)] = 28

    noun: Name = "image"

    @property
    def signs(self) -> tuple[int, int]:
        """Indices of the positive and of the negative class of a binary task."""
        assert self.positive is not None
        return self.positive, 1 - self.positive

    @property
    def positive_name(self) -> str:
        """Name of the positive class of a binary task; empty for other tasks."""
        return "" if self.positive is None else self.classes[self.positive]

    @property
    def title_noun(self) -> str:
        """What one of the images is called in a title: `X-ray`."""
        return self.noun[:1].upper() + self.noun[1:]

    @property
    def real_noun(self) -> str:
        """What a real image is called, where phantoms stand in for it: `x-ray`, or `real image`."""
        return "real image" if self.noun == "image" else self.noun

    @property
    def letters(self) -> tuple[str, ...]:
        """A letter for each class: the first of its name, small, or a, b, ... where two begin alike."""
        first = tuple(name[:1].lower() for name in self.classes)
        alike = len(set(first)) < len(first) or not all(letter.isalnum() for letter in first)
        return tuple(_ALPHABET[: len(first)]) if alike else first

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Channels, height and width of the images, and the number of classes or labels."""
        return self.channels, self.side, self.side, self.outputs

    @property
    def outputs(self) -> int:
        """Output neurons: one for each class or label."""
        return len(self.classes)


PNEUMONIA = Task(name="PneumoniaMNIST", classes=("normal", "pneumonia"), positive=1, noun="x-ray")
"""The study's task. Runs of versions that did not record theirs were all trained on it."""
