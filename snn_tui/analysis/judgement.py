"""The network's answers to every image of a split, as they travel from the inspector to the screens."""

from __future__ import annotations

import sys
from array import array
from functools import cached_property

import msgspec


def packed(kind: str, content: bytes) -> array[float] | array[int]:
    """Numbers of an `array` type code from little-endian bytes."""
    numbers: array[float] | array[int] = array(kind)
    numbers.frombytes(content)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


class Judgement(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What the network said to N images in T time steps, in draw 0 of the rate coding.

    Args:
        split: train, val or test.
        balanced: Whether the images left out by the run's own balancing are left out here.
        dataset: Name of the data set the images come from.
        synthetic: Whether they are generated phantoms.
        notice: What the user should know about the images; empty where nothing.
        source: The file they come from, or how they were made.
        epoch: The epoch the weights are of.
        engine: What computed it.
        num_steps: Time steps, T.
        ids: `[N]` positions of the images in the whole split.
        labels: `[N]` true classes, a byte each.
        counts: `[N, T, 2]` firing counts of both output neurons after each step, 16 bits each.
        decisions: `[N, T]` decision scores after each step, 64-bit floats.
        membranes: `[N, 2]` membranes at the last step, 32-bit floats.
        loss: Mean loss.
        rates: Each layer's mean firing rate.
    """

    split: str
    balanced: bool
    dataset: str
    synthetic: bool
    notice: str
    source: str
    epoch: int
    engine: str
    num_steps: int
    ids: list[int]
    labels: bytes
    counts: bytes
    decisions: bytes
    membranes: bytes
    loss: float | None
    rates: dict[str, float]

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def _counts(self) -> array[float] | array[int]:
        return packed("H", self.counts)

    @cached_property
    def _decisions(self) -> array[float] | array[int]:
        return packed("d", self.decisions)

    @cached_property
    def _membranes(self) -> array[float] | array[int]:
        return packed("f", self.membranes)

    @cached_property
    def scores(self) -> list[float]:
        """`[N]` decision scores after the last step, those that evaluation counts."""
        return self.scores_after(self.num_steps)

    def scores_after(self, step: int) -> list[float]:
        """`[N]` decision scores after a step, counted from 1."""
        return list(self._decisions[step - 1 :: self.num_steps])

    def scores_of(self, place: int) -> list[float]:
        """`[T]` decision scores of one image after each step."""
        return list(self._decisions[place * self.num_steps : (place + 1) * self.num_steps])

    def fired(self, place: int) -> tuple[int, int]:
        """Firing counts of both output neurons for one image after the last step."""
        end = 2 * self.num_steps * (place + 1)
        normal, pneumonia = self._counts[end - 2 : end]
        return int(normal), int(pneumonia)

    def membranes_of(self, place: int) -> tuple[float, float]:
        """Membranes of both output neurons at the last step for one image."""
        normal, pneumonia = self._membranes[2 * place : 2 * place + 2]
        return normal, pneumonia
