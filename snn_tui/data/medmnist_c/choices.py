"""Which corruptions MedMNIST-C has for which set of MedMNIST, and their parameters at severities 1 to 5."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from snn_tui.config.run_config import MEDMNIST
from snn_tui.data.medmnist_c import blur, compression, greys, noise
from snn_tui.data.rows import Pixels
from snn_tui.values.task import Task

SEVERITIES = (1, 2, 3, 4, 5)

PAPER_SIDE = 224
"""Height and width in pixels of the images that the paper corrupts."""

Parameters = tuple[float, ...]

Levels = tuple[Parameters, Parameters, Parameters, Parameters, Parameters]
"""The parameters of an effect at each severity."""

EFFECTS: Mapping[str, Callable[..., Pixels]] = {
    "pixelate": compression.pixelate,
    "jpeg_compression": compression.jpeg,
    "gaussian_noise": noise.gaussian_noise,
    "speckle_noise": noise.speckle_noise,
    "impulse_noise": noise.impulse_noise,
    "shot_noise": noise.shot_noise,
    "gaussian_blur": blur.gaussian_blur,
    "defocus_blur": blur.defocus_blur,
    "motion_blur": blur.motion_blur,
    "zoom_blur": blur.zoom_blur,
    "brightness_up": greys.brightness,
    "brightness_down": greys.brightness,
    "contrast_up": greys.contrast,
    "contrast_down": greys.contrast,
    "gamma_corr_up": greys.gamma,
    "gamma_corr_down": greys.gamma,
    "saturate": greys.saturation,
    "black_corner": greys.black_corner,
}
"""Functions of an image, a random generator and the parameters of a severity, by the paper's name.

