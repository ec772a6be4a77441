"""Augmentation: what it may change, that it can be repeated, and that a strength of 0 changes nothing."""

from __future__ import annotations

from dataclasses import fields

import pytest
import torch
from torch import Tensor

from snn_tui.data import phantom
from snn_tui.training.augment import Ranges, augment, noisy
from snn_tui.training.order import batch_generator

STILL = Ranges(**{field.name: 0.0 for field in fields(Ranges)})


@pytest.fixture(scope="module")
def images() -> Tensor:
    """Phantoms, as bytes."""
    return torch.from_numpy(phantom.generate().splits["val"].images[:64]).unsqueeze(1)


def only(name: str) -> Ranges:
    """One kind of change."""
    return Ranges(**{**{field.name: 0.0 for field in fields(Ranges)}, name: getattr(Ranges(), name)})


def test_strength_0_gives_the_images_back(images: Tensor) -> None:
    assert augment(images, batch_generator(0, 1, 1), 0.0) is images


def test_the_same_draw_gives_the_same_images_and_another_others(images: Tensor) -> None:
    first = augment(images, batch_generator(5, 2, 3), 1.0)
    assert torch.equal(first, augment(images, batch_generator(5, 2, 3), 1.0))
    for other in ((6, 2, 3), (5, 3, 3), (5, 2, 4)):
        assert not torch.equal(first, augment(images, batch_generator(*other), 1.0))
    assert (first.dtype, first.shape) == (images.dtype, images.shape)


def test_half_of_them_are_mirrored_and_nothing_else_where_all_ranges_are_0(images: Tensor) -> None:
    changed = augment(images, batch_generator(0, 1, 1), 1.0, STILL)
    mirrored = images.flip(3)
    same = (changed.int() - images.int()).abs().flatten(1).amax(1) <= 1
    other = (changed.int() - mirrored.int()).abs().flatten(1).amax(1) <= 1
    assert bool((same | other).all())
    assert 16 <= int(other.sum()) <= 48


@pytest.mark.parametrize("name", [field.name for field in fields(Ranges)])
def test_each_range_changes_most_images_more_with_more_strength(images: Tensor, name: str) -> None:
    still = augment(images, batch_generator(0, 1, 1), 1.0, STILL).int()

    def change(strength: float) -> Tensor:
        return (
            (augment(images, batch_generator(0, 1, 1), strength, only(name)).int() - still).abs().flatten(1)
        )

    moved = change(1.0).float().mean(1)
    assert float((moved > 0).float().mean()) > (0.1 if name in ("blur", "noise") else 0.7)
    assert float(change(0.3).float().mean()) < float(moved.mean())


def test_no_image_is_lost(images: Tensor) -> None:
    """Even at the highest strength there is something to be seen on nearly all."""
    spread = augment(images, batch_generator(0, 1, 1), 3.0).float().flatten(1).std(1)
    assert float((spread > 4).float().mean()) > 0.9


def test_curves_keep_the_order_of_greys() -> None:
    ramp = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16).expand(20, 1, 16, 16)
    changed = augment(ramp, batch_generator(0, 1, 1), 1.0, only("curve")).int().flatten(2)
    rises = (changed.diff(dim=2) >= 0).flatten(1).float().mean(1)
    falls = changed.view(-1, 16, 16).flip(2).flatten(1).diff(dim=1)
    kept = (falls >= 0).float().mean(1)
    assert bool((torch.maximum(rises, kept) > 0.98).all())


def test_half_of_the_images_get_noise_of_up_to_its_standard_deviation() -> None:
    grey = torch.full((400, 1, 28, 28), 128, dtype=torch.uint8)
    changed = noisy(grey, batch_generator(0, 1, 1), 0.16)
    deviations = (changed.float() - 128).flatten(1).std(1) / 255
    assert 150 <= int((deviations == 0).sum()) <= 250
    touched = deviations[deviations > 0]
    assert float(touched.max()) == pytest.approx(0.16, rel=0.1)
    assert float(touched.mean()) == pytest.approx(0.08, rel=0.15)
    assert abs(float(changed.float().mean()) - 128) < 0.2
    assert (changed.dtype, changed.shape) == (grey.dtype, grey.shape)


def test_noise_of_0_gives_the_images_back_and_draws_nothing(images: Tensor) -> None:
    generator = batch_generator(0, 1, 1)
    before = generator.get_state()
    assert noisy(images, generator, 0.0) is images
    assert torch.equal(generator.get_state(), before)


def test_noise_comes_after_what_else_changes(images: Tensor) -> None:
    """The same turns and shifts are drawn, with noise and without."""
    plain = augment(images, batch_generator(0, 1, 1), 1.0)
    generator = batch_generator(0, 1, 1)
    changed = noisy(augment(images, generator, 1.0), generator, 0.1)
    same = (plain == changed).flatten(1).all(1)
    assert 16 <= int(same.sum()) <= 48
