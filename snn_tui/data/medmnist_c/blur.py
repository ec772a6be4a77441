"""Blurs of MedMNIST-C: by a Gaussian, out of focus, by motion and by zoom.

Their parameters are in pixels of the image itself, whatever its side.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from snn_tui.data.rows import Pixels

_Matrix = NDArray[np.float64]

_DISC_REACH = 8
"""Pixels that the kernel of `defocus_blur` reaches on each side, whatever its radius."""


def _floored(values: _Matrix) -> Pixels:
    """Values from 0 to 255 without their fractions; what a sum of floats lacks of a whole level is added."""
    return (values.clip(0, 255) + 1e-6).astype(np.uint8)


def _along_both_axes(down: _Matrix, across: _Matrix, pixels: _Matrix) -> _Matrix:
    """`[H, W]` or `[H, W, 3]` times a matrix `[H, H]` along its rows, and one `[W, W]` along its columns."""
    if pixels.ndim == 2:
        return down @ pixels @ across.T
    return np.moveaxis(down @ np.moveaxis(pixels, 2, 0) @ across.T, 0, 2)


@lru_cache(maxsize=64)
def _gaussian(side: int, size: int) -> _Matrix:
    """`[side, side]` weights of each pixel of a line in each; those beyond the ends are mirrored in them."""
    sigma = 0.3 * ((size - 1) * 0.5 - 1) + 0.8  # torchvision's, where none is given
    reach = size // 2
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    weights /= weights.sum()
    sources = np.pad(np.arange(side), reach, "reflect")
    matrix = np.zeros((side, side))
    for at, weight in enumerate(weights):
        np.add.at(matrix, (np.arange(side), sources[at : at + side]), weight)
    return matrix


def gaussian_blur(pixels: Pixels, _: np.random.Generator, size: float) -> Pixels:
    """Blur by a Gaussian of 0.15 times the size plus 0.35 pixels, cut off at a kernel of that size (odd)."""
    height, width = pixels.shape[:2]
    down, across = _gaussian(height, int(size)), _gaussian(width, int(size))
    blurred = _along_both_axes(down, across, pixels.astype(float))
    return blurred.round().clip(0, 255).astype(np.uint8)


@lru_cache(maxsize=64)
def _disc(radius: float, softness: float) -> _Matrix:
    """`[17, 17]` weights of a disc whose rim is softened by a Gaussian of 3x3 pixels."""
    squares = np.arange(-_DISC_REACH, _DISC_REACH + 1) ** 2
    disc = (squares[:, None] + squares <= radius**2).astype(float)
    disc /= disc.sum()
    rim = np.exp(-(np.arange(-1, 2) ** 2) / (2 * softness**2))
    first, middle, last = rim / rim.sum()
    for _ in range(2):
        wide = np.pad(disc, ((1, 1), (0, 0)), "reflect")
        disc = (first * wide[:-2] + middle * wide[1:-1] + last * wide[2:]).T
    return disc


def defocus_blur(pixels: Pixels, _: np.random.Generator, radius: float, softness: float) -> Pixels:
    """Blur by a disc of a radius of up to 8 pixels, whose rim is softened by a Gaussian of so many."""
    height, width = pixels.shape[:2]
    beyond = [(_DISC_REACH, _DISC_REACH)] * 2 + [(0, 0)] * (pixels.ndim - 2)
    wide = np.pad(pixels.astype(float), beyond, "reflect")
    kernel = _disc(radius, softness)
    blurred = np.zeros(pixels.shape)
    for row, column in np.argwhere(kernel > 1e-12):
        blurred += kernel[row, column] * wide[row : row + height, column : column + width]
    return _floored(blurred)


def motion_blur(pixels: Pixels, rng: np.random.Generator, radius: float, sigma: float) -> Pixels:
    """Blur along a line at an angle of -45 to 45 degrees, the more, the nearer, as ImageMagick does.

    Args:
        pixels: The image.
        rng: What the angle is drawn of.
        radius: Half the line's length in pixels.
        sigma: Pixels at which the weight has fallen to 0.61.
    """
    angle = math.radians(rng.uniform(-45, 45))
    steps = np.arange(2 * math.ceil(radius) + 1)
    weights = np.exp(-(steps**2) / (2 * sigma**2))
    weights /= weights.sum()
    height, width = pixels.shape[:2]
    blurred = np.zeros(pixels.shape)
    for step, weight in zip(steps, weights, strict=True):
        across, down = (math.ceil(step * part - 0.5) for part in (math.cos(angle), math.sin(angle)))
        rows = (np.arange(height) + down).clip(0, height - 1)
        columns = (np.arange(width) + across).clip(0, width - 1)
        blurred += weight * pixels[rows[:, None], columns]
    return blurred.round().clip(0, 255).astype(np.uint8)


@lru_cache(maxsize=512)
def _zoomed(side: int, factor: float) -> _Matrix:
    """`[side, side]` weights of each pixel of a line in each, magnified around its middle."""
    kept = math.ceil(side / factor)
    grown = round(kept * factor)
    first = (np.arange(side) + (grown - side) // 2) * (kept - 1) / max(1, grown - 1) + (side - kept) // 2
    left = first.astype(int).clip(0, side - 1)
    matrix = np.zeros((side, side))
    np.add.at(matrix, (np.arange(side), left), 1 - (first - left))
    np.add.at(matrix, (np.arange(side), (left + 1).clip(0, side - 1)), first - left)
    return matrix


def zoom_blur(pixels: Pixels, _: np.random.Generator, end: float, step: float) -> Pixels:
    """Take the mean of the image and of itself magnified by 1, 1 + step, ... up to the end."""
    height, width = pixels.shape[:2]
    image = pixels.astype(float)
    factors = np.arange(1, end, step)
    magnified = sum(_along_both_axes(_zoomed(height, one), _zoomed(width, one), image) for one in factors)
    return _floored((image + magnified) / (len(factors) + 1))
