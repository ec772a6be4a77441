"""Metrics of several checkpoints together, against scikit-learn and image by image."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from analysis.samples import task_judgement, task_of
from sklearn import metrics

from snn_tui.analysis.bootstrap import RESAMPLES
from snn_tui.data.dataset import OnProgress
from snn_tui.evaluation.opened_run import OpenedRun
from snn_tui.evaluation.resampled import affordable, resampled_scores, weighted_scores
from snn_tui.evaluation.study import binary_scores, judge_together, resamples
from snn_tui.training.evaluate import Evaluation
from snn_tui.values.task import Task, TaskKind

RNG = np.random.default_rng(4)
LABELS = (np.arange(70) % 7 > 2).astype(np.int64)
DECISIONS = np.round(RNG.normal(LABELS - 0.5, 1.5, (3, 70)) * 2) / 2  # with ties


def test_scores_are_scikit_learns() -> None:
    for row in DECISIONS:
        found = binary_scores(LABELS, row, np.ones((1, 70)))
        assert found["accuracy"][0] == pytest.approx(metrics.accuracy_score(LABELS, row > 0))
        assert found["balanced"][0] == pytest.approx(metrics.balanced_accuracy_score(LABELS, row > 0))
        assert found["auc"][0] == pytest.approx(metrics.roc_auc_score(LABELS, row))


def test_weights_are_images_drawn_again() -> None:
    (weights,) = resamples(LABELS, 5, 1)
    assert weights.shape == (5, 70)
    assert (weights[:, LABELS == 1].sum(1) == LABELS.sum()).all()
    assert (weights[:, LABELS == 0].sum(1) == 70 - LABELS.sum()).all()
    found = binary_scores(LABELS, DECISIONS[0], weights)
    for place, row in enumerate(weights.astype(int)):
        drawn = np.repeat(np.arange(70), row)
        again = binary_scores(LABELS[drawn], DECISIONS[0, drawn], np.ones((1, 70)))
        for name, value in again.items():
            assert found[name][place] == pytest.approx(value[0])


def test_a_split_of_one_class_has_no_auc_but_does_not_stop_it() -> None:
    with np.errstate(invalid="ignore", divide="ignore"):
        found = binary_scores(np.ones(4, np.int64), np.ones(4), np.ones((1, 4)))
    assert found["accuracy"][0] == 1.0
    assert np.isnan(found["auc"][0])


def evaluation_of(task: Task, seed: int) -> Evaluation:
    """Made-up predictions of several classes or labels."""
    judged = task_judgement(task, 60, seed)
    rows = [judged.spike_counts(index) for index in range(60)]
    membranes = [judged.final_membranes(index) for index in range(60)]
    truths = [judged.truth(index) for index in range(60)]
    several = task.kind == "multilabel"
    labels = [[int(k in truth) for k in range(task.outputs)] if several else truth[0] for truth in truths]
    return Evaluation(
        labels=np.array(labels, np.int64),
        counts=np.array(rows, np.int64),
        membranes=np.array(membranes, np.float32),
        steps=judged.num_steps,
        losses=np.zeros(60, np.float32),
        rates={},
        task=task,
    )


class JudgedRun:
    """Stands in for an `OpenedRun` whose predictions are known."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.run, self.dataset = SimpleNamespace(name="made"), SimpleNamespace(task=evaluation.task)
        self._evaluation, self.kept = evaluation, 0

    def split(self, name: str) -> SimpleNamespace:
        """Its images."""
        return SimpleNamespace(labels=self._evaluation.labels)

    def evaluate(self, split: str, on_progress: OnProgress = lambda what, share: None) -> Evaluation:
        """Its predictions."""
        on_progress("judging", 1.0)
        self.kept += 1
        return dataclasses.replace(self._evaluation)

    def forget(self) -> None:
        """Keep no predictions."""
        self.kept -= 1


@pytest.mark.parametrize("kind", ["multiclass", "ordinal", "multilabel"])
def test_means_of_several_classes_and_labels_are_those_of_each_checkpoint(kind: TaskKind) -> None:
    task = task_of(kind)
    # The same labels, as of the same images, with other predictions.
    first = evaluation_of(task, 0)
    second = dataclasses.replace(evaluation_of(task, 1), labels=first.labels)
    runs = [JudgedRun(first), JudgedRun(second)]
    shares: list[float] = []
    together = judge_together(
        cast(list[OpenedRun], runs), "test", None, lambda what, share: shares.append(share)
    )
    scored = [one.task_scores for one in (first, second)]
    assert together.means["accuracy"] == pytest.approx(np.mean([one.accuracy for one in scored]))
    assert together.means["balanced"] == pytest.approx(np.mean([one.balanced_accuracy for one in scored]))
    assert together.means["auc"] == pytest.approx(np.mean([one.auc for one in scored]))
    drawn = [resampled_scores(one, together.resamples)["auc"] for one in (first, second)]
    assert together.intervals["auc"][0] == pytest.approx(np.quantile(np.mean(drawn, axis=0), 0.025))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert [run.kept for run in runs] == [0, 0]  # else a study of many seeds would hold them all


@pytest.mark.parametrize("kind", ["multiclass", "multilabel"])
def test_images_are_drawn_again(kind: TaskKind) -> None:
    first = evaluation_of(task_of(kind), 0)
    assert affordable(first.labels.size, 1) == RESAMPLES
    whole = weighted_scores(first, np.ones((1, 60)))
    for field, drawn in resampled_scores(first, 200).items():
        assert np.quantile(drawn, 0.025) < whole[field][0] < np.quantile(drawn, 0.975)


def test_weights_count_an_image_as_often_as_it_is_drawn() -> None:
    first = evaluation_of(task_of("multiclass"), 0)
    weights = np.random.default_rng(2).integers(0, 3, (1, 60)).astype(float)
    drawn = np.repeat(np.arange(60), weights[0].astype(int))
    again = dataclasses.replace(
        first, labels=first.labels[drawn], counts=first.counts[drawn], membranes=first.membranes[drawn]
    )
    for field, values in weighted_scores(again, np.ones((1, len(drawn)))).items():
        assert weighted_scores(first, weights)[field][0] == pytest.approx(values[0])


@pytest.mark.parametrize("kind", ["multiclass", "multilabel"])
def test_right_is_an_image_with_all_its_labels(kind: TaskKind) -> None:
    judged = task_judgement(task_of(kind), 60)
    assert evaluation_of(task_of(kind), 0).right.tolist() == [
        judged.truth(index) == judged.predictions(index) for index in range(60)
    ]
