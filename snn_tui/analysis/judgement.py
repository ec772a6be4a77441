"""A network's predictions for every image of a split, as the inspector sends them to the screens."""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Sequence
from functools import cached_property
from typing import overload

import msgspec

from snn_tui.analysis.calibration import spike_share
from snn_tui.values.benchmarks import Benchmark, beside
from snn_tui.values.decision import early_probabilities, predicted, predicted_class, probabilities
from snn_tui.values.early_exit import ExitRule, scale
from snn_tui.values.task import Task


def unpacked(typecode: str, content: bytes) -> array[float] | array[int]:
    """The numbers in little-endian bytes, of a type code of the module `array` such as `d`."""
    numbers: array[float] | array[int] = array(typecode)
    numbers.frombytes(content)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


class Rows(Sequence[tuple[float, ...]]):
    """Rows of numbers that lie one after the other: `[N][K]` in an eighth of the memory that tuples take.

    Args:
        numbers: `[N * K]`.
        width: K.
    """

    def __init__(self, numbers: array[float], width: int) -> None:
        self._numbers, self._width = numbers, width

    def __len__(self) -> int:
        return len(self._numbers) // self._width

    @overload
    def __getitem__(self, key: int) -> tuple[float, ...]: ...
    @overload
    def __getitem__(self, key: slice) -> list[tuple[float, ...]]: ...
    def __getitem__(self, key: int | slice) -> tuple[float, ...] | list[tuple[float, ...]]:
        """A row, or a list of some."""
        rows = range(len(self))[key]
        if isinstance(rows, range):
            return [self[row] for row in rows]
        return tuple(self._numbers[rows * self._width : (rows + 1) * self._width])


