"""Scores of every kind of task beside MedMNIST's and scikit-learn's."""

from __future__ import annotations

import math
import warnings
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn import metrics as sk

from snn_tui.analysis.one_against_rest import CumulativeCounts, numpy_sum
from snn_tui.analysis.task_scores import Predictions, task_scores
from snn_tui.errors import RunError
from snn_tui.values.task import Task, TaskKind
from snn_tui.values.task_scores import TaskScores

MEDMNIST_TASKS: dict[TaskKind, str] = {
    "binary": "binary-class",
    "multiclass": "multi-class",
    "ordinal": "ordinal-regression",
    "multilabel": "multi-label, binary-class",
}
SIZES = (7, 40, 129, 300, 2000)


def a_task(kind: TaskKind, classes: int) -> Task:
    names = tuple(f"c{index}" for index in range(classes))
    return Task(name="set", classes=names, kind=kind, positive=1 if kind == "binary" else None)


def made(kind: TaskKind, size: int, classes: int, seed: int, ties: bool = False) -> tuple[Any, Any]:
    """Labels and scores, better than chance; every class has an image."""
    rng = np.random.default_rng(seed)
    if kind == "multilabel":
        labels = (rng.random((size, classes)) < np.linspace(0.05, 0.6, classes)).astype(np.uint8)
        labels[0], labels[1] = 0, 1
        logits = 2.0 * labels - 2 + rng.normal(0, 1.5, labels.shape)
        scores = 1 / (1 + np.exp(-logits))
    else:
        labels = np.concatenate([np.arange(classes), rng.integers(0, classes, size - classes)])
        logits = 1.5 * np.eye(classes)[labels] + rng.normal(0, 1, (size, classes))
        scores = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return labels, np.round(scores, 1) if ties else scores


def scored(kind: TaskKind, labels: Any, scores: Any, **options: float) -> TaskScores:
    return task_scores(a_task(kind, max(scores.shape[1], 2)), scores.tolist(), labels.tolist(), **options)


def predicted(kind: TaskKind, scores: Any) -> Any:
    if kind == "binary":
        return (scores[:, -1] > 0.5).astype(int)
    return scores > 0.5 if kind == "multilabel" else scores.argmax(axis=1)


KINDS: list[tuple[TaskKind, int]] = [
    ("binary", 2),
    ("multiclass", 4),
    ("multiclass", 11),
    ("ordinal", 5),
    ("multilabel", 3),
    ("multilabel", 14),
]
of_every_kind = pytest.mark.parametrize(("kind", "classes"), KINDS)


@of_every_kind
@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("single", [False, True])
def test_acc_and_auc_are_medmnists_to_the_last_digit(
    kind: TaskKind, classes: int, ties: bool, single: bool
) -> None:
    from medmnist.evaluator import getACC, getAUC

    for seed, size in enumerate(SIZES):
        labels, scores = made(kind, max(size, classes), classes, seed, ties)
        scores = scores.astype(np.float32) if single else scores
        column = labels if kind == "multilabel" else labels[:, None]
        ours = scored(kind, labels, scores)
        assert ours.accuracy == getACC(column, scores, MEDMNIST_TASKS[kind])
        assert ours.auc == getAUC(column, scores, MEDMNIST_TASKS[kind])
        assert ours.auc_left_out == 0
        assert ours.note == ""


def test_a_binary_task_may_have_one_column_and_another_threshold() -> None:
    from medmnist.evaluator import getACC, getAUC

    labels, scores = made("binary", 200, 2, 3)
    scores = scores[:, 1:]
    for threshold in (0.5, 0.3):
        ours = scored("binary", labels, scores, threshold=threshold)
        assert ours.accuracy == getACC(labels[:, None], scores, "binary-class", threshold)
        assert ours.auc == getAUC(labels[:, None], scores, "binary-class")
        assert ours.classes[0].auc == pytest.approx(ours.auc, abs=1e-15)
    decisions = scores * 40 - 20
    assert scored("binary", labels, decisions, threshold=0.0) == scored("binary", labels, scores)


def test_precision_of_a_binary_task_is_of_its_positive_class() -> None:
    labels, scores = made("binary", 200, 2, 4)
    task = Task(name="set", classes=("malignant", "benign"), kind="binary", positive=0)
    ours = task_scores(task, scores.tolist(), labels.tolist())
    assert ours.average_precision == sk.average_precision_score(labels == 0, scores[:, 0])
    assert ours.auc == sk.roc_auc_score(labels, scores[:, 1])


