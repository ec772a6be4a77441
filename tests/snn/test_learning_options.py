"""What may be asked of a training step: every engine computes it as the reference does."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from typed import present

from snn.parity import FURTHER, NEAR, NORMED, SPECS, closest_in_training, images, network, with_firing_outputs
from snn.test_engines import ENGINES, SEED, assert_close, gradients
from snn_tui.config.layers import parse
from snn_tui.snn.encoding import Batch
from snn_tui.snn.engines import Recipe
from snn_tui.snn.engines.reference import ReferenceEngine
from snn_tui.snn.loss import spikes_over_target
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.snn.operations import Tally, spike_costs

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


PENALISED = ["paper", "average pools", "learned betas", "padding", "all but batch norm", "global pooling"]


@pytest.mark.parametrize("encoding", ["rate", "direct"])
@pytest.mark.parametrize("spec", PENALISED)
@pytest.mark.parametrize("name", ENGINES)
def test_spikes_may_be_penalised(name: str, spec: str, encoding: str) -> None:
    """Some of the images are above the target, and some are not."""
    of = (SPECS | FURTHER)[spec]
    recipe = Recipe(STEPS, SEED, encoding=encoding, spike_penalty=20.0)
    assert_learns_alike(name, of, recipe)
    assert_learns_alike(name, of, replace(recipe, spike_target=middle_rate(of, recipe)))


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("loss_steps", ["last", "every"])
@pytest.mark.parametrize("name", ENGINES)
def test_spikes_may_be_penalised_with_batch_norm(name: str, loss_steps: str, several: bool) -> None:
    spec = NORMED["as plus"]
    recipe = replace(PLUS, loss_steps=loss_steps, several_labels=several, spike_penalty=20.0)
    labels = shares(COUNT, spec.classes, several=several)
    recipe = replace(recipe, spike_target=middle_rate(spec, recipe))
    assert_learns_alike(name, spec, recipe, labels)
    assert_learns_alike(name, spec, recipe, labels, num_steps=2)


@torch.no_grad()
def middle_rate(spec: NetworkSpec, recipe: Recipe) -> float:
    """A target that about half of the images of `assert_learns_alike` are above, of the first network."""
    of = firing_normed(spec, 0) if spec.norm else with_firing_outputs(network(spec, "half", 0))
    of.train()
    spikes = {
        name: layer.spikes
        for name, layer in of.over_time(recipe.encode(images(spec, COUNT)[0], recipe.num_steps)).items()
    }
    rates = spikes_over_target(spikes, spike_costs(of), 0.0).sort().values
    assert rates[COUNT // 2 - 1] < rates[COUNT // 2]
    return float(rates[COUNT // 2 - 1 : COUNT // 2 + 1].mean())


@pytest.mark.parametrize("name", ["reference", *ENGINES])
def test_spikes_under_their_target_change_nothing(name: str) -> None:
    """Neither does a target without a penalty, to the last bit."""
    spec, recipe = NORMED["as plus"], PLUS
    batch, labels = images(spec, COUNT)
    learned = []
    for weight, target in ((0.0, 0.0), (0.0, 0.1), (3.0, 1.0)):
        of, way = firing_normed(spec, 0), replace(recipe, spike_penalty=weight, spike_target=target)
        engine = ReferenceEngine(of, way) if name == "reference" else ENGINES[name](of, way)
        learned.append(gradients(engine, of, batch, labels))
    (loss, plain), (same_loss, same), (other_loss, other) = learned
    assert loss == same_loss == other_loss
    assert all(torch.equal(mine, theirs) for mine, theirs in zip(same, plain, strict=True))
    for mine, theirs in zip(other, plain, strict=True):  # their memory layout changes the order of sums
        assert float((mine - theirs).norm()) <= 1e-4 * float(theirs.norm())


def test_the_loss_of_predictions_has_no_penalty() -> None:
    spec = NORMED["as plus"]
    batch, labels = images(spec, COUNT)
    losses = [
        present(ReferenceEngine(firing_normed(spec, 0), recipe).predict(batch, labels).losses)
        for recipe in (PLUS, replace(PLUS, spike_penalty=20.0))
    ]
    assert torch.equal(*losses)


def test_the_penalty_is_what_spikes_cost_of_what_they_could() -> None:
    """As `Tally` counts additions: exactly, where spikes of all pixels reach as many synapses."""
    spec = NetworkSpec(parse("5C3-7C1-6C1-GAP"), size=6)
    of = network(spec, "half")
    batch, _ = images(spec, 4)
    engine = ReferenceEngine(of, Recipe(STEPS, SEED))
    for index in range(4):
        one = slice(index, index + 1)
        recording = engine.record(
            Batch(batch.images[one], batch.ids[one], torch.as_tensor(batch.draws)[one], batch.stream)
        )
        tally = Tally(of)
        tally.add(recording)
        layers = tally.energy().layers
        hidden = [layers[name] for name in ("conv2", "conv3")]
        costs = spike_costs(of)
        counted = sum(layer.acs for layer in hidden) / sum(layer.dense for layer in hidden)
        rate = spikes_over_target(recording.spikes, {**costs, "conv3": 0.0}, 0.0) / (1 - costs["conv3"])
        assert float(rate) == pytest.approx(counted, rel=1e-5)


def test_what_spikes_of_each_layer_cost() -> None:
    """7 channels of 3 x 3 weights at the 2 x 2 pixels of conv2, and 3 readouts of its 7 channels."""
    of = SpikingNetwork(NetworkSpec(parse("5C3-7C3-GAP"), size=6, classes=3))
    first, second = 4 * 9 * 7 * 5, 7 * 3
    costs = {"conv1": first / (first + second), "conv2": second / (first + second)}
    assert spike_costs(of) == pytest.approx(costs)


@pytest.mark.parametrize("name", ["reference", *ENGINES])
def test_learning_with_a_penalty_brings_firing_down_to_the_target(name: str) -> None:
    spec = NORMED["as plus"]
    batch, labels = images(spec, 40)
    rates = {}
    for weight in (0.0, 30.0):
        of = firing_normed(spec, 0)
        recipe = replace(PLUS, spike_penalty=weight, spike_target=0.05 if weight else 0.0)
        engine = ReferenceEngine(of, recipe) if name == "reference" else ENGINES[name](of, recipe)
        optimizer = torch.optim.Adam(of.parameters(), 1e-2)
        for _ in range(60):
            engine.learn(batch, labels)
            optimizer.step()
        spikes = engine.record(batch).spikes
        rates[weight] = float(spikes_over_target(spikes, spike_costs(of), 0.0).mean())
    assert rates[30.0] < 0.08 < 0.1 < rates[0.0]


@pytest.mark.parametrize("num_steps", [1, 2, 5])
@pytest.mark.parametrize("loss_steps", ["last", "every"])
@pytest.mark.parametrize("name", ENGINES)
def test_any_number_of_steps_up_to_all(name: str, loss_steps: str, num_steps: int) -> None:
    spec = NetworkSpec(parse("6C5-MP2-9C3-MP2"), size=19)
    assert_learns_alike(name, NORMED["as plus"], replace(PLUS, loss_steps=loss_steps), num_steps=num_steps)
    assert_learns_alike(name, spec, Recipe(STEPS, SEED), num_steps=num_steps)
