"""What output neurons decide, for every kind of task, one image at a time and many at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snn_tui.analysis.task_scores import Predictions
from snn_tui.training import metrics
from snn_tui.values.decision import (
    charge,
    class_score,
    decision_score,
    label_threshold,
    least_spikes,
    margin,
    predicted,
    predicted_class,
    probabilities,
)
from snn_tui.values.task import PNEUMONIA, Task

CLASSES = Task(name="x", classes=("a", "b", "c", "d"), kind="multiclass")
LABELS = Task(name="x", classes=("a", "b", "c", "d"), kind="multilabel")
MALIGNANT = Task(name="x", classes=("malignant", "benign"), positive=0)
TASKS = [PNEUMONIA, MALIGNANT, CLASSES, LABELS]

membrane = st.floats(-50, 50, allow_nan=False)


@given(st.data(), st.integers(1, 30), st.sampled_from(TASKS))
def test_probabilities_order_classes_as_the_predictions_do(
    data: st.DataObject, steps: int, task: Task
) -> None:
    counts = data.draw(st.lists(st.integers(0, steps), min_size=task.outputs, max_size=task.outputs))
    membranes = data.draw(st.lists(membrane, min_size=task.outputs, max_size=task.outputs))
    chances = probabilities(counts, membranes, steps, task)
    said = predicted(counts, membranes, steps, task)
    assert all(0 <= chance <= 1 for chance in chances)
    if task.kind == "multilabel":
        assert said == tuple(index for index, chance in enumerate(chances) if chance > 0.5)
        assert said == tuple(index for index, count in enumerate(counts) if count >= steps / 2)
    else:
        assert sum(chances) == pytest.approx(1)
        assert chances[said[0]] == max(chances)
        assert chances.count(max(chances)) == 1
        assert counts[said[0]] == max(counts)
    one = metrics.probabilities(np.array([counts]), np.array([membranes], np.float64), steps, task)
    assert one[0].tolist() == pytest.approx(chances, rel=1e-12)


def test_equal_counts_are_decided_by_the_membranes_and_equal_membranes_by_the_order() -> None:
    assert predicted((3, 5, 5, 0), (0.0, 0.1, 0.9, 2.0), 20, CLASSES) == (2,)
    assert predicted((3, 5, 5, 0), (0.0, 0.1, 0.1, 2.0), 20, CLASSES) == (1,)
    assert predicted((4, 4), (0.1, 0.9), 20, PNEUMONIA) == (1,)
    assert predicted((4, 4), (0.9, 0.1), 20, MALIGNANT) == (0,)


@pytest.mark.parametrize("task", [PNEUMONIA, MALIGNANT], ids=["positive 1", "positive 0"])
@pytest.mark.parametrize("lead", [0.0, 1e-30, -1e-30])
def test_a_tie_of_two_classes_is_decided_alike_everywhere(task: Task, lead: float) -> None:
    counts, membranes, steps = (4, 4), tuple(lead if index == task.positive else 0.0 for index in (0, 1)), 20
    expected = task.signs[0 if lead > 0 else 1]
    many = np.array([counts]), np.array([membranes], np.float64)
    assert predicted(counts, membranes, steps, task) == (expected,)
    for chances in (
        probabilities(counts, membranes, steps, task),
        metrics.probabilities(*many, steps, task)[0].tolist(),
    ):
        # By the threshold of MedMNIST's evaluator, and so in the files for it.
        assert [*Predictions(task, [chances], [0]).predicted_class()] == [expected]
    scores = metrics.score(np.array([1]), metrics.decision_scores(*many, task), loss=None, rates={})
    assert scores.sensitivity == (expected == task.positive)


@pytest.mark.parametrize(("steps", "least"), [(1, 1), (2, 1), (3, 2), (20, 10), (21, 11)])
def test_a_label_is_predicted_from_half_of_the_steps_on(steps: int, least: int) -> None:
    assert predicted((least, least - 1, steps, 0), (-9.0, 9.0, 0.0, 0.0), steps, LABELS) == (0, 2)
    assert least_spikes(steps) == least
    assert least - 1 <= label_threshold(steps) < least


def test_what_is_left_on_the_membranes_tells_silent_neurons_apart() -> None:
    low, lower = (probabilities((9, 0, 0, 0), (0.5, left, -1.0, -1.0), 20, CLASSES) for left in (-1.0, -30.0))
    assert lower[1] < low[1] == low[2]
    assert charge(3, 0.5) == 3.5
    assert charge(3, 1.5) == pytest.approx(3.5)  # the spike of the last step is still on the membrane
    overruled = probabilities((9, 8, 0, 0), (-5.0, 0.9, 0.0, 0.0), 20, CLASSES)
    assert overruled[0] > overruled[1] > overruled[2]


def test_a_neuron_that_fires_at_every_step_is_nearly_certain() -> None:
    chances = probabilities((20, 0, 10, 10), (0.0, 0.0, 0.0, 0.4), 20, LABELS)
    assert chances[0] > 0.97
    assert chances[1] < 0.03
    assert 0.5 < chances[2] < chances[3] < 0.6


def test_the_margin_is_how_far_another_prediction_is() -> None:
    assert margin((4, 11), (0.0, 0.0), 20, PNEUMONIA) == margin((11, 4), (0.0, 0.0), 20, PNEUMONIA) == 7.0
    assert (
        margin((3, 9, 5, 0), (0.0,) * 4, 20, CLASSES) == margin((9, 5, 3, 0), (0.0,) * 4, 20, CLASSES) == 4.0
    )
    assert 0 < margin((3, 5, 5, 0), (0.0, 0.1, 0.9, 2.0), 20, CLASSES) < 1
    assert margin((20, 12, 8, 0), (0.0,) * 4, 20, LABELS) == 1.5  # of 8 spikes from 9.5


@pytest.mark.parametrize("counts", [(3, 9, 5, 0), (10, 9, 20, 0)])
def test_a_class_is_predicted_where_its_score_is_above_0(counts: tuple[int, ...]) -> None:
    for task in (CLASSES, LABELS):
        scores = [class_score(label, counts, (0.0,) * 4, 20, task) for label in range(4)]
        above = tuple(label for label, score in enumerate(scores) if score > 0)
        assert above == predicted(counts, (0.0,) * 4, 20, task)
        assert margin(counts, (0.0,) * 4, 20, task) == min(map(abs, scores))


@given(st.data(), st.sampled_from(TASKS))
def test_without_spikes_the_currents_decide(data: st.DataObject, task: Task) -> None:
    """The probabilities are the softmax or sigmoid of the logits, as in the loss, and agree with all else."""
    currents = data.draw(st.lists(membrane, min_size=task.outputs, max_size=task.outputs))
    chances = probabilities((), currents, 1, task)
    said, lead = predicted((), currents, 1, task), margin((), currents, 1, task)
    scores = [class_score(label, (), currents, 1, task) for label in range(task.outputs)]
    many = np.empty((1, 0), np.int32), np.array([currents], np.float64)
    assert metrics.probabilities(*many, 1, task)[0].tolist() == pytest.approx(chances, rel=1e-9)
    assert lead == pytest.approx(min(map(abs, scores)))
    if task.kind == "multilabel":
        logits = [8 * (current - 0.5) for current in currents]
        assert said == tuple(label for label, logit in enumerate(logits) if logit > 0)
        assert chances == pytest.approx([1 / (1 + np.exp(-logit)) for logit in logits], abs=1e-6)
        return
    weights = np.exp(2 * (np.array(currents) - max(currents)))
    assert chances == pytest.approx(weights / weights.sum(), abs=1e-6)
    assert chances[said[0]] == max(chances)
    if task.kind == "binary":
        assert metrics.decision_scores(*many, task)[0] == decision_score((), currents, task)
        assert said == (predicted_class(decision_score((), currents, task), task),)
    else:
        assert metrics.output_scores(*many).argmax() == said[0]
