"""What may be asked of a training step: every engine computes it as the reference does."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from typed import present

from snn.parity import NEAR, NORMED, closest_in_training, images, network, with_firing_outputs
from snn.test_engines import ENGINES, SEED, assert_close, gradients
from snn_tui.config.layers import parse
from snn_tui.snn.engines import Recipe
from snn_tui.snn.engines.reference import ReferenceEngine
from snn_tui.snn.network import NetworkSpec, SpikingNetwork

STEPS = 5
COUNT = 12
PLUS = Recipe(STEPS, encoding="direct", loss="current", label_smoothing=0.1)


def firing_normed(spec: NetworkSpec, seed: int) -> SpikingNetwork:
    """A network with batch norm whose neurons fire."""
    of = SpikingNetwork(spec, seed)
    with torch.no_grad():
        for module in of.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.weight.add_(0.5)
                module.bias.add_(0.5)
    return of


def shares(count: int, classes: int, *, several: bool = False) -> Tensor:
    """Random shares of classes, or of each label."""
    drawn = torch.randn(count, classes, generator=torch.Generator().manual_seed(3))
    return drawn.sigmoid() if several else drawn.softmax(1)


def assert_learns_alike(
    name: str, spec: NetworkSpec, recipe: Recipe, labels: Tensor | None = None, num_steps: int | None = None
) -> None:
    """The loss is within 1e-5 of the reference's, and gradients within 1e-4, or 1e-3 with batch norm."""
    compared = 0
    for seed in range(6):
        of, other = (
            firing_normed(spec, seed) if spec.norm else with_firing_outputs(network(spec, "half", seed))
            for _ in range(2)
        )
        batch, classes = images(spec, COUNT, seed)
        target = classes if labels is None else labels
        steps = num_steps or recipe.learning_steps
        if closest_in_training(of, recipe.encode(batch, steps)) < NEAR:
            continue
        reference, engine = ReferenceEngine(of, recipe), ENGINES[name](other, recipe)
        before = {key: value.clone() for key, value in other.state_dict().items()}
        expected_loss, expected = gradients(reference, of, batch, target, num_steps)
        if num_steps is not None:
            engine.learn(batch, target, 1)  # fewer steps before more: room is for all
            other.load_state_dict(before)
        loss, found = gradients(engine, other, batch, target, num_steps)
        assert loss == pytest.approx(expected_loss, rel=1e-5, abs=1e-6)
        if spec.norm:
            for (parameter, _), mine, theirs in zip(of.named_parameters(), found, expected, strict=True):
                assert float((mine - theirs).norm()) < 1e-3 * (float(theirs.norm()) + 1e-6), parameter
        else:
            assert_close(found, expected, of)
        compared += 1
        if compared == 2:
            return
    assert compared, "no batch without a membrane next to the threshold"


@pytest.mark.parametrize("loss", ["rate", "current"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("several", "classes"), [(False, 2), (False, 5), (True, 3)])
@pytest.mark.parametrize("name", ENGINES)
def test_targets_may_be_shares_of_classes(
    name: str, several: bool, classes: int, weighted: bool, loss: str
) -> None:
    spec = NetworkSpec(parse("6C5-MP2-9C3-MP2"), size=19, classes=classes, integrate=loss == "current")
    factors = tuple(0.25 + 1.5 * index for index in range(classes)) if weighted else None
    recipe = Recipe(STEPS, SEED, None, "rate", loss, 0.1, several_labels=several, class_weights=factors)
    assert_learns_alike(name, spec, recipe, shares(COUNT, classes, several=several))


@pytest.mark.parametrize("name", ENGINES)
def test_targets_may_be_shares_of_classes_with_batch_norm(name: str) -> None:
    assert_learns_alike(name, NORMED["as plus"], PLUS, shares(COUNT, NORMED["as plus"].classes))


@pytest.mark.parametrize("loss", ["rate", "current"])
@pytest.mark.parametrize("name", ["reference", *ENGINES])
def test_shares_of_1_and_0_are_labels(name: str, loss: str) -> None:
    spec = NetworkSpec(parse("6C5-MP2"), size=13, classes=3)
    recipe = Recipe(STEPS, SEED, loss=loss, label_smoothing=0.2, class_weights=(0.5, 1.0, 2.0))
    of = with_firing_outputs(network(spec))
    engine = ReferenceEngine(of, recipe) if name == "reference" else ENGINES[name](of, recipe)
    batch, labels = images(spec, COUNT)
    expected_loss, expected = gradients(engine, of, batch, labels)
    loss_, found = gradients(engine, of, batch, nn.functional.one_hot(labels, 3).float())
    assert loss_ == pytest.approx(expected_loss, rel=1e-6)
    assert_close(found, expected, of)


@pytest.mark.parametrize(("several", "classes"), [(False, 2), (False, 5), (True, 3)])
@pytest.mark.parametrize("name", ENGINES)
def test_the_loss_on_currents_up_to_every_step(name: str, several: bool, classes: int) -> None:
    spec = NetworkSpec(parse("6C5-MP2-9C3-MP2"), size=19, classes=classes, integrate=True)
    factors = tuple(0.25 + 1.5 * index for index in range(classes))
    recipe = Recipe(*(STEPS, SEED, None, "rate", "current", 0.1, several, factors), loss_steps="every")
    assert_learns_alike(name, spec, recipe, shares(COUNT, classes, several=several))


@pytest.mark.parametrize("name", ENGINES)
def test_the_loss_on_currents_up_to_every_step_with_batch_norm(name: str) -> None:
    assert_learns_alike(name, NORMED["as plus"], replace(PLUS, loss_steps="every"))


def test_a_loss_at_every_step_makes_early_predictions_better() -> None:
    """After the first step the loss is lower where it was part of what was minimised."""
    early = {}
    for loss_steps in ("last", "every"):
        of = firing_normed(NORMED["as plus"], 0)
        recipe = replace(PLUS, loss_steps=loss_steps, label_smoothing=0.0)
        engine = ENGINES["fused"](of, recipe)
        batch, labels = images(of.spec, 40)
        optimizer = torch.optim.Adam(of.parameters(), 1e-2)
        for _ in range(60):
            engine.learn(batch, labels)
            optimizer.step()
        first = ReferenceEngine(of, replace(recipe, num_steps=1, loss_steps="last"))
        early[loss_steps] = float(present(first.predict(batch, labels).losses).mean())
    assert early["every"] < early["last"]


@pytest.mark.parametrize("num_steps", [1, 2, 5])
@pytest.mark.parametrize("loss_steps", ["last", "every"])
@pytest.mark.parametrize("name", ENGINES)
def test_any_number_of_steps_up_to_all(name: str, loss_steps: str, num_steps: int) -> None:
    spec = NetworkSpec(parse("6C5-MP2-9C3-MP2"), size=19)
    assert_learns_alike(name, NORMED["as plus"], replace(PLUS, loss_steps=loss_steps), num_steps=num_steps)
    assert_learns_alike(name, spec, Recipe(STEPS, SEED), num_steps=num_steps)
