"""On a GPU, losses are read a step late: the run is the same, and so is what is saved in the middle of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest
import torch

from snn_tui.errors import TrainingError
from snn_tui.snn.engines import Recipe
from snn_tui.snn.engines.batched import BatchedEngine
from snn_tui.training.loop import Trainer
from snn_tui.training.outcomes import BatchTrained
from snn_tui.values.task import PNEUMONIA
from training.tiny import CONFIG, SPLITS, Training


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Losses are read a step late on the CPU too."""
    monkeypatch.setattr(Trainer, "_engine_ahead", property(lambda trainer: trainer._engine))


def training(**options: object) -> Training:
    """A trainer with the batched engine."""
    made = Training(msgspec.structs.replace(CONFIG, **{"epochs": 2, "augment": 0.5, "ema": 0.9, **options}))
    made.engine = BatchedEngine(made.network, Recipe.of(CONFIG, PNEUMONIA))  # type: ignore[assignment]
    made.trainer._engine = made.engine
    return made


def without_seconds(steps: list[object]) -> list[object]:
    return [replace(step, seconds=0.0) if hasattr(step, "seconds") else step for step in steps]  # type: ignore[type-var]


def test_a_run_is_the_same(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    at_once = training().run()
    request.getfixturevalue("ahead")
    late = training().run()
    assert without_seconds([*late.steps]) == without_seconds([*at_once.steps])
    assert late.weights == at_once.weights


def test_losses_come_a_step_late(ahead: None) -> None:
    made = training()
    positions = []
    for step in made.trainer.run():
        if isinstance(step, BatchTrained):
            positions.append((step.epoch, step.batch, made.trainer.position))
    assert positions[:4] == [(1, 1, (1, 2)), (1, 2, (1, 3)), (1, 3, (1, 4)), (1, 4, (1, 4))]


@pytest.mark.parametrize("after", [1, 3, 4, 5, 6])
def test_a_run_that_goes_on_from_any_step_ends_the_same(after: int, ahead: None) -> None:
    whole = training().run()
    first = training().run(after)
    state = first.trainer.state()
    assert len(state["losses"]) == state["batches_done"]
    second = training()
    second.trainer.load_state(state)
    second.run()
    assert second.weights == whole.weights
    assert second.epochs[-1].train_loss == whole.epochs[-1].train_loss


def test_a_gradient_that_is_no_number_ends_the_run_and_is_not_saved(
    ahead: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = training(epochs=1)
    learn, calls = BatchedEngine.learn_ahead, []

    def broken(engine: BatchedEngine, *args: Any) -> torch.Tensor:
        loss = learn(engine, *args)
        calls.append(loss)
        if len(calls) == 2:
            next(made.network.parameters()).grad = torch.full_like(next(made.network.parameters()), torch.nan)
        return loss

    monkeypatch.setattr(BatchedEngine, "learn_ahead", broken)
    made.run(1)
    with pytest.raises(TrainingError, match="finite"):
        made.trainer.state()
    calls.clear()
    again = training(epochs=1)
    made = again
    with pytest.raises(TrainingError) as raised:
        again.run()
    assert raised.value.where == "epoch 1, batch 2"
    assert len(again.batches) == 1
    assert len(SPLITS["train"]) > 32
