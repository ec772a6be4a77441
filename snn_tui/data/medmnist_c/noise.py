"""Noise of MedMNIST-C: as there, that of grey images is drawn in red, green and blue, and made grey again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from snn_tui.data.rows import Pixels

_Units = NDArray[np.float64]

_LUMA = np.array([19595, 38470, 7471])
"""Pillow's weights of red, green and blue in grey, of 65536."""


def luma(pixels: Pixels) -> Pixels:
    """The grey `[H, W]` of colours `[H, W, 3]`, as Pillow converts them."""
    greys: Pixels = ((pixels @ _LUMA + (1 << 15)) >> 16).astype(np.uint8)
    return greys


def _noisy(pixels: Pixels, change: Callable[[_Units], _Units]) -> Pixels:
    """Change values from 0 to 1; what passes black or white is cut off, fractions of a level are dropped."""
    colours = np.stack([pixels] * 3, axis=2) if pixels.ndim == 2 else pixels
    noisy = (change(colours / 255).clip(0, 1) * 255).astype(np.uint8)
    return luma(noisy) if pixels.ndim == 2 else noisy


def gaussian_noise(pixels: Pixels, rng: np.random.Generator, deviation: float) -> Pixels:
    """Add noise of a standard deviation, a part of white."""
    return _noisy(pixels, lambda units: units + deviation * rng.standard_normal(units.shape))


def speckle_noise(pixels: Pixels, rng: np.random.Generator, deviation: float) -> Pixels:
    """Add noise of a standard deviation, a part of each pixel's own value."""
    return _noisy(pixels, lambda units: units + units * (deviation * rng.standard_normal(units.shape)))


def shot_noise(pixels: Pixels, rng: np.random.Generator, photons: float) -> Pixels:
    """Count photons, a Poisson number in each pixel; in a white one there are so many on average."""
    return _noisy(pixels, lambda units: rng.poisson(units * photons) / photons)


def impulse_noise(pixels: Pixels, rng: np.random.Generator, part: float) -> Pixels:
    """Set a part of the values to black or white, one as likely as the other."""

    def change(units: _Units) -> _Units:
        flipped, white = rng.random(units.shape) <= part, rng.random(units.shape) <= 0.5
        return np.where(flipped, white.astype(np.float64), units)

    return _noisy(pixels, change)