class Judgement(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The predictions for the N images of a split over T time steps, in draw 0 of the rate coding.

    Args:
        split: train, val or test.
        balanced: Whether the images that the run's own balancing leaves out are left out.
        task: What was asked of the network; its name is that of the data set.
        synthetic: Whether they are generated phantoms.
        notice: What the user should know about the images; may be empty.
        source: The file the images come from, or how they were made.
        epoch: The epoch that the weights are of.
        engine: The engine that computed the predictions.
        num_steps: Time steps, T.
        ids: `[N]` indices of the images in the whole split.
        labels: `[N]` true classes, one byte each; `[N, K]` 1 for each label an image has, of several labels.
        counts: `[N, T, K]` firing counts of the output neurons after each step, one byte each, or two where
            there may be more than 255; empty for a network without spikes.
        decisions: `[N, T]` decision scores of a binary task after each step, 64-bit floats; else empty.
        classes: `[N, T]` classes predicted after each step, one byte each, of a task with more than two
            classes and one label an image; else empty.
        membranes: `[N, K]` output membranes at the step of the verdict, 32-bit floats; without spikes the
            currents of the output neurons.
        loss: Mean loss; None where it is not a finite number.
        rates: Each layer's mean firing rate, in spikes a neuron and time step; of each hidden layer without
            spikes the share of outputs above 0.
        comparable: Whether the published scores may stand beside those on test.
        official: Whether they are all images of a split of the official file of a set of MedMNIST.
        margins: `[N, T]` `values.decision.margin` after each step, 64-bit floats; empty of a binary task,
            whose decision scores say it, and without spikes.
        exit: The rule by which verdicts fall early; None where all fall at the last step.
        exits: `[N]` steps at which the verdicts fell, counted from 1, two bytes each; empty without a rule.
    """

    split: str
    balanced: bool
    task: Task
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
    comparable: bool = True
    classes: bytes = b""
    official: bool = False
    margins: bytes = b""
    exit: ExitRule | None = None
    exits: bytes = b""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def spiking(self) -> bool:
        """Whether the network spikes; else the scores are log-odds."""
        return bool(self.counts)

    @property
    def score_unit(self) -> str:
        """The unit of decision scores, for people."""
        return "spikes" if self.spiking else "log-odds"

    @cached_property
    def score_limit(self) -> int:
        """No decision score is further from 0: as many spikes as there are steps, or the largest log-odds.

        Of verdicts that fell early, which are scaled to all steps, it is the largest where that is more.
        """
        if self.spiking and not self.exits:
            return self.num_steps
        largest = math.ceil(max(map(abs, self.scores), default=1.0))
        return max(largest, self.num_steps) if self.spiking else largest

    @cached_property
    def _counts(self) -> Sequence[float]:
        one_byte = len(self.counts) == len(self) * self.num_steps * self.task.outputs
        return self.counts if one_byte else unpacked("H", self.counts)  # bytes need no copy

    @cached_property
    def _decisions(self) -> array[float] | array[int]:
        return unpacked("d", self.decisions)

    @cached_property
    def _margins(self) -> array[float] | array[int]:
        return unpacked("d", self.margins)

    @cached_property
    def _exits(self) -> array[float] | array[int]:
        return unpacked("H", self.exits)

    @cached_property
    def _membranes(self) -> array[float] | array[int]:
        return unpacked("f", self.membranes)

    @property
    def dataset(self) -> str:
        """Name of the data set that the images come from."""
        return self.task.name

    @property
    def benchmarks(self) -> tuple[Benchmark, ...]:
        """Published scores that may stand beside those of these images, see `values.benchmarks.beside`."""
        return beside(self.task, self.split, official=self.official and not self.synthetic)

    def truth(self, index: int) -> tuple[int, ...]:
        """Indices of the true classes of an image: one, or any number of several labels."""
        if self.task.kind != "multilabel":
            return (self.labels[index],)
        outputs = self.task.outputs
        row = self.labels[index * outputs : (index + 1) * outputs]
        return tuple(label for label, has in enumerate(row) if has)

    def verdict_step(self, index: int) -> int:
        """The step, counted from 1, at which the verdict on an image fell."""
        return int(self._exits[index]) if self.exits else self.num_steps

    @cached_property
    def mean_steps(self) -> float:
        """Steps that an image took on average until its verdict."""
        return sum(self._exits) / len(self) if self.exits else float(self.num_steps)

    @cached_property
    def stops(self) -> list[int]:
        """`[T]` images whose verdict fell at each step."""
        stops = [0] * self.num_steps
        for index in range(len(self)):
            stops[self.verdict_step(index) - 1] += 1
        return stops

    def margins_of(self, index: int) -> list[float]:
        """`[T]` how far an image was from another prediction after each step: `values.decision.margin`."""
        if self.task.kind == "binary":
            return [abs(score) for score in self.scores_of(index)]
        return list(self._margins[index * self.num_steps : (index + 1) * self.num_steps])

    def predictions(self, index: int, step: int | None = None) -> tuple[int, ...]:
        """Indices of the classes predicted for an image, after a step counted from 1, else its verdict."""
        step = step or self.verdict_step(index)
        if self.task.kind == "multilabel":
            return predicted(self.spike_counts(index, step), self.final_membranes(index), step, self.task)
        at = index * self.num_steps + step - 1
        if self.task.kind == "binary":
            return (predicted_class(self._decisions[at], self.task),)
        return (self.classes[at],)

    @cached_property
    def probabilities(self) -> Sequence[tuple[float, ...]]:
        """`[N][K]` a number from 0 to 1 for each class or label, see `values.decision.probabilities`."""
        numbers = array("d")
        for index in range(len(self)):
            counts, membranes = self.spike_counts(index), self.final_membranes(index)
            step = self.verdict_step(index)
            if self.exits and self.task.kind == "binary":
                numbers.extend(early_probabilities(counts, membranes, step, self.task))
            else:
                numbers.extend(probabilities(counts, membranes, step, self.task))
        return Rows(numbers, self.task.outputs)

    @cached_property
    def positives(self) -> bytes:
        """`[N]` 1 for an image of the positive class, 0 for one of the other."""
        return bytes(label == self.task.positive for label in self.labels)

    @cached_property
    def scores(self) -> list[float]:
        """`[N]` decision scores of the verdicts, which evaluation uses.

        Those of verdicts that fell early are scaled to all steps, see `values.early_exit.scale`.
        """
        if not self.exits:
            return list(self.scores_after(self.num_steps))
        total, steps = self.num_steps, map(self.verdict_step, range(len(self)))
        return [
            self._decisions[index * total + step - 1] * scale(step, total) for index, step in enumerate(steps)
        ]

    def scores_after(self, step: int) -> Sequence[float]:
        """`[N]` decision scores after a step, with steps counted from 1."""
        return self._decisions[step - 1 :: self.num_steps]

    def scores_of(self, index: int) -> list[float]:
        """`[T]` decision scores of one image after each step."""
        return list(self._decisions[index * self.num_steps : (index + 1) * self.num_steps])

    def classes_after(self, step: int) -> bytes:
        """`[N]` classes predicted after a step, counted from 1, of more than two classes."""
        return self.classes[step - 1 :: self.num_steps]

    def classes_of(self, index: int) -> bytes:
        """`[T]` classes predicted for one image after each step, of more than two classes."""
        return self.classes[index * self.num_steps : (index + 1) * self.num_steps]

    def counts_after(self, label: int, step: int) -> Sequence[float]:
        """`[N]` spikes of one output neuron up to a step, counted from 1; empty without spikes."""
        outputs = self.task.outputs
        return self._counts[(step - 1) * outputs + label :: self.num_steps * outputs]

    def spike_counts(self, index: int, step: int | None = None) -> tuple[int, ...]:
        """Spikes of the output neurons, by class, for one image up to a step, else up to its verdict.

        Empty without spikes.
        """
        outputs = self.task.outputs
        end = outputs * (self.num_steps * index + (step or self.verdict_step(index)))
        return tuple(int(count) for count in self._counts[end - outputs : end])

    def final_membranes(self, index: int) -> tuple[float, ...]:
        """Membranes of the output neurons, by class, at the step of the verdict; see `membranes`."""
        outputs = self.task.outputs
        return tuple(self._membranes[outputs * index : outputs * (index + 1)])

    def calibrated(self, index: int) -> float:
        """The number that calibration of a binary task takes as the probability of the positive class.

        It is that of `calibration.spike_share`, and without spikes that of `probabilities`.
        """
        counts, (positive, negative) = self.spike_counts(index), self.task.signs
        if not counts:
            return self.probabilities[index][positive]
        return spike_share((counts[negative], counts[positive]))

    def predicted(self, score: float, threshold: float) -> int:
        """Index of the class that a decision score predicts at a threshold."""
        positive, negative = self.task.signs
        return positive if score > threshold else negative