@of_every_kind
@pytest.mark.parametrize("ties", [False, True])
def test_all_other_scores_are_scikit_learns(kind: TaskKind, classes: int, ties: bool) -> None:
    for seed, size in enumerate(SIZES):
        labels, scores = made(kind, max(size, classes), classes, seed, ties)
        ours, guess = scored(kind, labels, scores), predicted(kind, scores)
        macro_f1 = sk.f1_score(labels, guess, average="macro", zero_division=np.nan)
        assert ours.macro_f1 == pytest.approx(macro_f1, abs=1e-14)
        target = scores[:, 1] if kind == "binary" else scores
        assert ours.average_precision == pytest.approx(sk.average_precision_score(labels, target), abs=1e-14)
        if kind == "multilabel":
            halves = [
                sk.balanced_accuracy_score(labels[:, index], guess[:, index]) for index in range(classes)
            ]
            assert ours.balanced_accuracy == pytest.approx(np.mean(halves), abs=1e-14)
            assert ours.mcc is None
            assert ours.confusion == ()
        else:
            assert ours.balanced_accuracy == pytest.approx(
                sk.balanced_accuracy_score(labels, guess), abs=1e-14
            )
            assert ours.mcc == pytest.approx(sk.matthews_corrcoef(labels, guess), abs=1e-14)
            matrix = sk.confusion_matrix(labels, guess, labels=range(classes))
            assert ours.confusion == tuple(map(tuple, matrix.tolist()))
        kappa = (
            sk.cohen_kappa_score(labels, guess, weights="quadratic", labels=list(range(classes)))
            if kind == "ordinal"
            else None
        )
        assert ours.quadratic_kappa == pytest.approx(kappa, abs=1e-14)


@of_every_kind
def test_rows_are_scikit_learns_for_one_class_at_a_time(kind: TaskKind, classes: int) -> None:
    labels, scores = made(kind, 250, classes, 9, ties=True)
    guesses = predicted(kind, scores)
    for index, row in enumerate(scored(kind, labels, scores).classes):
        truth = labels[:, index] == 1 if kind == "multilabel" else labels == index
        guess = guesses[:, index] if kind == "multilabel" else guesses == index
        assert row.name == f"c{index}"
        assert (row.images, row.predicted) == (truth.sum(), guess.sum())
        assert row.matrix == tuple(sk.confusion_matrix(truth, guess, labels=[False, True]).ravel())
        assert row.accuracy == sk.accuracy_score(truth, guess)
        assert row.sensitivity == sk.recall_score(truth, guess)
        assert row.specificity == sk.recall_score(~truth, ~guess)
        assert row.precision == (sk.precision_score(truth, guess) if guess.any() else None)
        assert row.f1 == sk.f1_score(truth, guess)
        assert row.auc == sk.roc_auc_score(truth, scores[:, index])
        assert row.average_precision == sk.average_precision_score(truth, scores[:, index])


@given(
    st.integers(1, 60).flatmap(
        lambda size: st.tuples(
            arrays.arrays(np.int64, size, elements=st.integers(0, 3)),
            arrays.arrays(np.float64, (size, 4), elements=st.integers(0, 8).map(lambda x: x / 8)),
        )
    )
)
def test_missing_classes_are_left_out_as_in_scikit_learn(made_up: tuple[Any, Any]) -> None:
    labels, scores = made_up
    ours, guess = scored("ordinal", labels, scores), scores.argmax(axis=1)
    present = sorted(set(labels.tolist()))
    assert ("macro F1" in ours.note) == bool(set(guess.tolist()) - set(present))
    assert ours.without_images == tuple(f"c{index}" for index in range(4) if index not in present)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        areas = [sk.roc_auc_score(labels == index, scores[:, index]) for index in present]
        kappa = sk.cohen_kappa_score(labels, guess, weights="quadratic", labels=[0, 1, 2, 3])
        assert ours.balanced_accuracy == pytest.approx(sk.balanced_accuracy_score(labels, guess), abs=1e-14)
        assert ours.macro_f1 == pytest.approx(sk.f1_score(labels, guess, average="macro"), abs=1e-14)
        assert ours.mcc == pytest.approx(sk.matthews_corrcoef(labels, guess), abs=1e-14)
    if len(present) == 1:
        assert ours.auc is None
        assert ours.auc_left_out == 4
        assert ours.note.startswith("AUC is undefined: no image has c")
        assert ours.note.partition(";")[0].endswith(f"every image has c{present[0]}")
        assert ours.without_others == (f"c{present[0]}",)
    else:
        assert ours.auc == pytest.approx(np.mean(areas), abs=1e-15)
        assert ours.auc_left_out == 4 - len(present)
        assert ours.without_others == ()
    precisions = [sk.average_precision_score(labels == index, scores[:, index]) for index in present]
    assert ours.average_precision == pytest.approx(np.mean(precisions), abs=1e-14)
    assert ours.quadratic_kappa == (None if math.isnan(kappa) else pytest.approx(kappa, abs=1e-13))


def test_labels_without_images_are_named() -> None:
    labels, scores = made("multilabel", 100, 5, 1)
    labels[:, 1], labels[:, 3], labels[:, 4] = 0, 0, 1
    ours = scored("multilabel", labels, scores)
    assert ours.auc_left_out == 3
    note = "AUC is the mean of 2 of 5 labels: no image has c1 and c3, every image has c4"
    assert ours.note == f"{note}; macro F1 counts c1 and c3 as 0, since they are predicted"
    without_c1 = np.where(np.arange(5) == 1, 0, scores)
    fewer = scored("multilabel", labels, without_c1).note
    assert fewer == f"{note}; macro F1 counts c3 as 0, since it is predicted"
    assert scored("multilabel", labels, np.where(np.isin(range(5), (1, 3)), 0, scores)).note == note
    assert ours.classes[1].auc is ours.classes[4].auc is ours.classes[1].average_precision is None
    assert ours.classes[4].average_precision == 1.0
    assert ours.auc == np.mean([sk.roc_auc_score(labels[:, index], scores[:, index]) for index in (0, 2)])
    assert ours.average_precision is not None
    assert ours.accuracy == pytest.approx(((scores > 0.5) == labels).mean(), abs=1e-15)


