"""Which corruptions MedMNIST-C has for which set, and how strong they are."""

from __future__ import annotations

import numpy as np
import pytest

from snn_tui.data.dataset import Dataset, Split
from snn_tui.data.medmnist_c.choices import CHOICES, EFFECTS, GENERAL, SEVERITIES, choice_for
from snn_tui.data.medmnist_c.corrupted import corrupted
from snn_tui.data.medmnist_sets import SETS
from snn_tui.values.task import PNEUMONIA, Task

X_RAY = {
    "jpeg_compression": (50, 30, 15, 10, 7),
    "gaussian_blur": (3, 5, 7, 9, 11),
    "brightness_up": (1.1, 1.2, 1.3, 1.4, 1.5),
    "brightness_down": (0.9, 0.8, 0.7, 0.6, 0.5),
    "contrast_up": (1.1, 1.2, 1.3, 1.4, 1.6),
    "contrast_down": (0.9, 0.8, 0.7, 0.6, 0.4),
    "gamma_corr_up": (1.1, 1.2, 1.3, 1.4, 1.6),
    "gamma_corr_down": (0.9, 0.8, 0.7, 0.6, 0.4),
}
PUBLISHED = {
    "pneumoniamnist": {
        **X_RAY,
        "pixelate": (0.8, 0.7, 0.6, 0.5, 0.4),
        "gaussian_noise": (0.04, 0.05, 0.06, 0.07, 0.08),
        "speckle_noise": (0.05, 0.07, 0.1, 0.15, 0.2),
        "impulse_noise": (0.005, 0.01, 0.013, 0.017, 0.02),
        "shot_noise": (300, 200, 150, 100, 80),
    },
    "chestmnist": {
        **X_RAY,
        "pixelate": (0.3, 0.25, 0.2, 0.15, 0.1),
        "gaussian_noise": (0.04, 0.08, 0.12, 0.18, 0.26),
        "speckle_noise": (0.05, 0.15, 0.2, 0.35, 0.45),
        "impulse_noise": (0.01, 0.03, 0.06, 0.09, 0.17),
        "shot_noise": (60, 25, 18, 10, 5),
    },
}
COUNTS = {
    "pathmnist": 11,
    "bloodmnist": 11,
    "dermamnist": 15,
    "retinamnist": 8,
    "tissuemnist": 8,
    "octmnist": 6,
    "breastmnist": 7,
    "chestmnist": 13,
    "pneumoniamnist": 13,
    "organamnist": 13,
    "organcmnist": 13,
    "organsmnist": 13,
}


@pytest.mark.parametrize("dataset", PUBLISHED)
def test_x_rays_have_the_published_parameters(dataset: str) -> None:
    found = {name: tuple(at for (at,) in levels) for name, levels in CHOICES[dataset].levels.items()}
    assert found == PUBLISHED[dataset]


def test_every_set_of_medmnist_has_its_own() -> None:
    assert CHOICES.keys() == SETS.keys() == COUNTS.keys()
    for flag, source in SETS.items():
        choice = choice_for(source.task)
        assert choice.dataset == flag
        assert len(choice.levels) + len(choice.left_out) == COUNTS[flag]
        assert not choice.levels.keys() & set(choice.left_out)
        assert all(len(levels) == len(SEVERITIES) for levels in choice.levels.values())
    assert set().union(*(choice.levels for choice in CHOICES.values())) == EFFECTS.keys()


def test_other_images_have_the_general_choice() -> None:
    assert choice_for(Task(name="films", classes=("a", "b"), positive=1)) is GENERAL
    assert choice_for(Task(name="eyes", classes=("a", "b"), positive=1, channels=3)) is GENERAL
    assert choice_for(Task(name="PathMNIST", classes=("a", "b"), positive=1)) is GENERAL
    assert GENERAL.levels == CHOICES["chestmnist"].levels
    assert choice_for(PNEUMONIA) is CHOICES["pneumoniamnist"]


@pytest.mark.parametrize("dataset", CHOICES)
def test_higher_severities_change_more(demo: Dataset, dataset: str) -> None:
    choice = CHOICES[dataset]
    images = demo.splits["val"].images[:60]
    if choice.channels == 3:
        images = np.stack([images, images // 2, images // 4 * 3], axis=3)
    split = Split(images, demo.splits["val"].labels[:60], np.arange(60))
    for name in choice.levels:
        changes = [
            np.mean(
                [
                    np.abs(part.images.astype(int) - images).mean()
                    for part in corrupted(split, choice, name, at)
                ]
            )
            for at in SEVERITIES
        ]
        assert changes[0] > 0
        # Motion blurs of one sigma and several radii are alike but for their random angles.
        less = {at for at in SEVERITIES[1:] if changes[at - 1] < 0.98 * changes[at - 2]}
        if name == "pixelate":  # 14 boxes of 2 pixels are finer than 16, whose edges lie within pixels
            assert less <= {at for at in SEVERITIES if choice.levels[name][at - 1] == (0.5,)}
        else:  # published as 1.10, 1.05, 1.00, 0.90, 0.95
            assert less == ({5} if name == "black_corner" else set()), name
