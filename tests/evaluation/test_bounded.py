"""Work on a long split: it holds a few numbers an image, says how far it is, and can be stopped midway."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from snn_tui.analysis import task_bootstrap
from snn_tui.analysis.mcnemar import p_value
from snn_tui.analysis.results import Results
from snn_tui.analysis.task_results import TaskResults
from snn_tui.data.corruption import CORRUPTIONS, corrupted
from snn_tui.data.dataset import Dataset, Split
from snn_tui.evaluation import resampled
from snn_tui.evaluation.study import resamples
from snn_tui.snn.encoding import Batch
from snn_tui.snn.engines import Engine, Prediction
from snn_tui.training.evaluate import Evaluation, Images, evaluate, judge
from snn_tui.values.task import PNEUMONIA, Task, TaskKind

STEPS, SIDE = 8, 8
NAMES = tuple("abcdef")


class RandomEngine:
    """Answers without a network."""

    name, num_steps, spiking = "random", STEPS, True

    def __init__(self, outputs: int) -> None:
        self._outputs, self._random = outputs, torch.Generator().manual_seed(1)

    def predict(self, batch: Batch, labels: torch.Tensor) -> Prediction:
        """Random spikes and membranes, `[T, B, K]`."""
        shape = STEPS, len(labels), self._outputs
        spikes = torch.randint(0, 2, shape, generator=self._random).to(torch.float32)
        membranes = torch.rand(shape, generator=self._random)
        return Prediction(spikes, membranes, torch.ones(len(labels)), {"out": 0.5})


def task_of(kind: TaskKind) -> Task:
    """A task whose images have one of two classes, one of six, or any of six labels."""
    if kind == "binary":
        return PNEUMONIA
    return Task(name="made", classes=NAMES, kind=kind, positive=None, channels=1, side=SIDE)


def split_of(task: Task, size: int) -> Split:
    """Dark images with every label in turn."""
    labels = np.arange(size) % task.outputs
    if task.kind == "multilabel":
        labels = (np.arange(size)[:, None] >> np.arange(task.outputs)) % 2
    return Split(np.zeros((size, SIDE, SIDE), np.uint8), labels.astype(np.uint8), np.arange(size))


def judged_split(
    task: Task, size: int, on_progress: Callable[[str, float | None], None] = lambda what, share: None
) -> Evaluation:
    """A split evaluated by random predictions."""
    engine = cast(Engine, RandomEngine(task.outputs))
    images = Images.of(split_of(task, size), "test", torch.device("cpu"), task)
    return evaluate(engine, images, on_progress=on_progress)


def peak(work: Callable[[], Any]) -> int:
    """Bytes that are held at most during some work, above those before."""
    tracemalloc.start()
    try:
        kept = work()
        most = tracemalloc.get_traced_memory()[1]
        del kept
    finally:
        tracemalloc.stop()
    return most


def bytes_an_image(work: Callable[[int], Any], few: int = 2000) -> float:
    """Bytes that an image more takes at most, from a split and one of twice the size."""
    work(few)  # what is imported or kept at the first call is nobody's
    return (peak(lambda: work(2 * few)) - peak(lambda: work(few))) / few


of_every_kind = pytest.mark.parametrize("kind", ["binary", "multiclass", "multilabel"])


@of_every_kind
def test_a_prediction_keeps_nothing_of_its_batches(kind: TaskKind) -> None:
    evaluation = judged_split(task_of(kind), 700)
    arrays: list[NDArray[Any]] = [
        evaluation.labels,
        evaluation.counts,
        evaluation.membranes,
        evaluation.losses,
    ]
    assert all(array.base is None for array in arrays)  # a view keeps all steps of its batch
    per_output = sum(array.nbytes for array in arrays) / 700 / task_of(kind).outputs
    assert per_output <= 4 + 4 + 1 + 4


@of_every_kind
def test_scores_take_a_few_hundred_bytes_an_image_at_most(kind: TaskKind) -> None:
    task = task_of(kind)
    evaluations = {size: judged_split(task, size) for size in (2000, 4000)}

    def score(size: int) -> object:
        evaluation = evaluations[size]
        vars(evaluation).pop("probabilities", None)
        vars(evaluation).pop("task_scores", None)
        return evaluation.task_scores

    assert bytes_an_image(score) < 500


@pytest.mark.parametrize("kind", ["binary", "multiclass", "multilabel"])
def test_results_of_a_judged_split_take_less_than_a_kilobyte_an_image(kind: TaskKind) -> None:
    task = task_of(kind)

    def results(size: int) -> object:
        split = split_of(task, size)
        images = Images.of(split, "test", torch.device("cpu"), task)
        dataset = Dataset(task, "made", True, "", {"test": split})
        judgement = judge(cast(Engine, RandomEngine(task.outputs)), images, dataset, balanced=False, epoch=1)
        assert len(judgement.counts) == size * STEPS * task.outputs  # one byte each
        if kind == "binary":
            binary = Results(judgement)
            return binary, binary.steps(0.0), binary.reliability, binary.auc
        several = TaskResults(judgement)
        return several, several.steps, several.reliability(0), several.answer(0)

    assert bytes_an_image(results) < 1000


def test_firing_counts_of_a_judged_split_are_held_once() -> None:
    names = tuple(f"label {index}" for index in range(14))
    task = Task(name="made", classes=names, kind="multilabel", positive=None, channels=1, side=SIDE)
    split = split_of(task, 500)
    images, dataset = Images.of(split, "test", torch.device("cpu"), task), Dataset(task, "", True, "", {})
    judgement = judge(cast(Engine, RandomEngine(14)), images, dataset, balanced=False, epoch=1)
    last = judgement.counts_after(13, STEPS)
    assert list(last) == list(judgement.counts[STEPS * 14 - 1 :: STEPS * 14])
    vars(judgement).clear()
    assert peak(lambda: judgement.spike_counts(499)) < len(judgement.counts) / 4


def test_fourteen_labels_over_twenty_steps_take_less_than_two_kilobytes_an_image(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """100,000 images of ChestMNIST: what Results asks for and computes, all of it wrong, below 200 MB."""
    task = Task(name="made", classes=tuple("abcdefghijklmn"), kind="multilabel", positive=None, side=SIDE)
    monkeypatch.setattr(RandomEngine, "num_steps", 20)
    monkeypatch.setitem(globals(), "STEPS", 20)
    monkeypatch.setattr(task_bootstrap, "BUDGET", 0)  # as of so many images: too many to draw again

    def results(size: int) -> object:
        split = split_of(task, size)
        images = Images.of(split, "test", torch.device("cpu"), task)
        dataset = Dataset(task, "made", True, "", {"test": split})
        judgement = judge(cast(Engine, RandomEngine(14)), images, dataset, balanced=False, epoch=1)
        several = TaskResults(judgement)
        return several, several.mistakes, several.intervals, several.settled_step, several.steps

    assert bytes_an_image(results, 500) < 2000


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_corrupting_holds_a_part_of_the_images(name: str) -> None:
    images = np.random.default_rng(0).integers(0, 255, (6000, 28, 28), np.uint8)
    strongest = CORRUPTIONS[name][1][-1]

    def work() -> None:
        for _ in corrupted(images, name, strongest):
            pass

    assert peak(work) < 100_000_000


def test_images_are_drawn_again_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resampled, "_AT_ONCE", 5000)
    positives = np.arange(700) % 2
    blocks = list(resamples(positives, 30))
    assert {block.size <= 5000 for block in blocks} == {True}
    whole = np.concatenate(blocks)
    assert whole.shape == (30, 700)
    assert (whole[:, positives == 1].sum(1) == 350).all()
    assert len(np.unique(whole, axis=0)) == 30  # no block is drawn twice


def test_resamples_say_how_far_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resampled, "_AT_ONCE", 30_000)
    shares: list[float] = []
    resampled.resampled_scores(judged_split(task_of("multiclass"), 600), 200, on_share=shares.append)
    assert shares == [0.25, 0.5, 0.75, 1.0]


def test_an_evaluation_says_how_far_it_is_and_is_stopped_midway() -> None:
    shares: list[float | None] = []

    def stop_at_half(what: str, share: float | None) -> None:
        assert what == "judging test"
        shares.append(share)
        if (share or 0.0) >= 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judged_split(PNEUMONIA, 2560, stop_at_half)
    assert shares == [0.1, 0.2, 0.3, 0.4, 0.5]


def test_many_images_that_one_of_two_networks_got_right_are_compared_at_once() -> None:
    # A binomial of 18,000: that of each number by itself would take a minute.
    assert p_value(9000, 9000) == 1.0
    assert p_value(9000, 8600) == pytest.approx(0.0026, rel=0.02)
