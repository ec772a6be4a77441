"""What Results and the report show of several classes, and of several labels an image."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from analysis.samples import many, task_judgement, task_of
from snn_tui.analysis import task_bootstrap
from snn_tui.analysis.results import Results
from snn_tui.analysis.task_bootstrap import confusion_scores
from snn_tui.analysis.task_results import TaskResults, results_of
from snn_tui.values.scores import metrics_for
from snn_tui.values.task import TaskKind

ONE_LABEL: tuple[TaskKind, ...] = ("multiclass", "ordinal")
KINDS: tuple[TaskKind, ...] = (*ONE_LABEL, "multilabel")


def made(kind: TaskKind, **options: Any) -> TaskResults:
    results = results_of(task_judgement(task_of(kind), **options))
    assert isinstance(results, TaskResults)
    return results


def truths_and_predictions(results: TaskResults) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    judged = results.judgement
    images = range(len(judged))
    return [judged.truth(index) for index in images], [judged.predictions(index) for index in images]


def test_a_binary_judgement_keeps_its_threshold() -> None:
    assert isinstance(results_of(many()), Results)


@pytest.mark.parametrize("kind", ONE_LABEL)
def test_the_matrix_counts_images_by_true_and_predicted_class(kind: TaskKind) -> None:
    results = made(kind)
    truths, predictions = truths_and_predictions(results)
    assert (np.array(results.matrix) == metrics.confusion_matrix(truths, predictions)).all()
    for row in range(5):
        for column in range(5):
            images = results.images_of(row, column)
            assert len(images) == results.matrix[row][column]
            assert all((image.truth, image.predicted) == ((row,), (column,)) for image in images)
    count = results.matrix[1][2]
    assert results.cell_words(1, 2) == f"truth kind B, predicted kind C: {count} image{'s' * (count != 1)}"


def test_the_matrix_of_labels_counts_images_by_label_and_outcome() -> None:
    results = made("multilabel")
    truths, predictions = truths_and_predictions(results)
    for label, row in enumerate(results.matrix):
        for column, (has, predicted) in enumerate(((1, 1), (1, 0), (0, 1), (0, 0))):
            wanted = [
                3 * index
                for index in range(len(truths))
                if ((label in truths[index]), (label in predictions[index])) == (has, predicted)
            ]
            assert row[column] == len(wanted)
            assert sorted(image.index for image in results.images_of(label, column)) == wanted
    column = results.matrix[0].index(max(results.matrix[0]))
    assert results.cell_words(0, column).endswith(f": {max(results.matrix[0])} images")
    assert results.cell_words(0, 1).startswith("kind A, true but not predicted: ")


@pytest.mark.parametrize("kind", KINDS)
def test_mistakes_come_with_the_most_wrong_first(kind: TaskKind) -> None:
    results = made(kind)
    truths, predictions = truths_and_predictions(results)
    wrong = [3 * index for index in range(len(truths)) if truths[index] != predictions[index]]
    assert sorted(mistake.index for mistake in results.mistakes) == wrong
    several = kind == "multilabel"
    wrongness = [float(one.wrong_labels) if several else one.margin for one in results.mistakes]
    assert wrongness == sorted(wrongness, reverse=True)
    first = results.mistakes[0]
    assert first.wrong
    assert first.fired == results.judgement.spike_counts(first.index // 3)
    if several:
        assert first.wrong_labels == len(set(first.truth) ^ set(first.predicted)) > 0
        assert first.margin == 0
    else:
        assert first.margin > 0


@pytest.mark.parametrize("kind", KINDS)
def test_steps_end_with_the_scores(kind: TaskKind) -> None:
    results = made(kind)
    curve = results.steps
    assert len(curve.accuracy) == len(curve.balanced) == results.judgement.num_steps
    assert curve.accuracy[-1] == pytest.approx(results.scored.accuracy)
    assert curve.balanced[-1] == pytest.approx(results.scored.balanced_accuracy)
    judged = results.judgement
    settled = []
    for index in range(len(judged)):
        rows = [judged.predictions(index, step) for step in range(1, judged.num_steps + 1)]
        settled.append(max([step + 1 for step, row in enumerate(rows, 1) if row != rows[-1]], default=1))
    assert results.settled_step == sorted(settled)[int(np.ceil(0.9 * len(settled))) - 1]


@pytest.mark.parametrize("kind", KINDS)
def test_every_value_lies_within_its_interval(kind: TaskKind) -> None:
    results = made(kind, size=200)
    assert set(results.values) == set(metrics_for(kind))
    for field, value in results.values.items():
        ends = results.intervals[field]
        assert ends is not None, field
        assert value is not None, field
        assert ends[0] < value < ends[1], field
        assert ends[1] - ends[0] < 0.3, field


@pytest.mark.parametrize("kind", KINDS)
def test_an_interval_that_would_take_long_is_left_out(
    kind: TaskKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task_bootstrap, "BUDGET", 10_000)
    results = made(kind)
    assert results.image_resamples == 0
    assert results.intervals.get("auc") is None
    assert results.intervals["accuracy"] is not None


def test_the_scores_of_a_resampled_matrix_are_scikit_learns() -> None:
    results = made("ordinal")
    truths, predictions = truths_and_predictions(results)
    scores = confusion_scores(results.matrix, True)
    assert scores["accuracy"] == pytest.approx(metrics.accuracy_score(truths, predictions))
    assert scores["macro_f1"] == pytest.approx(metrics.f1_score(truths, predictions, average="macro"))
    assert scores["mcc"] == pytest.approx(metrics.matthews_corrcoef(truths, predictions))
    assert scores["balanced_accuracy"] == results.scored.balanced_accuracy
    assert scores["quadratic_kappa"] == results.scored.quadratic_kappa


@pytest.mark.parametrize("kind", KINDS)
def test_a_class_without_images_has_no_curve_and_is_left_out_of_the_mean(kind: TaskKind) -> None:
    results = made(kind, absent=(2,))
    assert results.curve(2) == []
    assert results.curve(1)[0] == (0.0, 0.0)
    assert results.scored.classes[2].auc is None
    assert "kind C" in results.scored.note
    assert results.scored.auc is not None
    assert results.intervals["auc"] is not None


def test_calibration_is_of_the_most_probable_class_or_of_one_label() -> None:
    classes, labels = made("multiclass"), made("multilabel")
    right = np.mean([truth == guess for truth, guess in zip(*truths_and_predictions(classes), strict=True)])
    bins = classes.reliability(0).bins
    assert sum(each.images * (each.observed or 0) for each in bins) / 90 == pytest.approx(right)
    bins = labels.reliability(1).bins
    has = sum(labels.predictions.truths[1])
    assert sum(each.images * (each.observed or 0) for each in bins) == pytest.approx(has)


def test_draws_are_compared() -> None:
    results = made("multiclass")
    assert results.spreads()["accuracy"].deviation is None
    results.add_draw(made("multiclass", seed=1).scored)
    spread = results.spreads()["accuracy"]
    assert len(spread.values) == 2
    assert spread.deviation is not None


def test_published_scores_stand_beside_the_whole_official_test_split_alone() -> None:
    task = task_of("ordinal", name="RetinaMNIST", channels=3)
    real: dict[str, Any] = {"official": True}
    rows = task_judgement(task, **real).benchmarks
    assert [row.model for row in rows] == ["ResNet-18", "best of MedMNIST+"]
    for other in ({"official": False}, {"split": "val"}, {"synthetic": True}):
        assert task_judgement(task, **(real | other)).benchmarks == ()
    assert task_judgement(task_of("ordinal", name="RetinaMNIST", side=64), **real).benchmarks == ()
