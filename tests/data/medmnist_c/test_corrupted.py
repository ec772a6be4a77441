"""An image is corrupted in the same way whatever other images there are; wrong requests are refused."""

from __future__ import annotations

import numpy as np
import pytest

from snn_tui.data.dataset import Dataset, Split
from snn_tui.data.medmnist_c import corrupted as module
from snn_tui.data.medmnist_c.choices import CHOICES, GENERAL
from snn_tui.data.medmnist_c.corrupted import corrupt_one, corrupted
from snn_tui.data.rows import Pixels, parts

CHOICE = CHOICES["pneumoniamnist"]
RANDOM = [name for name in CHOICE.levels if name.endswith("noise")]


def whole(split: Split, name: str, severity: int) -> Pixels:
    """All images of a split, corrupted."""
    return np.concatenate([part.images for part in corrupted(split, CHOICE, name, severity)])


@pytest.mark.parametrize("name", CHOICE.levels)
def test_order_and_company_change_nothing(demo: Dataset, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    split = demo.splits["val"]
    expected = whole(split, name, 3)
    assert expected.dtype == np.uint8
    order = np.random.default_rng(0).permutation(len(split))[:20]
    assert np.array_equal(whole(split.take(order), name, 3), expected[order])
    monkeypatch.setattr(module, "parts", lambda images: parts(images, 5000))
    assert np.array_equal(whole(split, name, 3), expected)


@pytest.mark.parametrize("name", RANDOM)
def test_noise_differs_between_images_and_severities(name: str) -> None:
    grey = np.full((28, 28), 128, np.uint8)
    results = [
        corrupt_one(grey, index, CHOICE, name, severity).astype(float)
        for index in (0, 1)
        for severity in (4, 5)
    ]
    correlations = np.corrcoef([result.ravel() for result in results])
    assert np.abs(correlations - np.eye(4)).max() < 0.2


def test_parts_keep_labels_and_ids(demo: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "parts", lambda images: parts(images, 5 * 784))
    split = demo.splits["val"].take(np.arange(3, 15))
    found = list(corrupted(split, CHOICE, "brightness_up", 1))
    assert [len(part) for part in found] == [5, 5, 2]
    assert np.concatenate([part.ids for part in found]).tolist() == split.ids.tolist()
    assert np.concatenate([part.labels for part in found]).tolist() == split.labels.tolist()


def test_what_is_not_there_is_refused() -> None:
    grey, colour = np.zeros((28, 28), np.uint8), np.zeros((28, 28, 3), np.uint8)
    with pytest.raises(ValueError, match="no 'bubble' among the corruptions: pixelate"):
        corrupt_one(grey, 0, CHOICE, "bubble", 1)
    with pytest.raises(ValueError, match="severity 6 is not 1 to 5"):
        corrupt_one(grey, 0, CHOICE, "pixelate", 6)
    with pytest.raises(ValueError, match="severity 0"):
        corrupt_one(grey, 0, CHOICE, "pixelate", 0)
    with pytest.raises(ValueError, match="pneumoniamnist's corruptions are for 1 channels, not 3"):
        corrupt_one(colour, 0, CHOICE, "pixelate", 1)
    with pytest.raises(ValueError, match="pathmnist's corruptions are for 3 channels, not 1"):
        corrupt_one(grey, 0, CHOICES["pathmnist"], "saturate", 1)
    assert corrupt_one(colour, 0, GENERAL, "pixelate", 1).shape == colour.shape
