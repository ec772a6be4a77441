"""Metrics of several checkpoints together, against scikit-learn and image by image."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from analysis.samples import task_judgement, task_of
from sklearn import metrics

from snn_tui.analysis.bootstrap import RESAMPLES
from snn_tui.evaluation.resampled import affordable, mean_scores, resampled_scores
from snn_tui.evaluation.study import mean_metrics, resamples
from snn_tui.training.evaluate import Evaluation
from snn_tui.values.task import Task, TaskKind

RNG = np.random.default_rng(4)
LABELS = (np.arange(70) % 7 > 2).astype(np.int64)
DECISIONS = np.round(RNG.normal(LABELS - 0.5, 1.5, (3, 70)) * 2) / 2  # with ties


def test_means_are_those_of_each_checkpoint() -> None:
    found = mean_metrics(LABELS, DECISIONS, np.ones((1, 70)))
    verdicts = [row > 0 for row in DECISIONS]
    assert found["accuracy"][0] == pytest.approx(
        np.mean([metrics.accuracy_score(LABELS, said) for said in verdicts])
    )
    assert found["balanced"][0] == pytest.approx(
        np.mean([metrics.balanced_accuracy_score(LABELS, said) for said in verdicts])
    )
    assert found["auc"][0] == pytest.approx(
        np.mean([metrics.roc_auc_score(LABELS, row) for row in DECISIONS])
    )


def test_weights_are_images_drawn_again() -> None:
    (weights,) = resamples(LABELS, 5, 1)
    assert weights.shape == (5, 70)
    assert (weights[:, LABELS == 1].sum(1) == LABELS.sum()).all()
    assert (weights[:, LABELS == 0].sum(1) == 70 - LABELS.sum()).all()
    found = mean_metrics(LABELS, DECISIONS, weights)
    for place, row in enumerate(weights.astype(int)):
        drawn = np.repeat(np.arange(70), row)
        again = mean_metrics(LABELS[drawn], DECISIONS[:, drawn], np.ones((1, 70)))
        for name, value in again.items():
            assert found[name][place] == pytest.approx(value[0])


def test_a_split_of_one_class_has_no_auc_but_does_not_stop_it() -> None:
    with np.errstate(invalid="ignore", divide="ignore"):
        found = mean_metrics(np.ones(4, np.int64), np.ones((1, 4)), np.ones((1, 4)))
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


@pytest.mark.parametrize("kind", ["multiclass", "ordinal", "multilabel"])
def test_means_of_several_classes_and_labels_are_those_of_each_checkpoint(kind: TaskKind) -> None:
    task = task_of(kind)
    # The same labels, as of the same images, with other predictions.
    first = evaluation_of(task, 0)
    second = dataclasses.replace(evaluation_of(task, 1), labels=first.labels)
    found = mean_scores([first, second], np.ones((1, 60)))
    scored = [one.task_scores for one in (first, second)]
    assert found["accuracy"][0] == pytest.approx(np.mean([one.accuracy for one in scored]))
    assert found["balanced"][0] == pytest.approx(np.mean([one.balanced_accuracy for one in scored]))
    assert found["auc"][0] == pytest.approx(np.mean([one.auc for one in scored]))


@pytest.mark.parametrize("kind", ["multiclass", "multilabel"])
def test_images_are_drawn_again_for_all_checkpoints_at_once(kind: TaskKind) -> None:
    first = evaluation_of(task_of(kind), 0)
    assert affordable([first]) == RESAMPLES
    values = resampled_scores([first, first], 200)
    alone = resampled_scores([first], 200)
    whole = mean_scores([first], np.ones((1, 60)))
    for field, drawn in values.items():
        assert drawn.tolist() == pytest.approx(alone[field].tolist())
        assert np.quantile(drawn, 0.025) < whole[field][0] < np.quantile(drawn, 0.975)


def test_weights_count_an_image_as_often_as_it_is_drawn() -> None:
    first = evaluation_of(task_of("multiclass"), 0)
    weights = np.random.default_rng(2).integers(0, 3, (1, 60)).astype(float)
    drawn = np.repeat(np.arange(60), weights[0].astype(int))
    again = dataclasses.replace(
        first, labels=first.labels[drawn], counts=first.counts[drawn], membranes=first.membranes[drawn]
    )
    for field, values in mean_scores([again], np.ones((1, len(drawn)))).items():
        assert mean_scores([first], weights)[field][0] == pytest.approx(values[0])


@pytest.mark.parametrize("kind", ["multiclass", "multilabel"])
def test_right_is_an_image_with_all_its_labels(kind: TaskKind) -> None:
    judged = task_judgement(task_of(kind), 60)
    assert evaluation_of(task_of(kind), 0).right.tolist() == [
        judged.truth(index) == judged.predictions(index) for index in range(60)
    ]
