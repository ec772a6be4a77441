"""Losses against formulas written out by hand, and what training may weigh."""

from __future__ import annotations

import math

import pytest
import torch
from snntorch import functional as SF
from torch import Tensor

from snn_tui.snn.engines import Recipe
from snn_tui.snn.loss import (
    current_cross_entropy,
    current_label_entropy,
    rate_cross_entropy,
    rate_label_entropy,
)

STEPS, IMAGES, CLASSES = 7, 6, 5
GENERATOR = torch.Generator().manual_seed(3)
SPIKES = (torch.rand(STEPS, IMAGES, CLASSES, generator=GENERATOR) < 0.4).float()
CURRENTS = torch.randn(STEPS, IMAGES, CLASSES, generator=GENERATOR)
LABELS = torch.tensor([0, 1, 2, 3, 4, 2])
SEVERAL = (torch.rand(IMAGES, CLASSES, generator=GENERATOR) < 0.3).float()


def test_with_any_number_of_classes_the_rate_loss_is_snntorchs() -> None:
    theirs = SF.ce_rate_loss()(SPIKES, LABELS)
    assert float(rate_cross_entropy(SPIKES, LABELS).mean()) == pytest.approx(float(theirs), rel=1e-6)


@pytest.mark.parametrize("classes", [2, 5, 14])
def test_the_rate_loss_has_a_floor(classes: int) -> None:
    perfect = torch.zeros(STEPS, 1, classes)
    perfect[:, :, 1] = 1
    floor = math.log(1 + (classes - 1) / math.e)
    assert float(rate_cross_entropy(perfect, torch.tensor([1]))[0]) == pytest.approx(floor)


def one_by_one(logit: float, target: float, weight: float) -> float:
    p = 1 / (1 + math.exp(-logit))
    return -(weight * target * math.log(p) + (1 - target) * math.log(1 - p))


@pytest.mark.parametrize("weights", [None, [1.0, 3.0, 0.5, 2.0, 9.0]])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_the_losses_of_several_labels_are_binary_cross_entropies(
    smoothing: float, weights: list[float] | None
) -> None:
    factors = weights or [1.0] * CLASSES
    targets = [[value * (1 - smoothing) + smoothing / 2 for value in row] for row in SEVERAL.tolist()]

    def mean_over_labels(logits: Tensor, image: int) -> float:
        losses = map(one_by_one, logits.tolist(), targets[image], factors)
        return sum(losses) / CLASSES

    given = None if weights is None else torch.tensor(weights)
    rate = rate_label_entropy(SPIKES, SEVERAL, smoothing, given)
    current = current_label_entropy(CURRENTS, SEVERAL, smoothing, given)
    assert rate.shape == current.shape == (IMAGES,)
    for image in range(IMAGES):
        by_step = [mean_over_labels(2 * SPIKES[step, image] - 1, image) for step in range(STEPS)]
        assert float(rate[image]) == pytest.approx(sum(by_step) / STEPS, rel=1e-5)
        logits = 8 * (CURRENTS[:, image].mean(0) - 0.5)
        assert float(current[image]) == pytest.approx(mean_over_labels(logits, image), rel=1e-5)


def test_a_label_is_a_class_of_two_whose_other_neuron_fires_in_turn() -> None:
    spikes = SPIKES[:, :, :1]
    both = torch.cat([1 - spikes, spikes], dim=2)
    alone = rate_label_entropy(spikes, SEVERAL[:, :1])
    assert torch.allclose(alone, rate_cross_entropy(both, SEVERAL[:, 0].long()))


@pytest.mark.parametrize("loss", ["rate", "current"])
def test_class_weights_count_in_training_only(loss: str) -> None:
    weights = (1.0, 2.0, 0.5, 4.0, 0.25)
    plain, weighted = Recipe(STEPS, loss=loss), Recipe(STEPS, loss=loss, class_weights=weights)
    alike = plain.losses(CURRENTS, SPIKES, LABELS)
    assert torch.equal(weighted.losses(CURRENTS, SPIKES, LABELS), alike)
    assert torch.equal(plain.weighted_losses(CURRENTS, SPIKES, LABELS), alike)
    factors = torch.tensor([weights[label] for label in LABELS.tolist()])
    assert torch.allclose(weighted.weighted_losses(CURRENTS, SPIKES, LABELS), alike * factors)


@pytest.mark.parametrize("loss", ["rate", "current"])
def test_a_recipe_of_several_labels_takes_their_loss(loss: str) -> None:
    recipe = Recipe(STEPS, loss=loss, several_labels=True, class_weights=(2.0,) * CLASSES)
    entropy, outputs = (rate_label_entropy, SPIKES) if loss == "rate" else (current_label_entropy, CURRENTS)
    assert torch.equal(recipe.losses(CURRENTS, SPIKES, SEVERAL), entropy(outputs, SEVERAL))
    weights = torch.full((CLASSES,), 2.0)
    expected = entropy(outputs, SEVERAL, 0.0, weights)
    assert torch.equal(recipe.weighted_losses(CURRENTS, SPIKES, SEVERAL), expected)


def test_the_current_loss_of_classes_is_of_twice_the_mean_current() -> None:
    logits = (2 * CURRENTS.mean(0)).tolist()
    losses = current_cross_entropy(CURRENTS, LABELS).tolist()
    for row, label, loss in zip(logits, LABELS.tolist(), losses, strict=True):
        assert loss == pytest.approx(math.log(sum(map(math.exp, row))) - row[label], rel=1e-5)


def test_the_loss_up_to_every_step_is_the_mean_of_the_losses_of_fewer_steps() -> None:
    for loss, labels in ((current_cross_entropy, LABELS), (current_label_entropy, SEVERAL)):
        of_fewer = [loss(CURRENTS[: steps + 1], labels, 0.1) for steps in range(STEPS)]
        found = loss(CURRENTS, labels, 0.1, every_step=True)
        assert torch.allclose(found, torch.stack(of_fewer).mean(0), atol=1e-6)
        assert not torch.allclose(found, loss(CURRENTS, labels, 0.1), atol=1e-2)
