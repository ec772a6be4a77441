"""Distillation: what a network learns of others, and that the share of it is what was asked for."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
import torch
from typed import present

from snn_tui.snn.engines import Prediction, Recipe
from snn_tui.snn.engines.reference import ReferenceEngine
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.training import outcomes
from snn_tui.training.loop import Trainer
from snn_tui.training.teaching import Teachers, soft_targets
from snn_tui.values.task import PNEUMONIA
from training.tiny import CONFIG, SPLITS, Training


@pytest.fixture(scope="module")
def taught() -> Training:
    """A network that was trained."""
    return Training().run()


def test_targets_are_labels_and_the_mean_of_the_teachers_by_their_share(taught: Training) -> None:
    other = Training(msgspec.structs.replace(CONFIG, seed=1))
    batch, labels = SPLITS["train"].pick(torch.arange(8), 1)
    engines = [taught.engine, other.engine]
    both = torch.stack([soft_targets(engine.predict(batch), PNEUMONIA) for engine in engines])
    labelled = torch.nn.functional.one_hot(labels, 2).float()
    for share in (0.0, 0.3, 1.0):
        targets = Teachers(engines, PNEUMONIA, share).targets(batch, labels)
        assert torch.allclose(targets, (1 - share) * labelled + share * both.mean(0), atol=1e-6)
        assert torch.allclose(targets.sum(1), torch.ones(8))


def test_what_a_teacher_is_certain_of_is_in_its_targets() -> None:
    """Two spikes a step more are a logit of 4 more; a spike of the last step counts once."""
    spikes = torch.zeros(3, 2, 2)
    spikes[:, 0, 1] = 1.0
    membranes = torch.zeros(3, 2, 2)
    membranes[-1, 0, 1] = 1.0 + 1e-6  # what the last spike will take off
    prediction = Prediction(spikes, membranes, None, {})
    found = soft_targets(prediction, PNEUMONIA)
    assert torch.allclose(found[0], torch.softmax(torch.tensor([0.0, 2.0]), 0), atol=1e-4)
    assert torch.allclose(found[1], torch.tensor([0.5, 0.5]))
    several = soft_targets(prediction, msgspec.structs.replace(PNEUMONIA, kind="multilabel"))
    assert torch.allclose(several[0], torch.sigmoid(torch.tensor([-4.0, 4.0])), atol=1e-4)


def test_a_network_learns_what_its_teacher_says_and_not_the_labels(taught: Training) -> None:
    """With labels the wrong way round, and with all of the loss on the teacher, they do not matter."""
    wrong = {**SPLITS, "train": replace(SPLITS["train"], labels=1 - SPLITS["train"].labels)}
    scores = {}
    for share in (0.0, 1.0):
        config = msgspec.structs.replace(CONFIG, epochs=8)
        network = SpikingNetwork(NetworkSpec.of(config, PNEUMONIA), 1)
        engine = ReferenceEngine(network, Recipe.of(config, PNEUMONIA))
        teachers = Teachers([taught.engine], PNEUMONIA, share)
        *_, tested = Trainer(config, network, engine, wrong, teachers=teachers).run()
        assert isinstance(tested, outcomes.Tested)
        scores[share] = present(present(tested.test).auc)
    assert scores[1.0] > 0.9
    assert scores[0.0] < 0.1


def test_nothing_is_learned_of_a_teacher_with_no_share(taught: Training) -> None:
    plain, with_teacher = Training(), Training()
    teachers = Teachers([taught.engine], PNEUMONIA, 0.0)
    engine = with_teacher.engine
    with_teacher.trainer = Trainer(CONFIG, with_teacher.network, engine, SPLITS, teachers=teachers)
    losses = [[step.loss for step in training.run(4).batches] for training in (plain, with_teacher)]
    assert losses[1] == pytest.approx(losses[0], rel=1e-4)
