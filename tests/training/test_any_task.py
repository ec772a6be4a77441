"""Training and judging for every kind of task, on phantoms, by the engine that covers all of them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from snn_tui.config.build import build
from snn_tui.data.balance import class_weights
from snn_tui.data.dataset import Dataset
from snn_tui.data.phantoms import generate_task
from snn_tui.snn.engines import Recipe
from snn_tui.snn.engines.registry import choose
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.training.evaluate import Images, evaluate, judge
from snn_tui.training.loop import Trainer
from snn_tui.training.outcomes import EpochTrained, Tested
from snn_tui.values.scores import metrics_for
from snn_tui.values.task import Task

SIZES = {"train": 64, "val": 24, "test": 24}

TASKS = {
    "five grades in colour": Task(
        name="grades", classes=("0", "1", "2", "3", "4"), kind="ordinal", channels=3, side=20
    ),
    "nine classes": Task(name="nine", classes=tuple("abcdefghi"), kind="multiclass", side=20),
    "three labels at once": Task(name="labels", classes=("x", "y", "z"), kind="multilabel", side=20),
    "two classes in colour": Task(name="two", classes=("no", "yes"), positive=1, channels=3, side=20),
}
RECIPES = {
    "rate": {"preset": "paper", "layers": "6C5-MP2-8C3-MP2", "lr": 5e-3, "num_steps": 6},
    "current": {
        "preset": "plus", "layers": "6C3-AP2-8C3-GAP", "num_steps": 8, "augment": 0.0, "ema": 0.9,
        "class_weights": "balanced", "sampling": "once",
    },
}  # fmt: skip


def trained(task: Task, options: dict[str, object]) -> tuple[Trainer, Dataset, list[object]]:
    """A trainer at its end, the data set, and what it has yielded."""
    config = build({"epochs": 2, "batch_size": 16, "balance": "none", **options})
    dataset = generate_task(task, SIZES, 1)
    network = SpikingNetwork(NetworkSpec.of(config, task), 0)
    weights = class_weights(dataset) if config.class_weights == "balanced" else None
    engine = choose("batched", network, Recipe.of(config, task, weights)).engine
    splits = {
        name: Images.of(split, name, torch.device("cpu"), task) for name, split in dataset.splits.items()
    }
    trainer = Trainer(config, network, engine, splits)
    return trainer, dataset, list(trainer.run())


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("name", TASKS)
def test_every_task_is_trained_and_scored(name: str, recipe: str) -> None:
    task = TASKS[name]
    trainer, _, steps = trained(task, RECIPES[recipe])
    epochs = [step for step in steps if isinstance(step, EpochTrained)]
    if recipe == "current":
        assert epochs[-1].train_loss < epochs[0].train_loss
    tested = steps[-1]
    assert isinstance(tested, Tested)
    assert tested.test is not None
    assert tested.test.images == SIZES["test"]
    for field in metrics_for(task.kind):
        if field not in ("mcc", "quadratic_kappa", "precision", "f1", "recall"):
            assert getattr(tested.test, field) is not None, field
    again, _, repeated = trained(task, RECIPES[recipe])
    last = repeated[-1]
    assert isinstance(last, Tested)
    assert last.test == tested.test
    for one, other in zip(trainer.network.parameters(), again.network.parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("name", TASKS)
def test_a_judgement_is_what_evaluation_counted(name: str) -> None:
    task = TASKS[name]
    trainer, dataset, _ = trained(task, RECIPES["rate"])
    engine, images = trainer._engine, trainer._splits["test"]
    evaluation = evaluate(engine, images)
    judgement = judge(engine, images, dataset, balanced=False, epoch=2)
    assert np.allclose(judgement.probabilities, evaluation.probabilities, atol=1e-12)
    split = dataset.splits["test"]
    for index in range(len(judgement)):
        assert judgement.truth(index) == split.classes_of(index)
        assert judgement.spike_counts(index) == tuple(evaluation.counts[index])
        row = evaluation.probabilities[index]
        said = np.flatnonzero(row > 0.5) if task.kind == "multilabel" else [row.argmax()]
        assert judgement.predictions(index) == tuple(said)
    right = [judgement.predictions(index) == judgement.truth(index) for index in range(len(judgement))]
    if task.kind != "multilabel":
        assert evaluation.score().accuracy == pytest.approx(sum(right) / len(right))


def test_a_run_of_several_labels_goes_on_from_where_it_was() -> None:
    task = TASKS["three labels at once"]
    whole, dataset, _ = trained(task, RECIPES["current"])
    config = build({"epochs": 2, "batch_size": 16, "balance": "none", **RECIPES["current"]})
    network = SpikingNetwork(NetworkSpec.of(config, task), 0)
    engine = choose("batched", network, Recipe.of(config, task, class_weights(dataset))).engine
    splits = dict(whole._splits)
    first = Trainer(config, network, engine, splits)
    for number, _ in enumerate(first.run(), 1):
        if number == 4:
            break
    second_network = SpikingNetwork(NetworkSpec.of(config, task), 5)
    recipe = Recipe.of(config, task, class_weights(dataset))
    second = Trainer(config, second_network, choose("batched", second_network, recipe).engine, splits)
    second.load_state(first.state())
    list(second.run())
    for one, other in zip(whole.network.parameters(), second.network.parameters(), strict=True):
        assert torch.equal(one, other)


def test_rare_classes_weigh_more_and_all_weigh_the_same_in_sum() -> None:
    dataset = generate_task(TASKS["nine classes"], SIZES, 1)
    train = dataset.splits["train"]
    rare = train.take(np.flatnonzero((train.labels < 2) | (train.ids % 5 == 0)))
    weights = class_weights(dataclasses.replace(dataset, splits={**dataset.splits, "train": rare}))
    numbers = [*rare.counts(dataset.task.classes).values()]
    products = [weight * number for weight, number in zip(weights, numbers, strict=True) if number]
    assert sum(products) == pytest.approx(len(rare))
    assert max(products) == pytest.approx(min(products))
    labels = generate_task(TASKS["three labels at once"], SIZES, 1)
    split = labels.splits["train"]
    for weight, number in zip(class_weights(labels), split.counts(labels.task.classes).values(), strict=True):
        assert weight * number == pytest.approx(len(split) - number)
