"""Whether an image is like the training images: what is warned of, and what is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from snn_tui.data import likeness, pneumoniamnist
from snn_tui.data.dataset import Dataset
from snn_tui.data.likeness import measure, warnings
from snn_tui.data.rows import take
from snn_tui.values.image_statistics import ImageStatistics


@pytest.fixture(scope="module")
def statistics(demo: Dataset) -> ImageStatistics:
    return measure(demo.splits["train"].images)


def kinds(pixels: np.ndarray, statistics: ImageStatistics | None) -> list[str]:
    return [warning.kind for warning in warnings(pixels.astype(np.uint8), statistics)]


def test_few_images_of_the_same_source_are_warned_of(demo: Dataset, statistics: ImageStatistics) -> None:
    images = demo.splits["val"].images
    assert sum(bool(kinds(image, statistics)) for image in images) <= 0.03 * len(images)


@pytest.mark.parametrize("value", [0, 70, 255])
def test_a_picture_of_one_colour_is_warned_of_even_without_statistics(value: int) -> None:
    assert kinds(np.full((28, 28), value), None) == ["one colour"]


def test_an_inverted_picture_is_said_to_be_one(demo: Dataset, statistics: ImageStatistics) -> None:
    images = demo.splits["val"].images
    found = [kinds(255 - image, statistics) for image in images]
    assert sum("looks inverted" in words for words in found) >= 0.95 * len(images)


@pytest.mark.parametrize(("divisor", "kind"), [(2, "too dark"), (16, "nearly black")])
def test_a_dark_picture_is_said_to_be_dark(
    demo: Dataset, statistics: ImageStatistics, divisor: int, kind: str
) -> None:
    image = demo.splits["val"].images[0]
    assert kind in kinds(image // divisor, statistics)
    text = next(warning.text for warning in warnings(image // divisor, statistics) if warning.kind == kind)
    assert f"its brightest pixel is {image.max() // divisor} of 255" in text


def test_a_light_picture_is_said_to_be_light(demo: Dataset, statistics: ImageStatistics) -> None:
    image = demo.splits["val"].images[0].astype(int)
    assert "too light" in kinds(np.clip(image + 150, 0, 255), statistics)


def test_noise_is_unlike_the_training_images(statistics: ImageStatistics) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (28, 28))
    assert "unlike train" in kinds(noise, statistics)
    assert "noisy" in kinds(noise, statistics)


def test_statistics_of_another_size_are_not_compared_with(demo: Dataset) -> None:
    other = measure(demo.splits["train"].images[:, :20, :20])
    assert kinds(demo.splits["val"].images[0] // 16, other) == []


def test_false_alarms_and_misses_on_real_films(real_file: Path) -> None:
    splits = pneumoniamnist.SOURCE.read(real_file).splits
    statistics, val = measure(splits["train"].images), splits["val"].images
    assert sum(bool(kinds(image, statistics)) for image in val) == 6  # of 524
    assert all("looks inverted" in kinds(255 - image, statistics) for image in val)
    assert all(kinds(image // 2, statistics) for image in val)


def test_images_of_a_large_set_are_measured_that_are_spread_over_it(
    demo: Dataset, statistics: ImageStatistics, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    images = demo.splits["train"].images
    np.save(tmp_path / "images.npy", images)
    mapped = take(np.lib.format.open_memmap(tmp_path / "images.npy", mode="r"), np.arange(len(images))[::-1])
    assert measure(mapped) == statistics
    monkeypatch.setattr(likeness, "MOST_IMAGES", 300)
    some = measure(mapped)
    assert some.images == 300
    assert some.mean == pytest.approx(statistics.mean, abs=8)