Three of the paper's, which draw things into an image of 224 pixels, are missing, see `Choice`.
"""


@dataclass(frozen=True)
class Choice:
    """The corruptions of one kind of image.

    Args:
        dataset: The set's name in the medmnist package; empty for the general choice.
        levels: The parameters of each severity, by the corruption's name in the paper.
        left_out: Corruptions that the paper has for the set and this program does not: drawn ink, bubbles
            and letters, whose pictures are part of its code or larger than a small image.
        channels: Of the images: 1 for grey, 3 for colour; None for either.
    """

    dataset: str
    levels: Mapping[str, Levels]
    left_out: tuple[str, ...] = ()
    channels: int | None = None


def _one(a: float, b: float, c: float, d: float, e: float) -> Levels:
    """Levels of an effect with one parameter."""
    return (a,), (b,), (c,), (d,), (e,)


_JPEG = _one(50, 30, 15, 10, 7)
_COARSE = _one(0.3, 0.25, 0.2, 0.15, 0.1)
_UP, _DOWN, _FURTHER_DOWN = (
    _one(1.1, 1.2, 1.3, 1.4, 1.5),
    _one(0.9, 0.8, 0.7, 0.6, 0.5),
    _one(0.9, 0.8, 0.7, 0.6, 0.4),
)
_FURTHER_UP = _one(1.1, 1.2, 1.3, 1.4, 1.6)
_HEAVY_NOISE = {
    "gaussian_noise": _one(0.04, 0.08, 0.12, 0.18, 0.26),
    "speckle_noise": _one(0.05, 0.15, 0.2, 0.35, 0.45),
    "impulse_noise": _one(0.01, 0.03, 0.06, 0.09, 0.17),
    "shot_noise": _one(60, 25, 18, 10, 5),
}
_X_RAY_GREYS = {
    "gaussian_blur": _one(3, 5, 7, 9, 11),
    "brightness_up": _UP,
    "brightness_down": _DOWN,
    "contrast_up": _FURTHER_UP,
    "contrast_down": _FURTHER_DOWN,
    "gamma_corr_up": _FURTHER_UP,
    "gamma_corr_down": _FURTHER_DOWN,
}

_PATH: dict[str, Levels] = {
    "pixelate": _one(0.8, 0.6, 0.4, 0.3, 0.25),
    "jpeg_compression": _JPEG,
    "defocus_blur": ((3, 0.1), (4, 0.1), (5, 0.2), (6, 0.2), (7, 0.3)),
    "motion_blur": ((5, 5), (10, 5), (15, 5), (15, 8), (15, 12)),
    "brightness_up": _one(1.1, 1.15, 1.2, 1.22, 1.25),
    "brightness_down": _one(0.85, 0.8, 0.75, 0.72, 0.7),
    "contrast_up": _FURTHER_UP,
    "contrast_down": _one(0.8, 0.7, 0.6, 0.55, 0.5),
    "saturate": _one(0.05, 0.1, 0.15, 0.2, 0.25),
}
_BLOOD: dict[str, Levels] = {
    "pixelate": _one(0.6, 0.5, 0.4, 0.3, 0.25),
    "jpeg_compression": _JPEG,
    "defocus_blur": ((2, 0.01), (3, 0.1), (4, 0.1), (5, 0.1), (6, 0.1)),
    "motion_blur": ((3, 3), (5, 5), (10, 5), (10, 7), (10, 9)),
    "brightness_up": _one(1.1, 1.2, 1.3, 1.35, 1.4),
    "brightness_down": _DOWN,
    "contrast_up": _one(1.1, 1.15, 1.2, 1.25, 1.3),
    "contrast_down": _DOWN,
    "saturate": _one(0.05, 0.1, 0.15, 0.17, 0.2),
}
_DERMA: dict[str, Levels] = {
    "pixelate": _one(0.7, 0.5, 0.4, 0.3, 0.25),
    "jpeg_compression": _one(30, 20, 15, 10, 7),
    **_HEAVY_NOISE,
    "defocus_blur": ((4, 0.1), (5, 0.2), (6, 0.3), (7, 0.4), (8, 0.5)),
    "motion_blur": ((10, 5), (15, 5), (15, 8), (15, 12), (20, 15)),
    "zoom_blur": ((1.11, 0.01), (1.16, 0.01), (1.21, 0.02), (1.26, 0.02), (1.31, 0.03)),
    "brightness_up": _UP,
    "brightness_down": _DOWN,
    "contrast_up": _FURTHER_UP,
    "contrast_down": _one(0.8, 0.7, 0.6, 0.5, 0.4),
    "black_corner": _one(1.1, 1.05, 1.0, 0.9, 0.95),  # in this order there, too
}
_RETINA: dict[str, Levels] = {
    "pixelate": _one(0.8, 0.6, 0.5, 0.4, 0.35),
    "jpeg_compression": _one(30, 25, 20, 10, 5),
    "gaussian_noise": _one(0.04, 0.08, 0.12, 0.16, 0.2),
    "speckle_noise": _one(0.1, 0.15, 0.2, 0.25, 0.3),
    "defocus_blur": ((4, 0.1), (5, 0.2), (6, 0.3), (7, 0.4), (8, 0.5)),
    "motion_blur": ((8, 5), (15, 5), (15, 8), (15, 12), (20, 15)),
    "brightness_down": _DOWN,
    "contrast_down": _FURTHER_DOWN,
}
_TISSUE: dict[str, Levels] = {
    "pixelate": _one(0.4, 0.3, 0.2, 0.15, 0.1),
    "jpeg_compression": _one(25, 20, 15, 10, 7),
    "impulse_noise": _one(0.01, 0.015, 0.02, 0.025, 0.03),
    "gaussian_blur": _one(13, 15, 17, 21, 25),
    "brightness_up": _one(1.3, 1.4, 1.5, 1.6, 1.7),
    "brightness_down": _one(0.8, 0.7, 0.6, 0.5, 0.4),
    "contrast_up": _FURTHER_UP,
    "contrast_down": _FURTHER_DOWN,
}
_OCT: dict[str, Levels] = {
    "pixelate": _COARSE,
    "jpeg_compression": _one(30, 15, 10, 7, 5),
    "speckle_noise": _one(0.15, 0.3, 0.4, 0.5, 0.6),
    "defocus_blur": ((0.5, 0.6), (1, 0.5), (1.5, 0.1), (2, 0.5), (2.5, 0.1)),
    "motion_blur": ((10, 3), (15, 5), (15, 8), (15, 12), (20, 15)),
    "contrast_down": _one(0.6, 0.4, 0.3, 0.2, 0.15),
}
_BREAST: dict[str, Levels] = {
    "pixelate": _COARSE,
    "jpeg_compression": _JPEG,
    "speckle_noise": _one(0.1, 0.15, 0.2, 0.25, 0.3),
    "motion_blur": ((5, 5), (9, 7), (9, 10), (13, 10), (17, 12)),
    "brightness_up": _one(1.4, 1.5, 1.6, 1.8, 2.0),
    "brightness_down": _one(0.55, 0.5, 0.45, 0.4, 0.3),
    "contrast_down": _FURTHER_DOWN,
}
_CHEST: dict[str, Levels] = {
    "pixelate": _COARSE,
    "jpeg_compression": _JPEG,
    **_HEAVY_NOISE,
    **_X_RAY_GREYS,
}
_PNEUMONIA: dict[str, Levels] = {
    "pixelate": _one(0.8, 0.7, 0.6, 0.5, 0.4),
    "jpeg_compression": _JPEG,
    "gaussian_noise": _one(0.04, 0.05, 0.06, 0.07, 0.08),
    "speckle_noise": _one(0.05, 0.07, 0.1, 0.15, 0.2),
    "impulse_noise": _one(0.005, 0.01, 0.013, 0.017, 0.02),
    "shot_noise": _one(300, 200, 150, 100, 80),
    **_X_RAY_GREYS,
}
_ORGAN: dict[str, Levels] = {
    "pixelate": _one(0.7, 0.6, 0.5, 0.4, 0.35),
    "jpeg_compression": _JPEG,
    "gaussian_noise": _one(0.04, 0.08, 0.12, 0.16, 0.2),
    "speckle_noise": _one(0.05, 0.1, 0.2, 0.3, 0.4),
    "impulse_noise": _one(0.01, 0.02, 0.03, 0.05, 0.08),
    "shot_noise": _one(200, 100, 50, 25, 15),
    "gaussian_blur": _one(11, 13, 15, 17, 21),
    "brightness_up": _one(1.2, 1.3, 1.4, 1.5, 1.6),
    "brightness_down": _one(0.8, 0.75, 0.7, 0.65, 0.6),
    "contrast_up": _one(1.3, 1.4, 1.6, 1.7, 1.8),
    "contrast_down": _one(0.8, 0.7, 0.6, 0.55, 0.5),
    "gamma_corr_up": _one(1.3, 1.4, 1.6, 1.8, 2.0),
    "gamma_corr_down": _FURTHER_DOWN,
}

CHOICES: Mapping[str, Choice] = {
    choice.dataset: choice
    for choice in (
        Choice("pathmnist", _PATH, ("stain_deposit", "bubble"), 3),
        Choice("bloodmnist", _BLOOD, ("stain_deposit", "bubble"), 3),
        Choice("dermamnist", _DERMA, ("characters",), 3),
        Choice("retinamnist", _RETINA, channels=3),
        Choice("tissuemnist", _TISSUE, channels=1),
        Choice("octmnist", _OCT, channels=1),
        Choice("breastmnist", _BREAST, channels=1),
        Choice("chestmnist", _CHEST, channels=1),
        Choice("pneumoniamnist", _PNEUMONIA, channels=1),
        Choice("organamnist", _ORGAN, channels=1),
        Choice("organcmnist", _ORGAN, channels=1),
        Choice("organsmnist", _ORGAN, channels=1),
    )
}
"""The paper's choice for each set, by the set's name in the medmnist package."""

GENERAL = Choice("", _CHEST)
"""For all other images: ChestMNIST's, which suppose neither colours nor a certain instrument."""


def choice_for(task: Task) -> Choice:
    """The paper's choice for a task of MedMNIST, and the general one for any other."""
    flags = {name: flag for flag, name in MEDMNIST.items()}
    choice = CHOICES.get(flags.get(task.name, ""), GENERAL)
    return choice if choice.channels in (None, task.channels) else GENERAL
