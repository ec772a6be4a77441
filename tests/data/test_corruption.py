"""Corruptions: the same each time, the more the stronger, each of its own kind."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from snn_tui.data import corruption
from snn_tui.data.corruption import CORRUPTIONS, corrupted
from snn_tui.data.dataset import Dataset
from snn_tui.data.rows import Pixels, parts


def corrupt(images: Pixels, name: str, strength: float) -> Pixels:
    """All images at once."""
    return np.concatenate(list(corrupted(images, name, strength)))


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_stronger_is_worse_and_every_time_the_same(demo: Dataset, name: str) -> None:
    images = demo.splits["val"].images[:40]
    _, strengths, _ = CORRUPTIONS[name]
    worse = [corrupt(images, name, strength) for strength in strengths]
    distance = [float(np.abs(one.astype(int) - images).mean()) for one in worse]
    assert 0 < distance[0] < distance[1] < distance[2]
    assert np.array_equal(worse[1], corrupt(images, name, strengths[1]))
    assert worse[0].dtype == np.uint8


def test_blur_is_a_gaussian(demo: Dataset) -> None:
    images = demo.splits["val"].images[:5]
    expected = ndimage.gaussian_filter(images / 255, (0, 1.0, 1.0), mode="nearest", radius=(0, 4, 4))
    assert np.abs(corrupt(images, "blur", 1.0) - expected * 255).max() < 0.51


def test_shift_moves_and_draws_the_edge_out() -> None:
    image = np.arange(784, dtype=np.int64).reshape(1, 28, 28) % 256
    moved = corrupt(image.astype(np.uint8), "shift", 2)
    assert np.array_equal(moved[0, 2:, 2:], image[0, :-2, :-2])
    assert np.array_equal(moved[0, 0, 2:], image[0, 0, :-2])


def test_contrast_pulls_to_the_mean(demo: Dataset) -> None:
    images = demo.splits["val"].images[:5]
    paler = corrupt(images, "contrast", 0.5)
    assert paler.mean((1, 2)) == pytest.approx(images.mean((1, 2)), abs=0.5)
    assert paler.std((1, 2)) == pytest.approx(images.std((1, 2)) / 2, abs=0.5)


def test_noise_differs_between_the_channels_of_a_colour_image() -> None:
    grey = np.full((4, 28, 28), 128, np.uint8)
    channels = np.moveaxis(corrupt(np.stack([grey] * 3, -1), "noise", 0.08), -1, 0)
    correlations = np.asarray(np.corrcoef(channels.reshape(3, -1)))
    assert np.abs(correlations - np.eye(3)).max() < 0.1


def test_blur_and_shift_grow_with_the_side_of_the_images(demo: Dataset) -> None:
    images = demo.splits["val"].images[:2].repeat(4, 1).repeat(4, 2)
    assert np.array_equal(corrupt(images, "shift", 2)[:, 8:, 8:], images[:, :-8, :-8])
    expected = ndimage.gaussian_filter(images / 255, (0, 4.0, 4.0), mode="nearest", radius=(0, 10, 10))
    assert np.abs(corrupt(images, "blur", 1.0) - expected * 255).max() < 0.51
    small = images[:, :8, :8]
    assert np.array_equal(corrupt(small, "shift", 1)[:, 1:, 1:], small[:, :-1, :-1])


@pytest.mark.parametrize("shape", [(30, 28, 28), (30, 28, 28, 3)])
@pytest.mark.parametrize("name", CORRUPTIONS)
def test_parts_of_a_set_are_corrupted_as_the_whole(
    name: str, shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    whole = corrupt(images, name, CORRUPTIONS[name][1][0])
    monkeypatch.setattr(corruption, "parts", lambda images: parts(images, 5000))
    assert np.array_equal(corrupt(images, name, CORRUPTIONS[name][1][0]), whole)
