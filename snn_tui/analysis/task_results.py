"""All results of a judged split of several classes, or of several labels an image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from operator import and_
from statistics import fmean

from snn_tui.analysis import task_bootstrap
from snn_tui.analysis.bootstrap import Interval
from snn_tui.analysis.calibration import Reliability, reliability
from snn_tui.analysis.judgement import Judgement
from snn_tui.analysis.results import DrawSpread, Results, spread
from snn_tui.analysis.steps import SETTLED_SHARE, enough
from snn_tui.analysis.task_scores import Predictions
from snn_tui.values.benchmarks import Benchmark
from snn_tui.values.confusion import ConfusionMatrix, balanced_accuracy
from snn_tui.values.decision import least_spikes, output_scores
from snn_tui.values.scores import metrics_for
from snn_tui.values.task import Task
from snn_tui.values.task_scores import TaskScores

OUTCOMES = ("TP", "FN", "FP", "TN")
"""Columns of the matrix of several labels: whether an image has the label and whether it is predicted."""

_OUTCOME_WORDS = (
    "true and predicted",
    "true but not predicted",
    "predicted but not true",
    "neither true nor predicted",
)


@dataclass(frozen=True, slots=True)
class JudgedImage:
    """An image with what was predicted for it.

    Args:
        index: Its index in the whole split.
        truth: Its true class, or labels.
        predicted: The predicted class, or labels.
        fired: Spikes of the output neurons; empty without spikes.
        margin: The lead of the predicted class's output score over the next one's, in spikes or logits; 0
            with several labels.
    """

    index: int
    truth: tuple[int, ...]
    predicted: tuple[int, ...]
    fired: tuple[int, ...]
    margin: float

    @property
    def wrong(self) -> bool:
        """Whether any class or label is wrong."""
        return self.truth != self.predicted

    @property
    def wrong_labels(self) -> int:
        """How many of several labels are wrong: missed, or predicted falsely."""
        return len(set(self.truth) ^ set(self.predicted))


@dataclass(frozen=True)
class TaskStepCurve:
    """Scores after each time step.

    Args:
        accuracy: `[T]` as of `TaskScores`.
        balanced: `[T]` balanced accuracy as of `TaskScores`.
        enough: As of `StepCurve`.
    """

    accuracy: list[float | None]
    balanced: list[float | None]
    enough: int | None


class TaskResults:
    """Scores, curves and mistakes of a judgement of a task that is not binary.

    Args:
        judgement: The predictions in draw 0 of the rate coding.

    Attributes:
        judgement: As given.
        predictions: The probability of each class or label, ranked.
        scored: Their scores.
        redraws: The scores in each draw of the rate coding so far, draw 0 first.
    """

    def __init__(self, judgement: Judgement) -> None:
        self.judgement = judgement
        self.predictions = Predictions(judgement.task, judgement.probabilities, _labels(judgement))
        self.scored = self.predictions.scores()
        self.redraws = [self.scored]

    def add_draw(self, scored: TaskScores) -> None:
        """Add the scores of the next draw of the rate coding."""
        self.redraws.append(scored)

    @property
    def task(self) -> Task:
        """What was asked."""
        return self.judgement.task

    @property
    def benchmarks(self) -> tuple[Benchmark, ...]:
        """Published scores that may stand beside these."""
        return self.judgement.benchmarks

    @property
    def values(self) -> dict[str, float | None]:
        """All scores by field of `TaskScores`, in the order of tables."""
        return {field: getattr(self.scored, field) for field in metrics_for(self.task.kind)}

    @cached_property
    def intervals(self) -> dict[str, Interval | None]:
        """The 95 % intervals by field; computing them takes a second or two."""
        return task_bootstrap.intervals(self.predictions, self.scored)

    @property
    def image_resamples(self) -> int:
        """Resamples that the intervals are made of which need the images; 0 where there are too many."""
        return task_bootstrap.affordable(self.predictions)

    def curve(self, label: int) -> list[tuple[float, float]]:
        """The ROC curve of a class against all others, or of a label; empty where it is undefined."""
        return self.predictions.curve(label)

    def reliability(self, label: int) -> Reliability:
        """Calibration: with one label an image that of the most probable class, else that of a label.

        The observed share of a bin is the share of images whose most probable class is right, or which have
        the label.
        """
        if self.task.kind == "multilabel":
            truth = self.predictions.truths[label]
            return reliability(list(map(int, truth)), self.predictions.columns[label])
        right = [truth == predicted for (truth,), (predicted,) in zip(*self._answers, strict=True)]
        return reliability(list(map(int, right)), [max(row) for row in self.judgement.probabilities])

    @cached_property
    def steps(self) -> TaskStepCurve:
        """Scores after fewer time steps; computing them takes some seconds for many thousands of images."""
        judgement = self.judgement
        one_label = self.task.kind != "multilabel"
        after = self._classes_after if one_label else self._labels_after
        pairs = [after(step) for step in range(1, judgement.num_steps + 1)]
        accuracy = [pair[0] for pair in pairs]
        return TaskStepCurve(accuracy, [pair[1] for pair in pairs], enough(accuracy))

    @cached_property
    def settled_step(self) -> int:
        """The step, counted from 1, from which on nine images in ten have their final prediction."""
        judgement = self.judgement
        if self.task.kind == "multilabel":
            settled = self._labels_settled()
        else:
            rows = map(judgement.classes_of, range(len(judgement)))
            settled = [len(row.rstrip(row[-1:])) + 1 for row in rows]
        return sorted(settled)[ceil(SETTLED_SHARE * len(settled)) - 1]

    @property
    def matrix(self) -> tuple[tuple[int, ...], ...]:
        """`[K][K]` images by true and predicted class; `[K][4]` by label and `OUTCOMES` of several labels."""
        if self.scored.confusion:
            return self.scored.confusion
        return tuple((m.tp, m.fn, m.fp, m.tn) for m in (row.matrix for row in self.scored.classes))

    def cell_words(self, row: int, column: int) -> str:
        """What a cell of the matrix counts, in a few words: `truth nevus, predicted melanoma: 12 images`."""
        count = self.matrix[row][column]
        images = f"{count:,} image{'s' * (count != 1)}"
        classes = self.task.classes
        if self.task.kind == "multilabel":
            return f"{classes[row]}, {_OUTCOME_WORDS[column]}: {images}"
        return f"truth {classes[row]}, predicted {classes[column]}: {images}"

    @cached_property
    def mistakes(self) -> list[JudgedImage]:
        """The images with a wrong prediction, those with most wrong labels, or the largest margin, first."""
        truths, guesses = self._answers
        return self._ordered(index for index in range(len(truths)) if truths[index] != guesses[index])

    def images_of(self, row: int, column: int) -> list[JudgedImage]:
        """The images of a cell of the matrix, in the order of the mistakes."""
        truths, guesses = self._answers
        if self.task.kind != "multilabel":
            wanted = (row,), (column,)
            return self._ordered(
                index for index, pair in enumerate(zip(truths, guesses, strict=True)) if pair == wanted
            )
        has, predicted = column in (0, 1), column in (0, 2)
        return self._ordered(
            index
            for index in range(len(truths))
            if (row in truths[index], row in guesses[index]) == (has, predicted)
        )

    def answer(self, index: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The true and the predicted class or labels of an image."""
        truths, guesses = self._answers
        return truths[index], guesses[index]

    def spreads(self) -> dict[str, DrawSpread]:
        """Every score over the draws added so far, by field."""
        fields = metrics_for(self.task.kind)
        return {field: spread([getattr(scored, field) for scored in self.redraws]) for field in fields}

    @cached_property
    def _answers(self) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
        """`[N]` true and `[N]` predicted classes or labels, the ones that the scores are of."""
        judgement = self.judgement
        kept: dict[tuple[int, ...], tuple[int, ...]] = {}  # equal answers are one tuple

        def once(answer: tuple[int, ...]) -> tuple[int, ...]:
            return kept.setdefault(answer, answer)

        truths = [once(judgement.truth(index)) for index in range(len(judgement))]
        if self.task.kind != "multilabel":
            return truths, [once((label,)) for label in self.predictions.predicted_class()]
        rows = zip(*self.predictions.predicted(), strict=True)
        return truths, [once(tuple(label for label, has in enumerate(row) if has)) for row in rows]

    def _ordered(self, indices: Iterable[int]) -> list[JudgedImage]:
        images = [self._image(index) for index in indices]
        return sorted(images, key=lambda image: (-image.wrong_labels, -image.margin, image.index))

    def _image(self, index: int) -> JudgedImage:
        judgement = self.judgement
        truth, predicted = (answers[index] for answers in self._answers)
        fired = judgement.spike_counts(index)
        margin = 0.0
        if self.task.kind != "multilabel":
            scores = sorted(output_scores(fired, judgement.final_membranes(index), self.task))
            margin = scores[-1] - scores[-2]
        return JudgedImage(judgement.ids[index], truth, predicted, fired, margin)

    def _classes_after(self, step: int) -> tuple[float | None, float | None]:
        labels, outputs = self.judgement.labels, self.task.outputs
        right = Counter(
            label
            for label, guess in zip(labels, self.judgement.classes_after(step), strict=True)
            if label == guess
        )
        images = Counter(labels)
        return (
            right.total() / len(labels),
            fmean(right[label] / images[label] for label in range(outputs) if images[label]),
        )

    def _labels_after(self, step: int) -> tuple[float | None, float | None]:
        matrices = []
        for label, truth in enumerate(self.predictions.truths):
            guesses = self._guesses(label, step)
            both, has, said = sum(map(and_, truth, guesses)), sum(truth), sum(guesses)
            matrices.append(ConfusionMatrix(len(truth) - has - said + both, said - both, has - both, both))
        balanced = [value for one in matrices if (value := balanced_accuracy(one)) is not None]
        right = sum(one.tn + one.tp for one in matrices)
        return right / (len(self.judgement) * len(matrices)), fmean(balanced) if balanced else None

    def _guesses(self, label: int, step: int) -> list[bool]:
        """`[N]` whether a label is predicted after a step."""
        if not self.judgement.spiking:
            return list(map(bool, self.predictions.predicted()[label]))
        return [count >= least_spikes(step) for count in self.judgement.counts_after(label, step)]

    def _labels_settled(self) -> list[int]:
        """`[N]` the step from which on all labels of an image are predicted as after the last."""
        judgement = self.judgement
        total = judgement.num_steps
        settled = [1] * len(judgement)
        for label in range(self.task.outputs):
            last = self._guesses(label, total)
            for step in range(1, total):
                counts, least = judgement.counts_after(label, step), least_spikes(step)
                for index, count in enumerate(counts):
                    if (count >= least) != last[index] and settled[index] <= step:
                        settled[index] = step + 1
        return settled


AnyResults = Results | TaskResults
"""Results of a judgement of any kind."""


def results_of(judgement: Judgement) -> AnyResults:
    """The results of a judgement; the scores of a task that is not binary take a moment to compute."""
    return Results(judgement) if judgement.task.kind == "binary" else TaskResults(judgement)


def _labels(judgement: Judgement) -> Sequence[int] | Sequence[Sequence[int]]:
    if judgement.task.kind != "multilabel":
        return list(judgement.labels)
    outputs = judgement.task.outputs
    return [judgement.labels[start : start + outputs] for start in range(0, len(judgement.labels), outputs)]