def test_macro_f1_has_a_class_without_images_as_0_where_it_is_predicted_and_a_note_says_so() -> None:
    labels = np.array([0, 0, 1, 1])
    scores = np.eye(4)[[0, 2, 1, 1]]
    ours = scored("multiclass", labels, scores)
    expected = sk.f1_score(labels, scores.argmax(1), average="macro")
    assert ours.macro_f1 == pytest.approx(expected, abs=1e-14)
    assert expected < sk.f1_score(labels, scores.argmax(1), average="macro", labels=[0, 1])
    assert ours.note.endswith("no image has c2 and c3; macro F1 counts c2 as 0, since it is predicted")


@of_every_kind
def test_predictions_and_curves_fit_the_scores(kind: TaskKind, classes: int) -> None:
    labels, scores = made(kind, 120, classes, 5, ties=True)
    task = a_task(kind, classes)
    made_once = Predictions(task, scores.tolist(), labels.tolist())
    for threshold in (0.5, 0.25):
        at = made_once.scores(threshold)
        assert at == task_scores(task, scores.tolist(), labels.tolist(), threshold=threshold)
        for row, truth, guess in zip(
            at.classes, made_once.truths, made_once.predicted(threshold), strict=True
        ):
            assert row.matrix == tuple(sk.confusion_matrix(list(truth), list(guess), labels=[0, 1]).ravel())
        if kind != "multilabel":
            pairs = list(zip(labels.tolist(), made_once.predicted_class(threshold), strict=True))
            assert at.confusion[1][0] == pairs.count((1, 0))
    for index in range(classes):
        false, true, _ = sk.roc_curve(list(made_once.truths[index]), scores[:, index])
        assert made_once.curve(index) == list(zip(false.tolist(), true.tolist(), strict=True))


@of_every_kind
def test_one_image_and_none_have_scores(kind: TaskKind, classes: int) -> None:
    labels, scores = made(kind, 20, classes, 0)
    one = scored(kind, labels[:1], scores[:1])
    assert (one.images, one.auc) == (1, None)
    assert one.accuracy is not None
    assert one.note
    none = task_scores(a_task(kind, classes), [], [])
    assert (none.images, none.accuracy, none.auc, none.balanced_accuracy, none.macro_f1) == (0, *[None] * 4)
    assert (none.mcc, none.average_precision, none.quadratic_kappa) == (None, None, None)


@of_every_kind
def test_they_stand_in_a_file(kind: TaskKind, classes: int) -> None:
    labels, scores = made(kind, 50, classes, 0)
    ours = scored(kind, labels, scores)
    assert msgspec.json.decode(msgspec.json.encode(ours), type=TaskScores) == ours


def test_what_cannot_be_scored_is_refused() -> None:
    task = a_task("multiclass", 3)
    for bad in (math.nan, math.inf):
        with pytest.raises(RunError, match="not finite"):
            task_scores(task, [[0.1, bad, 0.3]], [0])
    for scores, labels in (([[0.1, 0.2]], [0]), ([[0.1, 0.2, 0.7]], [3]), ([[0.1, 0.2, 0.7]], [0, 1])):
        with pytest.raises(ValueError, match=r"labels|scores"):
            task_scores(task, scores, labels)
    with pytest.raises(ValueError, match="0 or 1"):
        task_scores(a_task("multilabel", 2), [[0.1, 0.2]], [[0, 2]])


@given(st.lists(st.floats(-1e6, 1e6), max_size=1200))
def test_floats_add_up_as_in_numpy(values: list[float]) -> None:
    assert numpy_sum(values) == np.sum(np.array(values, np.float64))


@pytest.mark.parametrize("size", [8193, 20_001])
def test_long_lists_of_floats_add_up_as_in_numpy(size: int) -> None:
    values = np.random.default_rng(size).normal(0, 1, size)
    assert numpy_sum(values.tolist()) == np.sum(values)


@given(st.lists(st.tuples(st.booleans(), st.integers(-3, 3).map(float) | st.floats(-6, 6)), min_size=1))
def test_a_class_is_ranked_as_in_scikit_learn(pairs: list[tuple[bool, float]]) -> None:
    truths, scores = zip(*pairs, strict=True)
    counts = CumulativeCounts.of(scores, truths)
    assert counts.auc() == (sk.roc_auc_score(truths, scores) if len(set(truths)) == 2 else None)
    assert counts.average_precision() == (sk.average_precision_score(truths, scores) if any(truths) else None)
