"""Corruptions of images, as another x-ray machine might cause them: noise, contrast, blur and shift."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
_Grey = NDArray[np.float64]

SEED = 1583


def _noise(grey: _Grey, deviation: float) -> _Grey:
    drawn: _Grey = np.random.default_rng(SEED).standard_normal(grey.shape)
    return grey + deviation * drawn


def _contrast(grey: _Grey, share: float) -> _Grey:
    mean: _Grey = grey.mean((1, 2), keepdims=True)
    return mean + share * (grey - mean)


def _blur(grey: _Grey, sigma: float) -> _Grey:
    reach = 4
    offsets = np.arange(-reach, reach + 1)
    weights = np.exp(-(offsets**2) / (2 * sigma**2))
    weights /= weights.sum()
    for axis in (1, 2):
        wide = np.pad(grey, [(0, 0), *((reach, reach) if axis == at else (0, 0) for at in (1, 2))], "edge")
        size = grey.shape[axis]
        grey = sum(
            weight * np.take(wide, range(offset, offset + size), axis)
            for offset, weight in enumerate(weights)
        )
    return grey


def _shift(grey: _Grey, pixels: float) -> _Grey:
    """Shift down and to the right by whole pixels; the pixels of the edge are repeated."""
    by = int(pixels)
    return np.pad(grey, ((0, 0), (by, 0), (by, 0)), "edge")[:, : grey.shape[1], : grey.shape[2]]


CORRUPTIONS: Mapping[str, tuple[str, tuple[float, float, float], Callable[[_Grey, float], _Grey]]] = {
    "noise": ("sd", (0.04, 0.08, 0.16), _noise),
    "contrast": ("times", (0.75, 0.5, 0.25), _contrast),
    "blur": ("px sigma", (0.5, 1.0, 1.5), _blur),
    "shift": ("px", (1.0, 2.0, 4.0), _shift),
}
"""Each corruption's unit of strength, its three strengths, and its function of greys `[N, H, W]`, 0 to 1."""


def corrupt(images: Pixels, name: str, strength: float) -> Pixels:
    """Corrupt images; the same images, name and strength always give the same result.

    Args:
        images: `[N, H, W]` uint8, or `[N, H, W, 3]`, whose channels are corrupted each by itself.
        name: One of `CORRUPTIONS`.
        strength: How strongly, in the corruption's own unit.
    """
    if images.ndim == 4:
        return np.stack([corrupt(channel, name, strength) for channel in np.moveaxis(images, 3, 0)], axis=3)
    grey = CORRUPTIONS[name][2](images.astype(np.float64) / 255, strength)
    return (grey * 255).round().clip(0, 255).astype(np.uint8)
