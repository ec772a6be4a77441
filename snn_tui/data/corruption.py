"""Corruptions of images, as another device might cause them: noise, contrast, blur and shift.

Strengths in pixels are those of images of 28 pixels a side, and grow with the side.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from snn_tui.data.rows import Pixels, parts

_Grey = NDArray[np.float64]

SEED = 1583
"""Of the noise of grey images; that of a channel in colour has the channel's index as well."""

SIDE = 28
"""Height and width of the images that strengths in pixels are of."""

_Corruption = Callable[[_Grey, float, np.random.Generator], _Grey]


def _noise(grey: _Grey, deviation: float, rng: np.random.Generator) -> _Grey:
    drawn: _Grey = rng.standard_normal(grey.shape)
    return grey + deviation * drawn


def _contrast(grey: _Grey, share: float, _: np.random.Generator) -> _Grey:
    mean: _Grey = grey.mean((1, 2), keepdims=True)
    return mean + share * (grey - mean)


def _blur(grey: _Grey, strength: float, _: np.random.Generator) -> _Grey:
    sigma = strength * grey.shape[1] / SIDE
    reach = max(4, math.ceil(2.5 * sigma))
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


def _shift(grey: _Grey, strength: float, _: np.random.Generator) -> _Grey:
    """Shift down and to the right by whole pixels; the pixels of the edge are repeated."""
    by = max(1, round(strength * grey.shape[1] / SIDE))
    return np.pad(grey, ((0, 0), (by, 0), (by, 0)), "edge")[:, : grey.shape[1], : grey.shape[2]]


CORRUPTIONS: Mapping[str, tuple[str, tuple[float, float, float], _Corruption]] = {
    "noise": ("sd", (0.04, 0.08, 0.16), _noise),
    "contrast": ("times", (0.75, 0.5, 0.25), _contrast),
    "blur": ("px sigma at 28", (0.5, 1.0, 1.5), _blur),
    "shift": ("px at 28", (1.0, 2.0, 4.0), _shift),
}
"""Each corruption's unit of strength, its three strengths, and its function of greys `[N, H, W]`, 0 to 1."""


def corrupted(images: Pixels, name: str, strength: float) -> Iterator[Pixels]:
    """Corrupt images, some at a time; the same images, name and strength always give the same result.

    Args:
        images: `[N, H, W]` uint8, or `[N, H, W, 3]`, whose channels are corrupted each by itself.
        name: One of `CORRUPTIONS`.
        strength: How strongly, in the corruption's own unit.

    Returns:
        All of them in their order, in the parts of `rows.parts`.
    """
    _, _, corruption = CORRUPTIONS[name]
    seeds = [[SEED, channel] for channel in range(3)] if images.ndim == 4 else [SEED]
    rngs = [np.random.default_rng(seed) for seed in seeds]
    for part in parts(images):
        channels = np.moveaxis(part, 3, 0) if part.ndim == 4 else part[None]
        changed = [
            (corruption(channel / 255, strength, rng) * 255).round().clip(0, 255).astype(np.uint8)
            for channel, rng in zip(channels, rngs, strict=True)
        ]
        yield np.stack(changed, axis=3) if part.ndim == 4 else changed[0]
