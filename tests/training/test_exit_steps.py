"""Leads, exit steps and early probabilities of many images at once, against those of one."""

from __future__ import annotations

import numpy as np
import pytest

from snn_tui.training.metrics import exit_steps, margins, probabilities
from snn_tui.values.decision import early_probabilities, margin
from snn_tui.values.decision import probabilities as probabilities_of_one
from snn_tui.values.task import PNEUMONIA, Task

STEPS, IMAGES = 5, 40

TASKS = [
    PNEUMONIA,
    Task(name="Several", classes=("a", "b", "c"), kind="multiclass", noun="sample"),
    Task(name="Labels", classes=("a", "b", "c"), kind="multilabel", noun="sample"),
]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.kind)
def test_many_images_are_as_one(task: Task) -> None:
    rng = np.random.default_rng(3)
    outputs = task.outputs
    counts = (rng.random((IMAGES, STEPS, outputs)) < 0.5).cumsum(1)
    membranes = rng.normal(0.4, 0.5, (IMAGES, STEPS, outputs)).astype(np.float32)
    leads = margins(counts, membranes, task)
    each = np.arange(IMAGES)
    exits = exit_steps(leads, 0.3)
    early = probabilities(counts[each, exits - 1], membranes[each, exits - 1], exits, task)
    one = early_probabilities if task.kind == "binary" else probabilities_of_one
    for index in range(IMAGES):
        rows = zip(counts[index].tolist(), membranes[index].tolist(), strict=True)
        by_hand = [margin(fired, left, step, task) for step, (fired, left) in enumerate(rows, start=1)]
        assert leads[index] == pytest.approx(by_hand)
        reached = [step for step, lead in enumerate(by_hand, start=1) if lead / step >= 0.3]
        step = min(reached, default=STEPS)
        assert exits[index] == step
        fired, left = counts[index, step - 1].tolist(), membranes[index, step - 1].tolist()
        assert early[index] == pytest.approx(one(fired, left, step, task))
    assert 1 < exits.mean() < STEPS
